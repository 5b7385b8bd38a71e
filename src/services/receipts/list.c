// GET /receipts: a client's receipts of an interval, over hot and archived ones.
#include "core/buf.h"
#include "core/scope.h"
#include "services/receipts/exports.h"
#include "services/receipts/service_impl.h"

enum { PAGE_BYTES_MAX = 48 << 20 };

struct page_writer {
    struct scope *s;
    struct scope *row_scope; // emptied for each row
    struct store *store;
    struct buf out;
    bool full;
    bool filtered;
    enum receipt_state state;
    size_t count;
};

static enum status write_document(struct page_writer *w, const struct receipt *r,
                                  const struct archived *item)
{
    struct str document = item->document;

    if (r->document_blob.bytes)
        TRY(receipt_document(w->row_scope, w->store, r, &document));
    return receipt_write_document(w->row_scope, &w->out, r, document);
}

static enum status write_row(struct page_writer *w, const struct archived *item, bool *counted)
{
    struct receipt r = {0};

    TRY(receipt_parse_state(w->row_scope, item->id, item->state, item->version, &r));
    *counted = !w->filtered || r.state == w->state;
    if (!*counted)
        return OK;
    buf_put_z(&w->out, w->count++ ? ",{" : "{");
    receipt_write_status(w->row_scope, &w->out, &r);
    if (w->full)
        TRY(write_document(w, &r, item));
    buf_put_byte(&w->out, '}');
    return OK;
}

static enum status add_row(void *context, const struct archived *item, bool *counted)
{
    struct page_writer *w = context;
    enum status e = write_row(w, item, counted);

    (void)scope_pass(w->s, e, w->row_scope);
    scope_reset(w->row_scope);
    return e;
}

static void close_scope(void *scope)
{
    scope_close(scope);
}

static enum status read_query(struct scope *s, struct call *c, struct listing_query *q)
{
    const struct principal *who = call_principal(c);
    struct str client = {0};
    uint64_t limit = 0;

    TRY(principal_client(s, who, call_query(c, "client"), &client));
    (void)str_to_u64(call_query(c, "limit"), 10000, &limit);
    *q = (struct listing_query){
        .client = str_concat(s, 3, who->tenant, str("/"), client),
        .date_from = call_query(c, "from"),
        .date_to = call_query(c, "to"),
        .cursor = call_query(c, "cursor"),
        .limit = (size_t)limit,
        .documents = str_is(call_query(c, "fields"), "full"),
    };
    return OK;
}

static void tell_cost(struct scope *s, struct call *c, const struct listing_stats *stats)
{
    call_answer_header(
        c, "Server-Timing",
        str_format(s, "hot;desc=\"%llu rows\", segments;desc=\"%llu of %llu, %llu bytes\"",
                   (unsigned long long)stats->hot_rows, (unsigned long long)stats->segments_opened,
                   (unsigned long long)stats->segments_in_catalogue,
                   (unsigned long long)stats->bytes_read));
}

enum status list_receipts(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    struct listing_query q = {0};
    struct listing_stats stats = {0};
    struct str cursor = {0};
    struct str body = {0};
    struct str state = call_query(c, "state");
    struct page_writer w = {.s = s,
                            .row_scope = scope_open(PAGE_BYTES_MAX),
                            .store = call_platform(c)->store,
                            .out = buf_make(s, PAGE_BYTES_MAX),
                            .filtered = state.bytes > 0};

    scope_defer(s, close_scope, w.row_scope);
    TRY(read_query(s, c, &q));
    w.full = q.documents;
    if (w.filtered && !receipt_state_parse(state, &w.state))
        return fail(s, INVALID, "there is no state %.*s", STR(state));
    if (str_find(call_header(c, "Prefer"), str("respond-async")) < call_header(c, "Prefer").bytes)
        return export_listing(s, c, &q);
    buf_put_z(&w.out, "{\"items\":[");
    TRY(archive_list(s, self->archive, &q, add_row, &w, &cursor, &stats));
    buf_put_byte(&w.out, ']');
    if (cursor.bytes) {
        buf_put_z(&w.out, ",\"cursor\":");
        json_write_string(&w.out, cursor);
    }
    buf_put_byte(&w.out, '}');
    TRY(buf_finish(&w.out, "the page (ask for fewer receipts)", &body));
    tell_cost(s, c, &stats);
    call_answer(c, 200, body);
    return OK;
}
