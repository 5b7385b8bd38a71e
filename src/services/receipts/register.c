// Registration with the partners, side by side. The outcome is confirmed, refused or unknown: an
// unknown one, and one whose step was interrupted, is asked about before it is sent again, with the
// same id. A partner that takes a registration calls back; when it does not, it is asked. That a
// partner cannot be reached is no failure of the task: it looks again later, for two weeks.
//
// A message is "ID" or "ID TIMES": how often the partner has been looked at so far.
#include "services/receipts/service_impl.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "sys/log.h"
#include "sys/world.h"

enum {
    LOOK_AGAIN_S = 5,
    LOOK_DELAY_S_MAX = 900,
    DOUBLINGS_MAX = 10,
    LOOKS_MAX = 1500, // two weeks
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

void receipt_apply(struct scope *s, const struct receipts *self, struct change *c,
                   struct receipt *r, enum partner p, const struct partner_answer *answer,
                   int64_t now_us)
{
    struct registration *g = &r->registrations[p];
    bool all = true;

    g->state = answer->state;
    g->reference = utf8_cut(answer->reference, RECEIPT_TEXT_BYTES_MAX);
    g->reason = utf8_cut(answer->reason, RECEIPT_TEXT_BYTES_MAX);
    g->at_us = now_us;
    for (unsigned i = 0; i < PARTNER_COUNT; i++)
        all = all && r->registrations[i].state == REGISTRATION_CONFIRMED;
    if (r->state != RECEIPT_PROCESSING)
        return; // failed by the other partner: what this one said is kept
    if (answer->state == REGISTRATION_REFUSED) {
        receipt_move(r, RECEIPT_FAILED, now_us,
                     str_format(s, "%s refused: %.*s", partner_name(p), STR(g->reason)));
    } else if (all) {
        receipt_move(r, RECEIPT_COMPLETED, now_us, (struct str){0});
    } else {
        return;
    }
    receipt_audit(s, c, r, str("system"));
    webhook_send(s, c, r);
    archive_note_final(self->archive);
}

// Whether an earlier try may have reached the partner.
static bool may_know(const struct work *work, const struct registration *g)
{
    return g->state != REGISTRATION_PENDING || work->message->receives > 1 || work->attempt > 1;
}

// Whether there is something to do: a receipt that the other partner has failed is not sent any
// more, but what was sent is followed up.
static bool is_wanted(const struct work *work, const struct receipt *r)
{
    const struct registration *g = &r->registrations[partner_of(work)];

    return !is_settled(g) && (r->state == RECEIPT_PROCESSING || may_know(work, g));
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
        if (may_know(work, &r->registrations[p])) {
            TRY(partner_ask(s, client, r, answer));
            if (answer->state != REGISTRATION_PENDING)
                return OK;
        }
        if (r->state != RECEIPT_PROCESSING)
            return OK; // never reached it, and need not any more
        TRY(receipt_document(s, work->store, r, &document));
    }
    return partner_register(s, client, r, document, answer);
}

// Sends a message to look again, later each time; `is_news`: something has changed since the last
// look. Errors: REFUSED it has been looked at too often.
static enum status look_again(struct scope *s, struct work *work, const struct receipt *r,
                              bool is_news, int64_t first_s)
{
    uint64_t times = 0;

    if (!is_news)
        (void)str_to_u64(message_rest(work->message), UINT32_MAX, &times);
    if (times >= LOOKS_MAX)
        return fail(s, REFUSED, "the %s has not settled the registration in %d looks: %.*s",
                    partner_name(partner_of(work)), LOOKS_MAX, STR(scope_why(s)));
    int64_t delay_s = times < DOUBLINGS_MAX ? first_s << times : LOOK_DELAY_S_MAX;
    if (delay_s > LOOK_DELAY_S_MAX)
        delay_s = LOOK_DELAY_S_MAX;
    change_send(work->change, work->message->queue,
                str_format(s, "%.*s %llu", STR(r->id), (unsigned long long)times + 1), delay_s);
    return OK;
}

