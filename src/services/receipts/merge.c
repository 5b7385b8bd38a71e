// Merging: the runs of a month become one. A run is what one archiving or one merge has written:
// segments that do not overlap, so that a client's page lies in one or two of them.
#include "core/date.h"
#include "core/scope.h"
#include "services/receipts/archive_deed_impl.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    MERGE_WAIT_US = 30 * 1000000,
    PASS_RUNS_MAX = 64, // woven at once: their blocks are in memory, about 300 kB a run
    PASS_BYTES_MAX = 256 << 20,
    DUE_RECEIPTS_MAX = 2000000, // merged without being asked: about half a minute of work
};

// The segments of a run, of one month.
struct run {
    struct str id;
    unsigned level;
    uint64_t receipts;
    struct entry **entries;
    size_t count;
};

struct month {
    struct str name;
    struct entry **entries; // sorted by run
    size_t entry_count;
    struct run *runs; // the smallest first
    size_t run_count;
};

static int by_run(const void *a, const void *b)
{
    return str_compare((*(struct entry *const *)a)->run, (*(struct entry *const *)b)->run);
}

static int by_size(const void *a, const void *b)
{
    const struct run *first = a;
    const struct run *second = b;

    if (first->level != second->level)
        return first->level < second->level ? -1 : 1;
    return (first->receipts > second->receipts) - (first->receipts < second->receipts);
}

static void group_runs(struct month *m)
{
    qsort(m->entries, m->entry_count, sizeof(struct entry *), by_run);
    for (size_t i = 0; i < m->entry_count; i++) {
        struct entry *e = m->entries[i];
        if (i == 0 || !str_equal(m->entries[i - 1]->run, e->run))
            m->runs[m->run_count++] = (struct run){.id = e->run, .entries = &m->entries[i]};
        struct run *r = &m->runs[m->run_count - 1];
        r->count++;
        r->receipts += e->summary.count;
        r->level = e->level > r->level ? e->level : r->level;
    }
    qsort(m->runs, m->run_count, sizeof *m->runs, by_size);
}

// Takes the month at the place `*at` of the catalogue, and moves the place behind it. What is still
// being removed from the hot tables stays out.
static struct month take_month(struct scope *s, const struct archive *a, size_t *at)
{
    const struct snapshot *n = a->current;
    struct month m = {.name = n->entries[*at]->month};
    size_t end = *at;

    while (end < n->count && str_equal(n->entries[end]->month, m.name))
        end++;
    m.entries = scope_array(s, end - *at, sizeof(struct entry *));
    m.runs = scope_array(s, end - *at, sizeof *m.runs);
    for (; *at < end; ++*at)
        if (!n->entries[*at]->deleting)
            m.entries[m.entry_count++] = n->entries[*at];
    group_runs(&m);
    return m;
}

// Merges the first runs of a month into one.
static enum status merge_runs(struct scope *s, struct archive *a, const struct month *m,
                              size_t run_count, struct rewrite *how, struct merge_result *out)
{
    struct entry **inputs = scope_array(s, m->entry_count, sizeof(struct entry *));
    size_t count = 0;

    how->month = m->name;
    how->run = world_uuid(a->world, s);
    how->level = 0;
    for (size_t i = 0; i < run_count; i++) {
        const struct run *r = &m->runs[i];
        for (size_t k = 0; k < r->count; k++)
            inputs[count++] = r->entries[k];
        how->level = r->level + 1 > how->level ? r->level + 1 : how->level;
    }
    return segments_rewrite(s, a, inputs, count, how, out);
}

static struct uuid uuid_after(struct uuid id)
{
    for (size_t i = UUID_BYTES; i-- > 0 && ++id.bytes[i] == 0;)
        continue;
    return id;
}

static enum status is_newer(struct scope *s, struct archive *a, const struct entry *e,
                            struct str id, bool *yes)
{
    struct archived item = {0};
    bool found = false;

    TRY(entry_get(s, a, e, id, &item, &found));
    uint64_t version = item.version;
    if (found)
        TRY(override_apply(s, a, &item, NULL));
    *yes = item.version > version;
    return OK;
}

// Whether a segment holds a receipt with an override that is not folded in.
static enum status is_overridden(struct scope *s, struct archive *a, const struct entry *e,
                                 bool *yes)
{
    struct uuid id = {{0}};

    (void)uuid_read(e->summary.id_first, &id);
    for (*yes = false; !*yes && id_set_next(&a->overridden, id, &id); id = uuid_after(id)) {
        struct str text = uuid_to_str(s, id);
        if (str_compare(text, e->summary.id_last) > 0)
            return OK;
        TRY(is_newer(s, a, e, text, yes));
    }
    return OK;
}

