#include "document/pdf/revision.h"

#include "core/buf.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/revision_impl.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TAIL_BYTES = 1054, // where startxref is looked for, as qpdf does
    PUTS_FIRST = 64,
    OBJECT_FRAME_BYTES = 64, // `12 0 obj`, `endobj` and the like
    ENTRY_BYTES = 24,        // of the cross-reference
    TRAILER_BYTES = 512,
    PATH_BYTES_MAX = 256,
    ID_BYTES = 16,
    RESOLVES_MAX = 32, // references to references
};

struct put {
    struct pdf_ref ref;
    bool is_stream;
    struct str text;
    struct str data;
    size_t object_at; // `12 0 obj`
    size_t text_at;
};

struct revision {
    struct scope *scope;
    struct opened *opened;
    struct pdf_ref *pages;
    struct put *puts;
    size_t put_count, put_room;
    uint32_t *slots; // of the object's number: index of its put + 1; as many as 2 * put_room
    uint32_t next_number;
    size_t last_xref_at;
    bool xref_is_stream;
    char *file; // after the end
    size_t file_bytes;
};

// The place of the last cross-reference, and of which kind it is (7.5.5).
static enum status find_xref(struct revision *r)
{
    struct str pdf = r->opened->bytes;
    struct str tail =
        str_slice(pdf, pdf.bytes > TAIL_BYTES ? pdf.bytes - TAIL_BYTES : 0, TAIL_BYTES);
    struct str found = {0};
    struct str value = {0};
    int64_t at = 0;

    for (size_t i = str_find(tail, str("startxref")); i < tail.bytes;
         i = str_find(tail, str("startxref"))) {
        tail = str_slice(tail, i + strlen("startxref"), tail.bytes);
        found = tail;
    }
    if (!pdf_next(&found, &value) || !pdf_read_int(value, &at) || at < 1 ||
        (uint64_t)at >= pdf.bytes)
        return fail(r->scope, REFUSED, "the PDF is damaged: its last startxref points nowhere");
    r->last_xref_at = (size_t)at;
    found = str_slice(pdf, r->last_xref_at, TAIL_BYTES);
    r->xref_is_stream = !pdf_next(&found, &value) || !str_is(value, "xref");
    return OK;
}

static enum status refuse_unfit(struct revision *r)
{
    struct opened *o = r->opened;
    struct str complaint = opened_complaint(r->scope, o);

    if (o->encrypted)
        return fail(r->scope, REFUSED, "the PDF is encrypted: nothing can be appended to it");
    if (!str_starts(o->bytes, str("%PDF-")))
        return fail(r->scope, REFUSED, "the PDF is damaged: it does not begin with its header");
    if (complaint.bytes)
        return fail(r->scope, REFUSED, "the PDF is damaged: %.*s", STR(complaint));
    return OK;
}

static enum status list_pages(struct revision *r)
{
    struct opened *o = r->opened;

    r->pages = scope_array(r->scope, o->page_count, sizeof *r->pages);
    for (size_t i = 0; i < o->page_count; i++) {
        TRY(opened_page(r->scope, o, i, &r->pages[i]));
        if (r->pages[i].number >= o->size)
            return fail(r->scope, REFUSED, "the PDF is damaged: page %zu has no object of its own",
                        i + 1);
    }
    return OK;
}

enum status revision_open(struct scope *s, struct str pdf, struct revision **out)
{
    struct revision *r = scope_new(s, struct revision);

    r->scope = s;
    TRY(opened_read(s, pdf, &r->opened));
    TRY(list_pages(r));
    TRY(refuse_unfit(r));
    TRY(find_xref(r));
    r->next_number = r->opened->size;
    *out = r;
    return OK;
}

struct opened *revision_opened(const struct revision *r)
{
    return r->opened;
}

struct pdf_ref revision_catalog(const struct revision *r)
{
    return r->opened->catalog;
}

size_t revision_page_count(const struct revision *r)
{
    return r->opened->page_count;
}

struct pdf_ref revision_page(const struct revision *r, size_t index)
{
    assert(index < r->opened->page_count);
    return r->pages[index];
}

static uint32_t *slot_of(const struct revision *r, uint32_t number)
{
    size_t mask = 2 * r->put_room - 1;
    size_t at = (number * (size_t)2654435761U) & mask;

    while (r->slots[at] && r->puts[r->slots[at] - 1].ref.number != number)
        at = (at + 1) & mask;
    return &r->slots[at];
}

static struct put *find_put(const struct revision *r, uint32_t number)
{
    uint32_t index = r->put_room ? *slot_of(r, number) : 0;

    return index ? &r->puts[index - 1] : NULL;
}

static void make_room(struct revision *r)
{
    struct put *puts = NULL;

    if (r->put_count < r->put_room)
        return;
    r->put_room = r->put_room ? 2 * r->put_room : PUTS_FIRST;
    puts = scope_array(r->scope, r->put_room, sizeof *puts);
    if (r->puts)
        memcpy(puts, r->puts, r->put_count * sizeof *puts);
    r->puts = puts;
    r->slots = scope_array(r->scope, 2 * r->put_room, sizeof *r->slots);
    for (uint32_t i = 0; i < r->put_count; i++)
        *slot_of(r, puts[i].ref.number) = i + 1;
}

