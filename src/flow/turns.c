#include "flow/turns.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/change.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SHARDS = 64,
    BUCKETS = 64, // of a shard
    ID_BYTES_MAX = 40,
    SORT_BYTES = 72,
    WAIT_US_MAX = 1000000,
};

// A record as a change that is under way will have left it.
struct note {
    struct note *next;
    const struct turn *by;
    const struct table_def *table;
    char sort[SORT_BYTES];
    size_t sort_bytes;
    uint64_t version;
    struct str content; // in the same block
};

struct entry {
    struct entry *next;
    char id[ID_BYTES_MAX];
    size_t id_bytes;
    const struct turn *holder; // NULL: it is nobody's turn
    unsigned waiting;          // for it
    unsigned under_way;        // submitted and not answered
    uint64_t epoch;            // counts failures
    struct note *notes;
};

struct shard {
    struct mutex lock;
    struct condition given;
    struct entry *entries[BUCKETS];
};

struct turns {
    struct shard shards[SHARDS];
};

// Ends when its scope has, and it was answered as well if it was submitted.
struct turn {
    struct shard *shard;
    struct entry *entry; // NULL: given up, or answered
    struct change *change;
    uint64_t epoch;
    struct note *notes;
    bool submitted;
    bool answered;
    bool over; // its scope has ended
    enum status status;
};

struct turns *turns_new(void)
{
    struct turns *t = heap_new(struct turns);

    for (size_t i = 0; i < SHARDS; i++) {
        mutex_init(&t->shards[i].lock);
        condition_init(&t->shards[i].given);
    }
    return t;
}

static void notes_free(struct note *list)
{
    for (struct note *next; list; list = next) {
        next = list->next;
        free(list);
    }
}

void turns_free(struct turns *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        for (size_t b = 0; b < BUCKETS; b++)
            assert(!t->shards[i].entries[b]);
        condition_fini(&t->shards[i].given);
        mutex_fini(&t->shards[i].lock);
    }
    free(t);
}

static size_t bucket_of(struct str id)
{
    return (size_t)(str_hash(id) / SHARDS % BUCKETS);
}

static struct entry *entry_find(struct shard *shard, struct str id)
{
    struct entry **first = &shard->entries[bucket_of(id)];

    for (struct entry *e = *first; e; e = e->next)
        if (str_equal(str_of(e->id, e->id_bytes), id))
            return e;
    struct entry *e = heap_new(struct entry);
    assert(id.bytes <= ID_BYTES_MAX);
    memcpy(e->id, id.data, id.bytes);
    e->id_bytes = id.bytes;
    e->next = *first;
    *first = e;
    return e;
}

static void entry_leave(struct shard *shard, struct entry *e)
{
    if (e->holder || e->waiting || e->under_way)
        return;
    assert(!e->notes);
    struct entry **at = &shard->entries[bucket_of(str_of(e->id, e->id_bytes))];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    free(e);
}

// The turn is over for the others; under the lock.
static void pass_on(struct turn *turn)
{
    struct entry *e = turn->entry;

    if (e->holder == turn) {
        e->holder = NULL;
        if (e->waiting)
            condition_broadcast(&turn->shard->given);
    }
}

static struct note **note_at(struct note **list, const struct table_def *table, struct str sort)
{
    while (*list && ((*list)->table != table ||
                     !str_equal(str_of((*list)->sort, (*list)->sort_bytes), sort)))
        list = &(*list)->next;
    return list;
}

static void unlink_note(struct note **at)
{
    struct note *n = *at;

    *at = n->next;
    free(n);
}

static void replace_notes(struct turn *turn)
{
    struct entry *e = turn->entry;

    for (struct note *n = turn->notes, *next; n; n = next) {
        struct note **at = note_at(&e->notes, n->table, str_of(n->sort, n->sort_bytes));
        next = n->next;
        if (*at)
            unlink_note(at);
        n->next = e->notes;
        e->notes = n;
    }
    turn->notes = NULL;
}

// What it wrote is in the store, or will never be; in the latter case what was built on it neither.
static void forget_notes(struct turn *turn)
{
    struct entry *e = turn->entry;

    if (turn->epoch != e->epoch)
        return;
    if (turn->status != OK) {
        notes_free(e->notes);
        e->notes = NULL;
        e->epoch++;
        return;
    }
    for (struct note **at = &e->notes; *at;) {
        if ((*at)->by == turn)
            unlink_note(at);
        else
            at = &(*at)->next;
    }
}

