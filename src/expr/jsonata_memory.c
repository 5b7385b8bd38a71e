// Limits, texts, and the arrays that an evaluation makes. All memory is the scope's; what has been
// taken is counted, so that a stranger's expression meets its own limit before the scope's.
#include "expr/jsonata_arena_impl.h"

#include <assert.h>

enum {
    BYTES_MAX_DEFAULT = 64 << 20,
    STEPS_MAX_DEFAULT = 10000000,
    RESERVE_BYTES = 16 << 10, // of the scope, for small pieces beyond the limit
    STACK_ITEMS_FIRST = 32,
};

// Returns about how many of `bytes` the scope has room for.
static size_t room_of(const struct scope *s, size_t bytes)
{
    while (bytes > 0 && !scope_has_room(s, bytes + RESERVE_BYTES))
        bytes -= bytes / 8 + 1;
    return bytes;
}

struct evaluation jsonata_evaluation(struct scope *s, const struct jsonata_environment *environment)
{
    size_t bytes_max = environment->bytes_max ? environment->bytes_max : BYTES_MAX_DEFAULT;

    return (struct evaluation){
        .scope = s,
        .environment = environment,
        .chance = chance_seeded(environment->random_seed),
        .steps_left = environment->steps_max ? environment->steps_max : STEPS_MAX_DEFAULT,
        .used_max = scope_used(s) + room_of(s, bytes_max),
    };
}

static enum status no_room(struct evaluation *e)
{
    (void)jsonata_raise(e, (struct trouble){.code = "U1001"});
    return LIMIT;
}

enum status jsonata_step(struct evaluation *e, size_t steps)
{
    if (jsonata_room(e) == 0)
        return no_room(e);
    if (steps > e->steps_left) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1012"});
        return LIMIT;
    }
    e->steps_left -= steps;
    return OK;
}

enum status jsonata_want(struct evaluation *e, size_t bytes)
{
    return bytes < jsonata_room(e) ? OK : no_room(e);
}

enum status jsonata_lasting(struct evaluation *e, size_t bytes, void **out)
{
    TRY(jsonata_want(e, bytes));
    *out = scope_alloc(e->scope, bytes);
    return OK;
}

struct buf jsonata_text(struct evaluation *e)
{
    jsonata_lay_by(e);
    // While it grows, its older and smaller copies lie in the scope as well.
    return buf_make(e->scope, jsonata_room(e) / 3);
}

enum status jsonata_text_finish(struct evaluation *e, const struct buf *text, struct json *out)
{
    if (text->overflow || text->bytes > UINT32_MAX)
        return no_room(e);
    *out = json_string(buf_str(text));
    return OK;
}

size_t jsonata_begin(struct evaluation *e)
{
    return e->stack_count;
}

static enum status grow_stack(struct evaluation *e)
{
    size_t room = e->stack_room ? e->stack_room * 2 : STACK_ITEMS_FIRST;
    void *larger = NULL;

    TRY(jsonata_lasting(e, room * sizeof *e->stack, &larger));
    if (e->stack_count)
        memcpy(larger, e->stack, e->stack_count * sizeof *e->stack);
    e->stack = larger;
    e->stack_room = room;
    return OK;
}

enum status jsonata_push(struct evaluation *e, struct json item)
{
    if (e->stack_count == e->stack_room)
        TRY(grow_stack(e));
    e->stack[e->stack_count++] = item;
    return OK;
}

size_t jsonata_count(const struct evaluation *e, size_t begun)
{
    assert(begun <= e->stack_count);
    return e->stack_count - begun;
}

enum status jsonata_array(struct evaluation *e, const struct json *items, size_t count,
                          unsigned flags, struct json *out)
{
    *out = json_array(items, count);
    out->flags = (uint8_t)(flags | VALUE_MADE);
    if (out->depth > JSON_DEPTH_MAX) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    return OK;
}

enum status jsonata_finish(struct evaluation *e, size_t begun, unsigned flags, struct json *out)
{
    size_t count = jsonata_count(e, begun);
    struct json *items = NULL;

    TRY(jsonata_items(e, count, &items));
    if (count)
        memcpy(items, e->stack + begun, count * sizeof *items);
    e->stack_count = begun;
    return jsonata_array(e, items, count, flags, out);
}
