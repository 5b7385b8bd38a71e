// What the tasks of the flow share. A task is called with {bundle_id, execution, ...}; it belongs
// to the bundle only while `execution` is the one that the header names, so that what is left of
// an execution that was stopped or replaced does no harm.
#ifndef SHEAF_SERVICES_SIGNING_STEPS_H
#define SHEAF_SERVICES_SIGNING_STEPS_H

#include "core/json.h"
#include "services/signing/service_impl.h"
#include "store/blob.h"

enum {
    // From so many vehicles a Map is distributed: below, all of a bundle's events fit into one
    // history, and its list of vehicles into one payload.
    STEPS_MANY = 500,
    STEP_PDF_BYTES_MAX = 512 << 20, // of a bundle
};

// A failure that no repetition mends gets the name Signing.Refused, which the flow does not retry;
// another status is passed on. What the task put into its change is committed all the same, so
// nothing is put before all that may fail.
enum status step_end(struct scope *s, struct task *t, enum status e);

// The bundle that the task is about. Errors: NOT_FOUND; CONFLICT another execution has it.
enum status step_bundle(struct scope *s, struct task *t, struct bundle *out);

// A pointer to a blob: {bucket, key, sha256, size_bytes}.
struct json step_pointer(struct scope *s, const struct bucket_def *bucket,
                         const struct blob_info *info);
// Reads what a pointer of contract-artifacts or contract-signed names, and checks its digest.
// Errors: NOT_FOUND the pointer or the blob is missing; CORRUPT.
enum status step_read(struct scope *s, struct store *store, struct json pointer, struct str *out);

// Keys: "TENANT/BUNDLE/NAME" of artefacts, "TENANT/bundles/BUNDLE/NAME" of what is signed.
struct str step_artifact_key(struct scope *s, const struct bundle *b, struct str name);
struct str step_signed_key(struct scope *s, const struct bundle *b, const char *name);

// Adds to a task's output the vehicles that a Map goes through: `vehicles`, contract ids; or, when
// there are many, `list`, {bucket, key} of an object that holds them.
enum status step_list(struct scope *s, struct task *t, const struct bundle *b, const char *name,
                      const struct json *ids, size_t count, struct json *output);

// Writes bundle_order.json: the vehicles in their order and, when they are known, their pages; and
// sets the header's `order`, which the caller puts. The same bytes for the same records.
enum status order_put(struct scope *s, struct task *t, struct bundle *b,
                      const struct vehicle *vehicles, size_t count);

// One task a file.
enum status initialize_run(struct scope *s, struct task *t);
enum status render_run(struct scope *s, struct task *t);
enum status assemble_run(struct scope *s, struct task *t);
enum status sign_run(struct scope *s, struct task *t);
enum status stamp_run(struct scope *s, struct task *t);
enum status deliver_run(struct scope *s, struct task *t);
enum status closeout_run(struct scope *s, struct task *t);
// deliver.c: the messages of the queue `signing_deliveries`.
enum status deliveries_run(struct scope *s, struct work *work);
// tidy.c: lets what a delivered bundle needed on its way be removed; the messages about it.
void tidy_send(struct scope *s, struct change *c, const struct bundle *b);
enum status tidy_run(struct scope *s, struct work *work);

#endif
