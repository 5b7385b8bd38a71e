#include "document/pdf/part.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/syntax.h"

#include <assert.h>

enum {
    DIRECTORY_BYTES_MAX = 8 << 20,
    LANGUAGE_BYTES_MAX = 64,
    ENTRY_BYTES = 20, // of the cross-reference
    OFFSET_DIGITS = 10,
    PLACE_BYTES_MIN = 8, // of the directory; counts are held against what is left of it
    SHARED_BYTES_MIN = 72,
    TAIL_BYTES = 40, // "startxref", an offset and the end, at most
};

static const char first_line[] = "sheaf-part-1\n";
static const char check_line[] = "check ";

void part_check(struct str bytes, uint8_t out[PART_DIGEST_BYTES])
{
    uint8_t digest[SHA256_BYTES];

    digest_sha256(bytes, digest);
    memcpy(out, digest, PART_DIGEST_BYTES);
}

static void check_all(struct scope *s, struct str own_bytes, struct str directory,
                      uint8_t out[PART_DIGEST_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    struct digest *d = digest_open(s, DIGEST_SHA256);

    digest_add(d, own_bytes);
    digest_add(d, directory);
    digest_finish(d, digest);
    memcpy(out, digest, PART_DIGEST_BYTES);
}

static void put_number(struct buf *out, size_t number)
{
    buf_put_u64(out, number);
    buf_put_byte(out, ' ');
}

static void put_hex(struct buf *out, struct str bytes)
{
    char *at = buf_reserve(out, 2 * bytes.bytes + 1);

    if (!at)
        return;
    hex_write(bytes, at);
    at[2 * bytes.bytes] = ' ';
    out->bytes += 2 * bytes.bytes + 1;
}

static void put_places(struct buf *out, const struct output_place *places, size_t count)
{
    put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        put_number(out, places[i].number);
        put_number(out, places[i].at);
        put_number(out, places[i].text_bytes);
        put_number(out, places[i].stream ? places[i].data_bytes + 1 : 0);
    }
}

static void put_numbers(struct buf *out, const uint32_t *numbers, size_t count)
{
    put_number(out, count);
    for (size_t i = 0; i < count; i++)
        put_number(out, numbers[i]);
}

struct str part_write(struct scope *s, const struct part *p, struct str own_bytes)
{
    struct buf out = buf_make(s, DIRECTORY_BYTES_MAX);
    uint8_t check[PART_DIGEST_BYTES];

    buf_put_z(&out, first_line);
    put_number(&out, p->size);
    put_number(&out, p->own_at);
    put_number(&out, p->own_bytes);
    put_places(&out, p->own, p->own_count);
    put_number(&out, p->shared_count);
    for (size_t i = 0; i < p->shared_count; i++) {
        const struct part_shared *shared = &p->shared[i];
        buf_put_byte(&out, '\n');
        put_hex(&out, str_of(shared->name, PART_DIGEST_BYTES));
        put_hex(&out, str_of(shared->check, PART_DIGEST_BYTES));
        put_number(&out, shared->at);
        put_number(&out, shared->bytes);
        put_places(&out, shared->objects, shared->object_count);
    }
    buf_put_byte(&out, '\n');
    put_numbers(&out, p->pages, p->page_count);
    put_numbers(&out, p->tops, p->top_count);
    put_numbers(&out, p->parents, p->parent_count);
    put_number(&out, p->outline);
    put_number(&out, p->profile);
    put_hex(&out, str_slice(p->language, 0, LANGUAGE_BYTES_MAX));
    buf_put_z(&out, "\n");
    check_all(s, own_bytes, str_of(out.data, out.bytes), check);
    buf_put_z(&out, check_line);
    put_hex(&out, str_of(check, sizeof check));
    return buf_str(&out);
}

// A walk over the words of a directory; once something is wrong, all that is read is 0.
struct reader {
    struct scope *scope;
    struct str rest;
    size_t file_bytes;
    bool wrong;
};

static struct str read_word(struct reader *r)
{
    while (r->rest.bytes && r->rest.data[0] == '\n')
        r->rest = str_slice(r->rest, 1, r->rest.bytes);
    return str_cut(&r->rest, ' ');
}

static size_t read_number(struct reader *r, size_t max)
{
    uint64_t number = 0;

    if (r->wrong || !str_to_u64(read_word(r), max, &number))
        r->wrong = true;
    return r->wrong ? 0 : (size_t)number;
}

static void read_hex(struct reader *r, void *out, size_t bytes)
{
    struct str word = read_word(r);

    if (word.bytes != 2 * bytes || !hex_read(word, out))
        r->wrong = true;
}

// Objects must lie within the bytes that they are said to be in.
static const struct output_place *read_places(struct reader *r, size_t from, size_t bytes,
                                              size_t *count)
{
    *count = read_number(r, r->rest.bytes / PLACE_BYTES_MIN);
    struct output_place *places = scope_array(r->scope, *count, sizeof *places);

    for (size_t i = 0; i < *count && !r->wrong; i++) {
        struct output_place *p = &places[i];
        p->number = (uint32_t)read_number(r, PART_OBJECTS_MAX);
        p->at = read_number(r, r->file_bytes);
        p->text_bytes = read_number(r, bytes);
        p->data_bytes = read_number(r, bytes + 1);
        p->stream = p->data_bytes > 0;
        p->data_bytes -= p->stream;
        r->wrong |= p->at < from || p->at - from > bytes ||
                    p->text_bytes + p->data_bytes > bytes - (p->at - from);
    }
    return places;
}

