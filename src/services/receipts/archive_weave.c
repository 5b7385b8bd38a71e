// A weave of segments: a heap of cursors, of which the one with the first receipt is at the top. A
// segment is opened when the order comes to where it begins, and closed at its end, so that only
// those that overlap are open at once.
#include "services/receipts/archive_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/helper.h"

#include <assert.h>
#include <stdlib.h>

// Of a seat: what a blob and a segment keep open, and blocks of the usual size.
enum { SEAT_BYTES = 512 << 10, SEATS_FIRST = 16, OPENED_AT_ONCE = 32 };

struct source {
    struct entry *entry;
    struct archived from;
    struct scope *scope; // NULL: not open
    struct segment *segment;
    struct segment_cursor *cursor;
    struct archived head;
    bool more; // `head` is one
    enum status status;
};

// Scopes whose memory is used again and again: a segment that is opened needs half a megabyte.
struct seats {
    struct helper *helper; // opens half of the segments; NULL: none
    struct scope **idle;   // heap
    size_t count;
    size_t room;
};

struct weave {
    struct archive *archive;
    struct listing_stats *stats;
    struct seats *seats;
    struct source *sources; // sorted by `from` when the weaving begins
    size_t count;
    size_t room;
    bool begun;
    size_t opened; // the sources before this have been opened
    struct source **heap;
    size_t heap_count;
    struct source **used; // whose heads were given last: to be advanced
    size_t used_count;
};

static void free_seats(void *seats)
{
    struct seats *all = seats;

    while (all->count)
        scope_close(all->idle[--all->count]);
    free(all->idle);
}

struct seats *seats_new(struct scope *s, struct helper *helper)
{
    struct seats *all = scope_new(s, struct seats);

    all->helper = helper;
    scope_defer(s, free_seats, all);
    return all;
}

static struct scope *take_seat(struct seats *all)
{
    return all->count ? all->idle[--all->count]
                      : scope_open_roomy(SEGMENT_SCOPE_BYTES_MAX, SEAT_BYTES);
}

static void give_seat(struct seats *all, struct scope *seat)
{
    scope_reset(seat);
    if (all->count == all->room) {
        all->room = all->room ? all->room * 2 : SEATS_FIRST;
        all->idle = heap_resize(all->idle, all->room, sizeof(struct scope *));
    }
    all->idle[all->count++] = seat;
}

static void source_close(struct weave *w, struct source *x)
{
    if (!x->scope)
        return;
    if (w->stats && x->segment)
        w->stats->bytes_read += segment_bytes_read(x->segment);
    give_seat(w->seats, x->scope);
    x->scope = NULL;
}

static void close_weave(void *weave)
{
    struct weave *w = weave;

    for (size_t i = 0; i < w->count; i++)
        source_close(w, &w->sources[i]);
}

struct weave *weave_new(struct scope *s, struct archive *a, struct seats *seats, size_t room,
                        struct listing_stats *stats)
{
    struct weave *w = scope_new(s, struct weave);

    w->archive = a;
    w->stats = stats;
    w->seats = seats;
    w->sources = scope_array(s, room, sizeof *w->sources);
    w->heap = scope_array(s, room, sizeof(struct source *));
    w->used = scope_array(s, room, sizeof(struct source *));
    w->room = room;
    scope_defer(s, close_weave, w);
    return w;
}

void weave_add(struct weave *w, struct entry *e, const struct archived *from)
{
    assert(w->count < w->room && !w->begun);
    w->sources[w->count++] = (struct source){.entry = e, .from = *from};
}

static int source_order(const void *a, const void *b)
{
    return archived_order(&((const struct source *)a)->from, &((const struct source *)b)->from);
}

static bool is_before(const struct source *a, const struct source *b)
{
    return archived_order(&a->head, &b->head) < 0;
}

