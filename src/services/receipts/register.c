// Registration with the partners, side by side. The outcome is confirmed, refused or unknown: an
// unknown one, and one whose step was interrupted, is asked about before it is sent again. A
// partner that takes a registration calls back; when it does not, it is asked.
#include "services/receipts/service_impl.h"

#include "core/scope.h"
#include "sys/world.h"

enum {
    ASK_AFTER_UNKNOWN_S = 5,
    ASK_AFTER_SENT_S = 60,
    ASK_DELAY_S_MAX = 900,
};

static enum partner partner_of(const struct work *work)
{
    return work->message->queue == &registration_queues[PARTNER_TAX] ? PARTNER_TAX
                                                                     : PARTNER_WAREHOUSE;
}

static bool is_settled(const struct registration *g)
{
    return g->state == REGISTRATION_CONFIRMED || g->state == REGISTRATION_REFUSED;
}

void receipt_apply(struct scope *s, struct change *c, struct receipt *r, enum partner p,
                   const struct partner_answer *answer, int64_t now_us)
{
    bool all = true;

    r->registrations[p] =
        (struct registration){answer->state, answer->reference, answer->reason, now_us};
    for (unsigned i = 0; i < PARTNER_COUNT; i++)
        all = all && r->registrations[i].state == REGISTRATION_CONFIRMED;
    if (r->state != RECEIPT_PROCESSING)
        return; // failed by the other partner: what this one said is kept
    if (answer->state == REGISTRATION_REFUSED) {
        receipt_move(r, RECEIPT_FAILED, now_us,
                     str_format(s, "%s refused: %.*s", partner_name(p), STR(answer->reason)));
    } else if (all) {
        receipt_move(r, RECEIPT_COMPLETED, now_us, (struct str){0});
    } else {
        return;
    }
    receipt_audit(s, c, r, str("system"));
    webhook_send(s, c, r);
}

// Asks first when an earlier try may have reached the partner, and sends when it knows nothing.
static enum status consult(struct scope *s, struct work *work, const struct receipt *r,
                           struct partner_answer *answer)
{
    const struct receipts *self = work->context;
    enum partner p = partner_of(work);
    struct partner_client *client = self->partners[p];
    struct str document = {0};

    if (!partner_is_noop(client)) {
        bool may_know = work->message->receives > 1 || work->attempt > 1 ||
                        r->registrations[p].state != REGISTRATION_PENDING;
        if (may_know) {
            TRY(partner_ask(s, client, r, answer));
            if (answer->state != REGISTRATION_PENDING)
                return OK;
        }
        TRY(receipt_document(s, work->store, r, &document));
    }
    return partner_register(s, client, r, document, answer);
}

// Sends a message to look again, later each time.
static void look_again(struct scope *s, struct work *work, const struct receipt *r, int64_t first_s)
{
    uint64_t times = 0;

    (void)str_to_u64(message_rest(work->message), 1000000, &times);
    int64_t delay_s = times < 10 ? first_s << times : ASK_DELAY_S_MAX;
    if (delay_s > ASK_DELAY_S_MAX)
        delay_s = ASK_DELAY_S_MAX;
    change_send(work->change, work->message->queue,
                str_format(s, "%.*s %llu", STR(r->id), (unsigned long long)times + 1), delay_s);
}

enum status register_run(struct scope *s, struct work *work)
{
    struct receipt r = {0};
    enum partner p = partner_of(work);
    struct partner_answer answer = {0};

    enum status e = work_receipt(s, work, &r);
    if (e == NOT_FOUND)
        return OK; // archived, so it is final
    TRY(e);
    if (r.state != RECEIPT_PROCESSING || is_settled(&r.registrations[p]))
        return OK; // delivered twice, or a callback was faster
    e = consult(s, work, &r, &answer);
    if (e == TIMEOUT)
        answer = (struct partner_answer){.state = REGISTRATION_UNKNOWN};
    else
        TRY(e);
    if (answer.state == REGISTRATION_UNKNOWN)
        look_again(s, work, &r, ASK_AFTER_UNKNOWN_S);
    if (answer.state == REGISTRATION_SENT)
        look_again(s, work, &r, ASK_AFTER_SENT_S);
    receipt_apply(s, work->change, &r, p, &answer, world_now_us(store_world(work->store)));
    receipt_put_state(s, work->change, &r);
    return OK;
}

// A callback is about a receipt that is hot, or about one that has been archived meanwhile.
static enum status callback_receipt(struct scope *s, struct call *c, struct str id,
                                    struct receipt *r, bool *archived)
{
    const struct receipts *self = call_service(c);
    struct archived item = {0};

    *archived = false;
    enum status e = receipt_load(s, call_platform(c)->store, id, r);
    if (e != NOT_FOUND)
        return e;
    *archived = true;
    TRY(archive_get(s, self->archive, id, &item));
    return receipt_parse_state(s, item.id, item.state, item.version, r);
}

static enum status callback(struct scope *s, struct call *c, enum partner p)
{
    const struct receipts *self = call_service(c);
    struct json body = call_json(c);
    struct receipt r = {0};
    struct str id = {0};
    bool archived = false;
    bool confirmed = str_is(json_text(json_member(body, "status")), "confirmed");
    struct partner_answer answer = {
        .state = confirmed ? REGISTRATION_CONFIRMED : REGISTRATION_REFUSED,
        .reference = json_text(json_member(body, "reference")),
        .reason = json_text(json_member(body, "reason")),
    };

    TRY(partner_check_callback(s, self->partners[p], call_header(c, "X-Signature"),
                               call_header(c, "X-Timestamp"), call_body(c), call_now_us(c)));
    if (!registration_receipt_id(json_text(json_member(body, "registrationId")), p, &id))
        return fail(s, NOT_FOUND, "there is no such registration");
    TRY(callback_receipt(s, c, id, &r, &archived));
    if (is_settled(&r.registrations[p])) {
        call_answer(c, 200, str("{\"known\":true}"));
        return OK;
    }
    receipt_apply(s, call_change(c), &r, p, &answer, call_now_us(c));
    if (archived)
        archive_override(s, call_change(c), &r);
    else
        receipt_put_state(s, call_change(c), &r);
    call_answer(c, 200, str("{\"known\":false}"));
    return OK;
}

enum status tax_callback(struct scope *s, struct call *c)
{
    return callback(s, c, PARTNER_TAX);
}

enum status warehouse_callback(struct scope *s, struct call *c)
{
    return callback(s, c, PARTNER_WAREHOUSE);
}
