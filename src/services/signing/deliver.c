// Delivers a vehicle to OnBase: the bundle with the pages that are the vehicle's, and the signing
// log. The task stages the index, keeps what it is called, and leaves the execution waiting with a
// token; messages of a queue publish it, look what became of it, and answer. So no thread waits
// for OnBase, and an outage costs a message a minute.
#include "services/signing/delivery.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "flow/outside.h"
#include "services/signing/dip.h"
#include "services/signing/steps.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { KEYWORDS = 16, DELAY_S_MAX = 60, ROUNDS_MAX = 1 << 20, ROUNDS_SLOWER = 4 };

// -- the index
// -------------------------------------------------------------------------------------

struct package {
    struct bundle b;
    struct vehicle v;
    struct str signing_id;
    struct str stem;  // of the content files
    struct str index; // name
    int64_t attempt;
};

static struct str text_of(struct json object, const char *name)
{
    return json_text(json_member(object, name));
}

// Names follow from ids, so that a repetition gives the same ones. A delivery that OnBase refused
// and an operator begins anew gets another name: the refused index may still lie there.
static void name_package(struct scope *s, struct package *p)
{
    struct str base = str_concat(s, 3, p->v.contract_id, str("_"), p->signing_id);

    p->stem = dip_file_name(s, str_concat(s, 3, p->b.bundle_id, str("_"), p->signing_id));
    p->index = dip_file_name(
        s, p->attempt > 1 ? str_format(s, "%.*s_%lld", STR(base), (long long)p->attempt) : base);
}

static struct json page_of(struct scope *s, const struct vehicle *v, bool last)
{
    int64_t first_page = 0;
    int64_t page_count = 0;

    (void)json_to_i64(vehicle_member(v, "first_page"), &first_page);
    (void)json_to_i64(json_member(vehicle_member(v, "pages"), "page_count"), &page_count);
    return json_i64(s, last ? first_page + page_count - 1 : first_page);
}

static size_t list_keywords(struct scope *s, const struct package *p,
                            struct dip_keyword out[KEYWORDS])
{
    struct json row = vehicle_member(&p->v, "row");
    struct json signed_at = bundle_member(&p->b, "signed_at");
    const struct dip_keyword all[] = {
        {"Contract Number", p->v.contract_id},
        {"Bundle Id", p->b.bundle_id},
        {"Signing Id", p->signing_id},
        {"VIN", text_of(row, "vin")},
        {"Registration Number", text_of(row, "registration_no")},
        {"Make", text_of(row, "make")},
        {"Model", text_of(row, "model")},
        {"Contract Type", text_of(row, "contract_type")},
        {"Contract Date", text_of(row, "contract_date")},
        {"Dealer Number", json_text(bundle_member(&p->b, "dealer_id"))},
        {"Signed At", json_text(signed_at)},
        {"Sequence Number", str_format(s, "%u", p->v.sequence_no)},
        {"First Page", json_text(page_of(s, &p->v, false))},
        {"Last Page", json_text(page_of(s, &p->v, true))},
    };
    size_t count = sizeof all / sizeof *all;

    memcpy(out, all, sizeof all);
    return count;
}

static struct date date_of(const struct package *p, int64_t now_us)
{
    struct date d = {0};

    return date_read(json_text(bundle_member(&p->b, "bundle_date")), &d) ? d : moment_date(now_us);
}

static enum status write_index(struct scope *s, struct signing *self, const struct package *p,
                               int64_t now_us, struct str *out)
{
    const struct settings *settings = self->platform->settings;
    struct dip_keyword keywords[KEYWORDS];
    size_t count = list_keywords(s, p, keywords);
    struct dip_record records[2] = {
        {.document_type = settings_text(settings, "signing.onbase_contract_type"),
         .file_type = DIP_PDF},
        {.document_type = settings_text(settings, "signing.onbase_log_type"),
         .file_type = DIP_TEXT},
    };
    static const char *const suffixes[] = {".pdf", ".json"};

    for (size_t i = 0; i < 2; i++) {
        records[i].date = date_of(p, now_us);
        records[i].file = delivery_content_path(
            s, self->delivery, str_concat(s, 2, p->stem, str(suffixes[i])), &records[i].full_path);
        records[i].keywords = keywords;
        records[i].keyword_count = count;
    }
    return dip_write(s, records, 2, out);
}

// The two files that all indexes of the bundle name: written once.
static enum status put_content(struct scope *s, struct signing *self, const struct package *p)
{
    static const char *const members[] = {"signed", "signing_log"};
    static const char *const suffixes[] = {".pdf", ".json"};

