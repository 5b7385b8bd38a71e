// The catalogue: one record a segment, all of them in memory. Readers take a snapshot; a deed puts
// a new one in its place after the change that it follows from is durable.
#include "services/receipts/archive_impl.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"

#include <assert.h>
#include <stdlib.h>

const struct table_def segments_table = {.name = "receipt_segments"};
const struct bucket_def archive_bucket = {.name = "receipt_archive"};

enum {
    ROW_BYTES_MAX = 8192,
    PAGE_ROWS = 1000,
    PAGE_BYTES_MAX = 64 << 20,
    ROOM_FIRST = 256,
};

static struct str *entry_texts(struct entry *e, size_t index)
{
    struct segment_summary *m = &e->summary;
    struct str *const texts[] = {&e->id,           &e->month,       &e->run,
                                 &m->client_first, &m->client_last, &m->date_first,
                                 &m->date_last,    &m->id_first,    &m->id_last};

    return index < sizeof texts / sizeof texts[0] ? texts[index] : NULL;
}

struct entry *entry_new(const struct entry *values)
{
    struct entry copy = *values;
    size_t bytes = sizeof copy;
    struct str *text;

    for (size_t i = 0; (text = entry_texts(&copy, i)) != NULL; i++)
        bytes += text->bytes;
    struct entry *e = heap_alloc(bytes);
    char *at = (char *)(e + 1);
    *e = copy;
    atomic_init(&e->references, 1);
    for (size_t i = 0; (text = entry_texts(e, i)) != NULL; i++) {
        if (text->bytes)
            memcpy(at, text->data, text->bytes);
        text->data = at;
        at += text->bytes;
    }
    return e;
}

void entry_give(struct entry *e)
{
    if (atomic_fetch_sub(&e->references, 1) == 1)
        free(e);
}

struct str entry_blob_key(struct scope *s, const struct entry *e)
{
    return str_concat(s, 3, e->month, str("/"), e->id);
}

static void put_text(struct buf *b, const char *name, struct str text)
{
    buf_put_z(b, name);
    json_write_string(b, text);
}

static struct str entry_content(struct scope *s, const struct entry *e, bool deleting)
{
    const struct segment_summary *m = &e->summary;
    struct buf b = buf_make(s, ROW_BYTES_MAX);

    buf_format(&b, "{\"level\":%u,\"deleting\":%u,\"count\":%llu,\"bytes\":%llu", e->level,
               deleting ? 1U : 0U, (unsigned long long)m->count, (unsigned long long)m->bytes);
    put_text(&b, ",\"month\":", e->month);
    put_text(&b, ",\"run\":", e->run);
    put_text(&b, ",\"clients\":[", m->client_first);
    put_text(&b, ",", m->client_last);
    put_text(&b, "],\"dates\":[", m->date_first);
    put_text(&b, ",", m->date_last);
    put_text(&b, "],\"ids\":[", m->id_first);
    put_text(&b, ",", m->id_last);
    buf_put_z(&b, "]}");
    return buf_str(&b);
}

void entry_put_new(struct scope *s, struct change *c, const struct entry *e)
{
    struct record row = {.partition = e->id, .content = entry_content(s, e, e->deleting)};

    change_put(c, &segments_table, &row, if_absent());
}

void entry_put_settled(struct scope *s, struct change *c, const struct entry *e)
{
    struct record row = {.partition = e->id, .content = entry_content(s, e, false)};

    change_put(c, &segments_table, &row, if_present());
}

static bool parse_row(struct json j, struct entry *out)
{
    int64_t level = 0;
    int64_t deleting = 0;
    int64_t count = 0;
    int64_t bytes = 0;
    struct segment_summary *m = &out->summary;
    struct json clients = json_member(j, "clients");
    struct json dates = json_member(j, "dates");
    struct json ids = json_member(j, "ids");

    if (!json_to_i64(json_member(j, "level"), &level) || level < 0 || level > 1000 ||
        !json_to_i64(json_member(j, "deleting"), &deleting) ||
        !json_to_i64(json_member(j, "count"), &count) || count < 1 ||
        !json_to_i64(json_member(j, "bytes"), &bytes) || bytes < 1)
        return false;
    out->level = (unsigned)level;
    out->deleting = deleting != 0;
    out->month = json_text(json_member(j, "month"));
    out->run = json_text(json_member(j, "run"));
    *m = (struct segment_summary){
        .count = (uint64_t)count,
        .bytes = (uint64_t)bytes,
        .client_first = json_text(json_at(clients, 0)),
        .client_last = json_text(json_at(clients, 1)),
        .date_first = json_text(json_at(dates, 0)),
        .date_last = json_text(json_at(dates, 1)),
        .id_first = json_text(json_at(ids, 0)),
        .id_last = json_text(json_at(ids, 1)),
    };
    return out->month.bytes == MONTH_BYTES && m->id_first.bytes && m->id_last.bytes;
}

