// Reading a steady index: the runs and what is in memory are merged. Which blocks may hold entries
// of the query is found out under the lock; they are read afterwards, in the caller's snapshot.
#include "store/embedded/runs.h"

#include "core/scope.h"
#include "store/embedded/pack.h"
#include "store/embedded/runs_impl.h"

#include <stdlib.h>

// What is asked for.
struct wanted {
    const struct query *query;
    const struct index_entry *after;
};

// Sorted entries: of memory, or of the blocks of one run, of which one at a time is read.
struct source {
    int64_t run;
    size_t block;       // next to be read, in the direction of the query
    size_t block_count; // that are left
    struct index_entry *entries;
    size_t count;
    size_t at; // how many were given
};

struct merge {
    struct scope *scope;
    struct session *session;
    struct runs *runs;
    struct wanted wanted;
    struct source **heap; // by the next entry
    size_t heap_count;
};

static bool is_wanted(const struct wanted *w, const struct index_entry *entry)
{
    const struct query *q = w->query;

    if (!str_equal(entry->partition, q->partition) || str_compare(entry->sort, q->sort_from) < 0 ||
        (q->sort_to.bytes && str_compare(entry->sort, q->sort_to) >= 0))
        return false;
    if (!w->after)
        return true;
    int order = index_entry_compare(entry, w->after);
    return q->descending ? order < 0 : order > 0;
}

// Whether everything from this entry on lies behind what is wanted, in ascending order.
static bool is_beyond(const struct wanted *w, const struct index_entry *entry)
{
    const struct query *q = w->query;
    int order = str_compare(entry->partition, q->partition);

    if (order != 0)
        return order > 0;
    if (q->descending && w->after)
        return index_entry_compare(entry, w->after) >= 0;
    return q->sort_to.bytes && str_compare(entry->sort, q->sort_to) >= 0;
}

// Whether everything wanted lies at this entry or behind it.
static bool is_before(const struct wanted *w, const struct index_entry *entry)
{
    const struct query *q = w->query;
    struct index_entry first = {.partition = q->partition, .sort = q->sort_from};

    if (!q->descending && w->after)
        return index_entry_compare(entry, w->after) <= 0;
    return index_entry_compare(entry, &first) <= 0;
}

// Returns the first of the blocks whose first entry is beyond what is wanted.
static size_t find_beyond(const struct wanted *w, const struct run *run)
{
    size_t first = 0;
    size_t end = run->block_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (is_beyond(w, &run->firsts[middle]))
            end = middle;
        else
            first = middle + 1;
    }
    return first;
}

// Returns the last of the blocks that starts at or before what is wanted, or the first of all.
static size_t find_start(const struct wanted *w, const struct run *run, size_t end)
{
    size_t first = 0;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (is_before(w, &run->firsts[middle]))
            first = middle + 1;
        else
            end = middle;
    }
    return first ? first - 1 : 0;
}

static struct source source_of_run(const struct wanted *w, const struct run *run)
{
    size_t beyond = find_beyond(w, run);
    size_t start = find_start(w, run, beyond);
    struct source source = {.run = run->number, .block_count = beyond - start};

    source.block = w->query->descending ? beyond - 1 : start;
    return source;
}

static struct index_entry copy_entry(struct scope *s, const struct wanted *w,
                                     const struct index_entry *entry)
{
    return (struct index_entry){w->query->partition,
                                str_copy(s, entry->sort),
                                {str_copy(s, entry->key.partition), str_copy(s, entry->key.sort)}};
}

static size_t count_in(const struct tail *t, const struct wanted *w)
{
    const void *at = NULL;
    size_t count = 0;

    if (t) {
        for (const struct index_entry *e = tail_next(t, w->query->partition, &at); e;
             e = tail_next(t, w->query->partition, &at))
            count += is_wanted(w, e);
    }
    return count;
}

static void copy_from(struct scope *s, const struct tail *t, const struct wanted *w,
                      struct source *out)
{
    const void *at = NULL;

    if (t) {
        for (const struct index_entry *e = tail_next(t, w->query->partition, &at); e;
             e = tail_next(t, w->query->partition, &at))
            if (is_wanted(w, e))
                out->entries[out->count++] = copy_entry(s, w, e);
    }
}

static int by_order(const void *a, const void *b)
{
    return index_entry_compare(a, b);
}

// Gathers the sources: memory first, then the runs that may hold something.
static struct source *find_sources(struct scope *s, struct runs *r, const struct wanted *w,
                                   size_t *count)
{
    size_t room = 1;

    mutex_lock(&r->lock);
    for (const struct run *run = r->newest; run; run = run->next)
        room++;
    struct source *sources = scope_array(s, room, sizeof *sources);
    size_t in_memory = count_in(r->tail, w) + count_in(r->frozen, w);
    sources[0].entries = scope_array(s, in_memory, sizeof(struct index_entry));
    copy_from(s, r->tail, w, &sources[0]);
    copy_from(s, r->frozen, w, &sources[0]);
    *count = 1;
    for (const struct run *run = r->newest; run; run = run->next) {
        sources[*count] = source_of_run(w, run);
        *count += sources[*count].block_count > 0;
    }
    mutex_unlock(&r->lock);
    qsort(sources[0].entries, sources[0].count, sizeof(struct index_entry), by_order);
    return sources;
}