static void put(struct revision *r, struct put what)
{
    struct put *old = find_put(r, what.ref.number);

    assert(what.ref.number > 0 && what.ref.number < r->next_number);
    if (old) {
        *old = what;
        return;
    }
    make_room(r);
    assert(r->puts);
    r->puts[r->put_count++] = what;
    *slot_of(r, what.ref.number) = (uint32_t)r->put_count;
}

void revision_put(struct revision *r, struct pdf_ref ref, struct str text)
{
    put(r, (struct put){.ref = ref, .text = text});
}

void revision_put_stream(struct revision *r, struct pdf_ref ref, struct str dictionary,
                         struct str data)
{
    struct str length = str_format(r->scope, "%zu", data.bytes);

    put(r, (struct put){.ref = ref,
                        .is_stream = true,
                        .text = pdf_set(r->scope, dictionary, "Length", length),
                        .data = data});
}

struct pdf_ref revision_reserve(struct revision *r)
{
    return (struct pdf_ref){r->next_number++, 0};
}

enum status revision_object(struct revision *r, struct pdf_ref ref, struct str *out)
{
    const struct put *p = find_put(r, ref.number);
    bool is_stream = false;

    if (p) {
        *out = p->text;
        return OK;
    }
    return opened_object(r->scope, r->opened, ref, out, &is_stream);
}

enum status revision_resolve(struct revision *r, struct str value, struct str *out)
{
    struct pdf_ref ref = {0};

    for (int i = 0; i < RESOLVES_MAX && pdf_read_ref(value, &ref); i++)
        TRY(revision_object(r, ref, &value));
    *out = value;
    return OK;
}

enum status revision_find(struct revision *r, struct pdf_ref ref, const char *path, struct str *out)
{
    struct str rest = str(path);
    struct str value = {0};
    char key[PATH_BYTES_MAX];

    TRY(revision_object(r, ref, &value));
    while (rest.bytes) {
        struct str word = str_cut(&rest, '/');
        assert(word.bytes < sizeof key);
        memcpy(key, word.data, word.bytes);
        key[word.bytes] = '\0';
        if (!pdf_find(value, key, &value))
            return fail(r->scope, NOT_FOUND, "the PDF has no %s", path);
        TRY(revision_resolve(r, value, &value));
    }
    if (str_is(value, "null"))
        return fail(r->scope, NOT_FOUND, "the PDF has no %s", path);
    *out = value;
    return OK;
}

static void write_object(struct buf *out, struct put *p)
{
    p->object_at = out->bytes;
    buf_format(out, "%u %u obj\n", p->ref.number, p->ref.generation);
    p->text_at = out->bytes;
    buf_put(out, p->text);
    if (p->is_stream) {
        buf_put_z(out, "\nstream\n");
        buf_put(out, p->data);
        buf_put_z(out, "\nendstream");
    }
    buf_put_z(out, "\nendobj\n");
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = (*(const struct put *const *)a)->ref.number;
    uint32_t y = (*(const struct put *const *)b)->ref.number;

    return (x > y) - (x < y);
}

static const struct put **sort_puts(const struct revision *r)
{
    const struct put **sorted = scope_array(r->scope, r->put_count, sizeof *sorted);

    for (size_t i = 0; i < r->put_count; i++)
        sorted[i] = &r->puts[i];
    qsort(sorted, r->put_count, sizeof *sorted, by_number);
    return sorted;
}

// How many numbers follow one another from `from`.
static size_t run_length(const struct put *const *sorted, size_t from, size_t count)
{
    size_t end = from + 1;

    while (end < count && sorted[end]->ref.number == sorted[end - 1]->ref.number + 1)
        end++;
    return end - from;
}

// 7.5.4: subsections of entries that are exactly 20 bytes long.
static void write_table(struct revision *r, struct buf *out)
{
    const struct put **sorted = sort_puts(r);

    buf_put_z(out, "xref\n");
    for (size_t i = 0; i < r->put_count;) {
        size_t count = run_length(sorted, i, r->put_count);
        buf_format(out, "%u %zu\n", sorted[i]->ref.number, count);
        for (size_t end = i + count; i < end; i++)
            buf_format(out, "%010zu %05u n \n", sorted[i]->object_at, sorted[i]->ref.generation);
    }
}

static void put_big_endian(struct buf *out, size_t number, unsigned bytes)
{
    while (bytes--)
        buf_put_byte(out, (char)(number >> (8 * bytes) & 0xFF));
}

// 7.5.8: type, offset in 4 bytes, generation in 2.
static struct put xref_stream(struct revision *r, struct pdf_ref ref, size_t at, struct str trailer)
{
    put(r, (struct put){.ref = ref, .object_at = at});
    const struct put **sorted = sort_puts(r);
    struct buf index = buf_make(r->scope, r->put_count * ENTRY_BYTES + 8);
    struct buf data = buf_make(r->scope, r->put_count * 7);

