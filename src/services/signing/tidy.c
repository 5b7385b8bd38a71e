// Removes what a bundle needed on its way, when it has been delivered: the unsigned pages and
// document, and the lists of its Maps. Some at a time, by messages, since each removal waits for
// the disk; what is left by a mistake ends with the bucket's lifecycle.
#include "core/scope.h"
#include "flow/objects.h"
#include "services/signing/steps.h"

enum { TIDY_AT_ONCE = 50 };

void tidy_send(struct scope *s, struct change *c, const struct bundle *b)
{
    struct json body = json_object(NULL, 0);

    body = json_with(s, body, str("tenant"), json_string(b->tenant));
    body = json_with(s, body, str("bundle_id"), json_string(b->bundle_id));
    change_send(c, &signing_tidy_queue, json_to_str(s, body), 0);
}

static enum status remove_some(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str prefix, bool *more)
{
    struct blob_page page = {0};

    TRY(blob_list(s, store, bucket, prefix, TIDY_AT_ONCE, (struct str){0}, &page));
    for (size_t i = 0; i < page.count; i++) {
        enum status e = blob_remove(s, store, bucket, page.blobs[i].key);
        if (e != OK && e != NOT_FOUND)
            return e;
        scope_forgive(s);
    }
    *more = *more || page.cursor.bytes > 0;
    return OK;
}

// A bundle that runs again keeps what it makes.
enum status tidy_run(struct scope *s, struct work *work)
{
    struct bundle b = {0};
    struct json body = {0};
    bool more = false;

    TRY(json_parse(s, work->message->body, &json_limits_strict, &body));
    TRY(bundle_get(s, work->store, json_text(json_member(body, "tenant")),
                   json_text(json_member(body, "bundle_id")), &b));
    if (b.status != BUNDLE_DELIVERED)
        return OK;
    TRY(remove_some(s, work->store, &contract_artifacts_bucket,
                    step_artifact_key(s, &b, (struct str){0}), &more));
    TRY(remove_some(s, work->store, &objects_bucket,
                    str_concat(s, 6, b.tenant, str("/"), str(contract_signed_bucket.name),
                               str("/bundles/"), b.bundle_id, str("/")),
                    &more));
    if (more)
        tidy_send(s, work->change, &b);
    return OK;
}
