// UUIDs: version 7, and the text form.
#include "core/uuid.h"

#include "core/hex.h"
#include "core/scope.h"

#include <assert.h>

enum {
    TIME_BYTES = 6,
    GROUPS = 5,
};

// How many bytes stand between the hyphens.
static const uint8_t group_bytes[GROUPS] = {4, 2, 2, 2, 6};

// RFC 9562, 5.7: 48 bits of time, the version, 12 random bits, the variant, 62 random bits.
struct uuid uuid_v7(int64_t unix_ms, const uint8_t random[UUID_RANDOM_BYTES])
{
    struct uuid id;

    assert(unix_ms >= 0 && unix_ms < (int64_t)1 << 48);
    for (int i = 0; i < TIME_BYTES; i++)
        id.bytes[i] = (uint8_t)(unix_ms >> (8 * (TIME_BYTES - 1 - i)));
    memcpy(id.bytes + TIME_BYTES, random, UUID_RANDOM_BYTES);
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0F));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

int64_t uuid_unix_ms(struct uuid id)
{
    int64_t unix_ms = 0;

    if (id.bytes[6] >> 4 != 7 || id.bytes[8] >> 6 != 2)
        return -1;
    for (int i = 0; i < TIME_BYTES; i++)
        unix_ms = unix_ms << 8 | id.bytes[i];
    return unix_ms;
}

void uuid_write(struct uuid id, char out[UUID_TEXT_BYTES])
{
    const uint8_t *from = id.bytes;
    char *to = out;

    for (int group = 0; group < GROUPS; group++) {
        if (group > 0)
            *to++ = '-';
        hex_write(str_of(from, group_bytes[group]), to);
        from += group_bytes[group];
        to += (size_t)2 * group_bytes[group];
    }
    assert(to == out + UUID_TEXT_BYTES);
}

struct str uuid_to_str(struct scope *s, struct uuid id)
{
    char *text = scope_bytes(s, UUID_TEXT_BYTES);

    uuid_write(id, text);
    return str_of(text, UUID_TEXT_BYTES);
}

bool uuid_read(struct str text, struct uuid *out)
{
    uint8_t *to = out->bytes;
    size_t at = 0;

    if (text.bytes != UUID_TEXT_BYTES)
        return false;
    for (int group = 0; group < GROUPS; group++) {
        if (group > 0 && text.data[at++] != '-')
            return false;
        if (!hex_read(str_slice(text, at, (size_t)2 * group_bytes[group]), to))
            return false;
        at += (size_t)2 * group_bytes[group];
        to += group_bytes[group];
    }
    return true;
}

int uuid_compare(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, UUID_BYTES);
}
