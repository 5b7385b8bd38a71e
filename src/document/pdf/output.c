#include "document/pdf/output.h"

#include "core/buf.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/deflate.h"
#include "document/pdf/revision.h"
#include "document/pdf/syntax.h"

#include <assert.h>

enum {
    PLACES_FIRST = 256,
    PACK_OBJECTS_MAX = 250, // in one object stream
    PACK_BYTES_MAX = 96 << 10,
    STREAM_BYTES_MAX = 1 << 29, // compressed
    ID_BYTES = 16,
    ENTRY_BYTES = 20, // of a cross-reference table
    ROW_BYTES = 7,    // of a cross-reference stream: kind, 4 of offset or stream, 2 of index
};

// Where an object is: at an offset in the file, or the index-th in an object stream.
struct place {
    uint32_t stream; // 0: none
    uint32_t index;
    size_t offset; // 0, with no stream: the number is free
    size_t text_bytes, data_bytes;
    bool is_stream;
};

struct output {
    struct scope *scope;
    bool packed;
    struct buf out;
    struct place *places;
    size_t count, room;
    uint32_t open; // the object that is being written
    size_t begun;  // where its text began
    struct buf pack;
    size_t pack_at[PACK_OBJECTS_MAX];
    uint32_t pack_numbers[PACK_OBJECTS_MAX];
    size_t pack_count;
    uint32_t pack_stream;
    struct buf squeezed;
};

struct output *output_new(struct scope *s)
{
    struct output *o = scope_new(s, struct output);

