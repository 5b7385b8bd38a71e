// Memory by bump allocation in pieces that double up to a limit; a large allocation gets a piece
// of its own. The scope itself lies at the start of its first piece, so opening one is a single
// call of malloc. This file is the one home of malloc and free for scopes.
#include "core/scope.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SCOPE_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SCOPE_POISON 1
#endif
#endif
#ifdef SCOPE_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#undef fail // what scope.h tells the analyzer
#undef fail_errno

enum {
    PIECE_BYTES_FIRST = 8192,
    PIECE_BYTES_MAX = 1 << 20,
    WHY_BYTES_MAX = 1024,
    ALIGNMENT = 16,
};

struct piece {
    struct piece *older;
    size_t bytes; // of the whole piece, this header included
    size_t used;
};

struct deferred {
    struct deferred *older;
    void (*close)(void *);
    void *thing;
};

struct scope {
    struct piece *newest;
    struct piece *first;
    struct deferred *deferred;
    size_t bytes_max;
    size_t bytes_used;
    enum status status;
    char *why; // WHY_BYTES_MAX long, allocated at the first failure
};

static_assert(sizeof(struct piece) % alignof(max_align_t) == 0 || alignof(max_align_t) <= ALIGNMENT,
              "a piece's header keeps the alignment");

static void die(const char *what, size_t bytes, size_t bytes_max)
{
    (void)fprintf(stderr, "scope: %s: %zu bytes asked, budget %zu\n", what, bytes, bytes_max);
    abort();
}

static size_t round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

static struct piece *piece_new(size_t bytes)
{
    struct piece *piece = malloc(bytes);

    if (!piece)
        die("out of memory", bytes, 0);
    piece->older = NULL;
    piece->bytes = bytes;
    piece->used = round_up(sizeof *piece, ALIGNMENT);
    ASAN_POISON_MEMORY_REGION((char *)piece + piece->used, bytes - piece->used);
    return piece;
}

static void piece_free(struct piece *piece)
{
    ASAN_UNPOISON_MEMORY_REGION(piece, piece->bytes);
    free(piece);
}

// Takes `bytes` from the piece at a multiple of `alignment`; NULL when they do not fit.
static char *piece_take(struct piece *piece, size_t bytes, size_t alignment)
{
    size_t from = round_up(piece->used, alignment);

    if (from > piece->bytes || bytes > piece->bytes - from)
        return NULL;
    piece->used = from + bytes;
    ASAN_UNPOISON_MEMORY_REGION((char *)piece + from, bytes);
    return (char *)piece + from;
}

static struct scope *scope_place(struct piece *first, size_t bytes_max)
{
    struct scope *s = (struct scope *)(void *)piece_take(first, sizeof *s, ALIGNMENT);

    assert(s);
    *s = (struct scope){.newest = first, .first = first, .bytes_max = bytes_max};
    return s;
}

struct scope *scope_open(size_t bytes_max)
{
    return scope_open_roomy(bytes_max, PIECE_BYTES_FIRST);
}

struct scope *scope_open_roomy(size_t bytes_max, size_t first_bytes)
{
    size_t bytes = first_bytes < PIECE_BYTES_FIRST ? PIECE_BYTES_FIRST : first_bytes;

    return scope_place(piece_new(bytes), bytes_max);
}

static void run_deferred(struct scope *s)
{
    while (s->deferred) {
        struct deferred *d = s->deferred;
        s->deferred = d->older;
        d->close(d->thing);
    }
}

void scope_close(struct scope *s)
{
    if (!s)
        return;
    run_deferred(s);
    struct piece *piece = s->newest;
    while (piece) {
        struct piece *older = piece->older;
        piece_free(piece);
        piece = older;
    }
}

void scope_reset(struct scope *s)
{
    run_deferred(s);
    struct piece *first = s->first;
    size_t bytes_max = s->bytes_max;
    struct piece *piece = s->newest;

    while (piece != first) {
        struct piece *older = piece->older;
        piece_free(piece);
        piece = older;
    }
    first->used = round_up(sizeof *first, ALIGNMENT);
    ASAN_POISON_MEMORY_REGION((char *)first + first->used, first->bytes - first->used);
    (void)scope_place(first, bytes_max);
}