static void end_if_over(struct turn *turn)
{
    if (!turn->over || turn->submitted != turn->answered)
        return;
    notes_free(turn->notes);
    free(turn);
}

static void submitted(void *context)
{
    struct turn *turn = context;
    struct shard *shard = turn->shard;

    mutex_lock(&shard->lock);
    turn->submitted = true;
    if (turn->entry) {
        if (turn->answered) {
            forget_notes(turn); // a failure concerns those before it as well
        } else {
            if (turn->epoch == turn->entry->epoch)
                replace_notes(turn);
            turn->entry->under_way++;
        }
        pass_on(turn);
        if (turn->answered) {
            entry_leave(shard, turn->entry);
            turn->entry = NULL;
        }
    }
    end_if_over(turn);
    mutex_unlock(&shard->lock);
}

static void answered(void *context, enum status e)
{
    struct turn *turn = context;
    struct shard *shard = turn->shard;

    mutex_lock(&shard->lock);
    turn->answered = true;
    turn->status = e;
    if (turn->entry && turn->submitted) {
        forget_notes(turn);
        turn->entry->under_way--;
        entry_leave(shard, turn->entry);
        turn->entry = NULL;
    }
    end_if_over(turn);
    mutex_unlock(&shard->lock);
}

// Under the lock.
static void give_up(struct turn *turn)
{
    if (!turn->entry || turn->submitted || turn->answered)
        return;
    pass_on(turn);
    entry_leave(turn->shard, turn->entry);
    turn->entry = NULL;
}

static void scope_over(void *context)
{
    struct turn *turn = context;
    struct shard *shard = turn->shard;

    mutex_lock(&shard->lock);
    give_up(turn);
    turn->change = NULL; // where it was, another may be: answered first, this turn is still held
    turn->over = true;
    end_if_over(turn);
    mutex_unlock(&shard->lock);
}

void turn_give(struct turn *turn)
{
    struct shard *shard = turn->shard;

    mutex_lock(&shard->lock);
    give_up(turn);
    mutex_unlock(&shard->lock);
}

// Waits under the lock; the entry stays, because somebody waits for it.
static enum status await(struct scope *s, struct shard *shard, struct entry *e,
                         const struct change *c)
{
    bool in_time = true;

    if (e->holder && e->holder->change == c)
        return fail(s, INVALID, "a change moves an execution once");
    e->waiting++;
    while (e->holder && in_time)
        in_time = condition_wait_us(&shard->given, &shard->lock, WAIT_US_MAX);
    e->waiting--;
    return e->holder ? fail(s, BUSY, "others are at this execution: try again") : OK;
}

enum status turn_take(struct scope *s, struct turns *t, struct change *c, struct str id,
                      struct turn **out)
{
    struct shard *shard = &t->shards[str_hash(id) % SHARDS];
    struct turn *turn = heap_new(struct turn);

    *turn = (struct turn){.shard = shard, .change = c};
    mutex_lock(&shard->lock);
    struct entry *entry = entry_find(shard, id);
    enum status e = await(s, shard, entry, c);
    if (e == OK) {
        entry->holder = turn;
        turn->entry = entry;
        turn->epoch = entry->epoch;
    } else {
        entry_leave(shard, entry);
    }
    mutex_unlock(&shard->lock);
    if (e != OK) {
        free(turn);
        return e;
    }
    scope_defer(s, scope_over, turn);
    change_follow(c, &(struct follower){submitted, answered, turn});
    *out = turn;
    return OK;
}

bool turn_find(struct scope *s, struct turn *turn, const struct table_def *table, struct str sort,
               struct str *content, uint64_t *version)
{
    mutex_lock(&turn->shard->lock);
    struct note *n = turn->entry ? *note_at(&turn->entry->notes, table, sort) : NULL;
    if (n) {
        *content = str_copy(s, n->content);
        *version = n->version;
    }
    mutex_unlock(&turn->shard->lock);
    return n != NULL;
}

void turn_note(struct turn *turn, const struct table_def *table, struct str sort,
               struct str content, uint64_t version)
{
    struct note *n = heap_alloc(sizeof *n + content.bytes);
    char *text = (char *)(n + 1);

    assert(sort.bytes <= SORT_BYTES);
    *n = (struct note){.next = turn->notes,
                       .by = turn,
                       .table = table,
                       .sort_bytes = sort.bytes,
                       .version = version,
                       .content = {text, content.bytes}};
    if (sort.bytes)
        memcpy(n->sort, sort.data, sort.bytes);
    if (content.bytes)
        memcpy(text, content.data, content.bytes);
    turn->notes = n;
}
