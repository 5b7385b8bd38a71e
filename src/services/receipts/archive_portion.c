// What is archived together: final receipts from the left edge of the hot tables, and how many
// there are. What is not final yet stays where it is, and is not looked at again each time.
#include "services/receipts/archive_deed_impl.h"

#include "core/scope.h"
#include "store/record.h"

#include <stdlib.h>

enum {
    PORTION_BYTES_MAX = 64 << 20, // a portion ends past it; about 20,000 receipts of 2 kB
    PAGE_ROWS = 500,
    PAGE_BYTES_MAX = PAGE_ROWS * (RECEIPT_STATE_BYTES_MAX + 1024) + (1 << 20),
    BATCH = 100, // documents read at once
};

enum status count_hot(struct scope *s, struct archive *a)
{
    struct scope *page_scope = scope_open(PAGE_BYTES_MAX);
    struct str cursor = {0};
    int64_t count = 0;
    enum status e;

    do {
        struct page page = {0};
        e = record_scan(page_scope, a->store, &receipt_states_table, PAGE_ROWS, cursor, &page);
        for (size_t i = 0; i < page.count && e == OK; i++) {
            struct receipt_glance g = {0};
            e = receipt_glance(page_scope, &page.records[i], &g);
            count += receipt_state_is_final(g.state);
        }
        (void)scope_pass(s, e, page_scope);
        cursor = str_copy(s, page.cursor);
        scope_reset(page_scope);
    } while (e == OK && cursor.bytes);
    scope_close(page_scope);
    if (e == OK)
        atomic_store(&a->hot_final, count);
    return e;
}

// Adds receipts whose states are given. One without its document is being erased; one without a
// month cannot be filed, and stays hot.
static enum status add_batch(struct scope *s, struct archive *a, const struct record *const *states,
                             size_t count, struct portion *p)
{
    struct record_key keys[BATCH] = {{.sort = {0}}};
    struct record bodies[BATCH] = {{.version = 0}};

    for (size_t i = 0; i < count; i++)
        keys[i] = (struct record_key){.partition = states[i]->partition};
    TRY(record_get_many(s, a->store, &receipts_table, keys, count, bodies));
    for (size_t i = 0; i < count; i++) {
        struct str date = record_attribute(&bodies[i], "date");
        if (bodies[i].version == 0 || date.bytes < MONTH_BYTES)
            continue;
        struct archived *item = scope_new(s, struct archived);
        p->items[p->count++] = item;
        *item = (struct archived){
            .client = record_attribute(&bodies[i], "client"),
            .date = date,
            .id = states[i]->partition,
            .version = states[i]->version,
            .state = states[i]->content,
            .document = bodies[i].content,
        };
    }
    return OK;
}

// Adds the final receipts of a page. `*whole` is false when the portion was full before its end.
static enum status add_page(struct scope *s, struct archive *a, const struct page *page,
                            struct portion *p, bool *whole)
{
    const struct record *finals[BATCH];
    size_t count = 0;

    *whole = true;
    for (size_t i = 0; i < page->count; i++) {
        struct receipt_glance g = {0};
        TRY(receipt_glance(s, &page->records[i], &g));
        if (!receipt_state_is_final(g.state))
            continue;
        if (scope_used(s) > PORTION_BYTES_MAX) {
            *whole = false;
            break;
        }
        finals[count++] = &page->records[i];
        if (count == BATCH) {
            TRY(add_batch(s, a, finals, count, p));
            count = 0;
        }
    }
    return count ? add_batch(s, a, finals, count, p) : OK;
}

static int item_order(const void *a, const void *b)
{
    return archive_order(*(struct archived *const *)a, *(struct archived *const *)b);
}

enum status portion_read(struct scope *s, struct archive *a, struct portion *out)
{
    size_t most = (size_t)a->options.segment_receipts;
    bool whole = true;

    *out = (struct portion){.items = scope_array(s, most, sizeof(struct archived *)),
                            .scan_after = a->scan_after};
    while (out->count < most && whole && !out->at_end) {
        struct page page = {0};
        size_t rows = most - out->count < PAGE_ROWS ? most - out->count : PAGE_ROWS;
        TRY(record_scan(s, a->store, &receipt_states_table, rows, out->scan_after, &page));
        TRY(add_page(s, a, &page, out, &whole));
        if (!whole)
            break; // what is left of the page is read again
        out->at_end = page.cursor.bytes == 0;
        out->scan_after = page.cursor;
    }
    qsort(out->items, out->count, sizeof(struct archived *), item_order);
    return OK;
}