    for (size_t i = 0; i < 2; i++) {
        struct json pointer = bundle_member(&p->b, members[i]);
        struct str name = str_concat(s, 2, p->stem, str(suffixes[i]));
        struct str bytes = {0};
        int64_t size = -1;
        (void)json_to_i64(json_member(pointer, "size_bytes"), &size);
        if (delivery_has_content(s, self->delivery, name, (uint64_t)size))
            continue;
        TRY(step_read(s, self->platform->store, pointer, &bytes));
        TRY(delivery_put_content(s, self->delivery, name, bytes));
    }
    return OK;
}

// -- the task
// --------------------------------------------------------------------------------------

static void send_round(struct scope *s, struct change *c, const struct package *p, struct str token,
                       int64_t round, int64_t delay_s)
{
    struct json body = json_object(NULL, 0);

    body = json_with(s, body, str("tenant"), json_string(p->v.tenant));
    body = json_with(s, body, str("bundle_id"), json_string(p->v.bundle_id));
    body = json_with(s, body, str("contract_id"), json_string(p->v.contract_id));
    body = json_with(s, body, str("index"), json_string(p->index));
    body = json_with(s, body, str("content"), json_string(p->stem));
    body = json_with(s, body, str("token"), json_string(token));
    body = json_with(s, body, str("round"), json_i64(s, round));
    change_send(c, &signing_deliveries_queue, json_to_str(s, body), delay_s);
}

static enum status load(struct scope *s, struct task *t, struct package *p)
{
    struct str contract = text_of(task_input(t), "contract_id");

    TRY(step_bundle(s, t, &p->b));
    TRY(vehicle_get(s, task_store(t), p->b.tenant, p->b.bundle_id, contract, &p->v));
    p->signing_id = json_text(bundle_member(&p->b, "sign_request_id"));
    struct json dip = vehicle_member(&p->v, "dip");
    (void)json_to_i64(json_member(dip, "attempt"), &p->attempt);
    if (!json_is(dip, JSON_OBJECT) || json_is(json_member(dip, "refused"), JSON_TRUE))
        p->attempt++;
    name_package(s, p);
    return OK;
}

// An index that was staged before, for an execution that was stopped or whose patience ended, is
// staged no more, since it may have been published: its answer is waited for again.
static bool is_staged(const struct package *p)
{
    return str_equal(text_of(vehicle_member(&p->v, "dip"), "name"), p->index);
}

static enum status stage(struct scope *s, struct task *t, struct package *p, int64_t now_us)
{
    struct signing *self = task_signing(t);
    struct json dip = json_object(NULL, 0);
    struct str index = {0};
    struct str at = moment_to_str(s, now_us, MOMENT_MILLISECONDS);

    TRY(put_content(s, self, p));
    TRY(write_index(s, self, p, now_us, &index));
    TRY(delivery_stage(s, self->delivery, p->index, index));
    dip = json_with(s, dip, str("name"), json_string(p->index));
    dip = json_with(s, dip, str("attempt"), json_i64(s, p->attempt));
    dip = json_with(s, dip, str("sha256"), json_string(digest_sha256_hex(s, index)));
    dip = json_with(s, dip, str("staged_at"), json_string(at));
    vehicle_set(s, &p->v, "dip", dip);
    return OK;
}

static enum status deliver(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct package p = {0};

    TRY(load(s, t, &p));
    if (p.v.status != VEHICLE_DELIVERED) {
        if (!is_staged(&p))
            TRY(stage(s, t, &p, now_us));
        vehicle_set(s, &p.v, "why", json_null());
        vehicle_move(s, &p.v, VEHICLE_RENDERED, now_us, str("its delivery begins"));
        vehicle_put(s, task_change(t), &p.v, now_us);
    }
    send_round(s, task_change(t), &p, text_of(task_input(t), "task_token"), 0, 0);
    return OK;
}

enum status deliver_run(struct scope *s, struct task *t)
{
    return step_end(s, t, deliver(s, t));
}

// -- the messages
// ----------------------------------------------------------------------------------

// Quick at first, since OnBase may be, and never much in comparison with how long it has taken
// already: after a minute some seconds, after an hour a minute.
static int64_t delay_of(int64_t round)
{
    int64_t delay_s = 1 + round / ROUNDS_SLOWER;

    return delay_s < DELAY_S_MAX ? delay_s : DELAY_S_MAX;
}