static enum status entry_read(struct scope *s, const struct record *row, struct entry **out)
{
    struct entry values = {.id = row->partition};
    struct json j = {0};

    if (json_parse(s, row->content, &json_limits_strict, &j) != OK || !parse_row(j, &values))
        return fail(s, CORRUPT, "the catalogue row of segment %.*s is not what was written",
                    STR(row->partition));
    *out = entry_new(&values);
    return OK;
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *first = *(struct entry *const *)a;
    const struct entry *second = *(struct entry *const *)b;
    int order = str_compare(first->month, second->month);

    if (order == 0)
        order = str_compare(first->summary.client_first, second->summary.client_first);
    return order ? order : str_compare(first->id, second->id);
}

static struct snapshot *snapshot_new(size_t room)
{
    struct snapshot *n = heap_alloc(sizeof *n + room * sizeof n->entries[0]);

    atomic_init(&n->references, 1);
    return n;
}

void snapshot_give(struct snapshot *n)
{
    if (!n || atomic_fetch_sub(&n->references, 1) != 1)
        return;
    for (size_t i = 0; i < n->count; i++)
        entry_give(n->entries[i]);
    free(n);
}

void snapshot_give_deferred(void *snapshot)
{
    snapshot_give(snapshot);
}

// The rows of a page, behind those that are there.
static enum status add_rows(struct scope *s, const struct page *page, struct snapshot **n,
                            size_t *room)
{
    if ((*n)->count + page->count > *room) {
        *room = 2 * *room > (*n)->count + page->count ? 2 * *room : (*n)->count + page->count;
        *n = heap_resize(*n, 1, sizeof **n + *room * sizeof(*n)->entries[0]);
    }
    for (size_t i = 0; i < page->count; i++) {
        TRY(entry_read(s, &page->records[i], &(*n)->entries[(*n)->count]));
        (*n)->count++;
    }
    return OK;
}

enum status snapshot_read(struct scope *s, struct store *store, struct snapshot **out)
{
    size_t room = ROOM_FIRST;
    struct snapshot *n = snapshot_new(room);
    struct scope *page_scope = scope_open(PAGE_BYTES_MAX);
    struct str cursor = {0};
    enum status e;

    do {
        struct page page = {0};
        e = record_scan(page_scope, store, &segments_table, PAGE_ROWS, cursor, &page);
        if (e == OK)
            e = add_rows(page_scope, &page, &n, &room);
        if (e != OK)
            (void)scope_pass(s, e, page_scope);
        cursor = str_copy(s, page.cursor);
        scope_reset(page_scope);
    } while (e == OK && cursor.bytes);
    scope_close(page_scope);
    if (e != OK) {
        snapshot_give(n);
        return e;
    }
    qsort(n->entries, n->count, sizeof(struct entry *), entry_order);
    *out = n;
    return OK;
}

struct snapshot *snapshot_take(struct archive *a)
{
    mutex_lock(&a->lock);
    struct snapshot *n = a->current;
    atomic_fetch_add(&n->references, 1);
    mutex_unlock(&a->lock);
    return n;
}

static bool is_among(const struct entry *e, struct entry *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i] == e)
            return true;
    return false;
}

// Only a deed calls this, so `current` changes under nobody's hands.
void snapshot_replace(struct archive *a, struct entry *const *removed, size_t removed_count,
                      struct entry *const *added, size_t added_count)
{
    struct snapshot *before = a->current;
    struct snapshot *after = snapshot_new(before->count + added_count);

    assert(a->busy);
    for (size_t i = 0; i < before->count; i++) {
        struct entry *e = before->entries[i];
        if (is_among(e, removed, removed_count))
            continue;
        atomic_fetch_add(&e->references, 1);
        after->entries[after->count++] = e;
    }
    for (size_t i = 0; i < added_count; i++)
        after->entries[after->count++] = added[i];
    qsort(after->entries, after->count, sizeof(struct entry *), entry_order);
    mutex_lock(&a->lock);
    a->current = after;
    mutex_unlock(&a->lock);
    a->changes++;
    snapshot_give(before);
}