// Keeps what the partner said, unless that is what was known before, and looks again when it is not
// the end of it.
static enum status take_answer(struct scope *s, struct work *work, struct receipt *r,
                               const struct partner_answer *answer)
{
    const struct receipts *self = work->context;
    enum partner p = partner_of(work);
    bool is_news = answer->state != r->registrations[p].state;

    if (answer->state == REGISTRATION_UNKNOWN)
        TRY(look_again(s, work, r, is_news, LOOK_AGAIN_S));
    if (answer->state == REGISTRATION_SENT)
        TRY(look_again(s, work, r, is_news, self->patience_s));
    if (!is_news)
        return OK;
    receipt_apply(s, self, work->change, r, p, answer, world_now_us(store_world(work->store)));
    receipt_put_state(s, work->change, r);
    return OK;
}

enum status register_run(struct scope *s, struct work *work)
{
    const struct receipts *self = work->context;
    struct receipt r = {0};
    struct partner_answer answer = {0};

    enum status e = work_receipt(s, work, &r);
    if (e == NOT_FOUND)
        return OK; // archived, so it is final
    TRY(e);
    if (!is_wanted(work, &r))
        return OK; // delivered twice, or a callback was faster
    e = consult(s, work, &r, &answer);
    if (e == TEMPORARY)
        return look_again(s, work, &r, false, LOOK_AGAIN_S);
    TRY(e);
    if (!partner_is_noop(self->partners[partner_of(work)])) {
        // It took its time: the other partner, or this one's callback, may have moved the receipt.
        e = receipt_load(s, work->store, r.id, &r);
        if (e == NOT_FOUND)
            return OK;
        TRY(e);
        if (is_settled(&r.registrations[partner_of(work)]))
            return OK;
    }
    return take_answer(s, work, &r, &answer);
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

// The outcome is known already. The first one counts; one that says otherwise is for a person.
static void answer_known(struct call *c, const struct receipt *r, enum partner p,
                         enum registration_state known, const struct partner_answer *answer)
{
    if (answer->state != known) {
        struct audit_entry entry = {.tenant = r->tenant,
                                    .actor = str(partner_name(p)),
                                    .action = str("registration.contradicted"),
                                    .subject = r->id};
        change_audit(call_change(c), &entry);
        log_event(LOG_WARN, "registration.contradicted", LOG_STR("receipt", r->id),
                  LOG_Z("partner", partner_name(p)), LOG_END);
    }
    call_answer(c, 200, str("{\"known\":true}"));
}

static struct partner_answer callback_answer(struct json body)
{
    bool confirmed = str_is(json_text(json_member(body, "status")), "confirmed");

    return (struct partner_answer){
        .state = confirmed ? REGISTRATION_CONFIRMED : REGISTRATION_REFUSED,
        .reference = json_text(json_member(body, "reference")),
        .reason = json_text(json_member(body, "reason")),
    };
}

static enum status callback(struct scope *s, struct call *c, enum partner p)
{
    const struct receipts *self = call_service(c);
    struct json body = call_json(c);
    struct receipt r = {0};
    struct str id = {0};
    unsigned redrives = 0;
    bool archived = false;
    struct partner_answer answer = callback_answer(body);

    TRY(partner_check_callback(s, self->partners[p], call_header(c, "X-Signature"),
                               call_header(c, "X-Timestamp"), call_body(c), call_now_us(c)));
    if (!registration_id_read(json_text(json_member(body, "registrationId")), p, &id, &redrives))
        return fail(s, NOT_FOUND, "there is no such registration");
    TRY(callback_receipt(s, c, id, &r, &archived));
    const struct registration *g = &r.registrations[p];
    if (redrives > g->redrives || r.state == RECEIPT_RECEIVED || r.state == RECEIPT_VALIDATING)
        return fail(s, NOT_FOUND, "there is no such registration"); // it has not been sent
    if (redrives < g->redrives || is_settled(g)) {
        // Only what was refused is redriven.
        answer_known(c, &r, p, redrives < g->redrives ? REGISTRATION_REFUSED : g->state, &answer);
        return OK;
    }
    receipt_apply(s, self, call_change(c), &r, p, &answer, call_now_us(c));
    if (archived)
        archive_override(s, self->archive, call_change(c), &r);
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
