// Strings with escapes: RFC 8259, 7.
#include "core/hex.h"
#include "core/json_impl.h"
#include "core/utf8.h"

static bool expect(struct json_unescape *u, const char *at, const char *expected)
{
    u->at = at;
    u->expected = expected;
    return false;
}

// Reads the four digits of \uXXXX; `at` stands on the first of them.
static bool read_hex4(struct json_unescape *u, const char *at, uint32_t *out)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        int digit = at + i < u->end ? hex_digit(at[i]) : -1;
        if (digit < 0)
            return expect(u, at + i, "four hexadecimal digits after \\u");
        value = value << 4 | (uint32_t)digit;
    }
    *out = value;
    return true;
}

// Decodes \uXXXX, or two of them that form a surrogate pair.
static bool put_unicode(struct json_unescape *u)
{
    const char *next = u->at + 6;
    uint32_t code_point = 0;
    uint32_t low = 0;

    if (!read_hex4(u, u->at + 2, &code_point))
        return false;
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        if (code_point > 0xDBFF || u->end - next < 2 || next[0] != '\\' || next[1] != 'u')
            return expect(u, u->at, "no surrogate without its other half");
        if (!read_hex4(u, next + 2, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return expect(u, next, "the second half of a surrogate pair");
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
        next += 6;
    }
    u->to += utf8_encode(code_point, u->to);
    u->at = next;
    return true;
}

static bool put_escape(struct json_unescape *u)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    char c = u->at + 1 < u->end ? u->at[1] : '\0';
    const char *name = c ? strchr(names, c) : NULL;

    if (c == 'u')
        return put_unicode(u);
    if (!name)
        return expect(u, u->at + 1, "one of \" \\ / b f n r t u after a backslash");
    *u->to++ = means[name - names];
    u->at += 2;
    return true;
}

static bool put_wide(struct json_unescape *u)
{
    size_t length = utf8_length(str_of(u->at, (size_t)(u->end - u->at)));

    if (length == 0)
        return expect(u, u->at, "well-formed UTF-8");
    memcpy(u->to, u->at, length);
    u->to += length;
    u->at += length;
    return true;
}

bool json_unescape(struct json_unescape *u)
{
    while (u->at < u->end) {
        const char *run = u->at;
        u->at = json_skip_plain(run, u->end);
        memcpy(u->to, run, (size_t)(u->at - run));
        u->to += u->at - run;
        if (u->at == u->end)
            break;
        if ((uint8_t)*u->at < 0x20)
            return expect(u, u->at, "control characters to be escaped");
        if (*u->at == '\\' ? !put_escape(u) : !put_wide(u))
            return false;
    }
    return true;
}
