// A span of time belongs to the slot that its number gives; which spans the slots really hold is
// written down, because a slot may be late in being emptied.
#include "store/embedded/hours.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/filter.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SPAN_S_MIN = 3600,
    SPANS_MAX = 48, // of the time that a record lives
    SLOTS_MAX = 51, // the spans, one that is being filled, one that is being emptied, rounding
    SWEPT_AT_ONCE = 1000,
    NO_SPAN = -1,
};

struct hours {
    struct world *world;
    int64_t keep_s;
    int64_t span_s;
    size_t slot_count;
    struct table *slots;
    _Atomic int64_t spans[SLOTS_MAX]; // which span of time each slot holds
    // What a slot does not hold, if it was begun since the start: most keys are new, and would be
    // looked for in all slots in vain.
    _Atomic(struct filter *) filters[SLOTS_MAX];
    _Atomic bool filtered[SLOTS_MAX];
};

static int64_t span_of(const struct table_def *def)
{
    int64_t span_s = (def->keep_s + SPANS_MAX - 1) / SPANS_MAX;

    return span_s > SPAN_S_MIN ? span_s : SPAN_S_MIN;
}

size_t hours_slots(const struct table_def *def)
{
    return (size_t)((def->keep_s + span_of(def) - 1) / span_of(def) + 2);
}

struct hours *hours_new(struct world *w, const struct table_def *def, struct table *slots)
{
    struct hours *h = heap_new(struct hours);

    h->world = w;
    h->keep_s = def->keep_s;
    h->span_s = span_of(def);
    h->slot_count = hours_slots(def);
    h->slots = slots;
    assert(h->slot_count <= SLOTS_MAX);
    return h;
}

void hours_free(struct hours *h)
{
    for (size_t i = 0; h && i < h->slot_count; i++)
        filter_free(atomic_load(&h->filters[i]));
    free(h);
}

enum status hours_load(struct scope *s, struct session *session, struct table *t)
{
    struct hours *h = t->hours;
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    for (size_t i = 0; i < h->slot_count; i++) {
        atomic_store(&h->spans[i], NO_SPAN);
        atomic_store(&h->filtered[i], false);
    }
    TRY(session_statement(s, session, HOUR_LOAD, (struct owner){0}, &rows));
    sql_bind(rows, 1, str(t->def->name));
    while (row && e == OK) {
        e = sql_step(s, rows, &row);
        size_t slot = row ? (size_t)sqlite3_column_int64(rows, 0) : h->slot_count;
        if (slot < h->slot_count)
            atomic_store(&h->spans[slot], sqlite3_column_int64(rows, 1));
    }
    (void)sqlite3_reset(rows);
    return e;
}

static bool is_kept(const struct hours *h, int64_t span)
{
    int64_t now_s = world_now_us(h->world) / US_PER_S;

    return span != NO_SPAN && (span + 1) * h->span_s + h->keep_s > now_s;
}

static uint64_t key_hash(struct str partition, struct str sort)
{
    uint64_t hash = str_hash(partition) ^ str_hash(sort) * 0x9E3779B97F4A7C15U;

    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93U; // str_hash() does not promise that all its bits are good
    return hash ^ hash >> 32;
}

static bool may_hold(const struct hours *h, size_t slot, uint64_t hash)
{
    return is_kept(h, atomic_load(&h->spans[slot])) &&
           (!atomic_load(&h->filtered[slot]) ||
            filter_may_have(atomic_load(&h->filters[slot]), hash));
}

enum status hours_find(struct scope *s, struct session *session, struct table *t,
                       struct str partition, struct str sort, struct row *out)
{
    struct hours *h = t->hours;
    uint64_t hash = key_hash(partition, sort);

    *out = (struct row){.partition = partition, .sort = sort};
    for (size_t i = 0; i < h->slot_count && out->standing.version == 0; i++) {
        row_end(out);
        if (may_hold(h, i, hash))
            TRY(rows_find(s, session, &h->slots[i], partition, sort, out));
    }
    return OK;
}

// Writes down which span a slot holds; NO_SPAN: none.
static enum status note_span(struct scope *s, struct session *session, struct table *t, size_t slot,
                             int64_t span)
{
    sqlite3_stmt *note = NULL;

    TRY(session_statement(s, session, HOUR_NOTE, (struct owner){0}, &note));
    sql_bind(note, 1, str(t->def->name));
    (void)sqlite3_bind_int64(note, 2, (int64_t)slot);
    (void)sqlite3_bind_int64(note, 3, span);
    TRY(sql_done(s, note));
    atomic_store(&t->hours->spans[slot], span);
    return OK;
}

static void begin_filter(struct hours *h, size_t slot)
{
    struct filter *f = atomic_load(&h->filters[slot]);

    if (f)
        filter_clear(f);
    else
        atomic_store(&h->filters[slot], filter_new());
    atomic_store(&h->filtered[slot], true);
}

// The slot's turn has come again. What is old in it was swept, unless nobody tended the store.
static enum status begin_span(struct scope *s, struct session *session, struct table *t,
                              size_t slot, int64_t span)
{
    sqlite3_stmt *clear = NULL;

    TRY(session_statement(s, session, RECORD_CLEAR, t->hours->slots[slot].owner, &clear));
    TRY(sql_done(s, clear));
    begin_filter(t->hours, slot);
    return note_span(s, session, t, slot, span);
}

// Returns the slot that holds the span, or one to hold it: free, or holding what is old. There is
// one, because slots are more than spans that are kept; after a change of keep_s it may be the one
// that holds the oldest.
static size_t slot_for(const struct hours *h, int64_t span)
{
    size_t best = 0;

    for (size_t i = 0; i < h->slot_count; i++) {
        if (atomic_load(&h->spans[i]) == span)
            return i;
        if (atomic_load(&h->spans[i]) < atomic_load(&h->spans[best]))
            best = i;
    }
    return best;
}

enum status hours_put(struct scope *s, struct session *session, struct table *t, struct row *r)
{
    struct hours *h = t->hours;
    int64_t span = world_now_us(h->world) / US_PER_S / h->span_s;
    size_t slot = slot_for(h, span);

    if (atomic_load(&h->spans[slot]) != span)
        TRY(begin_span(s, session, t, slot, span));
    if (atomic_load(&h->filtered[slot]))
        filter_add(atomic_load(&h->filters[slot]), key_hash(r->partition, r->sort));
    return rows_put(s, session, &h->slots[slot], r);
}

static enum status sweep_slot(struct batch *b, struct table *t, size_t slot, bool *more)
{
    sqlite3_stmt *sweep = NULL;

    TRY(session_statement(b->scope, b->session, RECORD_SWEEP, t->hours->slots[slot].owner, &sweep));
    (void)sqlite3_bind_int64(sweep, 1, SWEPT_AT_ONCE);
    TRY(sql_done(b->scope, sweep));
    *more = true;
    if (sqlite3_changes(b->session->db) == SWEPT_AT_ONCE)
        return OK;
    return note_span(b->scope, b->session, t, slot, NO_SPAN);
}

enum status hours_sweep(struct batch *b, struct table *t, bool *more)
{
    struct hours *h = t->hours;

    *more = false;
    for (size_t i = 0; i < h->slot_count; i++) {
        int64_t span = atomic_load(&h->spans[i]);
        if (span != NO_SPAN && !is_kept(h, span))
            return sweep_slot(b, t, i, more);
    }
    return OK;
}
