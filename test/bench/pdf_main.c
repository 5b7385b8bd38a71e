// Measures joining and stamping of PDFs on one core and prints a line of JSON for each. The sources
// are files as other people's programs write them: uncompressed trailers, a font in every file.
// usage: bench-pdf [FILES] [BYTES OF THE FONT]
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "test/pdf_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILES = 1000, FONT_BYTES = 55000, NUMBER_MAX = 1000000 };

static const size_t memory_max = (size_t)4 << 30;

static double now(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(enum status e, struct scope *s)
{
    if (e != OK) {
        (void)fprintf(stderr, "bench-pdf: %.*s\n", STR(scope_why(s)));
        exit(1);
    }
}

static void print(const char *what, size_t pages, double seconds, size_t bytes_in, size_t bytes_out)
{
    (void)printf("{\"bench\":\"%s\",\"pages\":%zu,\"cpuSeconds\":%.3f,\"pagesPerSecond\":%.0f,"
                 "\"bytesIn\":%zu,\"bytesOut\":%zu}\n",
                 what, pages, seconds, (double)pages / seconds, bytes_in, bytes_out);
    (void)fflush(stdout);
}

static struct str *make_files(struct scope *s, size_t count, size_t font_bytes, size_t *bytes)
{
    struct str *files = scope_array(s, count, sizeof *files);

    for (size_t i = 0; i < count; i++) {
        struct scope *one = scope_open(memory_max);
        struct pdf_fixture f = {.pages = 1, .shared_bytes = font_bytes};
        f.word = str_z(one, str_format(one, "Contract %zu with some words of its own, page", i));
        files[i] = str_copy(s, pdf_fixture(one, &f));
        *bytes += files[i].bytes;
        scope_close(one);
    }
    return files;
}

static struct str bench_join(struct scope *s, const struct str *files, size_t count, size_t bytes)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};
    struct str out = {0};
    double start = now();

    for (size_t i = 0; i < count; i++)
        check(assembly_add(a, files[i], (struct str){0}, &part), s);
    check(assembly_finish(a, &(struct assembly_about){0}, &out), s);
    print("pdf_join", part.first_page + part.page_count, now() - start, bytes, out.bytes);
    return out;
}

static void bench_stamp(struct scope *s, const char *what, struct str pdf)
{
    static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg 2025-11-30 14:12"),
                                       STR_INIT("0193a8f0-7d2e-7c44-a2b1-55d7c1f0a9be")};
    struct pdf_stamp stamp = {.lines = lines, .line_count = 2};
    struct pdf_stamped out = {0};
    double start = now();

    check(pdf_stamp(s, pdf, &stamp, &out), s);
    print(what, out.page_count, now() - start, pdf.bytes, out.pdf.bytes);
}

static struct str signed_file(struct scope *s, size_t pages)
{
    struct pdf_fixture f = {
        .pages = pages,
        .shared_bytes = FONT_BYTES,
        .catalog = "/AcroForm << /Fields [10 0 R] /SigFlags 3 >>",
        .more = "10 0 obj << /FT /Sig /T (Dealer) /V 11 0 R >> endobj "
                "11 0 obj << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> endobj"};

    return pdf_fixture(s, &f);
}

static size_t argument(int argc, char **argv, int index, size_t otherwise)
{
    uint64_t number = 0;

    return argc > index && str_to_u64(str(argv[index]), NUMBER_MAX, &number) ? (size_t)number
                                                                             : otherwise;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(memory_max);
    size_t count = argument(argc, argv, 1, FILES);
    size_t bytes = 0;
    struct str *files = make_files(s, count, argument(argc, argv, 2, FONT_BYTES), &bytes);

    struct str joined = bench_join(s, files, count, bytes);
    bench_stamp(s, "pdf_stamp_content", joined);
    bench_stamp(s, "pdf_stamp_annotations", signed_file(s, count));
    scope_close(s);
    return 0;
}
