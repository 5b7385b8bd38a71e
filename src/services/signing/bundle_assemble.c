// Joins the pages of all vehicles into one unsigned document, with a bookmark each, and keeps on
// which page each begins. Safe to repeat: the same pages give the same bytes.
#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "services/signing/steps.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { PART_BYTES_MAX = 256 << 20, PUT_AT_ONCE = 50, DAY_S = 86400 };

static struct str title_of(struct scope *s, const struct vehicle *v)
{
    struct json row = vehicle_member(v, "row");

    return str_trim(str_format(s, "%.*s  %.*s %.*s  %.*s", STR(v->contract_id),
                               STR(json_text(json_member(row, "make"))),
                               STR(json_text(json_member(row, "model"))),
                               STR(json_text(json_member(row, "registration_no")))));
}

// What is joined, and what comes of it.
struct joined_bundle {
    struct bundle b;
    struct vehicle *vehicles;
    size_t count;
    size_t *first_pages; // from 0
    size_t page_count;
    struct str pdf;
};

// Appends a vehicle's pages; their bytes are needed for this call only.
static enum status add(struct scope *s, struct task *t, struct assembly *a, struct vehicle *v,
                       struct assembled_part *part)
{
    struct scope *own = scope_open(PART_BYTES_MAX);
    struct str pdf = {0};

    enum status e = step_read(own, task_store(t), vehicle_member(v, "pages"), &pdf);
    if (e != OK)
        (void)scope_pass(s, e, own);
    else
        e = assembly_add(a, pdf, title_of(own, v), part);
    scope_close(own);
    return e;
}

static bool is_known(const struct vehicle *v, int64_t first_page)
{
    int64_t known = 0;

    return json_to_i64(vehicle_member(v, "first_page"), &known) && known == first_page;
}

// The first page of each vehicle into its record, some at a time; those that have it are left.
static enum status keep_pages(struct scope *s, struct task *t, struct joined_bundle *j,
                              int64_t now_us)
{
    struct change *c = change_new(s);
    size_t put = 0;

    for (size_t i = 0; i < j->count; i++) {
        struct vehicle *v = &j->vehicles[i];
        int64_t first_page = (int64_t)j->first_pages[i] + 1;
        if (is_known(v, first_page))
            continue;
        vehicle_set(s, v, "first_page", json_i64(s, first_page));
        vehicle_put(s, c, v, now_us);
        if (++put % PUT_AT_ONCE == 0) {
            TRY(store_commit(s, task_store(t), c));
            c = change_new(s);
        }
    }
    return change_empty(c) ? OK : store_commit(s, task_store(t), c);
}

static struct str created(struct scope *s, const struct bundle *b)
{
    int64_t at_us = 0;

    (void)moment_read(json_text(bundle_member(b, "created_at")), &at_us);
    struct date d = moment_date(at_us);
    int64_t second = (at_us - moment_of_date(d)) / MOMENT_SECOND_US;
    return str_format(s, "D:%04d%02d%02d%02d%02d%02dZ", d.year, d.month, d.day,
                      (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static enum status join(struct scope *s, struct task *t, struct joined_bundle *j)
{
    struct assembly *a = assembly_new(s);
    struct assembly_about about = {
        .title = str_concat(s, 2, str("Contracts "), j->b.bundle_id),
        .author = str("Sheaf"),
        .created = created(s, &j->b),
    };
    struct assembled_part part = {0};

    j->first_pages = scope_array(s, j->count, sizeof *j->first_pages);
    for (size_t i = 0; i < j->count; i++) {
        TRY(add(s, t, a, &j->vehicles[i], &part));
        j->first_pages[i] = part.first_page;
    }
    j->page_count = part.first_page + part.page_count;
    return assembly_finish(a, &about, &j->pdf);
}

static enum status keep_document(struct scope *s, struct task *t, struct joined_bundle *j)
{
    struct blob_options options = {.content_type = str("application/pdf")};
    struct blob_info info = {0};

    TRY(blob_put(s, task_store(t), &contract_artifacts_bucket,
                 step_artifact_key(s, &j->b, str("bundle.pdf")), j->pdf, &options, &info));
    struct json pointer = step_pointer(s, &contract_artifacts_bucket, &info);
    pointer = json_with(s, pointer, str("page_count"), json_i64(s, (int64_t)j->page_count));
    bundle_set(s, &j->b, "unsigned", pointer);
    return OK;
}

// The session has a deadline of its own, after which it answers; a day more for when it does not.
static int64_t patience_s(const struct task *t)
{
    const struct settings *settings = task_signing(t)->platform->settings;

    return settings_duration_us(settings, "signing.deadline") / MOMENT_SECOND_US + DAY_S;
}

static enum status assemble(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct json output = json_object(NULL, 0);
    struct joined_bundle j = {0};

    TRY(step_bundle(s, t, &j.b));
    struct json known = json_member(bundle_member(&j.b, "unsigned"), "page_count");
    output = json_with(s, output, str("wait_s"), json_i64(s, patience_s(t)));
    if (json_is(known, JSON_NUMBER)) { // it goes on from there
        task_output(t, json_with(s, output, str("page_count"), known));
        return OK;
    }
    TRY(bundle_vehicles(s, task_store(t), j.b.tenant, j.b.bundle_id, &j.vehicles, &j.count));
    TRY(join(s, t, &j));
    TRY(keep_document(s, t, &j));
    TRY(keep_pages(s, t, &j, now_us));
    TRY(order_put(s, t, &j.b, j.vehicles, j.count));
    bundle_put(s, task_change(t), &j.b, now_us);
    task_output(t, json_with(s, output, str("page_count"), json_i64(s, (int64_t)j.page_count)));
    return OK;
}

enum status assemble_run(struct scope *s, struct task *t)
{
    return step_end(s, t, assemble(s, t));
}
