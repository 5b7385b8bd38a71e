// Overrides: states of archived receipts that are newer than what their segments hold. One record
// a version, so that of two who start from the same version one gets CONFLICT. A set in memory of
// the receipts that may have some keeps readers from asking for each.
#include "services/receipts/archive_impl.h"

#include "core/heap.h"
#include "core/scope.h"

#include <stdlib.h>

// Partition = receipt id, sort = version in 20 digits, content = state.
const struct table_def overrides_table = {.name = "receipt_overrides"};

enum { PAGE_ROWS = 1000, PAGE_BYTES_MAX = 64 << 20, ROOM_FIRST = 16, VERSION_DIGITS = 20 };

void id_set_init(struct id_set *set)
{
    mutex_init(&set->lock);
}

void id_set_fini(struct id_set *set)
{
    free(set->ids);
    mutex_fini(&set->lock);
}

// Returns the first place that is not below the id. The lock is held.
static size_t place_of(const struct id_set *set, struct uuid id)
{
    size_t from = 0;
    size_t end = atomic_load(&set->count);

    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (uuid_compare(set->ids[middle], id) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

static bool is_at(const struct id_set *set, size_t at, struct uuid id)
{
    return at < atomic_load(&set->count) && uuid_compare(set->ids[at], id) == 0;
}

void id_set_add(struct id_set *set, struct str id)
{
    struct uuid wanted;

    if (!uuid_read(id, &wanted))
        return;
    mutex_lock(&set->lock);
    size_t count = atomic_load(&set->count);
    size_t at = place_of(set, wanted);
    if (!is_at(set, at, wanted)) {
        if (count == set->room) {
            set->room = set->room ? set->room * 2 : ROOM_FIRST;
            set->ids = heap_resize(set->ids, set->room, sizeof *set->ids);
        }
        memmove(&set->ids[at + 1], &set->ids[at], (count - at) * sizeof *set->ids);
        set->ids[at] = wanted;
        atomic_store(&set->count, count + 1);
    }
    mutex_unlock(&set->lock);
}

void id_set_remove(struct id_set *set, struct str id)
{
    struct uuid wanted;

    if (!uuid_read(id, &wanted))
        return;
    mutex_lock(&set->lock);
    size_t count = atomic_load(&set->count);
    size_t at = place_of(set, wanted);
    if (is_at(set, at, wanted)) {
        memmove(&set->ids[at], &set->ids[at + 1], (count - at - 1) * sizeof *set->ids);
        atomic_store(&set->count, count - 1);
    }
    mutex_unlock(&set->lock);
}

bool id_set_has(struct id_set *set, struct str id)
{
    struct uuid wanted;

    if (atomic_load(&set->count) == 0 || !uuid_read(id, &wanted))
        return false;
    mutex_lock(&set->lock);
    bool has = is_at(set, place_of(set, wanted), wanted);
    mutex_unlock(&set->lock);
    return has;
}

bool id_set_next(struct id_set *set, struct uuid from, struct uuid *out)
{
    mutex_lock(&set->lock);
    size_t at = place_of(set, from);
    bool found = at < atomic_load(&set->count);
    if (found)
        *out = set->ids[at];
    mutex_unlock(&set->lock);
    return found;
}

enum status overrides_read(struct scope *s, struct archive *a)
{
    struct scope *page_scope = scope_open(PAGE_BYTES_MAX);
    struct str cursor = {0};
    enum status e;

    do {
        struct page page = {0};
        e = record_scan(page_scope, a->store, &overrides_table, PAGE_ROWS, cursor, &page);
        (void)scope_pass(s, e, page_scope);
        for (size_t i = 0; i < page.count; i++)
            id_set_add(&a->overridden, page.records[i].partition);
        cursor = str_copy(s, page.cursor);
        scope_reset(page_scope);
    } while (e == OK && cursor.bytes);
    scope_close(page_scope);
    return e;
}

static struct str version_text(struct scope *s, uint64_t version)
{
    return str_format(s, "%0*llu", VERSION_DIGITS, (unsigned long long)version);
}

void archive_override(struct scope *s, struct archive *a, struct change *c, const struct receipt *r)
{
    struct record row = {
        .partition = r->id,
        .sort = version_text(s, r->version + 1),
        .content = receipt_state_content(s, r),
    };

    change_put(c, &overrides_table, &row, if_absent());
    id_set_add(&a->overridden, r->id); // too many is slower, too few is wrong
}

enum status override_apply(struct scope *s, struct archive *a, struct archived *item,
                           uint64_t *newest)
{
    struct query q = {
        .table = &overrides_table, .partition = item->id, .descending = true, .limit = 1};
    struct page page = {0};
    uint64_t version = 0;

    if (!id_set_has(&a->overridden, item->id))
        return OK;
    do {
        q.cursor = page.cursor;
        TRY(record_query(s, a->store, &q, &page));
    } while (page.count == 0 && page.cursor.bytes);
    if (page.count && !str_to_u64(page.records[0].sort, UINT64_MAX, &version))
        return fail(s, CORRUPT, "an override of receipt %.*s has no version", STR(item->id));
    if (newest)
        *newest = version;
    if (version > item->version) {
        item->version = version;
        item->state = page.records[0].content;
    }
    return OK;
}
