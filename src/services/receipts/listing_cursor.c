// A page's cursor: base64url of a mark of the query and a check, then texts with their lengths. It
// is checked for accidents, not for malice: it names nothing that its bearer may not list.
#include "services/receipts/listing_impl.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/scope.h"

enum { CURSOR_BYTES_MAX = 16 << 10, CURSOR_FIELDS = 4 };

void place_set(struct place *p, const struct archived *key)
{
    char *at = p->text;
    struct str *const to[] = {&p->key.client, &p->key.date, &p->key.id};
    const struct str from[] = {key->client, key->date, key->id};

    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++) {
        struct str text = str_slice(from[i], 0, SEGMENT_TEXT_BYTES_MAX);
        if (i == 2)
            text = str_slice(text, 0, UUID_TEXT_BYTES);
        if (text.bytes)
            memmove(at, text.data, text.bytes);
        *to[i] = str_of(at, text.bytes);
        at += text.bytes;
    }
    p->started = true;
}

static void put_field(struct buf *b, struct str field)
{
    buf_put_u64(b, field.bytes);
    buf_put_byte(b, ':');
    buf_put(b, field);
}

static bool take_field(struct str *rest, struct str *field)
{
    uint64_t bytes = 0;

    if (!str_to_u64(str_cut(rest, ':'), CURSOR_BYTES_MAX, &bytes) || bytes > rest->bytes)
        return false;
    *field = str_slice(*rest, 0, bytes);
    *rest = str_slice(*rest, bytes, rest->bytes);
    return true;
}

// Follows from the query and from what the cursor says.
static struct str mark(struct scope *s, const struct listing_query *q, struct str fields)
{
    struct buf b = buf_make(s, 2 * CURSOR_BYTES_MAX);

    put_field(&b, q->client);
    put_field(&b, q->tenant);
    put_field(&b, q->date_from);
    put_field(&b, q->date_to);
    put_field(&b, fields);
    return str_format(s, "%016llx", (unsigned long long)str_hash(buf_str(&b)));
}

struct str listing_cursor_write(struct scope *s, const struct listing_query *q,
                                const struct place *at, struct str hot)
{
    const struct str fields[CURSOR_FIELDS] = {at->key.client, at->key.date, at->key.id, hot};
    struct buf b = buf_make(s, CURSOR_BYTES_MAX);

    for (size_t i = 0; i < CURSOR_FIELDS; i++)
        put_field(&b, fields[i]);
    struct str body = buf_str(&b);
    return base64url_encode(s, str_concat(s, 2, mark(s, q, body), body));
}

enum status listing_cursor_read(struct scope *s, const struct listing_query *q, struct place *at,
                                struct str *hot)
{
    struct str fields[CURSOR_FIELDS];
    struct str text = {0};
    enum { MARK_BYTES = 16 };

    at->started = false;
    *hot = (struct str){0};
    if (q->cursor.bytes == 0)
        return OK;
    if (q->cursor.bytes > CURSOR_BYTES_MAX || base64url_decode(s, q->cursor, &text) != OK)
        return fail(s, INVALID, "this is no cursor");
    struct str rest = str_slice(text, MARK_BYTES, text.bytes);
    if (!str_equal(str_slice(text, 0, MARK_BYTES), mark(s, q, rest)))
        return fail(s, INVALID, "the cursor is of another query");
    for (size_t i = 0; i < CURSOR_FIELDS; i++)
        if (!take_field(&rest, &fields[i]))
            return fail(s, INVALID, "the cursor is damaged");
    place_set(at, &(struct archived){.client = fields[0], .date = fields[1], .id = fields[2]});
    *hot = fields[3];
    return OK;
}
