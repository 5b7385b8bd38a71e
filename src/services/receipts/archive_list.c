// Listing: hot receipts and segments as one, page by page, in rounds (listing_impl.h).
#include "services/receipts/listing_impl.h"

#include "core/scope.h"
#include "sys/helper.h"

enum {
    EXAMINED_MAX = 200000, // receipts that one call looks at, unless it may give more
    ROUND_BYTES_MAX = 256 << 20,
    ROW_BYTES_MAX = 16 << 20,
};

struct listing {
    struct archive *archive;
    const struct listing_query *query;
    enum status (*row)(void *context, const struct archived *item, bool *counted);
    void *context;
    struct listing_stats *stats;
    struct helper *helper;
    struct scope *round; // of a round's weaves
    struct seats *seats;
    struct scope *row_scope;
    struct place at; // the receipt looked at last
    size_t counted;
    size_t examined;
    bool full; // another receipt follows, and the page may not take it
};

static void close_listing(void *listing)
{
    struct listing *l = listing;

    scope_close(l->round);
    scope_close(l->row_scope);
}

static bool is_listed(const struct listing *l, const struct archived *item)
{
    return l->at.started && archive_order(item, &l->at.key) <= 0;
}

// Gives a receipt to the caller, unless the page is full.
static enum status give_row(struct scope *s, struct listing *l, const struct archived *item,
                            bool archived)
{
    struct archived newest = *item;
    bool counted = true;

    if (l->counted == l->query->limit ||
        (l->examined >= EXAMINED_MAX && l->examined >= l->query->limit)) {
        l->full = true;
        return OK;
    }
    if (archived) {
        enum status e = override_apply(l->row_scope, l->archive, &newest, NULL);
        if (e != OK)
            return scope_pass(s, e, l->row_scope);
    }
    TRY(l->row(l->context, &newest, &counted));
    l->examined++;
    l->counted += counted;
    place_set(&l->at, item);
    scope_reset(l->row_scope);
    return OK;
}

// Whether a segment may hold what the query wants of its month.
static bool is_candidate(const struct listing *l, const struct entry *e)
{
    const struct listing_query *q = l->query;
    const struct segment_summary *m = &e->summary;

    if (str_compare(m->date_last, q->date_from) < 0 ||
        (q->date_to.bytes &&
         str_compare(str_slice(m->date_first, 0, q->date_to.bytes), q->date_to) > 0))
        return false;
    if (q->client.bytes) {
        return str_compare(m->client_first, q->client) <= 0 &&
               str_compare(m->client_last, q->client) >= 0 &&
               !(l->at.started && str_compare(m->date_last, l->at.key.date) < 0);
    }
    struct str first = str_slice(m->client_first, 0, q->tenant.bytes + 1);
    struct str last = str_slice(m->client_last, 0, q->tenant.bytes + 1);
    struct str wanted = str_concat(l->round, 2, q->tenant, str("/"));
    return str_compare(first, wanted) <= 0 && str_compare(last, wanted) >= 0;
}

static struct str later(struct str a, struct str b)
{
    return str_compare(a, b) < 0 ? b : a;
}

// From where on a segment is walked.
static struct archived walk_from(const struct listing *l, const struct entry *e)
{
    const struct listing_query *q = l->query;
    struct archived from = {.client = q->client};

    if (q->client.bytes)
        from.date = later(q->date_from, e->summary.date_first);
    else
        from.client = later(e->summary.client_first, str_concat(l->round, 2, q->tenant, str("/")));
    bool same_month = l->at.started && str_starts(l->at.key.date, e->month);
    if (same_month && archived_order(&from, &l->at.key) < 0)
        from = l->at.key;
    return from;
}

// Whether the query wants nothing of the month from this receipt on.
static bool is_behind(const struct listing_query *q, const struct archived *item)
{
    if (q->client.bytes) {
        return !str_equal(item->client, q->client) ||
               (q->date_to.bytes &&
                str_compare(str_slice(item->date, 0, q->date_to.bytes), q->date_to) > 0);
    }
    return !str_starts(item->client, q->tenant) || item->client.bytes <= q->tenant.bytes ||
           item->client.data[q->tenant.bytes] != '/';
}

// The next archived receipt that the query wants; NULL at the end of the month.
static enum status next_archived(struct scope *s, const struct listing *l, struct weave *w,
                                 const struct archived **item)
{
    for (;;) {
        TRY(weave_next(s, w, item));
        if (!*item)
            return OK;
        if (is_behind(l->query, *item)) {
            *item = NULL;
            return OK;
        }
        if (listing_wants_date(l->query, (*item)->date) && !is_listed(l, *item))
            return OK;
    }
}

// Lists a month of hot and archived receipts, up to the round's end.
static enum status list_month(struct scope *s, struct listing *l, struct weave *w,
                              struct hot_chunk *hot, size_t hot_end)
{
    const struct archived *item = NULL;
    const struct archived *end = hot->more ? hot->last : NULL;
    size_t at = 0;

