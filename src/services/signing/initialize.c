// The first task: checks the bundle's vehicles and their order, writes the manifest, and says where
// to begin: with the vehicles, with the unsigned document, or with what is signed already.
#include "core/scope.h"
#include "services/signing/steps.h"
#include "sys/world.h"

static const char order_name[] = "bundle_order.json";

static struct json order_json(struct scope *s, const struct bundle *b,
                              const struct vehicle *vehicles, size_t count)
{
    struct json *items = scope_array(s, count, sizeof *items);
    struct json order = json_object(NULL, 0);

    for (size_t i = 0; i < count; i++) {
        const struct vehicle *v = &vehicles[i];
        struct json pages = vehicle_member(v, "pages");
        struct json first_page = vehicle_member(v, "first_page");
        struct json item = json_object(NULL, 0);
        item = json_with(s, item, str("sequence_no"), json_i64(s, v->sequence_no));
        item = json_with(s, item, str("contract_id"), json_string(v->contract_id));
        if (json_is(first_page, JSON_NUMBER)) {
            item = json_with(s, item, str("first_page"), first_page);
            item = json_with(s, item, str("page_count"), json_member(pages, "page_count"));
            item = json_with(s, item, str("sha256"), json_member(pages, "sha256"));
        }
        items[i] = item;
    }
    order = json_with(s, order, str("bundle_id"), json_string(b->bundle_id));
    order = json_with(s, order, str("vehicle_count"), json_i64(s, (int64_t)count));
    return json_with(s, order, str("vehicles"), json_array(items, count));
}

enum status order_put(struct scope *s, struct task *t, struct bundle *b,
                      const struct vehicle *vehicles, size_t count)
{
    struct blob_options options = {.content_type = str("application/json")};
    struct blob_info info = {0};

    TRY(blob_put(s, task_store(t), &contract_signed_bucket, step_signed_key(s, b, order_name),
                 json_to_str(s, order_json(s, b, vehicles, count)), &options, &info));
    bundle_set(s, b, "order", step_pointer(s, &contract_signed_bucket, &info));
    return OK;
}

// Contract ids are unique, since they are keys; so the order is total once there is a number.
static enum status check(struct scope *s, const struct bundle *b, const struct vehicle *vehicles,
                         size_t count)
{
    int64_t expected = (int64_t)count;

    (void)json_to_i64(bundle_member(b, "vehicle_count"), &expected);
    if (count == 0)
        return fail(s, INVALID, "bundle %.*s has no vehicle", STR(b->bundle_id));
    if (count > BUNDLE_VEHICLES_MAX)
        return fail(s, TOO_LARGE, "bundle %.*s has more than %d vehicles", STR(b->bundle_id),
                    BUNDLE_VEHICLES_MAX);
    if (expected != (int64_t)count)
        return fail(s, INVALID, "bundle %.*s has %zu vehicles, and its header says %lld",
                    STR(b->bundle_id), count, (long long)expected);
    for (size_t i = 0; i < count; i++) {
        if (vehicles[i].sequence_no == 0)
            return fail(s, INVALID, "contract %.*s has no place in the order of its bundle",
                        STR(vehicles[i].contract_id));
    }
    return OK;
}

static bool is_there(struct scope *s, struct task *t, struct json pointer)
{
    struct str key = json_text(json_member(pointer, "key"));
    struct blob_info info = {0};
    bool there =
        key.bytes && blob_head(s, task_store(t), &contract_artifacts_bucket, key, &info) == OK;

    scope_forgive(s);
    return there;
}

// From what there is, unless a runbook wants everything anew: a signature that was paid for is
// never asked for again.
static struct str begin_at(struct scope *s, struct task *t, const struct bundle *b)
{
    if (str_is(json_text(bundle_member(b, "begin")), "process"))
        return str("process");
    if (json_is(bundle_member(b, "original"), JSON_OBJECT))
        return str("deliver");
    return str(is_there(s, t, bundle_member(b, "unsigned")) ? "sign" : "process");
}

static enum status initialize(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct json output = json_object(NULL, 0);
    struct vehicle *vehicles = NULL;
    struct bundle b = {0};
    size_t count = 0;

    TRY(step_bundle(s, t, &b));
    TRY(bundle_vehicles(s, task_store(t), b.tenant, b.bundle_id, &vehicles, &count));
    TRY(check(s, &b, vehicles, count));
    struct str begin = begin_at(s, t, &b);
    struct json *ids = scope_array(s, count, sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = json_string(vehicles[i].contract_id);
    output = json_with(s, output, str("bundle_id"), json_string(b.bundle_id));
    output = json_with(s, output, str("begin"), json_string(begin));
    output = json_with(s, output, str("vehicle_count"), json_i64(s, (int64_t)count));
    output = json_with(s, output, str("bundle_prefix"), json_string(step_signed_key(s, &b, "")));
    if (str_is(begin, "process")) {
        bundle_set(s, &b, "unsigned", json_null());
        TRY(order_put(s, t, &b, vehicles, count));
        TRY(step_list(s, t, &b, "vehicles.json", ids, count, &output));
    }
    bundle_set(s, &b, "begin", json_null());
    bundle_set(s, &b, "why", json_null());
    bundle_move(s, &b, str_is(begin, "deliver") ? BUNDLE_SIGNED : BUNDLE_READY, now_us,
                str("the execution has begun"));
    bundle_put(s, task_change(t), &b, now_us);
    task_output(t, output);
    return OK;
}

enum status initialize_run(struct scope *s, struct task *t)
{
    return step_end(s, t, initialize(s, t));
}
