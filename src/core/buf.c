// Growing text: doubles its memory in the scope, in place where it is the newest allocation.
#include "core/buf.h"

#include "core/scope.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_BYTES_FIRST = 256 };

struct buf buf_make(struct scope *s, size_t bytes_max)
{
    return (struct buf){.scope = s, .bytes_max = bytes_max};
}

// False when the scope has no room for it; then what there is is the most there can be.
static bool buf_grow(struct buf *b, size_t bytes_wanted)
{
    size_t room = b->room ? b->room * 2 : BUF_BYTES_FIRST;

    assert(b->data || b->bytes == 0);
    if (room < bytes_wanted)
        room = bytes_wanted;
    if (room > b->bytes_max)
        room = b->bytes_max;
    if (!b->data || !scope_extend(b->scope, b->data, b->room, room - b->room)) {
        if (!scope_has_room(b->scope, room))
            room = bytes_wanted;
        if (!scope_has_room(b->scope, room)) {
            b->bytes_max = b->room;
            return false;
        }
        char *larger = scope_bytes(b->scope, room);
        if (b->bytes)
            memcpy(larger, b->data, b->bytes);
        b->data = larger;
    }
    b->room = room;
    return true;
}

char *buf_reserve(struct buf *b, size_t bytes)
{
    if (bytes > b->bytes_max - b->bytes) {
        b->overflow = true;
        return NULL;
    }
    if ((bytes > b->room - b->bytes || !b->data) && !buf_grow(b, b->bytes + bytes)) {
        b->overflow = true;
        return NULL;
    }
    return b->data + b->bytes;
}

void buf_put(struct buf *b, struct str text)
{
    char *at = buf_reserve(b, text.bytes);

    if (!at || text.bytes == 0)
        return;
    memcpy(at, text.data, text.bytes);
    b->bytes += text.bytes;
}

void buf_put_z(struct buf *b, const char *z)
{
    buf_put(b, str(z));
}

void buf_put_byte(struct buf *b, char c)
{
    char *at = buf_reserve(b, 1);

    if (!at)
        return;
    *at = c;
    b->bytes++;
}

void buf_put_u64(struct buf *b, uint64_t number)
{
    char digits[20];
    size_t from = sizeof digits;

    do {
        digits[--from] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    buf_put(b, str_of(digits + from, sizeof digits - from));
}

void buf_put_i64(struct buf *b, int64_t number)
{
    if (number < 0)
        buf_put_byte(b, '-');
    buf_put_u64(b, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void buf_format(struct buf *b, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (bytes < 0)
        return;
    char *at = buf_reserve(b, (size_t)bytes + 1); // vsnprintf wants room for its NUL
    if (!at)
        return;
    va_start(arguments, format);
    (void)vsnprintf(at, (size_t)bytes + 1, format, arguments);
    va_end(arguments);
    b->bytes += (size_t)bytes;
}

void buf_clear(struct buf *b)
{
    b->bytes = 0;
    b->overflow = false;
}

enum status buf_finish(const struct buf *b, const char *what, struct str *out)
{
    if (b->overflow)
        return fail(b->scope, TOO_LARGE, "%s is longer than %zu bytes", what, b->bytes_max);
    *out = buf_str(b);
    return OK;
}