// Whoever waited may have gone: the record tells it all the same.
static enum status answer(struct scope *s, struct signing *self, struct change *c,
                          const struct vehicle *v, struct str token)
{
    struct owner owner = bundle_owner(s, v->tenant);
    bool delivered = v->status == VEHICLE_DELIVERED;
    struct token_answer a = {
        .outcome = delivered ? TOKEN_SUCCESS : TOKEN_FAILURE,
        .token = token,
        .output = str("{}"),
        .error = str("Signing.NotDelivered"),
        .cause = json_text(vehicle_member(v, "why")),
    };

    enum status e = flow_answer(s, self->platform->flow, &owner, c, &a);
    if (e == NOT_FOUND || e == INVALID || e == TIMEOUT) {
        scope_forgive(s);
        return OK;
    }
    return e;
}

static void note(struct scope *s, const struct signing *self, struct package *p,
                 const struct delivery_answer *a, int64_t now_us)
{
    struct json at = json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS));

    metric_add(self->deliveries, a->state == DELIVERY_TAKEN ? 0 : 1, 1);
    if (a->state == DELIVERY_TAKEN) {
        vehicle_set(s, &p->v, "dip_id", json_string(p->index));
        vehicle_set(s, &p->v, "onbase_receipt", json_string(a->receipt));
        vehicle_set(s, &p->v, "delivered_at", at);
        vehicle_set(s, &p->v, "why", json_null());
        vehicle_move(s, &p->v, VEHICLE_DELIVERED, now_us, str("OnBase took its index"));
        return;
    }
    struct json dip = vehicle_member(&p->v, "dip");
    vehicle_set(s, &p->v, "dip", json_with(s, dip, str("refused"), json_bool(true)));
    vehicle_set(s, &p->v, "why", json_string(a->why));
    vehicle_move(s, &p->v, VEHICLE_FAILED, now_us, str("OnBase refused its index"));
    log_event(LOG_WARN, "signing.delivery_refused", LOG_STR("bundle", p->v.bundle_id),
              LOG_STR("contract", p->v.contract_id), LOG_END);
}

// Publishes and looks; BUSY and TEMPORARY are no failure of the delivery, only of this round.
static enum status turn(struct scope *s, struct signing *self, struct package *p,
                        struct delivery_answer *out, int64_t *wait_us)
{
    struct delivery_of of = {p->index, str_concat(s, 2, p->stem, str(".pdf"))};

    TRY(delivery_publish(s, self->delivery, &of, wait_us));
    return delivery_look(s, self->delivery, &of, out);
}

static enum status read_message(struct scope *s, struct work *work, struct json *body,
                                struct package *p)
{
    TRY(json_parse(s, work->message->body, &json_limits_strict, body));
    p->index = text_of(*body, "index");
    p->stem = text_of(*body, "content");
    return vehicle_get(s, work->store, text_of(*body, "tenant"), text_of(*body, "bundle_id"),
                       text_of(*body, "contract_id"), &p->v);
}

enum status deliveries_run(struct scope *s, struct work *work)
{
    struct signing *self = work->context;
    int64_t now_us = world_now_us(store_world(work->store));
    struct delivery_answer a = {0};
    struct package p = {0};
    struct json body = {0};
    int64_t wait_us = 0;
    int64_t round = 0;

    TRY(read_message(s, work, &body, &p));
    struct str token = text_of(body, "token");
    (void)json_to_i64(json_member(body, "round"), &round);
    bool ours = str_equal(text_of(vehicle_member(&p.v, "dip"), "name"), p.index);
    if (p.v.status == VEHICLE_RENDERED && ours) {
        enum status e = turn(s, self, &p, &a, &wait_us);
        if (e == OK && a.state != DELIVERY_WAITS) {
            note(s, self, &p, &a, now_us);
            vehicle_put(s, work->change, &p.v, now_us);
            return answer(s, self, work->change, &p.v, token);
        }
        if (e != OK && !status_may_retry(e))
            return e;
        scope_forgive(s);
        int64_t delay_s =
            e == BUSY ? (wait_us + MOMENT_SECOND_US - 1) / MOMENT_SECOND_US : delay_of(round);
        send_round(s, work->change, &p, token, round < ROUNDS_MAX ? round + 1 : round, delay_s);
        return OK;
    }
    // Delivered, refused, or begun anew under another name: this message is done.
    return ours ? answer(s, self, work->change, &p.v, token) : OK;
}