    o->scope = s;
    o->room = PLACES_FIRST;
    o->places = scope_array(s, o->room, sizeof *o->places);
    o->count = 1;
    o->squeezed = buf_make(s, STREAM_BYTES_MAX);
    o->pack = buf_make(s, STREAM_BYTES_MAX);
    o->out = buf_make(s, PDF_BYTES_MAX);
    buf_put_z(&o->out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    return o;
}

static void make_room(struct output *o, size_t count)
{
    size_t room = o->room;

    while (room < count)
        room *= 2;
    if (room == o->room)
        return;
    struct place *more = scope_array(o->scope, room, sizeof *more);
    memcpy(more, o->places, o->count * sizeof *more);
    o->places = more;
    o->room = room;
}

void output_skip(struct output *o, uint32_t count)
{
    make_room(o, o->count + count);
    o->count += count;
}

uint32_t output_reserve(struct output *o)
{
    make_room(o, o->count + 1);
    return (uint32_t)o->count++;
}

static struct place *place_of(struct output *o, uint32_t number)
{
    assert(number > 0 && number < o->count);
    assert(o->places[number].offset == 0 && o->places[number].stream == 0);
    return &o->places[number];
}

void output_pack(struct output *o)
{
    assert(o->open == 0);
    o->packed = true;
}

static void put_head(struct output *o, uint32_t number)
{
    place_of(o, number)->offset = o->out.bytes;
    buf_put_u64(&o->out, number);
    buf_put_z(&o->out, " 0 obj\n");
}

// The text of the dictionary, from `text` on, stands there already.
static void put_data(struct output *o, uint32_t number, size_t text, struct str data)
{
    o->places[number].text_bytes = o->out.bytes - text;
    o->places[number].data_bytes = data.bytes;
    o->places[number].is_stream = true;
    buf_put_z(&o->out, "\nstream\n");
    buf_put(&o->out, data);
    buf_put_z(&o->out, "\nendstream\nendobj\n");
}

static void put_stream(struct output *o, uint32_t number, struct str entries, struct str data)
{
    put_head(o, number);
    size_t text = o->out.bytes;
    buf_put_z(&o->out, "<<");
    buf_put(&o->out, entries);
    buf_put_z(&o->out, "/Length ");
    buf_put_u64(&o->out, data.bytes);
    buf_put_z(&o->out, ">>");
    put_data(o, number, text, data);
}

static void put_deflated(struct output *o, uint32_t number, struct str entries, struct str data)
{
    buf_clear(&o->squeezed);
    deflate_put(&o->squeezed, data, DEFLATE_FAST);
    put_stream(o, number, str_concat(o->scope, 2, entries, str("/Filter/FlateDecode")),
               str_of(o->squeezed.data, o->squeezed.bytes));
}

// Writes the object stream that was gathered: first the numbers and where each begins.
static void flush_pack(struct output *o)
{
    if (o->pack_count == 0)
        return;
    struct buf data = buf_make(o->scope, STREAM_BYTES_MAX);
    for (size_t i = 0; i < o->pack_count; i++)
        buf_format(&data, "%u %zu ", o->pack_numbers[i], o->pack_at[i]);
    size_t first = data.bytes;
    buf_put(&data, str_of(o->pack.data, o->pack.bytes));
    put_deflated(o, o->pack_stream,
                 str_format(o->scope, "/Type/ObjStm/N %zu/First %zu", o->pack_count, first),
                 str_of(data.data, data.bytes));
    buf_clear(&o->pack);
    o->pack_count = 0;
}

struct buf *output_begin(struct output *o, uint32_t number)
{
    assert(o->open == 0);
    o->open = number;
    if (!o->packed) {
        put_head(o, number);
        o->begun = o->out.bytes;
        return &o->out;
    }
    if (o->pack_count == 0)
        o->pack_stream = output_reserve(o);
    *place_of(o, number) =
        (struct place){.stream = o->pack_stream, .index = (uint32_t)o->pack_count};
    o->pack_numbers[o->pack_count] = number;
    o->pack_at[o->pack_count++] = o->pack.bytes;
    return &o->pack;
}

void output_end(struct output *o)
{
    uint32_t number = o->open;

    assert(number);
    o->open = 0;
    if (!o->packed) {
        o->places[number].text_bytes = o->out.bytes - o->begun;
        buf_put_z(&o->out, "\nendobj\n");
        return;
    }
    buf_put_byte(&o->pack, '\n');
    if (o->pack_count == PACK_OBJECTS_MAX || o->pack.bytes > PACK_BYTES_MAX)
        flush_pack(o);
}

void output_object(struct output *o, uint32_t number, struct str text)
{
    buf_put(output_begin(o, number), text);
    output_end(o);
}

void output_stream(struct output *o, uint32_t number, struct str entries, struct str data)
{
    assert(o->open == 0);
    put_stream(o, number, entries, data);
}

void output_deflate(struct output *o, uint32_t number, struct str entries, struct str data)
{
    assert(o->open == 0);
    put_deflated(o, number, entries, data);
}

void output_whole_stream(struct output *o, uint32_t number, struct str dictionary, struct str data)
{
    assert(o->open == 0);
    put_head(o, number);
    size_t text = o->out.bytes;
    buf_put(&o->out, dictionary);
    put_data(o, number, text, data);
}

void output_copy(struct output *o, struct str objects, const struct output_place *places,
                 size_t count)
{
    assert(o->open == 0);
    for (size_t i = 0; i < count; i++) {
        *place_of(o, places[i].number) = (struct place){.offset = o->out.bytes + places[i].at,
                                                        .text_bytes = places[i].text_bytes,
                                                        .data_bytes = places[i].data_bytes,
                                                        .is_stream = places[i].stream};
    }
    buf_put(&o->out, objects);
}

bool output_find(const struct output *o, uint32_t number, struct output_place *out)
{
    const struct place *p = &o->places[number];

    assert(number < o->count);
    *out = (struct output_place){number, p->offset, p->text_bytes, p->data_bytes, p->is_stream};
    return p->offset != 0;
}

uint32_t output_count(const struct output *o)
{
    return (uint32_t)o->count;
}

size_t output_offset(const struct output *o)
{
    return o->out.bytes;
}

struct str output_bytes(const struct output *o, size_t from, size_t to)
{
    assert(from <= to && to <= o->out.bytes);
    return str_of(o->out.data + from, to - from);
}

static struct str identifier(struct output *o, struct str id)
{
    struct digest *d = digest_open(o->scope, DIGEST_SHA256);
    uint8_t digest[SHA256_BYTES];

