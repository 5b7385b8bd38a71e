// Views of text: comparing, cutting, reading numbers, copying into a scope.
#include "core/str.h"

#include "core/scope.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

int str_compare(struct str a, struct str b)
{
    size_t common = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = common ? memcmp(a.data, b.data, common) : 0;

    if (order != 0)
        return order;
    return (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

bool str_equal_nocase(struct str a, struct str b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || strncasecmp(a.data, b.data, a.bytes) == 0);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.bytes >= prefix.bytes && str_equal(str_of(s.data, prefix.bytes), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.bytes >= suffix.bytes &&
           str_equal(str_slice(s, s.bytes - suffix.bytes, suffix.bytes), suffix);
}

size_t str_find_byte(struct str s, char c)
{
    const char *at = s.bytes ? memchr(s.data, c, s.bytes) : NULL;

    return at ? (size_t)(at - s.data) : s.bytes;
}

size_t str_find(struct str s, struct str part)
{
    if (part.bytes == 0)
        return 0;
    const char *at = s.bytes ? memmem(s.data, s.bytes, part.data, part.bytes) : NULL;

    return at ? (size_t)(at - s.data) : s.bytes;
}

struct str str_slice(struct str s, size_t from, size_t bytes)
{
    if (from > s.bytes)
        from = s.bytes;
    if (bytes > s.bytes - from)
        bytes = s.bytes - from;
    assert(s.data || s.bytes == 0);
    return str_of(s.data ? s.data + from : NULL, bytes);
}

struct str str_cut(struct str *rest, char separator)
{
    size_t at = str_find_byte(*rest, separator);
    struct str head = str_slice(*rest, 0, at);

    *rest = at == rest->bytes ? (struct str){0} : str_slice(*rest, at + 1, rest->bytes);
    return head;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.bytes && is_space(s.data[0]))
        s = str_slice(s, 1, s.bytes);
    while (s.bytes && is_space(s.data[s.bytes - 1]))
        s.bytes--;
    return s;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (s.bytes == 0)
        return false;
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (value > (max - digit) / 10 || digit > max)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.bytes && s.data[0] == '-';
    uint64_t size = 0;

    if (!str_to_u64(negative ? str_slice(s, 1, s.bytes) : s,
                    (uint64_t)INT64_MAX + (negative ? 1 : 0), &size))
        return false;
    *out = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

// FNV-1a with a final mix, so that tables may use the low bits.
uint64_t str_hash(struct str s)
{
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < s.bytes; i++)
        hash = (hash ^ (uint8_t)s.data[i]) * 1099511628211U;
    return hash ^ (hash >> 32);
}

struct str str_copy(struct scope *s, struct str text)
{
    if (text.bytes == 0)
        return (struct str){0};
    char *copy = scope_bytes(s, text.bytes);

    memcpy(copy, text.data, text.bytes);
    return str_of(copy, text.bytes);
}

char *str_z(struct scope *s, struct str text)
{
    char *copy = scope_bytes(s, text.bytes + 1);

    if (text.bytes)
        memcpy(copy, text.data, text.bytes);
    copy[text.bytes] = '\0';
    return copy;
}

struct str str_format_v(struct scope *s, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    int bytes = vsnprintf(NULL, 0, format, arguments);
    assert(bytes >= 0);
    char *text = scope_bytes(s, (size_t)bytes + 1);
    (void)vsnprintf(text, (size_t)bytes + 1, format, again);
    va_end(again);
    return str_of(text, (size_t)bytes);
}

struct str str_format(struct scope *s, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str text = str_format_v(s, format, arguments);
    va_end(arguments);
    return text;
}

struct str str_concat(struct scope *s, size_t count, ...)
{
    va_list parts;
    size_t bytes = 0;

    va_start(parts, count);
    for (size_t i = 0; i < count; i++)
        bytes += va_arg(parts, struct str).bytes;
    va_end(parts);

    char *text = scope_bytes(s, bytes + 1);
    char *at = text;

    va_start(parts, count);
    for (size_t i = 0; i < count; i++) {
        struct str part = va_arg(parts, struct str);
        if (part.bytes)
            memcpy(at, part.data, part.bytes);
        at += part.bytes;
    }
    va_end(parts);
    return str_of(text, bytes);
}