static const uint32_t *read_numbers(struct reader *r, size_t *count)
{
    *count = read_number(r, r->rest.bytes / 2);
    uint32_t *numbers = scope_array(r->scope, *count, sizeof *numbers);

    for (size_t i = 0; i < *count && !r->wrong; i++)
        numbers[i] = (uint32_t)read_number(r, PART_OBJECTS_MAX);
    return numbers;
}

static void read_range(struct reader *r, size_t *at, size_t *bytes)
{
    *at = read_number(r, r->file_bytes);
    *bytes = read_number(r, r->file_bytes - *at);
}

static bool read_directory(struct scope *s, struct str pdf, struct str directory, struct part *out)
{
    struct reader r = {.scope = s, .rest = directory, .file_bytes = pdf.bytes};

    r.rest = str_slice(r.rest, strlen(first_line), r.rest.bytes);
    out->size = (uint32_t)read_number(&r, PART_OBJECTS_MAX);
    read_range(&r, &out->own_at, &out->own_bytes);
    out->own = read_places(&r, out->own_at, out->own_bytes, &out->own_count);
    out->shared_count = read_number(&r, r.rest.bytes / SHARED_BYTES_MIN);
    struct part_shared *shared = scope_array(s, out->shared_count, sizeof *shared);
    out->shared = shared;
    for (size_t i = 0; i < out->shared_count && !r.wrong; i++) {
        read_hex(&r, shared[i].name, PART_DIGEST_BYTES);
        read_hex(&r, shared[i].check, PART_DIGEST_BYTES);
        read_range(&r, &shared[i].at, &shared[i].bytes);
        shared[i].objects = read_places(&r, shared[i].at, shared[i].bytes, &shared[i].object_count);
    }
    out->pages = read_numbers(&r, &out->page_count);
    out->tops = read_numbers(&r, &out->top_count);
    out->parents = read_numbers(&r, &out->parent_count);
    out->outline = read_number(&r, 1);
    out->profile = (uint32_t)read_number(&r, PART_OBJECTS_MAX);
    struct str language = read_word(&r);
    r.wrong |= hex_decode(s, language, &out->language) != OK;
    return !r.wrong && out->page_count > 0;
}

// The data of the directory: the last object, right before the cross-reference, which is one table
// and ends with the file.
static bool find_directory(struct str pdf, struct str *out)
{
    struct str tail =
        str_slice(pdf, pdf.bytes < TAIL_BYTES ? 0 : pdf.bytes - TAIL_BYTES, TAIL_BYTES);
    size_t start = str_find(tail, str("startxref\n"));
    struct str rest = str_slice(tail, start, tail.bytes);
    uint64_t at = 0;
    uint64_t count = 0;

    (void)str_cut(&rest, '\n');
    if (!str_to_u64(str_cut(&rest, '\n'), pdf.bytes, &at) || !str_is(rest, "%%EOF\n"))
        return false;
    struct str table = str_slice(pdf, at, pdf.bytes);
    if (!str_starts(table, str("xref\n0 ")))
        return false;
    (void)str_cut(&table, ' ');
    if (!str_to_u64(str_cut(&table, '\n'), PART_OBJECTS_MAX, &count) || count <= PART_NUMBER)
        return false;
    struct str trailer = str_slice(table, count * ENTRY_BYTES, table.bytes);
    if (!str_starts(trailer, str("trailer\n<<")) ||
        str_find(trailer, str("startxref\n")) != trailer.bytes - (tail.bytes - start))
        return false;
    uint64_t from = 0;
    if (!str_to_u64(str_slice(table, PART_NUMBER * ENTRY_BYTES, OFFSET_DIGITS), at, &from))
        return false;
    struct str object = str_slice(pdf, from, at - from);
    size_t data = str_find(str_slice(object, 0, TAIL_BYTES * 2), str("\nstream\n"));
    *out = str_slice(object, data + strlen("\nstream\n"), object.bytes);
    return str_starts(*out, str(first_line)) && str_ends(*out, str("\nendstream\nendobj\n"));
}

bool part_read(struct scope *s, struct str pdf, struct part *out)
{
    struct str directory = {0};
    uint8_t says[PART_DIGEST_BYTES] = {0};
    uint8_t is[PART_DIGEST_BYTES];

    *out = (struct part){0};
    if (!find_directory(pdf, &directory))
        return false;
    size_t checked = str_find(directory, str(check_line));
    struct str check =
        str_slice(directory, checked + strlen(check_line), 2 * (size_t)PART_DIGEST_BYTES);
    directory = str_slice(directory, 0, checked);
    if (check.bytes != 2 * sizeof says || !hex_read(check, says) ||
        !read_directory(s, pdf, directory, out)) {
        scope_forgive(s);
        return false;
    }
    check_all(s, str_slice(pdf, out->own_at, out->own_bytes), directory, is);
    return memcmp(says, is, sizeof is) == 0;
}