    buf_put_z(&index, "[");
    for (size_t i = 0; i < r->put_count;) {
        size_t count = run_length(sorted, i, r->put_count);
        buf_format(&index, " %u %zu", sorted[i]->ref.number, count);
        for (size_t end = i + count; i < end; i++) {
            put_big_endian(&data, 1, 1);
            put_big_endian(&data, sorted[i]->object_at, 4);
            put_big_endian(&data, sorted[i]->ref.generation, 2);
        }
    }
    buf_put_z(&index, " ]");
    trailer = pdf_set(r->scope, trailer, "Type", str("/XRef"));
    trailer = pdf_set(r->scope, trailer, "W", str("[ 1 4 2 ]"));
    trailer = pdf_set(r->scope, trailer, "Index", buf_str(&index));
    trailer = pdf_set(r->scope, trailer, "Length", str_format(r->scope, "%zu", data.bytes));
    return (struct put){.ref = ref, .is_stream = true, .text = trailer, .data = buf_str(&data)};
}

// 14.4: the first half stays, the second names this revision.
static struct str new_id(struct revision *r, struct str old, struct str appended)
{
    struct scope *s = r->scope;
    struct digest *d = digest_open(s, DIGEST_SHA256);
    uint8_t digest[SHA256_BYTES];
    struct str first = {0};
    struct str rest = pdf_inside(old);

    digest_add(d, old);
    digest_add(d, str_format(s, "%zu ", r->opened->bytes.bytes));
    digest_add(d, appended);
    digest_finish(d, digest);
    struct str id = pdf_write_bytes(s, str_of(digest, ID_BYTES));
    if (!pdf_next(&rest, &first))
        first = id;
    return str_concat(s, 5, str("[ "), first, str(" "), id, str(" ]"));
}

static struct str new_trailer(struct revision *r, struct str appended)
{
    static const char *const gone[] = {"Prev",   "XRefStm",     "Type", "W",     "Index",
                                       "Filter", "DecodeParms", "DL",   "Length"};
    struct scope *s = r->scope;
    struct str trailer = r->opened->trailer;
    struct str id = {0};

    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        trailer = pdf_set(s, trailer, gone[i], (struct str){0});
    (void)pdf_find(trailer, "ID", &id);
    trailer = pdf_set(s, trailer, "ID", new_id(r, id, appended));
    trailer = pdf_set(s, trailer, "Size", str_format(s, "%u", r->next_number));
    return pdf_set(s, trailer, "Prev", str_format(s, "%zu", r->last_xref_at));
}

static void write_xref(struct revision *r, struct buf *out)
{
    size_t prefix = r->opened->bytes.bytes;
    struct pdf_ref ref = r->xref_is_stream ? revision_reserve(r) : (struct pdf_ref){0};
    struct str trailer = new_trailer(r, str_slice(buf_str(out), prefix, out->bytes));
    size_t at = out->bytes;

    if (r->xref_is_stream) {
        struct put stream = xref_stream(r, ref, at, trailer);
        write_object(out, &stream);
    } else {
        write_table(r, out);
        buf_put_z(out, "trailer\n");
        buf_put(out, trailer);
        buf_put_z(out, "\n");
    }
    buf_format(out, "startxref\n%zu\n%%%%EOF\n", at);
}

static size_t bytes_needed(const struct revision *r)
{
    size_t bytes = r->opened->bytes.bytes + TRAILER_BYTES + 2 * r->opened->trailer.bytes;

    for (size_t i = 0; i < r->put_count; i++)
        bytes += r->puts[i].text.bytes + r->puts[i].data.bytes + OBJECT_FRAME_BYTES +
                 2 * (size_t)ENTRY_BYTES;
    return bytes;
}

enum status revision_finish(struct revision *r, struct str *out)
{
    struct str old = r->opened->bytes;
    size_t bytes = bytes_needed(r);
    struct buf file = buf_make(r->scope, bytes);

    *out = old;
    if (r->put_count == 0)
        return OK;
    if (bytes > PDF_BYTES_MAX || !scope_has_room(r->scope, bytes))
        return fail(r->scope, TOO_LARGE, "the PDF would become longer than there is room for");
    (void)buf_reserve(&file, bytes);
    buf_put(&file, old);
    if (old.data[old.bytes - 1] != '\n')
        buf_put_byte(&file, '\n');
    for (size_t i = 0; i < r->put_count; i++)
        write_object(&file, &r->puts[i]);
    write_xref(r, &file);
    r->file = file.data;
    r->file_bytes = file.bytes;
    return buf_finish(&file, "the PDF", out);
}

size_t revision_offset(const struct revision *r, struct pdf_ref ref)
{
    const struct put *p = find_put(r, ref.number);

    assert(p);
    return p->text_at;
}

void revision_fill(struct revision *r, size_t offset, struct str text)
{
    assert(r->file && offset >= r->opened->bytes.bytes && text.bytes <= r->file_bytes &&
           offset <= r->file_bytes - text.bytes);
    memcpy(r->file + offset, text.data, text.bytes);
}
