// Exports: jobs that write the receipts of an interval into one blob, as CSV or NDJSON. Also how a
// list answers that is asked for asynchronously.
#ifndef SHEAF_SERVICES_RECEIPTS_EXPORTS_H
#define SHEAF_SERVICES_RECEIPTS_EXPORTS_H

#include "services/receipts/archive.h"
#include "store/store.h"
#include "store/worker.h"

struct call;

extern const struct table_def exports_table;
extern const struct queue_def export_queue;
extern const struct bucket_def exports_bucket; // life: 7 days

// Answers a list that wants to be answered later: starts an export of it as NDJSON, 202.
enum status export_listing(struct scope *s, struct call *c, const struct listing_query *q);

// The task of the export queue.
enum status export_run(struct scope *s, struct work *work);

#endif