static void heap_push(struct weave *w, struct source *x)
{
    size_t at = w->heap_count++;

    while (at > 0 && is_before(x, w->heap[(at - 1) / 2])) {
        w->heap[at] = w->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    w->heap[at] = x;
}

static struct source *heap_pop(struct weave *w)
{
    struct source *top = w->heap[0];
    struct source *last = w->heap[--w->heap_count];
    size_t at = 0;

    for (size_t child = 1; child < w->heap_count; child = 2 * at + 1) {
        if (child + 1 < w->heap_count && is_before(w->heap[child + 1], w->heap[child]))
            child++;
        if (!is_before(w->heap[child], last))
            break;
        w->heap[at] = w->heap[child];
        at = child;
    }
    w->heap[at] = last;
    return top;
}

static void source_put(struct weave *w, struct source *x)
{
    if (x->more)
        heap_push(w, x);
    else
        source_close(w, x);
}

static enum status source_advance(struct weave *w, struct source *x)
{
    TRY(segment_next(x->scope, x->cursor, &x->head, &x->more));
    source_put(w, x);
    return OK;
}

// Touches nothing of the weave: several are opened at once.
static enum status source_open(struct archive *a, struct source *x)
{
    TRY(entry_open(x->scope, a, x->entry, &x->segment));
    TRY(segment_seek(x->scope, x->segment, x->from.client, x->from.date, x->from.id, &x->cursor));
    return segment_next(x->scope, x->cursor, &x->head, &x->more);
}

// Fails on behalf of a source, naming its segment.
static enum status source_fail(struct scope *s, enum status e, const struct source *x)
{
    return fail(s, e, "segment %.*s of %.*s: %.*s", STR(x->entry->id), STR(x->entry->month),
                STR(scope_why(x->scope)));
}

// Every other source of some, which one thread opens.
struct share {
    struct archive *archive;
    struct source *sources;
    size_t count;
    size_t first;
};

static void open_share(void *share)
{
    const struct share *mine = share;

    for (size_t i = mine->first; i < mine->count; i += 2)
        mine->sources[i].status = source_open(mine->archive, &mine->sources[i]);
}

// Opens the next sources, half of them by the helper.
static enum status open_some(struct scope *s, struct weave *w, size_t count)
{
    struct share mine = {w->archive, &w->sources[w->opened], count, 0};
    struct share other = {w->archive, &w->sources[w->opened], count, 1};

    for (size_t i = 0; i < count; i++)
        mine.sources[i].scope = take_seat(w->seats);
    w->opened += count;
    if (w->stats)
        w->stats->segments_opened += count;
    if (w->seats->helper && count > 1)
        helper_begin(w->seats->helper, open_share, &other);
    else
        open_share(&other);
    open_share(&mine);
    if (w->seats->helper)
        helper_end(w->seats->helper);
    for (size_t i = 0; i < count; i++) {
        if (mine.sources[i].status != OK)
            return source_fail(s, mine.sources[i].status, &mine.sources[i]);
        source_put(w, &mine.sources[i]);
    }
    return OK;
}

// How many sources may hold what comes next: those that begin before it. With nothing open, those
// that begin together.
static size_t count_due(const struct weave *w)
{
    const struct source *first = &w->sources[w->opened];
    const struct archived *next = w->heap_count ? &w->heap[0]->head : &first->from;
    size_t count = 0;

    while (w->opened + count < w->count && count < OPENED_AT_ONCE &&
           archived_order(&first[count].from, next) <= 0)
        count++;
    return count;
}

static enum status open_due(struct scope *s, struct weave *w)
{
    for (size_t count = count_due(w); count; count = count_due(w))
        TRY(open_some(s, w, count));
    return OK;
}

enum status weave_next(struct scope *s, struct weave *w, const struct archived **item)
{
    if (!w->begun)
        qsort(w->sources, w->count, sizeof *w->sources, source_order);
    w->begun = true;
    while (w->used_count) {
        struct source *x = w->used[--w->used_count];
        enum status e = source_advance(w, x);
        if (e != OK)
            return source_fail(s, e, x);
    }
    TRY(open_due(s, w));
    *item = NULL;
    while (w->heap_count && (!*item || archived_order(&w->heap[0]->head, &w->used[0]->head) == 0)) {
        struct source *x = heap_pop(w);
        w->used[w->used_count++] = x;
        if (!*item || x->head.version > (*item)->version)
            *item = &x->head;
    }
    return OK;
}