// Each piece is twice as large as the one before, so a scope of n bytes has log n pieces.
static struct piece *scope_grow(struct scope *s, size_t bytes)
{
    size_t wanted = s->newest->bytes * 2;

    if (wanted > PIECE_BYTES_MAX)
        wanted = PIECE_BYTES_MAX;
    size_t needed = bytes + sizeof(struct piece) + 2 * (size_t)ALIGNMENT;
    if (wanted < needed)
        wanted = needed;
    struct piece *piece = piece_new(wanted);
    piece->older = s->newest;
    s->newest = piece;
    return piece;
}

static char *take(struct scope *s, size_t bytes, size_t alignment)
{
    if (!scope_has_room(s, bytes))
        die("budget exceeded", bytes, s->bytes_max);
    s->bytes_used += bytes;
    char *at = piece_take(s->newest, bytes, alignment);
    return at ? at : piece_take(scope_grow(s, bytes), bytes, alignment);
}

void *scope_alloc(struct scope *s, size_t bytes)
{
    char *at = take(s, bytes, ALIGNMENT);

    memset(at, 0, bytes);
    return at;
}

void *scope_array(struct scope *s, size_t count, size_t item_bytes)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, item_bytes, &bytes))
        die("array too large", count, s->bytes_max);
    return scope_alloc(s, bytes);
}

char *scope_bytes(struct scope *s, size_t bytes)
{
    return take(s, bytes, 1);
}

bool scope_extend(struct scope *s, const void *newest, size_t bytes, size_t more_bytes)
{
    struct piece *piece = s->newest;

    if ((const char *)newest + bytes != (char *)piece + piece->used ||
        more_bytes > piece->bytes - piece->used || !scope_has_room(s, more_bytes))
        return false;
    ASAN_UNPOISON_MEMORY_REGION((char *)piece + piece->used, more_bytes);
    piece->used += more_bytes;
    s->bytes_used += more_bytes;
    return true;
}

bool scope_has_room(const struct scope *s, size_t bytes)
{
    return bytes <= s->bytes_max - s->bytes_used;
}

size_t scope_used(const struct scope *s)
{
    return s->bytes_used;
}

void scope_defer(struct scope *s, void (*close)(void *), void *thing)
{
    struct deferred *d = scope_new(s, struct deferred);

    *d = (struct deferred){.older = s->deferred, .close = close, .thing = thing};
    s->deferred = d;
}

static char *why_room(struct scope *s)
{
    if (!s->why) {
        // Outside the budget: the sentence about a full scope must still fit.
        s->bytes_max += WHY_BYTES_MAX;
        s->why = scope_bytes(s, WHY_BYTES_MAX);
    }
    return s->why;
}

enum status fail(struct scope *s, enum status e, const char *format, ...)
{
    char sentence[WHY_BYTES_MAX]; // the arguments may quote the sentence before
    va_list arguments;

    assert(e != OK);
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    memcpy(why_room(s), sentence, sizeof sentence);
    s->status = e;
    return e;
}

static enum status errno_status(int number)
{
    switch (number) {
    case ENOENT:
        return NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return CONFLICT;
    case ENOSPC:
    case EIO:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return TEMPORARY;
    default:
        return INTERNAL;
    }
}

enum status fail_errno(struct scope *s, const char *format, ...)
{
    int number = errno;
    char sentence[WHY_BYTES_MAX / 2];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return fail(s, errno_status(number), "%s: %s", sentence, strerrordesc_np(number));
}

struct str scope_why(const struct scope *s)
{
    return s->status == OK ? (struct str){0} : str(s->why);
}

enum status scope_status(const struct scope *s)
{
    return s->status;
}

enum status scope_pass(struct scope *s, enum status e, const struct scope *from)
{
    return e == OK ? OK : fail(s, e, "%.*s", STR(scope_why(from)));
}

void scope_forgive(struct scope *s)
{
    s->status = OK;
}
