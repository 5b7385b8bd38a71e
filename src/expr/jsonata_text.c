#include "expr/jsonata_text.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <assert.h>
#include <string.h>

enum {
    SURROGATE_FIRST = 0xD800,
    SURROGATE_LAST = 0xDFFF,
    SURROGATE_BYTES = 3,
    SUPPLEMENTARY_FIRST = 0x10000,
};

static bool is_surrogate(uint32_t point)
{
    return point >= SURROGATE_FIRST && point <= SURROGATE_LAST;
}

static bool starts_with_surrogate(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data;

    return text.bytes >= SURROGATE_BYTES && at[0] == 0xED && at[1] >= 0xA0 && at[1] <= 0xBF &&
           at[2] >= 0x80 && at[2] <= 0xBF;
}

size_t text_decode(struct str text, uint32_t *out)
{
    const unsigned char *at = (const unsigned char *)text.data;

    assert(text.bytes > 0);
    if (*at < 0x80) {
        *out = *at;
        return 1;
    }
    size_t bytes = utf8_decode(text, out);
    if (bytes > 0)
        return bytes;
    if (starts_with_surrogate(text)) {
        *out = 0xD000U | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
        return SURROGATE_BYTES;
    }
    *out = UTF8_REPLACEMENT;
    return 1;
}

size_t text_encode(uint32_t point, char *out)
{
    if (!is_surrogate(point))
        return utf8_encode(point, out);
    out[0] = (char)0xED;
    out[1] = (char)(0x80 | (point >> 6 & 0x3F));
    out[2] = (char)(0x80 | (point & 0x3F));
    return SURROGATE_BYTES;
}

struct points points_of(struct scope *s, struct str text)
{
    uint32_t *at = scope_array(s, text.bytes, sizeof *at);
    size_t count = 0;

    for (size_t i = 0; i < text.bytes; count++)
        i += text_decode(str_slice(text, i, text.bytes), &at[count]);
    return (struct points){at, count};
}

struct str points_text(struct scope *s, struct points p)
{
    char *text = scope_bytes(s, p.count * UTF8_BYTES_MAX);
    size_t bytes = 0;

    for (size_t i = 0; i < p.count; i++)
        bytes += text_encode(p.at[i], text + bytes);
    return str_of(text, bytes);
}

struct points points_slice(struct points p, size_t from, size_t count)
{
    if (from > p.count)
        from = p.count;
    if (count > p.count - from)
        count = p.count - from;
    return (struct points){p.at + from, count};
}

bool points_equal(struct points a, struct points b)
{
    return a.count == b.count && (a.count == 0 || memcmp(a.at, b.at, a.count * sizeof *a.at) == 0);
}

size_t points_find(struct points p, struct points part, size_t from)
{
    for (size_t i = from; i + part.count <= p.count; i++)
        if (points_equal(points_slice(p, i, part.count), part))
            return i;
    return p.count;
}

size_t text_length(struct str text)
{
    size_t count = 0;
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes; count++)
        i += text_decode(str_slice(text, i, text.bytes), &point);
    return count;
}

size_t text_offset(struct str text, size_t index)
{
    size_t at = 0;
    uint32_t point = 0;

    for (size_t i = 0; i < index && at < text.bytes; i++)
        at += text_decode(str_slice(text, at, text.bytes), &point);
    return at;
}

size_t text_units(struct str text)
{
    size_t units = 0;
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes;) {
        i += text_decode(str_slice(text, i, text.bytes), &point);
        units += point >= SUPPLEMENTARY_FIRST ? 2 : 1;
    }
    return units;
}

size_t text_offset_of_unit(struct str text, size_t unit)
{
    size_t at = 0;
    size_t units = 0;
    uint32_t point = 0;

    while (at < text.bytes) {
        size_t bytes = text_decode(str_slice(text, at, text.bytes), &point);
        units += point >= SUPPLEMENTARY_FIRST ? 2 : 1;
        if (units > unit)
            break;
        at += bytes;
    }
    return at;
}

size_t text_find_surrogate(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (starts_with_surrogate(str_slice(text, i, text.bytes)))
            return i;
    return text.bytes;
}

// ECMA-262, 12.2 and 12.3: white space and line terminators.
bool text_is_space(uint32_t point)
{
    return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000 || point == 0xFEFF;
}

struct str text_trim_space(struct str text)
{
    size_t from = 0;
    size_t to = 0;
    uint32_t point = 0;

    for (size_t i = 0, bytes = 0; i < text.bytes; i += bytes) {
        bytes = text_decode(str_slice(text, i, text.bytes), &point);
        if (text_is_space(point) && to == 0)
            from = i + bytes;
        else if (!text_is_space(point))
            to = i + bytes;
    }
    return to > from ? str_slice(text, from, to - from) : str("");
}
