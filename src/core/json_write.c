// Writing JSON: compact for machines, indented for people.
#include "core/buf.h"
#include "core/json_impl.h"

#include <assert.h>

enum { INDENT_SPACES = 2 };

// Appends one character that must be escaped.
static void put_escaped(struct buf *out, char c)
{
    static const char escapes[] = "btn-fr"; // of U+0008 to U+000D
    static const char hex[] = "0123456789abcdef";
    uint8_t byte = (uint8_t)c;
    char text[6] = {'\\', c};

    if (byte >= 0x20) {
        buf_put(out, str_of(text, 2));
    } else if (byte >= '\b' && byte <= '\r' && byte != '\v') {
        text[1] = escapes[byte - '\b'];
        buf_put(out, str_of(text, 2));
    } else {
        memcpy(text, "\\u00", 4);
        text[4] = hex[byte >> 4];
        text[5] = hex[byte & 15];
        buf_put(out, str_of(text, sizeof text));
    }
}

// Returns the first byte that must be escaped.
static const char *skip_unescaped(const char *at, const char *end)
{
    for (;;) {
        at = json_skip_plain(at, end);
        if (at == end || (uint8_t)*at < 0x80)
            return at;
        while (at < end && (uint8_t)*at >= 0x80)
            at++;
    }
}

static void put_with_escapes(struct buf *out, struct str text)
{
    const char *end = text.data + text.bytes;
    const char *at = text.data;

    buf_put_byte(out, '"');
    while (at < end) {
        const char *run = at;
        at = skip_unescaped(at, end);
        buf_put(out, str_of(run, (size_t)(at - run)));
        if (at < end)
            put_escaped(out, *at++);
    }
    buf_put_byte(out, '"');
}

static bool has_escapes(struct str text)
{
    if (text.bytes == 0)
        return false;
    const char *end = text.data + text.bytes;
    return skip_unescaped(text.data, end) != end;
}

// Appends a string and, when it is not 0, the byte that follows it.
static inline void put_string(struct buf *out, struct str text, bool plain, char after)
{
    if (!plain && has_escapes(text)) {
        put_with_escapes(out, text);
        if (after)
            buf_put_byte(out, after);
        return;
    }
    size_t bytes = text.bytes + (after ? 3 : 2);
    char *at = buf_reserve(out, bytes);
    if (!at)
        return;
    at[0] = '"';
    if (text.bytes)
        memcpy(at + 1, text.data, text.bytes);
    at[text.bytes + 1] = '"';
    if (after)
        at[text.bytes + 2] = after;
    out->bytes += bytes;
}

void json_write_string(struct buf *out, struct str text)
{
    put_string(out, text, false, '\0');
}

static void put_scalar(struct buf *out, struct json j)
{
    switch ((enum json_type)j.type) {
    case JSON_NONE: // a caller's slip: what is absent is written as null
    case JSON_NULL:
        buf_put(out, str_of("null", 4));
        break;
    case JSON_FALSE:
        buf_put(out, str_of("false", 5));
        break;
    case JSON_TRUE:
        buf_put(out, str_of("true", 4));
        break;
    case JSON_NUMBER:
        buf_put(out, str_of(j.text, j.count));
        break;
    case JSON_STRING:
        put_string(out, str_of(j.text, j.count), j.flags & JSON_PLAIN, '\0');
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break; // put_value() writes these
    }
}

static void put_value(struct buf *out, struct json j)
{
    if (j.type == JSON_ARRAY) {
        buf_put_byte(out, '[');
        for (size_t i = 0; i < j.count; i++) {
            if (i > 0)
                buf_put_byte(out, ',');
            put_value(out, j.items[i]);
        }
        buf_put_byte(out, ']');
    } else if (j.type == JSON_OBJECT) {
        buf_put_byte(out, '{');
        for (size_t i = 0; i < j.count; i++) {
            if (i > 0)
                buf_put_byte(out, ',');
            put_string(out, j.members[i].name, false, ':');
            put_value(out, j.members[i].value);
        }
        buf_put_byte(out, '}');
    } else {
        put_scalar(out, j);
    }
}

void json_write(struct buf *out, struct json j)
{
    if (j.depth > JSON_DEPTH_MAX)
        out->overflow = true;
    else
        put_value(out, j);
}

static void put_line(struct buf *out, unsigned level)
{
    buf_put_byte(out, '\n');
    for (unsigned i = 0; i < level * INDENT_SPACES; i++)
        buf_put_byte(out, ' ');
}

static void put_pretty(struct buf *out, struct json j, unsigned level)
{
    bool object = j.type == JSON_OBJECT;

    if ((!object && j.type != JSON_ARRAY) || j.count == 0) {
        put_value(out, j);
        return;
    }
    buf_put_byte(out, object ? '{' : '[');
    for (size_t i = 0; i < j.count; i++) {
        if (i > 0)
            buf_put_byte(out, ',');
        put_line(out, level + 1);
        if (object) {
            put_string(out, j.members[i].name, false, ':');
            buf_put_byte(out, ' ');
        }
        put_pretty(out, object ? j.members[i].value : j.items[i], level + 1);
    }
    put_line(out, level);
    buf_put_byte(out, object ? '}' : ']');
}

void json_write_pretty(struct buf *out, struct json j)
{
    if (j.depth > JSON_DEPTH_MAX)
        out->overflow = true;
    else
        put_pretty(out, j, 0);
}

struct str json_to_str(struct scope *s, struct json j)
{
    struct buf out = buf_make(s, UINT32_MAX);

    json_write(&out, j);
    assert(!out.overflow);
    return buf_str(&out);
}
