// Making objects member by member. Beyond a few members a table of slots finds a name; each look
// into it counts as a step, so that names chosen to collide cost their chooser.
#include "expr/jsonata_run_impl.h"

#include <assert.h>

enum {
    MEMBERS_FIRST = 4,
    MEMBERS_WITHOUT_TABLE = 12,
};

struct object_maker {
    struct evaluation *e;
    struct json_member *members;
    size_t count;
    size_t room;
    uint32_t *slots; // place of a member plus one; 0 is empty; as many as 4 * room
};

struct object_maker *jsonata_object_begin(struct evaluation *e)
{
    struct object_maker *o = jsonata_small(e, sizeof *o);

    o->e = e;
    return o;
}

static size_t first_slot(const struct object_maker *o, struct str name)
{
    return (size_t)(str_hash(name) % (o->room * 4));
}

static size_t next_slot(const struct object_maker *o, size_t slot)
{
    return slot + 1 == o->room * 4 ? 0 : slot + 1;
}

static void enter(struct object_maker *o, size_t index)
{
    size_t slot = first_slot(o, o->members[index].name);

    while (o->slots[slot])
        slot = next_slot(o, slot);
    o->slots[slot] = (uint32_t)index + 1;
}

static enum status grow(struct object_maker *o)
{
    size_t room = o->room ? o->room * 2 : MEMBERS_FIRST;
    struct json *memory = NULL;

    TRY(jsonata_items(o->e, room * 2, &memory));
    if (o->count)
        memcpy(memory, o->members, o->count * sizeof *o->members);
    o->members = (struct json_member *)(void *)memory;
    o->room = room;
    if (room <= MEMBERS_WITHOUT_TABLE)
        return OK;
    TRY(jsonata_items(o->e, room, &memory)); // 16 bytes are four slots
    o->slots = (uint32_t *)(void *)memory;
    TRY(jsonata_step(o->e, o->count));
    for (size_t i = 0; i < o->count; i++)
        enter(o, i);
    return OK;
}

static struct json *find_slotted(struct object_maker *o, struct str name)
{
    for (size_t slot = first_slot(o, name); o->slots[slot]; slot = next_slot(o, slot)) {
        struct json_member *m = &o->members[o->slots[slot] - 1];
        if (str_equal(m->name, name))
            return &m->value;
        o->e->steps_left -= o->e->steps_left > 0;
    }
    return NULL;
}

struct json *jsonata_object_find(struct object_maker *o, struct str name)
{
    if (o->slots)
        return find_slotted(o, name);
    for (size_t i = 0; i < o->count; i++)
        if (str_equal(o->members[i].name, name))
            return &o->members[i].value;
    return NULL;
}

enum status jsonata_object_set(struct object_maker *o, struct str name, struct json value)
{
    struct json *found = jsonata_object_find(o, name);

    assert(value.type != JSON_NONE);
    TRY(jsonata_step(o->e, 1));
    if (found) {
        *found = value;
        return OK;
    }
    if (o->count == o->room)
        TRY(grow(o));
    o->members[o->count++] = (struct json_member){name, value};
    if (o->slots)
        enter(o, o->count - 1);
    return OK;
}

enum status jsonata_object_finish(struct object_maker *o, struct json *out)
{
    struct json made = json_object(o->members, o->count);

    made.flags = VALUE_MADE;
    if (made.depth > JSON_DEPTH_MAX) {
        (void)jsonata_raise(o->e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    return jsonata_ordered(o->e, made, out);
}
