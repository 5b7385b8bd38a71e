// Elements of DER, written inside out: what is signed is small, so copying at each level is cheap.
#include "core/scope.h"
#include "crypto/der_impl.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

enum { HEAD_BYTES_MAX = 6 }; // a tag and a length of up to 4 bytes

// X.690, 10.1: the length in as few bytes as it needs.
static size_t write_head(char *out, enum der_tag tag, size_t bytes)
{
    size_t at = 0;
    unsigned digits = 0;

    assert(bytes <= UINT32_MAX);
    out[at++] = (char)tag;
    if (bytes < 0x80) {
        out[at++] = (char)bytes;
        return at;
    }
    for (size_t rest = bytes; rest; rest >>= 8)
        digits++;
    out[at++] = (char)(0x80 | digits);
    while (digits--)
        out[at++] = (char)(bytes >> (8 * digits) & 0xFF);
    return at;
}

static struct str wrap(struct scope *s, enum der_tag tag, const struct str *parts, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += parts[i].bytes;
    char *out = scope_bytes(s, bytes + HEAD_BYTES_MAX);
    size_t at = write_head(out, tag, bytes);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].bytes)
            memcpy(out + at, parts[i].data, parts[i].bytes);
        at += parts[i].bytes;
    }
    return str_of(out, at);
}

struct str der(struct scope *s, enum der_tag tag, size_t count, ...)
{
    struct str parts[8];
    va_list list;

    assert(count <= sizeof parts / sizeof parts[0]);
    va_start(list, count);
    for (size_t i = 0; i < count; i++)
        parts[i] = va_arg(list, struct str);
    va_end(list);
    return wrap(s, tag, parts, count);
}

static int by_bytes(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct str der_set_of(struct scope *s, enum der_tag tag, const struct str *members, size_t count)
{
    struct str *sorted = scope_array(s, count, sizeof *sorted);

    for (size_t i = 0; i < count; i++)
        sorted[i] = members[i];
    qsort(sorted, count, sizeof *sorted, by_bytes);
    return wrap(s, tag, sorted, count);
}

struct str der_oid(struct scope *s, const char *content)
{
    return der(s, DER_OID, 1, str(content));
}

struct str der_small(struct scope *s, uint8_t integer)
{
    assert(integer < 0x80);
    return der(s, DER_INTEGER, 1, str_of(&integer, 1));
}

struct str der_algorithm(struct scope *s, const char *oid, bool null)
{
    return der(s, DER_SEQUENCE, 2, der_oid(s, oid), null ? str_of("\x05\x00", 2) : (struct str){0});
}

struct str der_attribute(struct scope *s, const char *oid, struct str value)
{
    return der(s, DER_SEQUENCE, 2, der_oid(s, oid), der(s, DER_SET, 1, value));
}
