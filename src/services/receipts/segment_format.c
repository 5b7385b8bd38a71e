// The pieces that a segment is made of.
#include "services/receipts/segment_impl.h"

#include <assert.h>

int segment_key_order(const struct segment_key *a, const struct segment_key *b)
{
    int order = str_compare(a->client, b->client);

    if (order == 0)
        order = str_compare(a->date, b->date);
    return order ? order : uuid_compare(a->id, b->id);
}

int archived_order(const struct archived *a, const struct archived *b)
{
    int order = str_compare(a->client, b->client);

    if (order == 0)
        order = str_compare(a->date, b->date);
    return order ? order : str_compare(a->id, b->id);
}

char *segment_put_u64(char *out, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        *out++ = (char)(uint8_t)(number >> (8 * i));
    return out;
}

char *segment_put_varint(char *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *out++ = (char)(uint8_t)(number | 0x80);
    *out++ = (char)(uint8_t)number;
    return out;
}

char *segment_put_text(char *out, struct str text)
{
    out = segment_put_varint(out, text.bytes);
    if (text.bytes)
        memcpy(out, text.data, text.bytes);
    return out + text.bytes;
}

char *segment_put_location(char *out, struct location l)
{
    assert(l.offset < SEGMENT_BYTES_MAX && l.bytes < 1U << LOCATION_BYTES_BITS);
    return segment_put_u64(out, l.offset << LOCATION_BYTES_BITS | l.bytes);
}

char *segment_put_key(char *out, const struct segment_key *key)
{
    out = segment_put_text(out, key->client);
    out = segment_put_text(out, key->date);
    memcpy(out, key->id.bytes, UUID_BYTES);
    return out + UUID_BYTES;
}

struct segment_taker segment_taker_of(struct str block)
{
    return (struct segment_taker){block.data, block.bytes ? block.data + block.bytes : block.data,
                                  false};
}

bool segment_has_more(const struct segment_taker *t)
{
    return !t->bad && t->at < t->end;
}

// Takes `bytes` bytes; NULL when there are fewer.
static const char *take(struct segment_taker *t, uint64_t bytes)
{
    const char *from = t->at;

    if (t->bad || bytes > (uint64_t)(t->end - t->at)) {
        t->bad = true;
        return NULL;
    }
    t->at += bytes;
    return from;
}

uint64_t segment_take_u64(struct segment_taker *t)
{
    const uint8_t *from = (const uint8_t *)take(t, 8);
    uint64_t number = 0;

    for (unsigned i = 0; from && i < 8; i++)
        number |= (uint64_t)from[i] << (8 * i);
    return number;
}

uint64_t segment_take_varint(struct segment_taker *t)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 64 && t->at < t->end; shift += 7) {
        uint8_t byte = (uint8_t)*t->at++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return number;
    }
    t->bad = true;
    return 0;
}

struct str segment_take_text(struct segment_taker *t)
{
    uint64_t bytes = segment_take_varint(t);
    const char *from = take(t, bytes);

    return from ? str_of(from, bytes) : (struct str){0};
}

struct uuid segment_take_id(struct segment_taker *t)
{
    struct uuid id = {{0}};
    const char *from = take(t, UUID_BYTES);

    if (from)
        memcpy(id.bytes, from, UUID_BYTES);
    return id;
}

struct location segment_take_location(struct segment_taker *t)
{
    uint64_t both = segment_take_u64(t);

    return (struct location){both >> LOCATION_BYTES_BITS, both & ((1U << LOCATION_BYTES_BITS) - 1)};
}

struct segment_key segment_take_key(struct segment_taker *t)
{
    struct segment_key key;

    key.client = segment_take_text(t);
    key.date = segment_take_text(t);
    key.id = segment_take_id(t);
    return key;
}