    digest_add(d, id);
    digest_add(d, str_of(o->out.data, o->out.bytes));
    digest_finish(d, digest);
    return pdf_write_bytes(o->scope, str_of(digest, ID_BYTES));
}

static void put_trailer(struct output *o, struct buf *out, const struct output_trailer *t)
{
    struct str id = identifier(o, t->id);

    buf_format(out, "/Size %zu/Root %u 0 R", o->count, t->root);
    if (t->info)
        buf_format(out, "/Info %u 0 R", t->info);
    buf_format(out, "/ID[%.*s%.*s]%.*s", STR(id), STR(id), STR(t->more));
}

// An entry is 20 bytes wide: written by hand, since a file of a page has a hundred of them.
static void put_entry(struct buf *out, const struct place *p)
{
    char entry[ENTRY_BYTES + 1] = "0000000000 65535 f \n";

    if (p->offset) {
        memcpy(entry, "0000000000 00000 n \n", ENTRY_BYTES);
        size_t rest = p->offset;
        for (size_t at = 10; rest; rest /= 10)
            entry[--at] = (char)('0' + rest % 10);
    }
    buf_put(out, str_of(entry, ENTRY_BYTES));
}

static void put_table(struct output *o, const struct output_trailer *t)
{
    struct buf trailer = buf_make(o->scope, STREAM_BYTES_MAX);
    size_t at = o->out.bytes;

    put_trailer(o, &trailer, t);
    buf_format(&o->out, "xref\n0 %zu\n", o->count);
    for (size_t i = 0; i < o->count; i++)
        put_entry(&o->out, &o->places[i]);
    buf_put_z(&o->out, "trailer\n<<");
    buf_put(&o->out, str_of(trailer.data, trailer.bytes));
    buf_format(&o->out, ">>\nstartxref\n%zu\n%%%%EOF\n", at);
}

static void put_row(struct buf *out, const struct place *p)
{
    size_t middle = p->stream ? p->stream : p->offset;
    uint8_t kind = p->stream ? 2 : p->offset ? 1 : 0;
    const uint8_t row[ROW_BYTES] = {kind,
                                    (uint8_t)(middle >> 24),
                                    (uint8_t)(middle >> 16),
                                    (uint8_t)(middle >> 8),
                                    (uint8_t)middle,
                                    (uint8_t)(p->index >> 8),
                                    (uint8_t)p->index};

    buf_put(out, str_of(row, sizeof row));
}

static void put_xref_stream(struct output *o, const struct output_trailer *t)
{
    uint32_t number = output_reserve(o);
    size_t at = o->out.bytes;
    struct buf entries = buf_make(o->scope, STREAM_BYTES_MAX);
    struct buf rows = buf_make(o->scope, o->count * ROW_BYTES);

    put_trailer(o, &entries, t);
    o->places[number].offset = at; // it is in its own table
    for (size_t i = 0; i < o->count; i++)
        put_row(&rows, &o->places[i]);
    o->places[number].offset = 0;
    buf_put_z(&entries, "/Type/XRef/W[1 4 2]");
    put_deflated(o, number, str_of(entries.data, entries.bytes), buf_str(&rows));
    buf_format(&o->out, "startxref\n%zu\n%%%%EOF\n", at);
}

bool output_is_full(const struct output *o)
{
    return o->out.overflow || o->pack.overflow || o->squeezed.overflow;
}

enum status output_finish(struct output *o, const struct output_trailer *trailer, struct str *out)
{
    assert(o->open == 0);
    flush_pack(o);
    if (output_is_full(o))
        o->out.overflow = true;
    if (!o->packed)
        put_table(o, trailer);
    else
        put_xref_stream(o, trailer);
    return buf_finish(&o->out, "the PDF", out);
}
