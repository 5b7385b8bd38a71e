// The memory of an evaluation: pieces of the scope, taken from one end. What a call made for itself
// is given back when it has ended with a plain number or truth, which refers to nothing: nothing
// else can be left of it, since the language changes nothing but variables, and a variable of
// another part of the expression, or an object in a transform, pins what it refers to.
#include "expr/jsonata_arena_impl.h"

#include <assert.h>

// What is given back is marked, so that a sanitized build finds who still reads it.
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

enum {
    ALIGNMENT = 16,
    PIECE_BYTES_FIRST = 1024,
    PIECE_BYTES_MAX = 256 << 10,
    HEADER_BYTES = 3 * ALIGNMENT, // of a piece, as it is aligned
    EMERGENCY_BYTES = 4096,
};

struct piece {
    struct piece *older;
    size_t bytes; // behind this header
    size_t used;
};

static_assert(sizeof(struct piece) <= 2 * ALIGNMENT, "a header takes two units");

static char *memory_of(struct piece *p)
{
    return (char *)p + 2 * ALIGNMENT;
}

static enum status no_room(struct evaluation *e)
{
    (void)jsonata_raise(e, (struct trouble){.code = "U1001"});
    return LIMIT;
}

// Finds a piece that was given back; NULL when none is large enough.
static struct piece *spare_piece(struct evaluation *e, size_t bytes)
{
    for (struct piece **p = &e->spare; *p; p = &(*p)->older) {
        if ((*p)->bytes < bytes)
            continue;
        struct piece *found = *p;
        *p = found->older;
        return found;
    }
    return NULL;
}

static struct piece *new_piece(struct evaluation *e, size_t bytes)
{
    uintptr_t at = (uintptr_t)scope_bytes(e->scope, bytes + HEADER_BYTES);
    struct piece *p = (struct piece *)((at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);

    *p = (struct piece){.bytes = bytes};
    return p;
}

void jsonata_lay_by(struct evaluation *e)
{
    if (!e->emergency && scope_has_room(e->scope, EMERGENCY_BYTES + HEADER_BYTES))
        e->emergency = new_piece(e, EMERGENCY_BYTES);
}

// A piece for small things there always is: beside what an evaluation may take, the scope has some
// room, and if long texts have filled that, there is what was laid by.
static struct piece *last_resort(struct evaluation *e)
{
    struct piece *p = e->emergency;

    if (scope_has_room(e->scope, PIECE_BYTES_FIRST + HEADER_BYTES))
        return new_piece(e, PIECE_BYTES_FIRST);
    assert(p);
    e->emergency = NULL;
    return p;
}

// Makes a piece with room for `bytes` the newest.
static enum status add_piece(struct evaluation *e, size_t bytes)
{
    size_t wanted = e->newest ? e->newest->bytes * 2 : PIECE_BYTES_FIRST;
    struct piece *p = spare_piece(e, bytes);
    size_t room = jsonata_room(e);

    wanted = wanted < PIECE_BYTES_MAX ? wanted : PIECE_BYTES_MAX;
    if (wanted > room / 2)
        wanted = PIECE_BYTES_FIRST;
    wanted = wanted > bytes ? wanted : bytes;
    if (!p && room > wanted + HEADER_BYTES)
        p = new_piece(e, wanted);
    if (!p && bytes > JSONATA_SMALL_BYTES_MAX)
        return no_room(e);
    if (!p)
        p = last_resort(e);
    p->used = 0;
    p->older = e->newest;
    e->newest = p;
    return OK;
}

static enum status take(struct evaluation *e, size_t bytes, char **out)
{
    struct piece *p = e->newest;

    if (bytes > UINT32_MAX * sizeof(struct json))
        return no_room(e);
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!p || bytes > p->bytes - p->used) {
        TRY(add_piece(e, bytes));
        p = e->newest;
    }
    *out = memory_of(p) + p->used;
    p->used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(*out, bytes);
    return OK;
}

void *jsonata_small(struct evaluation *e, size_t bytes)
{
    char *out = NULL;

    assert(bytes <= JSONATA_SMALL_BYTES_MAX);
    if (take(e, bytes, &out) != OK)
        assert(!"small pieces there are always");
    return memset(out, 0, bytes);
}

enum status jsonata_bytes(struct evaluation *e, size_t bytes, char **out)
{
    return take(e, bytes, out);
}

enum status jsonata_items(struct evaluation *e, size_t count, struct json **out)
{
    char *memory = NULL;

    if (count > UINT32_MAX)
        return no_room(e);
    TRY(take(e, count * sizeof(struct json), &memory));
    memset(memory, 0, count * sizeof(struct json));
    *out = (struct json *)(void *)memory;
    return OK;
}

struct mark jsonata_mark(struct evaluation *e)
{
    e->level++;
    return (struct mark){e->newest, e->newest ? e->newest->used : 0, e->pins};
}

static void give_back(struct evaluation *e, struct mark mark)
{
    while (e->newest != mark.piece) {
        struct piece *p = e->newest;
        e->newest = p->older;
        p->older = e->spare;
        e->spare = p;
        ASAN_POISON_MEMORY_REGION(memory_of(p), p->bytes);
    }
    if (mark.piece) {
        mark.piece->used = mark.used;
        ASAN_POISON_MEMORY_REGION(memory_of(mark.piece) + mark.used, mark.piece->bytes - mark.used);
    }
}

static bool refers_to_nothing(struct json v)
{
    return v.type <= JSON_TRUE || v.type == VALUE_DOUBLE;
}

void jsonata_release(struct evaluation *e, struct mark mark, struct json result)
{
    e->level--;
    if (e->pins == mark.pins && refers_to_nothing(result))
        give_back(e, mark);
}

static bool is_newer(const struct evaluation *e, struct mark mark, const void *thing)
{
    uintptr_t at = (uintptr_t)thing;

    for (struct piece *p = e->newest; p; p = p->older) {
        uintptr_t from = (uintptr_t)memory_of(p) + (p == mark.piece ? mark.used : 0);
        if (at >= from && at < (uintptr_t)memory_of(p) + p->used)
            return true;
        if (p == mark.piece)
            return false;
    }
    return false;
}

bool jsonata_restart(struct evaluation *e, struct mark mark, const void *kept,
                     const struct json *values, size_t count)
{
    if (e->pins != mark.pins || is_newer(e, mark, kept))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!refers_to_nothing(values[i]))
            return false;
    give_back(e, mark);
    return true;
}
