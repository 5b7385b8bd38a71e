// Base64, both alphabets: three bytes to four characters and back.
#include "core/base64.h"

#include "core/scope.h"

#include <assert.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Writes the characters of one to three bytes; `count` + 1 of them matter.
static void put_group(const char *letters, const uint8_t *bytes, size_t count, char out[4])
{
    uint32_t bits = (uint32_t)bytes[0] << 16;

    if (count > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        bits |= bytes[2];
    for (int i = 0; i < 4; i++)
        out[i] = letters[bits >> (18 - 6 * i) & 63];
}

static struct str encode(struct scope *s, const char *letters, struct str bytes, bool padded)
{
    const uint8_t *from = (const uint8_t *)bytes.data;
    size_t rest = bytes.bytes % 3;
    size_t whole = bytes.bytes - rest;
    char *text = scope_bytes(s, bytes.bytes / 3 * 4 + 4);
    char *to = text;

    for (size_t i = 0; i < whole; i += 3, to += 4)
        put_group(letters, from + i, 3, to);
    if (rest) {
        put_group(letters, from + whole, rest, to);
        to += rest + 1;
        for (size_t i = rest; padded && i < 3; i++)
            *to++ = '=';
    }
    return str_of(text, (size_t)(to - text));
}

struct str base64_encode(struct scope *s, struct str bytes)
{
    return encode(s, alphabet, bytes, true);
}

struct str base64url_encode(struct scope *s, struct str bytes)
{
    return encode(s, alphabet_url, bytes, false);
}

// Returns the six bits of a character; 64 when it is none of the alphabet.
static uint32_t letter_value(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : 64;
}

// Reads `count` characters, two to four, to count - 1 bytes.
static bool read_group(const char *text, size_t count, bool url, char *out)
{
    uint32_t bits = 0;

    assert(count >= 2 && count <= 4);
    for (size_t i = 0; i < count; i++) {
        uint32_t value = letter_value(text[i], url);
        if (value > 63)
            return false;
        bits |= value << (18 - 6 * i);
    }
    for (size_t i = 0; i + 1 < count; i++)
        out[i] = (char)(uint8_t)(bits >> (16 - 8 * i));
    // RFC 4648, 3.5: the bits behind the last byte must be 0.
    return (bits & ((1U << 8 * (4 - count)) - 1)) == 0;
}

// Cuts the padding off; false when there is some of the wrong length.
static bool cut_padding(struct str *text, bool optional)
{
    size_t padding = 0;
    size_t bytes = text->bytes;

    while (padding < 2 && padding < text->bytes && text->data[text->bytes - 1 - padding] == '=')
        padding++;
    text->bytes -= padding;
    if (padding == 0 && optional)
        return bytes % 4 != 1;
    return bytes % 4 == 0;
}

static enum status decode(struct scope *s, struct str text, bool url, struct str *out)
{
    if (!cut_padding(&text, url))
        return fail(s, INVALID, "base64 of a wrong length");
    size_t bytes = text.bytes * 3 / 4;
    if (!scope_has_room(s, bytes))
        return fail(s, TOO_LARGE, "no memory is left for %zu bytes of base64", bytes);
    char *to = scope_bytes(s, bytes);
    struct str result = str_of(to, bytes);

    for (size_t at = 0; at < text.bytes; at += 4, to += 3) {
        size_t count = text.bytes - at < 4 ? text.bytes - at : 4;
        if (!read_group(text.data + at, count, url, to))
            return fail(s, INVALID, "not base64 near byte %zu", at);
    }
    *out = result;
    return OK;
}

enum status base64_decode(struct scope *s, struct str text, struct str *out)
{
    return decode(s, text, false, out);
}

enum status base64url_decode(struct scope *s, struct str text, struct str *out)
{
    return decode(s, text, true, out);
}
