// The last task, whatever happened before: the records say what was delivered, and so how the
// bundle ended. A failure keeps its reason in `why`.
#include "core/scope.h"
#include "services/signing/notices.h"
#include "services/signing/sessions.h"
#include "services/signing/steps.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/world.h"

enum { CLOSE_AT_ONCE = 50 };

// A vehicle whose delivery said nothing (it timed out, its task failed) is set to FAILED, some at a
// time, before the header counts it so.
static enum status fail_silent(struct scope *s, struct task *t, struct vehicle *vehicles,
                               size_t count, int64_t now_us)
{
    struct change *c = change_new(s);
    size_t put = 0;

    for (size_t i = 0; i < count; i++) {
        struct vehicle *v = &vehicles[i];
        if (v->status == VEHICLE_DELIVERED || v->status == VEHICLE_FAILED)
            continue;
        vehicle_set(s, v, "why", json_string(str("the delivery did not come to an end")));
        vehicle_move(s, v, VEHICLE_FAILED, now_us, str("the delivery did not come to an end"));
        vehicle_put(s, c, v, now_us);
        if (++put % CLOSE_AT_ONCE == 0) {
            TRY(store_commit(s, task_store(t), c));
            c = change_new(s);
        }
    }
    return change_empty(c) ? OK : store_commit(s, task_store(t), c);
}

// The words of the first vehicle that failed say more than that a Map failed.
static struct str reason(struct json error, const struct vehicle *vehicles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str why = json_text(vehicle_member(&vehicles[i], "why"));
        if (vehicles[i].status == VEHICLE_FAILED && why.bytes)
            return why;
    }
    struct str cause = json_text(json_member(error, "Cause"));
    return cause.bytes ? cause : json_text(json_member(error, "Error"));
}

static size_t count_delivered(const struct vehicle *vehicles, size_t count)
{
    size_t delivered = 0;

    for (size_t i = 0; i < count; i++)
        delivered += vehicles[i].status == VEHICLE_DELIVERED;
    return delivered;
}

static enum bundle_status outcome(bool failed, size_t delivered, size_t count)
{
    if (failed)
        return BUNDLE_FAILED;
    return delivered == count ? BUNDLE_DELIVERED : BUNDLE_PARTIAL_FAILED;
}

static void count_end(const struct signing *self, enum bundle_status status)
{
    metric_add(self->bundles,
               status == BUNDLE_DELIVERED        ? 0
               : status == BUNDLE_PARTIAL_FAILED ? 1
                                                 : 2,
               1);
}

// What is told of the end, and what is left to do, with the change that records it.
static void tell(struct scope *s, struct task *t, const struct bundle *b)
{
    const struct signing *self = task_signing(t);

    bundle_notify(s, self, task_change(t), b);
    if (b->status == BUNDLE_DELIVERED)
        tidy_send(s, task_change(t), b);
    count_end(self, b->status);
    log_event(b->status == BUNDLE_DELIVERED ? LOG_INFO : LOG_WARN, "signing.bundle_closed",
              LOG_STR("bundle", b->bundle_id), LOG_Z("status", bundle_status_name(b->status)),
              LOG_END);
}

static struct json output_of(struct scope *s, const struct bundle *b, struct json error,
                             struct str why)
{
    struct json output = json_object(NULL, 0);
    struct str name = json_text(json_member(error, "Error"));

    output = json_with(s, output, str("bundle_id"), json_string(b->bundle_id));
    output = json_with(s, output, str("status"), json_string(str(bundle_status_name(b->status))));
    output = json_with(s, output, str("error"), json_string(name));
    return json_with(s, output, str("why"), json_string(why));
}

static enum status closeout(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct json error = json_member(task_input(t), "error");
    bool failed = json_is(error, JSON_OBJECT);
    struct vehicle *vehicles = NULL;
    struct bundle b = {0};
    size_t count = 0;

    TRY(step_bundle(s, t, &b));
    TRY(bundle_vehicles(s, task_store(t), b.tenant, b.bundle_id, &vehicles, &count));
    if (!failed)
        TRY(fail_silent(s, t, vehicles, count, now_us));
    size_t delivered = count_delivered(vehicles, count);
    enum bundle_status status = outcome(failed, delivered, count);
    struct str why = status == BUNDLE_DELIVERED ? str("") : reason(error, vehicles, count);
    if (failed) // one that is open still would be signed for nothing
        session_end(s, task_signing(t), task_change(t), &b, str("the bundle failed"), now_us);
    bundle_set(s, &b, "delivered_count", json_i64(s, (int64_t)delivered));
    bundle_set(s, &b, "failed_count", json_i64(s, (int64_t)(count - delivered)));
    bundle_set(s, &b, "why", why.bytes ? json_string(why) : json_null());
    bundle_move(s, &b, status, now_us,
                failed ? json_text(json_member(error, "Error")) : str("closed out"));
    bundle_put(s, task_change(t), &b, now_us);
    tell(s, t, &b);
    task_output(t, output_of(s, &b, error, why));
    return OK;
}

enum status closeout_run(struct scope *s, struct task *t)
{
    return step_end(s, t, closeout(s, t));
}
