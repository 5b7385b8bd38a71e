// Growing text in a scope, with a largest size given when it is made. Appending past that size, or
// past what the scope has room for, sets `overflow` and drops what does not fit whole; the caller
// looks once, at the end, with buf_finish(). The memory is the scope's; old copies stay until the
// scope ends.
#ifndef SHEAF_CORE_BUF_H
#define SHEAF_CORE_BUF_H

#include "core/status.h"
#include "core/str.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct scope;

struct buf {
    struct scope *scope;
    char *data;
    size_t bytes;     // used
    size_t room;      // allocated
    size_t bytes_max; // never more
    bool overflow;
};

// Makes an empty text of at most `bytes_max` bytes in `s`.
struct buf buf_make(struct scope *s, size_t bytes_max);

void buf_put(struct buf *b, struct str text);
void buf_put_z(struct buf *b, const char *z);
void buf_put_byte(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t number);
void buf_put_i64(struct buf *b, int64_t number);
void buf_format(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Makes room for `bytes` more and returns where they start, for who writes them in place and then
// adds them to `bytes`; NULL when they would exceed the largest size.
char *buf_reserve(struct buf *b, size_t bytes);

// Views what is there; valid until the next append. Asserts that nothing was dropped: use it where
// the size cannot be exceeded, and buf_finish() where it can.
static inline struct str buf_str(const struct buf *b)
{
    assert(!b->overflow);
    return (struct str){b->data, b->bytes};
}

// Empties it and keeps the memory.
void buf_clear(struct buf *b);

// Gives the whole text. Errors: TOO_LARGE when something did not fit; `what` names it.
enum status buf_finish(const struct buf *b, const char *what, struct str *out);

#endif
