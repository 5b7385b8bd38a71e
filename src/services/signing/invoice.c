// Invoices that came in.
#include "core/scope.h"
#include "services/signing/ingest.h"
#include "services/signing/service_impl.h"
#include "sys/world.h"

enum status invoice_ingest(struct scope *s, struct signing *self, struct change *c,
                           struct inbound_file *f)
{
    struct inbound_outcome outcome = {.state = INBOUND_REFUSED,
                                      .why = str("this server does not handle invoices")};

    return inbound_end(s, self->platform->store, c, f, &outcome,
                       world_now_us(self->platform->world));
}
