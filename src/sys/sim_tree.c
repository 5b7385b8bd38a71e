// Names on the simulated disk. Each folder has the names of now, the durable ones, and the changes
// between the two in their order. Whether an unflushed change would survive a power cut is decided
// when it is made. A rename is two changes, possibly in two folders: the old name goes only where
// the new one stays, so a file may be found under both names but never under none.
#include "core/heap.h"
#include "sys/sim_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

// What the two halves of a rename share.
struct move {
    unsigned references;
    bool survives; // the new name
};

struct name_change {
    struct str name;   // heap
    struct node *node; // what the name stands for from now on; NULL: nothing
    struct move *move; // NULL: not part of a rename
    bool survives;     // of a rename's second half: provided that the first does
};

static void str_free(struct str text)
{
    union {
        const char *borrowed;
        char *owned;
    } data = {.borrowed = text.data};

    free(data.owned);
}

// Returns whether the name is there, and its place or the place where it belongs.
static bool entries_find(const struct entries *e, struct str name, size_t *place)
{
    size_t low = 0;
    size_t high = e->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_compare(e->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return low < e->count && str_equal(e->items[low].name, name);
}

static struct node *entries_get(const struct entries *e, struct str name)
{
    size_t place = 0;

    return entries_find(e, name, &place) ? e->items[place].node : NULL;
}

static void entries_put(struct entries *e, size_t place, struct str name, struct node *n)
{
    if (e->count == e->room) {
        e->room = e->room ? e->room * 2 : 4;
        e->items = heap_resize(e->items, e->room, sizeof *e->items);
    }
    memmove(e->items + place + 1, e->items + place, (e->count - place) * sizeof *e->items);
    e->items[place] = (struct entry){.name = heap_copy(name), .node = node_hold(n)};
    e->count++;
}

static void entries_remove(struct tree *t, struct entries *e, size_t place)
{
    str_free(e->items[place].name);
    node_drop(t, e->items[place].node);
    e->count--;
    memmove(e->items + place, e->items + place + 1, (e->count - place) * sizeof *e->items);
}

// Makes the name stand for `n`, or for nothing when it is NULL.
static void entries_set(struct tree *t, struct entries *e, struct str name, struct node *n)
{
    size_t place = 0;

    if (n)
        node_hold(n); // it may be what is removed here
    if (entries_find(e, name, &place))
        entries_remove(t, e, place);
    if (n) {
        entries_put(e, place, name, n);
        node_drop(t, n);
    }
}

static void entries_clear(struct tree *t, struct entries *e)
{
    while (e->count > 0)
        entries_remove(t, e, e->count - 1);
    free(e->items);
    *e = (struct entries){0};
}

static void change_fini(struct tree *t, struct name_change *change)
{
    str_free(change->name);
    node_drop(t, change->node);
    if (change->move && --change->move->references == 0)
        free(change->move);
}

static void changes_clear(struct tree *t, struct node *directory)
{
    for (size_t i = 0; i < directory->change_count; i++)
        change_fini(t, &directory->changes[i]);
    free(directory->changes);
    directory->changes = NULL;
    directory->change_count = 0;
    directory->change_room = 0;
}

static struct node *node_new(struct tree *t, bool is_directory)
{
    struct node *n = heap_new(struct node);

    *n = (struct node){.next = t->nodes,
                       .references = 1,
                       .is_directory = is_directory,
                       .modified_at_us = t->now_us};
    if (t->nodes)
        t->nodes->previous = n;
    t->nodes = n;
    return n;
}

struct node *node_hold(struct node *n)
{
    n->references++;
    return n;
}

static void node_unlink(struct tree *t, struct node *n)
{
    if (n->next)
        n->next->previous = n->previous;
    if (n->previous)
        n->previous->next = n->next;
    else
        t->nodes = n->next;
}

void node_drop(struct tree *t, struct node *n)
{
    if (!n || --n->references > 0)
        return;
    changes_clear(t, n);
    entries_clear(t, &n->now);
    entries_clear(t, &n->durable);
    content_fini(&n->content);
    node_unlink(t, n);
    free(n);
}

void tree_init(struct tree *t, uint64_t seed, int64_t now_us)
{
    *t = (struct tree){.chance = chance_seeded(seed), .now_us = now_us};
    t->root = node_new(t, true);
}

// Folders that were moved into one another may hold each other through their unflushed changes, so
// all nodes are kept until none refers to another.
void tree_fini(struct tree *t)
{
    for (struct node *n = t->nodes; n; n = n->next)
        node_hold(n);
    for (struct node *n = t->nodes; n; n = n->next) {
        changes_clear(t, n);
        entries_clear(t, &n->now);
        entries_clear(t, &n->durable);
    }
    node_drop(t, t->root);
    while (t->nodes) {
        assert(t->nodes->references == 1); // else a file is still open
        node_drop(t, t->nodes);
    }
}

static struct name_change *change_add(struct node *directory, struct str name, struct node *n,
                                      struct move *move)
{
    if (directory->change_count == directory->change_room) {
        directory->change_room = directory->change_room ? directory->change_room * 2 : 4;
        directory->changes =
            heap_resize(directory->changes, directory->change_room, sizeof *directory->changes);
    }
    struct name_change *change = &directory->changes[directory->change_count++];
    *change = (struct name_change){
        .name = heap_copy(name), .node = n ? node_hold(n) : NULL, .move = move};
    if (move)
        move->references++;
    return change;
}

// Sets a name and remembers that it is not flushed.
static void set_name(struct tree *t, struct node *directory, struct str name, struct node *n,
                     struct move *move)
{
    assert(directory && directory->is_directory);
    struct name_change *change = change_add(directory, name, n, move);

    change->survives = chance_coin(&t->chance);
    entries_set(t, &directory->now, name, n);
    directory->modified_at_us = t->now_us;
}

static bool is_first_half(const struct name_change *change)
{
    return change->move && change->node;
}

static bool would_survive(const struct name_change *change)
{
    if (is_first_half(change))
        return change->move->survives;
    return change->survives && (!change->move || change->move->survives);
}

// The change is on the disk; and so is the new name, where this is the end of the old one.
static void set_durable(struct name_change *change)
{
    change->survives = true;
    if (change->move)
        change->move->survives = true;
}

void directory_flush(struct tree *t, struct node *directory)
{
    for (size_t i = 0; i < directory->change_count; i++) {
        struct name_change *change = &directory->changes[i];
        set_durable(change);
        entries_set(t, &directory->durable, change->name, change->node);
    }
    changes_clear(t, directory);
}

void directory_flush_partly(struct tree *t, struct node *directory)
{
    for (size_t i = 0; i < directory->change_count; i++)
        if (chance_coin(&t->chance))
            set_durable(&directory->changes[i]);
}

static void node_cut(struct tree *t, struct node *n);

// Whether the name stands for a folder that has something in it after the cut. It cannot go: what
// was to be removed or moved from there first was not.
static bool holds_something(struct tree *t, struct node *directory, struct str name)
{
    struct node *n = entries_get(&directory->durable, name);

    if (!n || !n->is_directory)
        return false;
    node_cut(t, n);
    return n->durable.count > 0;
}

static void directory_cut(struct tree *t, struct node *directory)
{
    for (size_t i = 0; i < directory->change_count; i++) {
        const struct name_change *change = &directory->changes[i];
        if (would_survive(change) && !holds_something(t, directory, change->name))
            entries_set(t, &directory->durable, change->name, change->node);
    }
    changes_clear(t, directory);
    entries_clear(t, &directory->now);
    for (size_t i = 0; i < directory->durable.count; i++) {
        const struct entry *e = &directory->durable.items[i];
        entries_put(&directory->now, i, e->name, e->node);
        node_cut(t, e->node);
    }
}

static void node_cut(struct tree *t, struct node *n)
{
    if (n->is_directory)
        directory_cut(t, n);
    else
        content_cut(&n->content, &t->chance);
}

void tree_cut(struct tree *t)
{
    node_cut(t, t->root);
}

void tree_unlock_all(struct tree *t)
{
    for (struct node *n = t->nodes; n; n = n->next)
        n->locked_by = NULL;
}

// Takes the next part of a path that is not empty and not "."; empty at the end.
static struct str next_part(struct str *path)
{
    while (path->bytes > 0) {
        struct str part = str_cut(path, '/');
        if (part.bytes > 0 && !str_is(part, "."))
            return part;
    }
    return (struct str){0};
}

static int check_name(struct str name)
{
    if (str_is(name, "..") || str_find_byte(name, 0) < name.bytes)
        return EINVAL;
    return name.bytes > NAME_BYTES_MAX ? ENAMETOOLONG : 0;
}

// Finds the folder that the path's last name is or would be in. `name` is empty for the root.
static int find_parent(const struct tree *t, struct str path, struct node **parent,
                       struct str *name)
{
    assert(t->root);
    if (path.bytes == 0)
        return ENOENT;
    *parent = t->root;
    *name = next_part(&path);
    for (struct str next = next_part(&path); next.bytes > 0; next = next_part(&path)) {
        int e = check_name(*name);
        if (e)
            return e;
        struct node *n = entries_get(&(*parent)->now, *name);
        if (!n)
            return ENOENT;
        if (!n->is_directory)
            return ENOTDIR;
        *parent = n;
        *name = next;
    }
    return name->bytes ? check_name(*name) : 0;
}

int tree_find(const struct tree *t, struct str path, struct node **out)
{
    struct node *parent = NULL;
    struct str name = {0};
    int e = find_parent(t, path, &parent, &name);

    if (e)
        return e;
    *out = name.bytes ? entries_get(&parent->now, name) : parent;
    return *out ? 0 : ENOENT;
}

// Makes a new node under a name that is free.
static struct node *make(struct tree *t, struct node *parent, struct str name, bool is_directory)
{
    struct node *n = node_new(t, is_directory);

    assert(parent);
    set_name(t, parent, name, n, NULL);
    node_drop(t, n); // the name holds it
    return n;
}

int tree_open(struct tree *t, struct str path, enum file_mode mode, struct node **out)
{
    struct node *parent = NULL;
    struct str name = {0};
    int e = find_parent(t, path, &parent, &name);

    if (e)
        return e;
    struct node *n = name.bytes ? entries_get(&parent->now, name) : parent;
    if (n && mode == FILE_CREATE)
        return EEXIST;
    if (n && n->is_directory)
        return EISDIR;
    if (!n && (mode == FILE_READ || mode == FILE_EDIT))
        return ENOENT;
    *out = n ? n : make(t, parent, name, false);
    return 0;
}

int tree_make_directory(struct tree *t, struct str path)
{
    struct node *parent = NULL;
    struct str name = {0};
    int e = find_parent(t, path, &parent, &name);

    if (e)
        return e;
    if (name.bytes == 0 || entries_get(&parent->now, name))
        return EEXIST;
    (void)make(t, parent, name, true);
    return 0;
}

int tree_remove(struct tree *t, struct str path, bool is_directory)
{
    struct node *parent = NULL;
    struct str name = {0};
    int e = find_parent(t, path, &parent, &name);

    if (e)
        return e;
    if (name.bytes == 0)
        return EBUSY;
    const struct node *n = entries_get(&parent->now, name);
    if (!n)
        return ENOENT;
    if (n->is_directory != is_directory)
        return is_directory ? ENOTDIR : EISDIR;
    if (n->now.count > 0)
        return ENOTEMPTY;
    set_name(t, parent, name, NULL, NULL);
    return 0;
}

static bool is_below(const struct node *n, const struct node *directory)
{
    if (n == directory)
        return true;
    for (size_t i = 0; i < directory->now.count; i++)
        if (directory->now.items[i].node->is_directory && is_below(n, directory->now.items[i].node))
            return true;
    return false;
}

// Whether `n` may move from one folder to a name in another that stands for `there` now (NULL: for
// nothing). The order of the questions is the kernel's.
static int check_rename(const struct node *n, const struct node *from, const struct node *to,
                        const struct node *there)
{
    if (n->is_directory && is_below(to, n))
        return EINVAL;
    if (!there)
        return 0;
    if (there->is_directory && is_below(from, there))
        return ENOTEMPTY;
    if (n->is_directory != there->is_directory)
        return n->is_directory ? ENOTDIR : EISDIR;
    return there->now.count > 0 ? ENOTEMPTY : 0;
}

int tree_rename(struct tree *t, struct str from, struct str to)
{
    struct node *from_parent = NULL;
    struct node *to_parent = NULL;
    struct str from_name = {0};
    struct str to_name = {0};
    int e = find_parent(t, from, &from_parent, &from_name);

    if (!e)
        e = find_parent(t, to, &to_parent, &to_name);
    if (e)
        return e;
    if (from_name.bytes == 0 || to_name.bytes == 0)
        return EBUSY;
    struct node *n = entries_get(&from_parent->now, from_name);
    const struct node *there = entries_get(&to_parent->now, to_name);
    if (!n)
        return ENOENT;
    if (n == there)
        return 0;
    e = check_rename(n, from_parent, to_parent, there);
    if (e)
        return e;
    struct move *move = heap_new(struct move);
    move->survives = chance_coin(&t->chance);
    set_name(t, to_parent, to_name, n, move);
    set_name(t, from_parent, from_name, NULL, move);
    return 0;
}
