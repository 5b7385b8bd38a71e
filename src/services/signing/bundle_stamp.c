// Stamps every page of what was signed, seals it, and keeps it for good; then says which vehicles
// are to be delivered. What has been stamped for this signature is not stamped again, so every
// vehicle gets the same bytes.
#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/stamp.h"
#include "document/seal/apart.h"
#include "document/seal/seal.h"
#include "document/typeset/stamp_page.h"
#include "services/signing/dip.h"
#include "services/signing/sealing.h"
#include "services/signing/steps.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { STAMP_LINES = 3 };

static const char stamped_name[] = "bundle_stamped.pdf";

// "2025-09-15 21:10 UTC"
static struct str moment_shown(struct scope *s, int64_t at_us)
{
    struct str text = moment_to_str(s, at_us, MOMENT_SECONDS);

    return str_format(s, "%.*s %.*s UTC", STR(str_slice(text, 0, 10)), STR(str_slice(text, 11, 5)));
}

static bool is_swedish(const struct bundle *b)
{
    return str_is(json_text(bundle_member(b, "language")), "sv");
}

// Who, when, and under which id it can be found again.
static void write_lines(struct scope *s, const struct bundle *b, int64_t signed_at_us,
                        struct str out[STAMP_LINES])
{
    struct str name = json_text(json_member(bundle_member(b, "signee"), "name"));
    struct str id = json_text(bundle_member(b, "sign_request_id"));

    out[0] = str_format(
        s, is_swedish(b) ? "Elektroniskt signerat av %.*s" : "Signed electronically by %.*s",
        STR(dip_plain(s, name)));
    out[1] = moment_shown(s, signed_at_us);
    out[2] = str_concat(s, 3, b->bundle_id, str(" / "), dip_plain(s, id));
}

// When it was signed: as the session says, else when it was found signed.
static int64_t signed_at(const struct bundle *b, int64_t now_us)
{
    int64_t at_us = now_us;

    if (!moment_read(json_text(bundle_member(b, "signed_at")), &at_us))
        return now_us;
    return at_us;
}

// A provider that signs gives what must stay valid: the stamps are annotations then, or the content
// of a copy. Who gives the document back as it was gets them in its content.
static enum status make(struct scope *s, struct task *t, const struct bundle *b,
                        struct str original, int64_t now_us, struct stamped_and_sealed *out)
{
    const struct signing *self = task_signing(t);
    struct str lines[STAMP_LINES];
    struct pdf_stamp stamp = {.lines = lines, .line_count = STAMP_LINES};
    struct seal_options seal;

    write_lines(s, b, signed_at(b, now_us), lines);
    // Small enough to stand below the footer of our own documents.
    struct stamp_page look = {.lines = lines, .line_count = STAMP_LINES, .size = 6.5};
    look.code = dip_plain(s, json_text(bundle_member(b, "sign_request_id")));
    TRY(stamp_page_make(s, &look, &stamp.page));
    sealing_options(s, self->sealing, str_concat(s, 2, str("bundle "), b->bundle_id), now_us,
                    &seal);
    return stamp_and_seal_apart(s, self->platform->sandbox, original, &stamp, &seal, out);
}

// The blob says which signed document it was made of: one that is there for this one is kept, since
// a seal is never made twice alike.
static bool is_of(struct scope *s, const struct blob_info *info, struct str original_sha256)
{
    struct json metadata = {0};

    return info->metadata.bytes &&
           json_parse(s, info->metadata, &json_limits_strict, &metadata) == OK &&
           str_equal(json_text(json_member(metadata, "original_sha256")), original_sha256);
}

static enum status put_stamped(struct scope *s, struct task *t, const struct bundle *b,
                               struct str pdf, struct str metadata, struct blob_info *info)
{
    struct blob_options options = {
        .if_absent = true, .content_type = str("application/pdf"), .metadata = metadata};
    struct str key = step_signed_key(s, b, stamped_name);

    enum status e = blob_put(s, task_store(t), &contract_signed_bucket, key, pdf, &options, info);
    if (e != CONFLICT)
        return e;
    scope_forgive(s);
    TRY(blob_remove(s, task_store(t), &contract_signed_bucket, key)); // of an earlier signature
    return blob_put(s, task_store(t), &contract_signed_bucket, key, pdf, &options, info);
}

static enum status stamp_bundle(struct scope *s, struct task *t, struct bundle *b, int64_t now_us)
{
    struct json pointer = bundle_member(b, "original");
    struct str sha256 = json_text(json_member(pointer, "sha256"));
    struct str key = step_signed_key(s, b, stamped_name);
    struct blob_info info = {0};
    struct str original = {0};
    struct stamped_and_sealed made = {0};

    enum status e = blob_head(s, task_store(t), &contract_signed_bucket, key, &info);
    if (e != OK && e != NOT_FOUND)
        return e;
    if (e == NOT_FOUND || !is_of(s, &info, sha256)) {
        scope_forgive(s);
        struct json metadata =
            json_with(s, json_object(NULL, 0), str("original_sha256"), json_string(sha256));
        TRY(step_read(s, task_store(t), pointer, &original));
        TRY(make(s, t, b, original, now_us, &made));
        metadata = json_with(s, metadata, str("way"), json_string(str(stamp_way_name(made.way))));
        TRY(put_stamped(s, t, b, made.pdf, json_to_str(s, metadata), &info));
    }
    bundle_set(s, b, "signed", step_pointer(s, &contract_signed_bucket, &info));
    bundle_set(s, b, "signed_uri",
               json_string(str_concat(s, 4, str("s3://"), str(contract_signed_bucket.name),
                                      str("/"), key)));
    return OK;
}

static enum status list_pending(struct scope *s, struct task *t, const struct bundle *b,
                                struct json *output)
{
    struct vehicle *vehicles = NULL;
    size_t count = 0;
    size_t pending = 0;

    TRY(bundle_vehicles(s, task_store(t), b->tenant, b->bundle_id, &vehicles, &count));
    struct json *ids = scope_array(s, count, sizeof *ids);
    for (size_t i = 0; i < count; i++)
        if (vehicles[i].status != VEHICLE_DELIVERED)
            ids[pending++] = json_string(vehicles[i].contract_id);
    return step_list(s, t, b, "deliveries.json", ids, pending, output);
}

static enum status stamp(struct scope *s, struct task *t)
{
    const struct settings *settings = task_signing(t)->platform->settings;
    int64_t now_us = world_now_us(store_world(task_store(t)));
    int64_t wait_s = settings_duration_us(settings, "signing.delivery_timeout") / MOMENT_SECOND_US;
    struct json output = json_object(NULL, 0);
    struct bundle b = {0};

    TRY(step_bundle(s, t, &b));
    if (!json_is(bundle_member(&b, "signed_at"), JSON_STRING))
        bundle_set(s, &b, "signed_at", json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    TRY(stamp_bundle(s, t, &b, now_us));
    TRY(list_pending(s, t, &b, &output));
    bundle_move(s, &b, BUNDLE_SIGNED, now_us, str("stamped and sealed"));
    bundle_put(s, task_change(t), &b, now_us);
    task_output(t, json_with(s, output, str("wait_s"), json_i64(s, wait_s)));
    return OK;
}

enum status stamp_run(struct scope *s, struct task *t)
{
    return step_end(s, t, stamp(s, t));
}
