// Partners' callbacks. A callback is a hint, though it is signed: it goes into the registration
// queue, durable before it is answered, and a task asks the partner what is true. The first outcome
// counts; a callback that says otherwise is for a person. Where `receipts.confirm_callbacks` is
// off, a signed callback is believed.
//
// A message is "ID TIMES said-STATE": how often the partner was asked in vain, and what the
// callback said.
#include "services/receipts/service_impl.h"

#include "core/scope.h"
#include "sys/log.h"
#include "sys/world.h"

enum {
    ASK_AGAIN_S = 5,
    ASK_DELAY_S_MAX = 900,
    ASKS_MAX = 12, // about an hour
};

static const char said_confirmed[] = "said-confirmed";
static const char said_refused[] = "said-refused";

struct hint {
    uint64_t times;
    enum registration_state said; // PENDING: the message is none
};

static struct hint read_hint(const struct message *m)
{
    struct str rest = message_rest(m);
    struct hint hint = {0};

    if (!str_to_u64(str_cut(&rest, ' '), ASKS_MAX, &hint.times))
        return (struct hint){0};
    if (str_is(rest, said_confirmed))
        hint.said = REGISTRATION_CONFIRMED;
    if (str_is(rest, said_refused))
        hint.said = REGISTRATION_REFUSED;
    return hint;
}

static void send_hint(struct scope *s, struct change *c, struct str id, enum partner p,
                      struct hint hint, int64_t delay_s)
{
    struct str body =
        str_format(s, "%.*s %llu %s", STR(id), (unsigned long long)hint.times,
                   hint.said == REGISTRATION_CONFIRMED ? said_confirmed : said_refused);

    change_send(c, &registration_queues[p], body, delay_s);
}

bool callback_is_message(const struct message *m)
{
    return read_hint(m).said != REGISTRATION_PENDING;
}

// A callback is about a receipt that is hot, or about one that has been archived meanwhile.
static enum status find(struct scope *s, const struct receipts *self, struct str id,
                        struct receipt *r, bool *archived)
{
    struct archived item = {0};

    *archived = false;
    enum status e = receipt_load(s, self->platform->store, id, r);
    if (e != NOT_FOUND)
        return e;
    *archived = true;
    TRY(archive_get(s, self->archive, id, &item));
    return receipt_parse_state(s, item.id, item.state, item.version, r);
}

// The outcome is known. The first one counts; one that says otherwise is for a person.
static void compare(struct change *c, const struct receipt *r, enum partner p,
                    enum registration_state known, enum registration_state said)
{
    struct audit_entry entry = {.tenant = r->tenant,
                                .actor = str(partner_name(p)),
                                .action = str("registration.contradicted"),
                                .subject = r->id};

    if (said == known)
        return;
    change_audit(c, &entry);
    log_event(LOG_WARN, "registration.contradicted", LOG_STR("receipt", r->id),
              LOG_Z("partner", partner_name(p)), LOG_END);
}

static void apply(struct scope *s, const struct receipts *self, struct change *c, struct receipt *r,
                  enum partner p, bool archived, const struct partner_answer *answer)
{
    receipt_apply(s, self, c, r, p, answer, world_now_us(self->platform->world));
    if (archived)
        archive_override(s, self->archive, c, r);
    else
        receipt_put_state(s, c, r);
}

// Asks again later; the look that follows every registration settles it in the end.
static enum status ask_again(struct scope *s, struct work *work, const struct receipt *r,
                             enum partner p, struct hint hint)
{
    int64_t delay_s = (int64_t)ASK_AGAIN_S << hint.times;

    if (delay_s > ASK_DELAY_S_MAX)
        delay_s = ASK_DELAY_S_MAX;
    if (++hint.times < ASKS_MAX) {
        send_hint(s, work->change, r->id, p, hint, delay_s);
    } else {
        log_event(LOG_WARN, "callback.unconfirmed", LOG_STR("receipt", r->id),
                  LOG_Z("partner", partner_name(p)), LOG_END);
    }
    scope_forgive(s);
    return OK;
}

enum status callback_confirm(struct scope *s, struct work *work, enum partner p)
{
    const struct receipts *self = work->context;
    struct hint hint = read_hint(work->message);
    struct str id = message_receipt_id(work->message);
    struct receipt r = {0};
    struct partner_answer answer = {0};
    bool archived = false;

    enum status e = find(s, self, id, &r, &archived);
    unsigned redrives = r.registrations[p].redrives;
    if (e == OK && !registration_is_settled(r.registrations[p].state)) {
        enum status asked = partner_ask(s, self->partners[p], &r, &answer);
        if (asked == TEMPORARY || (asked == OK && !registration_is_settled(answer.state)))
            return ask_again(s, work, &r, p, hint);
        TRY(asked);
        e = find(s, self, id, &r, &archived); // asking took its time
    }
    if (e == NOT_FOUND || (e == OK && redrives != r.registrations[p].redrives))
        return OK; // erased or redriven since
    TRY(e);
    enum registration_state known = r.registrations[p].state;
    if (!registration_is_settled(known)) {
        apply(s, self, work->change, &r, p, archived, &answer);
        known = answer.state;
    }
    compare(work->change, &r, p, known, hint.said);
    return OK;
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
    TRY(find(s, self, id, &r, &archived));
    const struct registration *g = &r.registrations[p];
    if (redrives > g->redrives || r.state == RECEIPT_RECEIVED || r.state == RECEIPT_VALIDATING)
        return fail(s, NOT_FOUND, "there is no such registration"); // it has not been sent
    enum registration_state state = redrives < g->redrives ? REGISTRATION_REFUSED : g->state;
    bool known = registration_is_settled(state); // only what was refused is redriven
    if (known)
        compare(call_change(c), &r, p, state, answer.state);
    else if (self->confirm_callbacks && !partner_is_noop(self->partners[p]))
        send_hint(s, call_change(c), r.id, p, (struct hint){.said = answer.state}, 0);
    else
        apply(s, self, call_change(c), &r, p, archived, &answer);
    call_answer(c, 200, known ? str("{\"known\":true}") : str("{\"known\":false}"));
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
