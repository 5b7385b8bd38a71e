// What the tasks of the flow share.
#include "services/signing/steps.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "flow/objects.h"

enum status step_end(struct scope *s, struct task *t, enum status e)
{
    if (e == OK || status_may_retry(e))
        return e;
    task_fail(t, "Signing.Refused", str_copy(s, scope_why(s)));
    return OK;
}

enum status step_bundle(struct scope *s, struct task *t, struct bundle *out)
{
    struct json input = task_input(t);
    struct str id = json_text(json_member(input, "bundle_id"));
    struct str execution = json_text(json_member(input, "execution"));

    TRY(bundle_get(s, task_store(t), task_tenant(t), id, out));
    if (!str_equal(execution, json_text(bundle_member(out, "execution"))))
        return fail(s, CONFLICT, "another execution has taken over bundle %.*s", STR(id));
    return OK;
}

struct json step_pointer(struct scope *s, const struct bucket_def *bucket,
                         const struct blob_info *info)
{
    struct json pointer = json_object(NULL, 0);
    struct str sha256 = hex_encode(s, str_of(info->sha256, sizeof info->sha256));

    pointer = json_with(s, pointer, str("bucket"), json_string(str(bucket->name)));
    pointer = json_with(s, pointer, str("key"), json_string(info->key));
    pointer = json_with(s, pointer, str("sha256"), json_string(sha256));
    return json_with(s, pointer, str("size_bytes"), json_i64(s, (int64_t)info->bytes));
}

enum status step_read(struct scope *s, struct store *store, struct json pointer, struct str *out)
{
    const struct bucket_def *const buckets[] = {&contract_artifacts_bucket,
                                                &contract_signed_bucket};
    struct str name = json_text(json_member(pointer, "bucket"));
    struct str key = json_text(json_member(pointer, "key"));

    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++) {
        if (!str_is(name, buckets[i]->name))
            continue;
        TRY(blob_get(s, store, buckets[i], key, 0, STEP_PDF_BYTES_MAX, out));
        if (!str_equal(digest_sha256_hex(s, *out), json_text(json_member(pointer, "sha256"))))
            return fail(s, CORRUPT, "%.*s is not what was written", STR(key));
        return OK;
    }
    return fail(s, NOT_FOUND, "a document that is needed has not been made");
}

struct str step_artifact_key(struct scope *s, const struct bundle *b, struct str name)
{
    return str_concat(s, 5, b->tenant, str("/"), b->bundle_id, str("/"), name);
}

struct str step_signed_key(struct scope *s, const struct bundle *b, const char *name)
{
    return str_concat(s, 5, b->tenant, str("/bundles/"), b->bundle_id, str("/"), str(name));
}

// A distributed Map reads objects, which lie under the name of their bucket.
static enum status put_list(struct scope *s, struct task *t, const struct bundle *b,
                            const char *name, struct json ids, struct json *list)
{
    struct str bucket = str(contract_signed_bucket.name);
    struct str key = str_concat(s, 4, str("bundles/"), b->bundle_id, str("/"), str(name));

    *list = json_with(s, json_object(NULL, 0), str("bucket"), json_string(bucket));
    *list = json_with(s, *list, str("key"), json_string(key));
    return blob_put(s, task_store(t), &objects_bucket,
                    str_concat(s, 5, b->tenant, str("/"), bucket, str("/"), key),
                    json_to_str(s, ids), NULL, NULL);
}

enum status step_list(struct scope *s, struct task *t, const struct bundle *b, const char *name,
                      const struct json *ids, size_t count, struct json *output)
{
    struct json all = json_array(ids, count);
    struct json list = {0};

    if (count < STEPS_MANY) {
        *output = json_with(s, *output, str("vehicles"), all);
        return OK;
    }
    TRY(put_list(s, t, b, name, all, &list));
    *output = json_with(s, *output, str("list"), list);
    return OK;
}
