// Elements become JSON as they end: their members wait on a stack until then, and so does text,
// each open element owning what lies above its mark.
#include "expr/xml_impl.h"

#include "core/scope.h"

#include <stdlib.h>

enum {
    FRAMES_FIRST = 16,
    MEMBERS_FIRST = 64,
    TEXT_BYTES_FIRST = 256,
    LINEAR_NAMES_MAX = 16,    // more different names than that are sorted
    ROOM_BYTES_MIN = 4 << 10, // for what is allocated without asking
};

// An open element.
struct frame {
    struct str name;
    size_t members_from;
    size_t text_from;
};

struct xml_builder {
    struct scope *s;
    const struct xml_options *options;
    const struct xml_limits *limits;
    struct frame *frames;
    size_t frame_count;
    size_t frame_room;
    struct json_member *members;
    size_t member_count;
    size_t member_room;
    char *text;
    size_t text_bytes;
    size_t text_room;
    size_t node_count;
};

struct xml_builder *xml_builder_new(struct scope *s, const struct xml_options *options,
                                    const struct xml_limits *limits)
{
    struct xml_builder *b = scope_new(s, struct xml_builder);

    *b = (struct xml_builder){.s = s, .options = options, .limits = limits};
    b->frame_room = FRAMES_FIRST;
    b->member_room = MEMBERS_FIRST;
    b->text_room = TEXT_BYTES_FIRST;
    b->frames = scope_array(s, b->frame_room, sizeof *b->frames);
    b->members = scope_array(s, b->member_room, sizeof *b->members);
    b->text = scope_bytes(s, b->text_room);
    return b;
}

static enum status check_room(struct xml_builder *b, size_t bytes)
{
    if (!scope_has_room(b->s, bytes + ROOM_BYTES_MIN))
        return fail(b->s, TOO_LARGE, "the document takes more memory than is left for it");
    return OK;
}

static enum status count_node(struct xml_builder *b)
{
    if (b->node_count++ == b->limits->nodes_max)
        return fail(b->s, TOO_LARGE, "the document has more than %zu elements and attributes",
                    b->limits->nodes_max);
    return OK;
}

// Doubles one of the stacks.
static enum status grow(struct xml_builder *b, void **items, size_t *room, size_t item_bytes)
{
    TRY(check_room(b, *room * 2 * item_bytes));
    void *larger = scope_array(b->s, *room * 2, item_bytes);

    memcpy(larger, *items, *room * item_bytes);
    *items = larger;
    *room *= 2;
    return OK;
}

static enum status push_member(struct xml_builder *b, struct str name, struct json value)
{
    void *items = b->members;

    if (b->member_count == b->member_room) {
        TRY(grow(b, &items, &b->member_room, sizeof *b->members));
        b->members = items;
    }
    b->members[b->member_count++] = (struct json_member){name, value};
    return OK;
}

enum status xml_build_open(struct xml_builder *b, struct str name)
{
    void *items = b->frames;

    if (b->frame_count == b->limits->depth_max)
        return fail(b->s, TOO_LARGE, "the document nests elements deeper than %u",
                    b->limits->depth_max);
    TRY(count_node(b));
    if (b->frame_count == b->frame_room) {
        TRY(grow(b, &items, &b->frame_room, sizeof *b->frames));
        b->frames = items;
    }
    b->frames[b->frame_count++] = (struct frame){name, b->member_count, b->text_bytes};
    return OK;
}

enum status xml_build_attribute(struct xml_builder *b, struct str name, struct str value)
{
    TRY(count_node(b));
    TRY(check_room(b, name.bytes + value.bytes + 1));
    return push_member(b, str_concat(b->s, 2, str("@"), name), json_string(str_copy(b->s, value)));
}

enum status xml_build_text(struct xml_builder *b, struct str text)
{
    void *items = b->text;

    while (text.bytes > b->text_room - b->text_bytes) {
        TRY(grow(b, &items, &b->text_room, 1));
        b->text = items;
    }
    memcpy(b->text + b->text_bytes, text.data, text.bytes);
    b->text_bytes += text.bytes;
    return OK;
}

// -- members of equal name -----------------------------------------------------------------------

