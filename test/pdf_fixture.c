#include "test/pdf_fixture.h"

#include "core/buf.h"
#include "core/scope.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FILE_BYTES_MAX = 64 << 20,
    OBJECTS_MAX = 100000,
    OUTPUT_BYTES_MAX = 1 << 20,
    FIRST_PAGE = 20,
};

struct writer {
    struct buf out;
    size_t *offsets; // 0: no such object
    size_t count;
};

static void begin(struct writer *w, size_t number)
{
    assert(number < OBJECTS_MAX);
    w->offsets[number] = w->out.bytes;
    if (number >= w->count)
        w->count = number + 1;
}

static void object(struct writer *w, size_t number, struct str text)
{
    begin(w, number);
    buf_format(&w->out, "%zu 0 obj\n%.*s\nendobj\n", number, STR(text));
}

static void stream(struct writer *w, size_t number, const char *entries, struct str data)
{
    begin(w, number);
    buf_format(&w->out, "%zu 0 obj\n<< /Length %zu %s>>\nstream\n", number, data.bytes, entries);
    buf_put(&w->out, data);
    buf_put_z(&w->out, "\nendstream\nendobj\n");
}

// Objects that the caller wrote, one after the other: each begins a line with "NN 0 obj".
static void more(struct writer *w, const char *text)
{
    struct str rest = str(text);

    while (rest.bytes) {
        size_t end = str_find(rest, str("endobj")) + strlen("endobj");
        uint64_t number = 0;
        bool read = str_to_u64(str_slice(rest, 0, str_find_byte(rest, ' ')), OBJECTS_MAX, &number);
        assert(read);
        begin(w, (size_t)number);
        buf_put(&w->out, str_slice(rest, 0, end));
        buf_put_z(&w->out, "\n");
        rest = str_trim(str_slice(rest, end, rest.bytes));
    }
}

static const char *resources(const struct pdf_fixture *f)
{
    return f->shared_resources ? "5 0 R" : "<< /Font << /F1 3 0 R >> /XObject << >> >>";
}

static void pages(struct scope *s, struct writer *w, const struct pdf_fixture *f)
{
    struct buf kids = buf_make(s, OBJECTS_MAX * 16);
    struct str shared = str_format(s, "/MediaBox [0 0 595 842] /Resources %s", resources(f));

    for (size_t i = 0; i < f->pages; i++) {
        size_t number = FIRST_PAGE + 2 * i;
        buf_format(&kids, "%zu 0 R ", number);
        object(w, number,
               str_format(s, "<< /Type /Page /Parent 2 0 R %.*s /Contents %zu 0 R %s >>",
                          STR(f->inherited ? str("") : shared), number + 1,
                          f->page ? f->page : ""));
        stream(w, number + 1, "",
               str_format(s, "BT /F1 24 Tf 72 700 Td (%s %zu) Tj ET", f->word ? f->word : "Page",
                          i + 1));
    }
    object(w, 2,
           str_format(s, "<< /Type /Pages /Count %zu /Kids [ %.*s] %.*s >>", f->pages,
                      STR(buf_str(&kids)), STR(f->inherited ? shared : str(""))));
}

static void shared_stream(struct scope *s, struct writer *w, size_t bytes)
{
    char *data = scope_bytes(s, bytes + 1);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i * 2654435761U >> 13);
    stream(w, 4, "", str_of(data, bytes));
}

static void table(struct writer *w)
{
    size_t at = w->out.bytes;

    buf_format(&w->out, "xref\n0 %zu\n0000000000 65535 f \n", w->count);
    for (size_t i = 1; i < w->count; i++)
        buf_format(&w->out, "%010zu %05d %c \n", w->offsets[i], w->offsets[i] ? 0 : 65535,
                   w->offsets[i] ? 'n' : 'f');
    buf_format(&w->out, "trailer\n<< /Size %zu /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", w->count,
               at);
}