    TRY(next_archived(s, l, w, &item));
    while (!l->full && (item || at < hot_end)) {
        const struct archived *warm = at < hot_end ? &hot->items[at] : NULL;
        int order = !warm ? -1 : !item ? 1 : archive_order(item, warm);
        if (order < 0 && end && archive_order(item, end) > 0)
            break;
        bool archived = order < 0 || (order == 0 && item->version > warm->version);
        TRY(give_row(s, l, archived ? item : warm, archived));
        if (l->full)
            break;
        if (order >= 0)
            at++;
        if (order <= 0)
            TRY(next_archived(s, l, w, &item));
    }
    hot->items += hot_end;
    hot->count -= hot_end;
    return OK;
}

static struct weave *weave_month(struct listing *l, const struct snapshot *n, size_t first,
                                 size_t end)
{
    struct weave *w = weave_new(l->round, l->archive, l->seats, end - first, l->stats);

    for (size_t i = first; i < end; i++) {
        struct archived from = walk_from(l, n->entries[i]);
        if (is_candidate(l, n->entries[i]))
            weave_add(w, n->entries[i], &from);
    }
    return w;
}

// Finds where the first month begins that the round has to look at.
static size_t first_entry(const struct listing *l, const struct snapshot *n)
{
    struct str month = l->at.started ? month_of(l->at.key.date) : month_of(l->query->date_from);
    size_t from = 0;
    size_t end = n->count;

    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (str_compare(n->entries[middle]->month, month) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

// Goes through the months of the snapshot and of the chunk, side by side.
static enum status list_round(struct scope *s, struct listing *l, const struct snapshot *n,
                              struct hot_chunk *hot)
{
    const struct listing_query *q = l->query;
    size_t at = first_entry(l, n);

    while (!l->full && (at < n->count || hot->count)) {
        struct str month = at < n->count ? n->entries[at]->month : month_of(hot->items[0].date);
        if (hot->count && str_compare(month_of(hot->items[0].date), month) < 0)
            month = month_of(hot->items[0].date);
        if (hot->more && str_compare(month, month_of(hot->last->date)) > 0)
            return OK;
        if (q->date_to.bytes && str_compare(month, month_of(q->date_to)) > 0)
            return OK;
        size_t first = at;
        while (at < n->count && str_equal(n->entries[at]->month, month))
            at++;
        size_t hot_end = 0;
        while (hot_end < hot->count && str_equal(month_of(hot->items[hot_end].date), month))
            hot_end++;
        TRY(list_month(s, l, weave_month(l, n, first, at), hot, hot_end));
        scope_reset(l->round);
    }
    return OK;
}

static enum status list_rounds(struct scope *s, struct listing *l, struct hot_source *hot)
{
    struct hot_chunk chunk = {.more = true};

    while (chunk.more && !l->full) {
        size_t left = l->query->limit - l->counted;
        TRY(hot_next(s, hot, &l->at, left < HOT_CHUNK_MAX ? left + 1 : HOT_CHUNK_MAX, &chunk));
        l->stats->hot_rows += chunk.rows;
        if (chunk.more && !chunk.last)
            continue;
        struct snapshot *n = snapshot_take(l->archive);
        l->stats->segments_in_catalogue = n->count;
        enum status e = list_round(s, l, n, &chunk);
        scope_reset(l->round); // closes what is open before the snapshot is given back
        snapshot_give(n);
        TRY(e);
    }
    return OK;
}

enum status archive_list(struct scope *s, struct archive *a, const struct listing_query *q,
                         enum status (*row)(void *context, const struct archived *item,
                                            bool *counted),
                         void *context, struct str *cursor, struct listing_stats *stats)
{
    struct listing *l = scope_new(s, struct listing);
    struct hot_source *hot = NULL;
    struct str from = {0};

    *cursor = (struct str){0};
    *stats = (struct listing_stats){0};
    if (q->limit == 0 || (q->client.bytes == 0) == (q->tenant.bytes == 0))
        return fail(s, INVALID, "a list is of a client or of a tenant, and of 1 receipt at least");
    l->archive = a;
    l->query = q;
    l->row = row;
    l->context = context;
    l->stats = stats;
    TRY(listing_cursor_read(s, q, &l->at, &from));
    l->helper = helper_new(s, a->world);
    l->round = scope_open(ROUND_BYTES_MAX);
    l->row_scope = scope_open(ROW_BYTES_MAX);
    l->seats = seats_new(s, l->helper);
    scope_defer(s, close_listing, l);
    TRY(hot_open(s, a, q, l->helper, from, &hot));
    TRY(list_rounds(s, l, hot));
    if (l->full)
        *cursor = listing_cursor_write(s, q, &l->at, hot_cursor(hot, &l->at));
    return OK;
}
