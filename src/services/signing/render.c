// Sets a vehicle's contract: the row of the nightly file, enriched, in the template `contract`. The
// same records give the same bytes, so a repetition changes nothing.
#include "core/moment.h"
#include "core/scope.h"
#include "document/typeset/template.h"
#include "services/signing/lookup.h"
#include "services/signing/steps.h"
#include "sys/world.h"

enum { RENDER_BYTES_MAX = 256 << 20 };

// What the template sees: the fields of the row by their names, and those of the bundle.
static struct json data_of(struct scope *s, const struct bundle *b, const struct vehicle *v)
{
    static const char *const of_bundle[] = {"bundle_date", "dealer_id", "dealer_orgnr",
                                            "vehicle_count", "country"};
    struct json data = vehicle_member(v, "row");

    if (!json_is(data, JSON_OBJECT))
        data = json_object(NULL, 0);
    for (size_t i = 0; i < sizeof of_bundle / sizeof *of_bundle; i++) {
        struct json value = bundle_member(b, of_bundle[i]);
        if (!json_is(value, JSON_NONE) && json_is(json_member(data, of_bundle[i]), JSON_NONE))
            data = json_with(s, data, str(of_bundle[i]), value);
    }
    data = json_with(s, data, str("bundle_id"), json_string(b->bundle_id));
    data = json_with(s, data, str("contract_id"), json_string(v->contract_id));
    return json_with(s, data, str("sequence_no"), json_i64(s, v->sequence_no));
}

static struct template_about about_of(struct scope *s, const struct bundle *b,
                                      const struct vehicle *v, struct json data)
{
    struct template_about about = {
        .language = json_text(json_member(data, "language")),
        .id = str_concat(s, 3, b->bundle_id, str("/"), v->contract_id),
    };

    // The moment belongs to the record and not to this run.
    (void)moment_read(json_text(bundle_member(b, "created_at")), &about.now_us);
    return about;
}

static enum status set_pages(struct scope *s, struct task *t, const struct bundle *b,
                             struct vehicle *v)
{
    const struct signing *self = task_signing(t);
    struct json data = data_of(s, b, v);
    struct template_about about = about_of(s, b, v, data);
    struct blob_options options = {.content_type = str("application/pdf")};
    struct template_result pages = {0};
    struct blob_info info = {0};
    struct str name = str_concat(s, 2, v->contract_id, str("/pages.pdf"));

    TRY(lookup_enrich(s, self->lookups, data, &data));
    TRY(template_render(s, str_is(about.language, "en") ? self->contract_en : self->contract, data,
                        &about, &pages));
    TRY(blob_put(s, task_store(t), &contract_artifacts_bucket, step_artifact_key(s, b, name),
                 pages.pdf, &options, &info));
    struct json pointer = step_pointer(s, &contract_artifacts_bucket, &info);
    pointer = json_with(s, pointer, str("page_count"), json_i64(s, (int64_t)pages.page_count));
    vehicle_set(s, v, "pages", pointer);
    return OK;
}

static enum status render(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct str contract = json_text(json_member(task_input(t), "contract_id"));
    struct bundle b = {0};
    struct vehicle v = {0};

    TRY(step_bundle(s, t, &b));
    TRY(vehicle_get(s, task_store(t), b.tenant, b.bundle_id, contract, &v));
    enum status e = set_pages(s, t, &b, &v);
    if (e != OK && status_may_retry(e))
        return e;
    vehicle_set(s, &v, "why", e == OK ? json_null() : json_string(str_copy(s, scope_why(s))));
    if (v.status != VEHICLE_DELIVERED)
        vehicle_move(s, &v, e == OK ? VEHICLE_RENDERED : VEHICLE_FAILED, now_us,
                     str(e == OK ? "its pages are made" : "its pages cannot be made"));
    vehicle_put(s, task_change(t), &v, now_us);
    return e;
}

enum status render_run(struct scope *s, struct task *t)
{
    return step_end(s, t, render(s, t));
}
