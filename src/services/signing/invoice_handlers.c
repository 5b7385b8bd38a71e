// GET /invoices, /invoices/{invoiceId}, /invoices/{invoiceId}/document.
#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/invoice.h"
#include "services/signing/service_impl.h"
#include "services/signing/steps.h"
#include "store/record.h"

enum { PAGE_BYTES_MAX = 32 << 20, LIMIT_STANDARD = 100, LIMIT_MAX = 1000 };

// What may be told: where things lie is ours.
static struct json told(struct scope *s, struct json record)
{
    struct json pages = json_path(record, "pdf.page_count");

    record = json_with(s, record, str("page_count"), pages);
    record = json_without(s, record, str("pdf"));
    return json_without(s, record, str("xml"));
}

enum status list_invoices(struct scope *s, struct call *c)
{
    uint64_t limit = LIMIT_STANDARD;
    struct page page = {0};
    struct buf b = buf_make(s, PAGE_BYTES_MAX);
    struct str body = {0};

    (void)str_to_u64(call_query(c, "limit"), LIMIT_MAX, &limit);
    struct query q = {.table = &invoices_table,
                      .index = "tenant",
                      .partition = call_principal(c)->tenant,
                      .descending = true,
                      .limit = (size_t)limit,
                      .cursor = call_query(c, "cursor")};
    TRY(record_query(s, call_platform(c)->store, &q, &page));
    buf_put_z(&b, "{\"items\":[");
    for (size_t i = 0; i < page.count; i++) {
        struct json record = {0};
        TRY(json_parse(s, page.records[i].content, &json_limits_lenient, &record));
        if (i > 0)
            buf_put_byte(&b, ',');
        json_write(&b, json_without(s, told(s, record), str("findings")));
    }
    buf_put_byte(&b, ']');
    if (page.cursor.bytes) {
        buf_put_z(&b, ",\"cursor\":");
        json_write_string(&b, page.cursor);
    }
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the page (ask for fewer invoices)", &body));
    call_answer(c, 200, body);
    return OK;
}

static enum status find(struct scope *s, struct call *c, struct json *out)
{
    return invoice_get(s, call_platform(c)->store, call_principal(c)->tenant,
                       call_path(c, "invoiceId"), out);
}

enum status get_invoice(struct scope *s, struct call *c)
{
    struct json record = {0};

    TRY(find(s, c, &record));
    call_answer_json(c, 200, told(s, record));
    return OK;
}

enum status get_invoice_document(struct scope *s, struct call *c)
{
    bool is_xml = str_is(call_query(c, "which"), "xml");
    struct json record = {0};
    struct str bytes = {0};

    TRY(find(s, c, &record));
    TRY(step_read(s, call_platform(c)->store, json_member(record, is_xml ? "xml" : "pdf"), &bytes));
    change_audit(call_change(c), &(struct audit_entry){.tenant = call_principal(c)->tenant,
                                                       .actor = call_principal(c)->id,
                                                       .action = str("invoice.read"),
                                                       .subject = call_path(c, "invoiceId")});
    call_answer_bytes(c, 200, is_xml ? "application/xml" : "application/pdf", bytes);
    return OK;
}