static void table_stream(struct scope *s, struct writer *w)
{
    struct buf data = buf_make(s, OBJECTS_MAX * 5);
    size_t number = w->count;
    size_t at = w->out.bytes;

    begin(w, number);
    for (size_t i = 0; i < w->count; i++) {
        buf_put_byte(&data, w->offsets[i] ? 1 : 0);
        for (int shift = 24; shift >= 0; shift -= 8)
            buf_put_byte(&data, (char)(w->offsets[i] >> shift));
    }
    struct str entries = str_format(s, "/Type /XRef /W [1 4 0] /Size %zu /Root 1 0 R ", w->count);
    stream(w, number, str_z(s, entries), buf_str(&data));
    buf_format(&w->out, "startxref\n%zu\n%%%%EOF\n", at);
}

struct str pdf_fixture(struct scope *s, const struct pdf_fixture *f)
{
    struct writer w = {.out = buf_make(s, FILE_BYTES_MAX)};

    w.offsets = scope_array(s, OBJECTS_MAX, sizeof *w.offsets);
    buf_put_z(&w.out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    object(&w, 1,
           str_format(s, "<< /Type /Catalog /Pages 2 0 R %s >>", f->catalog ? f->catalog : ""));
    object(&w, 3,
           str("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding "
               "/SheafData 4 0 R >>"));
    shared_stream(s, &w, f->shared_bytes);
    object(&w, 5, str("<< /Font << /F1 3 0 R >> >>"));
    if (f->more)
        more(&w, f->more);
    pages(s, &w, f);
    if (f->xref_stream)
        table_stream(s, &w);
    else
        table(&w);
    return buf_str(&w.out);
}

static struct str write_file(struct scope *s, struct str pdf)
{
    char *path = str_z(s, str("/tmp/sheaf-pdf-XXXXXX"));
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;

    assert(file);
    size_t wrote = fwrite(pdf.data, 1, pdf.bytes, file);
    assert(wrote == pdf.bytes);
    (void)fclose(file);
    return str(path);
}

// Runs a program and gives what it wrote to both of its outputs, and its exit code.
static struct str run(struct scope *s, char *const *arguments, int *code)
{
    struct buf out = buf_make(s, OUTPUT_BYTES_MAX);
    int ends[2];
    bool piped = pipe(ends) == 0;
    assert(piped);
    pid_t child = fork();

    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)execvp(arguments[0], arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    char piece[4096];
    for (ssize_t got = 0; (got = read(ends[0], piece, sizeof piece)) > 0;)
        buf_put(&out, str_of(piece, (size_t)got));
    (void)close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return str_of(out.data, out.bytes);
}

struct str pdf_fixture_ask(struct scope *s, const char *const *program, struct str pdf, int *code)
{
    char *path = str_z(s, write_file(s, pdf));
    char *arguments[16];
    size_t count = 0;

    for (; program[count]; count++) {
        assert(count + 2 < sizeof arguments / sizeof arguments[0]);
        arguments[count] = str_z(s, str(program[count]));
    }
    arguments[count] = path;
    arguments[count + 1] = NULL;
    struct str said = run(s, arguments, code);
    (void)unlink(path);
    return said;
}

bool pdf_fixture_sound(struct scope *s, struct str pdf)
{
    int code = 0;
    struct str said =
        pdf_fixture_ask(s, (const char *const[]){"qpdf", "--check", NULL}, pdf, &code);

    if (code != 0)
        (void)printf("  qpdf --check: %d: %.*s\n", code, STR(said));
    return code == 0;
}

struct str pdf_fixture_text(struct scope *s, struct str pdf, size_t first, size_t last)
{
    char *path = str_z(s, write_file(s, pdf));
    char *const arguments[] = {str_z(s, str("pdftotext")),
                               str_z(s, str("-nopgbrk")),
                               str_z(s, str("-f")),
                               str_z(s, str_format(s, "%zu", first)),
                               str_z(s, str("-l")),
                               str_z(s, str_format(s, "%zu", last)),
                               path,
                               str_z(s, str("-")),
                               NULL};
    int code = 0;
    struct str text = run(s, arguments, &code);

    (void)unlink(path);
    return str_trim(text);
}