// Walks a block; keeps what is wanted in `out` unless that is NULL, and returns how many there are.
static size_t walk_block(struct merge *m, struct str packed, struct index_entry *out, bool *bad)
{
    struct unpack u = unpack_of(packed);
    struct index_entry entry = {0};
    size_t count = 0;

    while (!unpack_ended(&u) && run_read_entry(&u, &entry)) {
        if (!is_wanted(&m->wanted, &entry))
            continue;
        if (out)
            out[count] = copy_entry(m->scope, &m->wanted, &entry);
        count++;
    }
    *bad = u.bad;
    return count;
}

static enum status decode_block(struct merge *m, struct source *source, struct str packed)
{
    bool bad = false;

    source->at = 0;
    source->count = walk_block(m, packed, NULL, &bad);
    if (bad)
        return fail(m->scope, CORRUPT, "a block of the index %s is damaged",
                    m->runs->index->owner.name);
    source->entries = scope_array(m->scope, source->count, sizeof *source->entries);
    (void)walk_block(m, packed, source->entries, &bad);
    return OK;
}

// Reads the next block. One that is gone belonged to a run whose records are.
static enum status read_block(struct merge *m, struct source *source)
{
    sqlite3_stmt *find = NULL;
    bool row = false;

    TRY(session_statement(m->scope, m->session, BLOCK_FIND, m->runs->index->owner, &find));
    (void)sqlite3_bind_int64(find, 1, run_block_id(source->run, source->block));
    source->block += m->wanted.query->descending ? SIZE_MAX : 1;
    source->block_count--;
    TRY(sql_step(m->scope, find, &row));
    enum status e = row ? decode_block(m, source, sql_column(find, 0)) : OK;
    (void)sqlite3_reset(find);
    return e;
}

static const struct index_entry *next_of(const struct merge *m, const struct source *source)
{
    size_t place = m->wanted.query->descending ? source->count - 1 - source->at : source->at;

    return &source->entries[place];
}

static bool comes_before(const struct merge *m, const struct source *a, const struct source *b)
{
    int order = index_entry_compare(next_of(m, a), next_of(m, b));

    return m->wanted.query->descending ? order > 0 : order < 0;
}

static void heap_sink(struct merge *m, size_t place)
{
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= m->heap_count)
            return;
        if (child + 1 < m->heap_count && comes_before(m, m->heap[child + 1], m->heap[child]))
            child++;
        if (!comes_before(m, m->heap[child], m->heap[place]))
            return;
        struct source *other = m->heap[place];
        m->heap[place] = m->heap[child];
        m->heap[child] = other;
        place = child;
    }
}

// Reads blocks until the source has an entry to give; false: it has none any more.
static enum status fill(struct merge *m, struct source *source, bool *has)
{
    while (source->at == source->count && source->block_count > 0)
        TRY(read_block(m, source));
    *has = source->at < source->count;
    return OK;
}

static enum status start_merge(struct merge *m, struct source *sources, size_t count)
{
    m->heap = scope_array(m->scope, count, sizeof(struct source *));
    for (size_t i = 0; i < count; i++) {
        bool has = false;
        TRY(fill(m, &sources[i], &has));
        if (has)
            m->heap[m->heap_count++] = &sources[i];
    }
    for (size_t i = m->heap_count; i-- > 0;)
        heap_sink(m, i);
    return OK;
}

static enum status give_next(struct merge *m, struct index_entry *out)
{
    struct source *source = m->heap[0];
    bool has = false;

    *out = *next_of(m, source);
    source->at++;
    TRY(fill(m, source, &has));
    if (!has)
        m->heap[0] = m->heap[--m->heap_count];
    heap_sink(m, 0);
    return OK;
}

enum status runs_collect(struct scope *s, struct session *session, struct runs *r,
                         const struct query *query, const struct index_entry *after,
                         struct index_entry *out, size_t limit, size_t *count)
{
    struct merge m = {s, session, r, {query, after}, NULL, 0};
    size_t source_count = 0;
    struct source *sources = find_sources(s, r, &m.wanted, &source_count);

    TRY(start_merge(&m, sources, source_count));
    while (m.heap_count > 0 && *count < limit) {
        TRY(give_next(&m, &out[*count]));
        // An entry may be in two places after a restart.
        if (*count == 0 || index_entry_compare(&out[*count - 1], &out[*count]) != 0)
            ++*count;
    }
    return OK;
}
