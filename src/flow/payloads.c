// Large values of an execution are kept once, by the digest of their text, and so may be put before
// the change that names them: nothing is wrong when that never comes.
#include "core/scope.h"
#include "flow/live_impl.h"
#include "store/blob.h"
#include "store/record.h"

enum {
    CHANGE_ROOM_BYTES = 2000000, // of payloads in the change itself
    CHANGE_ROOM_ITEMS = 20,
    EARLY_BYTES = 3000000, // of payloads in a change of their own
    EARLY_ITEMS = 90,
    PAYLOAD_BYTES_MAX = 512 << 20,
};

// A value that was looked at, by what it borrows: values share structure.
struct kept {
    struct kept *next;
    const void *at;
    uint32_t count;
    uint8_t type;
    struct str digest;
};

struct payload_put {
    struct payload_put *next;
    struct str digest;
    struct str text;
};

// Adds up about how long the text is, until it is more than `most`.
static size_t measure(struct json j, size_t most)
{
    size_t bytes = 2;

    switch ((enum json_type)j.type) {
    case JSON_STRING:
    case JSON_NUMBER:
        return bytes + j.count;
    case JSON_ARRAY:
        for (uint32_t i = 0; i < j.count && bytes <= most; i++)
            bytes += 1 + measure(j.items[i], most - bytes);
        return bytes;
    case JSON_OBJECT:
        for (uint32_t i = 0; i < j.count && bytes <= most; i++)
            bytes += 4 + j.members[i].name.bytes + measure(j.members[i].value, most);
        return bytes;
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        break;
    }
    return 5;
}

static struct kept *find_kept(const struct live *l, struct json value)
{
    for (struct kept *k = l->kept; k; k = k->next)
        if (k->at == value.items && k->count == value.count && k->type == value.type)
            return k;
    return NULL;
}

static void note_put(struct live *l, struct str digest, struct str text)
{
    for (const struct payload_put *p = l->puts; p; p = p->next)
        if (str_equal(p->digest, digest))
            return;
    struct payload_put *put = scope_new(l->scope, struct payload_put);
    *put = (struct payload_put){l->puts, digest, text};
    l->puts = put;
    l->frames_written = true;
}

struct str payload_digest(struct live *l, struct json value)
{
    if (measure(value, PAYLOAD_INLINE_BYTES_MAX) <= PAYLOAD_INLINE_BYTES_MAX)
        return (struct str){0};
    return payload_put_away(l, value);
}

struct str payload_put_away(struct live *l, struct json value)
{
    struct kept *k = find_kept(l, value);
    if (k)
        return k->digest;
    struct str text = json_to_str(l->scope, value);
    k = scope_new(l->scope, struct kept);
    *k = (struct kept){l->kept, value.items, value.count, value.type,
                       digest_sha256_hex(l->scope, text)};
    l->kept = k;
    note_put(l, k->digest, text);
    return k->digest;
}

void payload_keep(struct live *l, struct payload *p)
{
    if (p->digest.bytes == 0)
        p->digest = payload_digest(l, p->value);
}

static struct str blob_key(struct scope *s, struct str id, struct str digest)
{
    return str_concat(s, 4, str("payloads/"), id, str("/"), digest);
}

enum status payload_read(struct scope *s, struct flow *f, struct str id, struct str digest,
                         struct json *out)
{
    struct record r = {0};

    TRY(record_find(s, f->store, &flow_payloads_table, id, digest, &r));
    if (r.version == 0)
        TRY(blob_get(s, f->store, &flow_blobs_bucket, blob_key(s, id, digest), 0, PAYLOAD_BYTES_MAX,
                     &r.content));
    return json_read_stored(s, r.content, out);
}

static void put_record(struct change *c, struct str id, const struct payload_put *p)
{
    struct record r = {.partition = id, .sort = p->digest, .content = p->text};

    change_put(c, &flow_payloads_table, &r, if_any());
}

// Puts as many as a change has room for; gives the rest.
static enum status put_early(struct live *l, struct payload_put **rest)
{
    struct change *c = change_new(l->scope);
    size_t bytes = 0;

    while (*rest && change_items(c) < EARLY_ITEMS && bytes + (*rest)->text.bytes <= EARLY_BYTES) {
        bytes += (*rest)->text.bytes;
        put_record(c, l->x.id, *rest);
        *rest = (*rest)->next;
    }
    return store_commit(l->scope, l->flow->store, c);
}

static enum status put_blobs(struct live *l)
{
    for (struct payload_put **at = &l->puts; *at;) {
        struct payload_put *p = *at;
        if (p->text.bytes <= BLOB_FROM_BYTES) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        TRY(blob_put(l->scope, l->flow->store, &flow_blobs_bucket,
                     blob_key(l->scope, l->x.id, p->digest), p->text, NULL, NULL));
    }
    return OK;
}

enum status payloads_put(struct live *l)
{
    size_t bytes = 0;
    size_t count = 0;

    TRY(put_blobs(l));
    for (const struct payload_put *p = l->puts; p; p = p->next, count++)
        bytes += p->text.bytes;
    if (bytes > CHANGE_ROOM_BYTES || count > CHANGE_ROOM_ITEMS || count > l->items_left) {
        while (l->puts)
            TRY(put_early(l, &l->puts));
        return OK;
    }
    for (const struct payload_put *p = l->puts; p; p = p->next)
        put_record(l->change, l->x.id, p);
    l->items_left -= count;
    l->puts = NULL;
    return OK;
}
