// The reading of files that came in: the task on the queue `signing_files`. A contract file becomes
// vehicles and headers of bundles; when all its vehicles are stored, each of its bundles is
// started, once. A crash anywhere and a second delivery lead to the same records and the same
// report:
//
// - the number of the file (country, sequence) is claimed first, for this content;
// - headers and vehicles are put if absent, at most INGEST_ITEMS_MAX a change, each change under
// the
//   version of the headers it adds to; what is there already from this very line is taken as done;
// - a bundle is started in the change that puts `started_at` on its header;
// - the file's record with its report, and the end of the message, come last.
//
// A row is not taken over, and the report says so, when its contract is there with other content,
// when it disagrees with its bundle on who signs, or when its bundle has been started.
#ifndef SHEAF_SERVICES_SIGNING_INGEST_H
#define SHEAF_SERVICES_SIGNING_INGEST_H

#include "core/status.h"
#include "services/signing/inbound.h"

struct scope;
struct signing;
struct work;

enum {
    INGEST_ITEMS_MAX = 88, // of a change; the store takes CHANGE_ITEMS_MAX
    INGEST_BYTES_MAX = 768 << 20,
};

// The task. Invoices are given to invoice_ingest().
enum status ingest_run(struct scope *s, struct work *work);

// Reads a contract file and ends its record in the task's change. Errors: BUSY something else works
// on the same bundles: again later.
enum status interface_ingest(struct scope *s, struct signing *self, struct change *c,
                             struct inbound_file *f);

// invoice.c: likewise an invoice.
enum status invoice_ingest(struct scope *s, struct signing *self, struct change *c,
                           struct inbound_file *f);

#endif
