// Hexadecimal digits: written in lower case, read in both.
#include "core/hex.h"

#include "core/scope.h"

void hex_write(struct str bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.bytes; i++) {
        uint8_t byte = (uint8_t)bytes.data[i];
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
}

struct str hex_encode(struct scope *s, struct str bytes)
{
    char *text = scope_bytes(s, 2 * bytes.bytes);

    hex_write(bytes, text);
    return str_of(text, 2 * bytes.bytes);
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_read(struct str text, void *out)
{
    uint8_t *to = out;

    if (text.bytes % 2 != 0)
        return false;
    for (size_t i = 0; i < text.bytes; i += 2) {
        int high = hex_digit(text.data[i]);
        int low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        *to++ = (uint8_t)(high << 4 | low);
    }
    return true;
}

enum status hex_decode(struct scope *s, struct str text, struct str *out)
{
    if (!scope_has_room(s, text.bytes / 2))
        return fail(s, TOO_LARGE, "no memory is left for %zu hexadecimal digits", text.bytes);
    char *bytes = scope_bytes(s, text.bytes / 2);

    if (!hex_read(text, bytes))
        return fail(s, INVALID, "not an even number of hexadecimal digits");
    *out = str_of(bytes, text.bytes / 2);
    return OK;
}
