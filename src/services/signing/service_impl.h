// What the files of the signing service share: what its open() made, its queues and buckets, and
// who does what. Bodies of messages are JSON objects.
#ifndef SHEAF_SERVICES_SIGNING_SERVICE_IMPL_H
#define SHEAF_SERVICES_SIGNING_SERVICE_IMPL_H

#include "edge/call.h"
#include "edge/service.h"
#include "flow/flow.h"
#include "flow/task.h"
#include "services/signing/bundle.h"

struct delivery;
struct lookups;
struct metric;
struct provider;
struct sealing;
struct sessions;
struct template;
struct watch;

struct signing {
    const struct platform *platform;
    struct sessions *sessions; // what sessions.h works with
    struct template *contract; // templates.h
    struct template *contract_en;
    struct template *invoice;
    struct sealing *sealing;   // sealing.h
    struct delivery *delivery; // delivery.h
    struct lookups *lookups;   // lookup.h
    struct watch *watch;       // the watched folder; NULL: not opened yet. The tending thread's
    bool watch_failed;         // could not be opened, and that was said
    struct metric *bundles;    // by how they ended
    struct metric *deliveries;
};

// A provider with what it keeps; without `provider`: it is not set up.
struct provider_at {
    const struct provider *provider;
    void *self;
};
enum { PROVIDERS = 2 };
// provider_builtin.c, signicat_settings.c
enum status provider_builtin_open(struct scope *s, struct signing *self, struct provider_at *out);
enum status provider_signicat_open(struct scope *s, struct signing *self, struct provider_at *out);

// The service behind a task that a flow calls.
static inline struct signing *task_signing(const struct task *t)
{
    return *(void **)task_context(t);
}

extern const struct queue_def signing_files_queue;      // files to be ingested: ingest.c
extern const struct queue_def signing_sessions_queue;   // sessions.h
extern const struct queue_def signing_deliveries_queue; // deliver.c
extern const struct queue_def signing_tidy_queue;       // tidy.c

extern const struct bucket_def inbound_bucket;            // TENANT/KIND/NAME.DIGEST: inbound.h
extern const struct bucket_def contract_artifacts_bucket; // unsigned, short-lived
extern const struct bucket_def contract_signed_bucket;    // signed, stamped, sealed; logs; orders
extern const struct bucket_def sign_pages_bucket; // provider_builtin.c: documents being signed
extern const struct table_def sign_sessions_table;

// start.c: starts the execution of a bundle in the change: sets `execution` and `started_at` on the
// header, which the caller puts. May wait for a commit of its own, that of the tenant's state
// machine, so not on an event loop. Errors: CONFLICT it has been started.
enum status bundle_start(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                         int64_t now_us);
// Whose executions a tenant's are.
struct owner bundle_owner(struct scope *s, struct str tenant);

// waits.c: what is counted of bundles, and the age of the oldest wait for a signature.
void waits_open(struct signing *self);

// Handlers.
enum status put_inbound(struct scope *s, struct call *c);
enum status get_inbound(struct scope *s, struct call *c);
enum status list_inbound(struct scope *s, struct call *c);
enum status list_bundles(struct scope *s, struct call *c);
enum status get_bundle(struct scope *s, struct call *c);
enum status list_bundle_vehicles(struct scope *s, struct call *c);
enum status get_bundle_document(struct scope *s, struct call *c);
enum status take_sign_event(struct scope *s, struct call *c); // signicat_webhook.c
enum status take_bundle_sign_event(struct scope *s, struct call *c);
enum status show_sign_return(struct scope *s, struct call *c); // signicat_return.c
enum status sign_asset(struct scope *s, struct call *c);       // sign_handlers.c
enum status sign_page(struct scope *s, struct call *c);
enum status sign_page_document(struct scope *s, struct call *c);
enum status sign_page_picture(struct scope *s, struct call *c);
enum status sign_request_code(struct scope *s, struct call *c);
enum status sign_submit(struct scope *s, struct call *c);
enum status sign_reject(struct scope *s, struct call *c);
enum status bundle_resend(struct scope *s, struct call *c); // session_handlers.c
enum status bundle_accept_late(struct scope *s, struct call *c);
enum status reprocess_bundle(struct scope *s, struct call *c); // runbook_handlers.c
enum status retry_bundle(struct scope *s, struct call *c);
enum status stop_bundle(struct scope *s, struct call *c);

#endif