// Folds overrides into the segments of a run, each by itself.
static enum status fold(struct scope *s, struct archive *a, const struct run *r,
                        struct rewrite *how, struct merge_result *out)
{
    for (size_t i = 0; i < r->count; i++) {
        struct entry *e = r->entries[i];
        bool yes = false;
        TRY(is_overridden(s, a, e, &yes));
        if (!yes)
            continue;
        how->month = e->month;
        how->run = e->run;
        how->level = e->level;
        TRY(segments_rewrite(s, a, &e, 1, how, out));
    }
    return OK;
}

// One pass over a month. `*again` when more runs are left than one pass merges.
static enum status merge_pass(struct scope *s, struct archive *a, const struct month *m,
                              struct rewrite *how, struct merge_result *out, bool *again)
{
    *again = m->run_count > PASS_RUNS_MAX;
    if (m->run_count > 1)
        return merge_runs(s, a, m, *again ? PASS_RUNS_MAX : m->run_count, how, out);
    return m->run_count ? fold(s, a, &m->runs[0], how, out) : OK;
}

static bool is_month(struct scope *s, struct str text)
{
    struct date ignored;

    return text.bytes == MONTH_BYTES && date_read(str_concat(s, 2, text, str("-01")), &ignored);
}

// Finds where a month begins in the catalogue; empty: the first.
static size_t find_month(const struct archive *a, struct str month)
{
    size_t at = 0;

    while (at < a->current->count && str_compare(a->current->entries[at]->month, month) < 0)
        at++;
    return at;
}

// Merges a month until it is one run. `*month` becomes its name.
static enum status merge_month(struct archive *a, struct scope *pass, struct str *month,
                               struct rewrite *how, struct merge_result *out)
{
    bool again = true;

    while (again) {
        scope_reset(pass);
        size_t at = find_month(a, *month);
        struct month m = take_month(pass, a, &at);
        TRY(merge_pass(pass, a, &m, how, out, &again));
    }
    return OK;
}

static enum status merge(struct scope *s, struct archive *a, struct str wanted, struct rewrite *how,
                         struct merge_result *out)
{
    struct scope *pass = scope_open(PASS_BYTES_MAX);
    struct str month = wanted;
    enum status e = OK;

    for (;;) {
        size_t at = find_month(a, month);
        if (at == a->current->count ||
            (wanted.bytes && !str_equal(a->current->entries[at]->month, wanted)))
            break;
        month = str_copy(s, a->current->entries[at]->month);
        e = merge_month(a, pass, &month, how, out);
        if (e != OK || wanted.bytes)
            break;
        month = str_concat(s, 2, month, str("~")); // the next one
    }
    (void)scope_pass(s, e, pass);
    scope_close(pass);
    return e;
}

static uint64_t count_receipts(const struct archive *a, struct str month)
{
    uint64_t count = 0;

    for (size_t i = 0; i < a->current->count; i++)
        if (month.bytes == 0 || str_equal(a->current->entries[i]->month, month))
            count += a->current->entries[i]->summary.count;
    return count;
}

enum status archive_merge(struct scope *s, struct archive *a, struct str month,
                          void (*progress)(void *context, uint64_t done, uint64_t all),
                          void *context, struct merge_result *out)
{
    struct rewrite how = {.progress = progress, .context = context};

    *out = (struct merge_result){0};
    if (month.bytes && !is_month(s, month))
        return fail(s, INVALID, "%.*s is no month", STR(month));
    if (!deed_begin(a, MERGE_WAIT_US))
        return fail(s, BUSY, "the archive is being changed: try again later");
    how.all = count_receipts(a, month);
    enum status e = merge(s, a, month, &how, out);
    if (e == OK)
        e = archive_tidy(s, a);
    deed_end(a);
    return e;
}

// The first runs of one level, when there are enough of them; 0: nothing is due.
static size_t due_runs(const struct archive *a, struct month *m)
{
    for (size_t from = 0, to = 0; from < m->run_count; from = to) {
        uint64_t receipts = 0;
        while (to < m->run_count && m->runs[to].level == m->runs[from].level)
            receipts += m->runs[to++].receipts;
        if (to - from < a->options.merge_runs || receipts > DUE_RECEIPTS_MAX)
            continue;
        m->runs += from;
        return to - from < PASS_RUNS_MAX ? to - from : PASS_RUNS_MAX;
    }
    return 0;
}

enum status merge_due(struct scope *s, struct archive *a, bool *merged)
{
    struct rewrite how = {0};
    struct merge_result ignored = {0};

    *merged = false;
    for (size_t at = 0; a->options.merge_runs > 1 && at < a->current->count;) {
        struct month m = take_month(s, a, &at);
        size_t runs = due_runs(a, &m);
        if (runs == 0)
            continue;
        *merged = true;
        return merge_runs(s, a, &m, runs, &how, &ignored);
    }
    return OK;
}
