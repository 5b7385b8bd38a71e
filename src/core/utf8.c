// Strict UTF-8, by the table of well-formed byte sequences: Unicode 15, table 3-7.
#include "core/utf8.h"

#include <assert.h>

static bool continues(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

// The second byte carries what is special about a lead: no overlong form, no surrogate, no code
// point above U+10FFFF.
static bool second_fits(uint8_t lead, uint8_t second)
{
    switch (lead) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return continues(second);
    }
}

static size_t length_of_lead(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0)
        return 3;
    return lead < 0xF5 ? 4 : 0;
}

size_t utf8_length(struct str text)
{
    const uint8_t *at = (const uint8_t *)text.data;
    size_t length = text.bytes ? length_of_lead(at[0]) : 0;

    if (length <= 1)
        return length;
    if (length > text.bytes || !second_fits(at[0], at[1]))
        return 0;
    for (size_t i = 2; i < length; i++)
        if (!continues(at[i]))
            return 0;
    return length;
}

size_t utf8_decode(struct str text, uint32_t *out)
{
    static const uint8_t lead_mask[UTF8_BYTES_MAX + 1] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t length = utf8_length(text);

    if (length == 0)
        return 0;
    uint32_t code_point = (uint8_t)text.data[0] & lead_mask[length];
    for (size_t i = 1; i < length; i++)
        code_point = code_point << 6 | ((uint8_t)text.data[i] & 0x3F);
    *out = code_point;
    return length;
}

size_t utf8_encode(uint32_t code_point, char *out)
{
    assert(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF));
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    static const uint8_t lead[UTF8_BYTES_MAX + 1] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[length] | code_point);
    return length;
}

// Skips whole words of ASCII.
static size_t skip_ascii(struct str text, size_t from)
{
    uint64_t word = 0;

    while (text.bytes - from >= sizeof word) {
        memcpy(&word, text.data + from, sizeof word);
        if (word & 0x8080808080808080U)
            break;
        from += sizeof word;
    }
    return from;
}

size_t utf8_find_error(struct str text)
{
    size_t at = 0;

    while (at < text.bytes) {
        at = skip_ascii(text, at);
        if (at == text.bytes)
            break;
        size_t length = utf8_length(str_of(text.data + at, text.bytes - at));
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

bool utf8_valid(struct str text)
{
    return utf8_find_error(text) == text.bytes;
}

size_t utf8_count(struct str text)
{
    size_t count = 0;

    for (size_t at = 0; at < text.bytes; count++) {
        size_t length = utf8_length(str_of(text.data + at, text.bytes - at));
        at += length ? length : 1;
    }
    return count;
}

struct str utf8_cut(struct str text, size_t bytes_max)
{
    size_t bytes = bytes_max;

    if (text.bytes <= bytes_max)
        return text;
    while (bytes > 0 && ((uint8_t)text.data[bytes] & 0xC0) == 0x80) // in the middle of one
        bytes--;
    return str_slice(text, 0, bytes);
}