// A child on its way into the object: which child of this name was the first, and, at the first,
// how many there are.
struct child {
    struct str name;
    uint32_t index;
    uint32_t first;
    uint32_t count;
};

static int by_name(const void *left, const void *right)
{
    const struct child *a = left;
    const struct child *b = right;
    int order = str_compare(a->name, b->name);

    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int by_index(const void *left, const void *right)
{
    const struct child *a = left;
    const struct child *b = right;

    return (a->index > b->index) - (a->index < b->index);
}

// Finds the first of each name by looking through the names so far; false when they are too many.
static bool group_few(struct child *children, uint32_t count)
{
    uint32_t names[LINEAR_NAMES_MAX];
    uint32_t name_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = 0;
        while (n < name_count && !str_equal(children[names[n]].name, children[i].name))
            n++;
        if (n == LINEAR_NAMES_MAX)
            return false;
        if (n == name_count)
            names[name_count++] = i;
        children[i].first = names[n];
        children[names[n]].count++;
    }
    return true;
}

// As group_few() for any number of names: strangers choose them, so it takes n log n at worst.
static void group_many(struct child *children, uint32_t count)
{
    uint32_t first = 0;

    qsort(children, count, sizeof *children, by_name);
    for (uint32_t i = 0; i < count; i++) {
        if (!str_equal(children[i].name, children[first].name))
            first = i;
        children[i].first = children[first].index;
        children[i].count = 0;
    }
    qsort(children, count, sizeof *children, by_index);
    for (uint32_t i = 0; i < count; i++)
        children[children[i].first].count++;
}

static bool is_always_array(const struct xml_options *options, struct str name)
{
    for (size_t i = 0; i < options->array_count; i++)
        if (str_equal(options->arrays[i], name))
            return true;
    return false;
}

// Puts the children's values where they belong: at the place of the first of their name.
static struct json assemble(struct xml_builder *b, const struct json_member *from,
                            const struct child *children, uint32_t count)
{
    struct json_member *members = scope_array(b->s, count, sizeof *members);
    struct json *values = scope_array(b->s, count, sizeof *values); // of arrays, one after another
    uint32_t *next = scope_array(b->s, count, sizeof *next);        // by first: where to put
    uint32_t used = 0;
    size_t member_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (children[i].first == i) {
            next[i] = used;
            used += children[i].count;
        }
        values[next[children[i].first]++] = from[i].value;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = children[i].count;
        if (children[i].first != i)
            continue;
        const struct json *items = &values[next[i] - n];
        bool array = n > 1 || is_always_array(b->options, from[i].name);
        members[member_count++] =
            (struct json_member){from[i].name, array ? json_array(items, n) : items[0]};
    }
    return json_object(members, member_count);
}

static enum status close_object(struct xml_builder *b, const struct json_member *from,
                                uint32_t count, struct json *out)
{
    TRY(check_room(b, count * (sizeof(struct child) + sizeof(struct json_member) +
                               sizeof(struct json) + sizeof(uint32_t))));
    struct child *children = scope_array(b->s, count, sizeof *children);
    for (uint32_t i = 0; i < count; i++)
        children[i] = (struct child){.name = from[i].name, .index = i};
    if (!group_few(children, count))
        group_many(children, count);
    *out = assemble(b, from, children, count);
    return OK;
}

// -- the end of an element -----------------------------------------------------------------------

enum status xml_build_close(struct xml_builder *b)
{
    struct frame frame = b->frames[b->frame_count - 1];
    struct str text = str_of(b->text + frame.text_from, b->text_bytes - frame.text_from);
    size_t count = b->member_count - frame.members_from;
    struct json value = {0};

    TRY(check_room(b, text.bytes + frame.name.bytes));
    if (count == 0) {
        value = json_string(str_copy(b->s, text));
    } else {
        if (str_trim(text).bytes)
            TRY(push_member(b, str("#text"), json_string(str_copy(b->s, text))));
        count = b->member_count - frame.members_from;
        TRY(close_object(b, &b->members[frame.members_from], (uint32_t)count, &value));
    }
    b->frame_count--;
    b->member_count = frame.members_from;
    b->text_bytes = frame.text_from;
    return push_member(b, str_copy(b->s, frame.name), value);
}

struct json xml_build_result(const struct xml_builder *b)
{
    return json_object(b->members, b->member_count);
}
