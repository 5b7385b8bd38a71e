// Invoices that came in as files: what became of one stands in its record, with the report.
#include "services/signing/invoice.h"

#include "core/scope.h"
#include "services/signing/ingest.h"
#include "services/signing/service_impl.h"
#include "sys/world.h"

// {invoice_id, number}, of one that could be read.
static struct json header_of(struct scope *s, const struct invoice_outcome *out)
{
    struct json header = json_object(NULL, 0);

    if (out->id.bytes == 0)
        return header;
    header = json_with(s, header, str("invoice_id"), json_string(out->id));
    return json_with(s, header, str("number"), json_string(out->number));
}

enum status invoice_ingest(struct scope *s, struct signing *self, struct change *c,
                           struct inbound_file *f)
{
    static const enum inbound_state states[] = {[INVOICE_TAKEN] = INBOUND_ACCEPTED,
                                                [INVOICE_REPEATED] = INBOUND_REPEATED,
                                                [INVOICE_REFUSED] = INBOUND_REFUSED};
    struct store *store = self->platform->store;
    int64_t now_us = world_now_us(self->platform->world);
    struct invoice_outcome out = {0};
    struct str xml = {0};

    TRY(inbound_bytes(s, store, f, &xml));
    TRY(invoice_take(s, self, c, f->tenant, f->name, xml, now_us, &out));
    struct json report = json_with(s, json_object(NULL, 0), str("findings"), out.findings);
    struct inbound_outcome outcome = {
        .state = states[out.state],
        .why = out.why,
        .header = header_of(s, &out),
        .report = report,
    };
    return inbound_end(s, store, c, f, &outcome, now_us);
}
