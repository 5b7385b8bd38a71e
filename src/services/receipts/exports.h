// Exports: jobs that write the receipts of an interval into one blob, as CSV or NDJSON. Also how a
// list answers that is asked for asynchronously. A job and its blob live 7 days.
//
// An export belongs to a tenant, and to one client when who asked for it acts for one only.
#ifndef SHEAF_SERVICES_RECEIPTS_EXPORTS_H
#define SHEAF_SERVICES_RECEIPTS_EXPORTS_H

#include "services/receipts/archive.h"
#include "store/store.h"
#include "store/worker.h"

struct call;

extern const struct table_def exports_table;
extern const struct queue_def export_queue;
extern const struct bucket_def exports_bucket;

enum { EXPORT_KEEP_S = 7 * 86400 };

enum export_state { EXPORT_RUNNING, EXPORT_DONE, EXPORT_FAILED };

struct export
{
    struct str id;
    struct str tenant;
    struct str owner;  // client of who asked for it; empty: the tenant's
    struct str client; // whose receipts; empty: all clients'
    struct str date_from, date_to;
    struct str filter; // name of a receipt state; empty: all
    struct str format; // "csv" or "ndjson"
    bool documents;    // NDJSON: with the documents
    enum export_state state;
    uint64_t receipts;
    uint64_t bytes;
    struct str error;
    uint64_t version; // of the record it was read from; 0: new
    int64_t expires_at_s;
};

const char *export_state_name(enum export_state state);
const char *export_media_type(const struct export *e);

// Adds the job and the message that starts it to the change.
void export_put_new(struct scope *s, struct change *c, const struct export *e);
// Errors: NOT_FOUND; CORRUPT.
enum status export_load(struct scope *s, struct store *store, struct str id, struct export *out);

// Answers a list that wants to be answered later: starts an export of it as NDJSON, 202.
enum status export_listing(struct scope *s, struct call *c, const struct listing_query *q);

// The task of the export queue; `work->context` is struct receipts. Writes the blob anew each time
// it is run, under the same key.
enum status export_run(struct scope *s, struct work *work);

#endif
