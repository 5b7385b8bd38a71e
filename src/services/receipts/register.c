// Registration with the partners, side by side. The outcome is confirmed, refused or unknown: an
// unknown one, and one whose step was interrupted, is asked about before it is sent again, with the
// same id. A partner that takes a registration calls back; when it does not, it is asked. That a
// partner cannot be reached is no failure of the task: it looks again later, for two weeks.
//
// A message is "ID", "ID TIMES" or "ID TIMES sent": how often it was looked at so far, and whether
// the partner may have it. That a partner has taken a registration is only in the message at first:
// it calls back soon, and then two writes of the state are saved. What callback.c sends here is a
// callback to be confirmed.
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
    archive_note_final(self->archive, c);
}

struct look {
    uint64_t times;
    bool sent;
};

static struct look read_look(const struct message *m)
{
    struct str rest = message_rest(m);
    struct look look = {0};

    (void)str_to_u64(str_cut(&rest, ' '), UINT32_MAX, &look.times);
    look.sent = str_is(rest, "sent");
    return look;
}

static struct str look_body(struct scope *s, const struct receipt *r, struct look look)
{
    return str_format(s, "%.*s %llu%s", STR(r->id), (unsigned long long)look.times,
                      look.sent ? " sent" : "");
}

void register_send(struct scope *s, struct change *c, const struct receipt *r, enum partner p,
                   bool may_be_sent)
{
    struct str body = may_be_sent ? look_body(s, r, (struct look){.sent = true}) : r->id;

    change_send(c, &registration_queues[p], body, 0);
}

// Whether an earlier try may have reached the partner.
static bool may_know(const struct work *work, const struct registration *g)
{
    return g->state != REGISTRATION_PENDING || work->message->receives > 1 || work->attempt > 1 ||
           read_look(work->message).sent;
}

// Whether there is something to do: a receipt that the other partner has failed is not sent any
// more, but what was sent is followed up.
static bool is_wanted(const struct work *work, const struct receipt *r)
{
    const struct registration *g = &r->registrations[partner_of(work)];

    return !registration_is_settled(g->state) &&
           (r->state == RECEIPT_PROCESSING || may_know(work, g));
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

// Sends a message to look again, later each time. Errors: REFUSED it has been looked at too often.
static enum status look_again(struct scope *s, struct work *work, const struct receipt *r,
                              struct look look, int64_t first_s)
{
    if (look.times >= LOOKS_MAX)
        return fail(s, REFUSED, "the %s has not settled the registration in %d looks: %.*s",
                    partner_name(partner_of(work)), LOOKS_MAX, STR(scope_why(s)));
    int64_t delay_s = look.times < DOUBLINGS_MAX ? first_s << look.times : LOOK_DELAY_S_MAX;
    if (delay_s > LOOK_DELAY_S_MAX)
        delay_s = LOOK_DELAY_S_MAX;
    look.times++;
    change_send(work->change, work->message->queue, look_body(s, r, look), delay_s);
    return OK;
}

// Reads the state again, because asking and sending took their time: the other partner, or this
// one's callback, may have moved the receipt. `*is_over`: nothing is left to be said about it.
static enum status read_again(struct scope *s, struct work *work, struct receipt *r, bool *is_over)
{
    const struct registration *g = &r->registrations[partner_of(work)];
    unsigned redrives = g->redrives;
    enum status e = receipt_load(s, work->store, r->id, r);

    *is_over = e == NOT_FOUND || g->redrives != redrives ||
               registration_is_settled(r->registrations[partner_of(work)].state);
    return e == NOT_FOUND ? OK : e;
}

// Keeps what the partner said when it is news, and looks again when it is not the end of it.
static enum status take_answer(struct scope *s, struct work *work, struct receipt *r,
                               const struct partner_answer *answer)
{
    const struct receipts *self = work->context;
    enum partner p = partner_of(work);
    const struct registration *g = &r->registrations[p];
    struct look look = read_look(work->message);
    bool is_first = answer->state == REGISTRATION_SENT && g->state == REGISTRATION_PENDING &&
                    !may_know(work, g);
    bool is_over = false;

    if (!is_first && !partner_is_noop(self->partners[p]))
        TRY(read_again(s, work, r, &is_over));
    if (is_over)
        return OK;
    bool is_news = answer->state != g->state;
    look = (struct look){.times = is_news ? 0 : look.times, .sent = true};
    if (answer->state == REGISTRATION_UNKNOWN)
        TRY(look_again(s, work, r, look, LOOK_AGAIN_S));
    if (answer->state == REGISTRATION_SENT)
        TRY(look_again(s, work, r, look, self->patience_s));
    if (is_first || !is_news)
        return OK;
    receipt_apply(s, self, work->change, r, p, answer, world_now_us(store_world(work->store)));
    receipt_put_state(s, work->change, r);
    return OK;
}

enum status register_run(struct scope *s, struct work *work)
{
    struct receipt r = {0};
    struct partner_answer answer = {0};

    if (callback_is_message(work->message))
        return callback_confirm(s, work, partner_of(work));
    enum status e = work_receipt(s, work, &r);
    if (e == NOT_FOUND)
        return OK; // archived, so it is final
    TRY(e);
    if (!is_wanted(work, &r))
        return OK; // delivered twice, or a callback was faster
    e = consult(s, work, &r, &answer);
    if (e == TEMPORARY)
        return look_again(s, work, &r, read_look(work->message), LOOK_AGAIN_S);
    TRY(e);
    return take_answer(s, work, &r, &answer);
}
