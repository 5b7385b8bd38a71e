// A registration is judged when it is first taken; the outcome is told at once, or by a callback,
// or only when asked.
#include "partners/office.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/json.h"
#include "core/scope.h"
#include "partners/agenda.h"
#include "partners/ledger.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    CALLBACK_TRIES_MAX = 60,
    RETRY_MS_FIRST = 100,
    RETRY_MS_MAX = 600000,
    BODY_BYTES_MAX = 4096,
    US_PER_MS = 1000,
};

struct registration {
    struct ledger_entry told;
    bool judged;
    bool refused;
    bool public; // the outcome may be told: a question before that is answered "pending"
    bool asked;
    uint64_t times_when_asked; // of telling, at the last question
};

struct office_callback {
    struct due due;
    struct registration *about;
    bool refused; // what it says
    unsigned tries;
};

struct office {
    struct office_options options;
    struct mutex lock; // guards the rest
    struct chance chance;
    struct ledger *registrations;
    struct agenda callbacks;
    struct office_counts counts;
};

struct office *office_new(const struct office_options *options)
{
    struct office *o = heap_new(struct office);

    o->options = *options;
    o->chance = chance_seeded(options->seed ^ str_hash(str(options->name)));
    o->registrations = ledger_new(sizeof(struct registration));
    mutex_init(&o->lock);
    return o;
}

void office_free(struct office *o)
{
    if (!o)
        return;
    for (struct office_callback *c; (c = agenda_take(&o->callbacks, INT64_MAX));)
        free(c);
    agenda_fini(&o->callbacks);
    ledger_free(o->registrations);
    mutex_fini(&o->lock);
    free(o);
}

void office_set_faults(struct office *o, const struct faults *faults)
{
    mutex_lock(&o->lock);
    o->options.faults = *faults;
    mutex_unlock(&o->lock);
}

void office_count_stranger(struct office *o)
{
    mutex_lock(&o->lock);
    o->counts.strangers++;
    mutex_unlock(&o->lock);
}

static uint64_t chance_ms(struct office *o, uint32_t most_ms)
{
    return most_ms ? chance_below(&o->chance, most_ms) : 0;
}

static void plan_callback(struct office *o, struct registration *r, bool refused, uint64_t in_ms)
{
    struct office_callback *c = heap_new(struct office_callback);

    c->about = r;
    c->refused = refused;
    agenda_add(&o->callbacks, &c->due, world_now_us(o->options.world) + (int64_t)in_ms * US_PER_MS);
}

static void plan_callbacks(struct office *o, struct registration *r)
{
    const struct faults *f = &o->options.faults;
    bool early = faults_strike(&o->chance, f->early);
    uint64_t in_ms = early ? 0 : chance_ms(o, f->delay_ms);

    if (o->options.silent_on_callbacks || faults_strike(&o->chance, f->lose)) {
        o->counts.callbacks_lost++;
        return;
    }
    plan_callback(o, r, r->refused, in_ms);
    if (faults_strike(&o->chance, f->twice))
        plan_callback(o, r, r->refused, in_ms + chance_ms(o, f->late_ms));
    // Certainly after the true one: what is told first counts.
    if (faults_strike(&o->chance, f->contradict))
        plan_callback(o, r, !r->refused, in_ms + RETRY_MS_FIRST + chance_ms(o, f->late_ms));
}

// Decides by the id, whatever else goes on.
static void judge(struct office *o, struct registration *r)
{
    struct chance own = chance_seeded(str_hash(r->told.id) ^ o->options.seed);

    r->refused = faults_strike(&own, o->options.faults.refuse);
    r->judged = true;
    if (r->refused)
        o->counts.refused++;
    else
        o->counts.confirmed++;
}

static struct str outcome_body(struct scope *s, const struct office *o,
                               const struct registration *r, bool refused, const char *status)
{
    struct buf b = buf_make(s, BODY_BYTES_MAX);

    buf_put_z(&b, "{\"registrationId\":");
    json_write_string(&b, r->told.id);
    buf_format(&b, ",\"status\":\"%s\"", status);
    if (str_is(str(status), "pending"))
        buf_put_byte(&b, '}');
    else if (refused)
        buf_format(&b, ",\"reason\":\"the %s does not accept it\"}", o->options.name);
    else
        buf_format(&b, ",\"reference\":\"%s-%08llx\"}", o->options.name,
                   (unsigned long long)(str_hash(r->told.id) & 0xFFFFFFFF));
    return buf_str(&b);
}

static struct str told_body(struct scope *s, const struct office *o, const struct registration *r)
{
    if (!r->public)
        return outcome_body(s, o, r, r->refused, "pending");
    return outcome_body(s, o, r, r->refused, r->refused ? "refused" : "confirmed");
}

static void count_telling(struct office *o, struct registration *r)
{
    o->counts.posts++;
    if (r->told.differing > 0) {
        o->counts.differing += r->told.differing;
        r->told.differing = 0;
    } else if (r->told.times > 1) {
        o->counts.repeats++;
        if (r->times_when_asked < r->told.times - 1)
            o->counts.unasked++;
    }
}

// Takes a registration in; one that it knows stays as it is.
static struct registration *take_in(struct office *o, struct str id, struct str body)
{
    struct registration *r = ledger_tell(o->registrations, id, body);

    count_telling(o, r);
    if (r->judged)
        return r;
    judge(o, r);
    r->public = faults_strike(&o->chance, o->options.faults.at_once);
    if (!r->public)
        plan_callbacks(o, r);
    return r;
}

// What keeps a call from being taken; 0: nothing.
static int refuse_call(struct office *o)
{
    const struct faults *f = &o->options.faults;
    int code = 0;

    if (faults_down(f, world_now_us(o->options.world)))
        code = 503;
    else if (faults_strike(&o->chance, f->fail_before))
        code = 500;
    else if (faults_strike(&o->chance, f->busy))
        code = 429;
    o->counts.faults += code != 0;
    return code;
}

// What goes wrong with the answer to a call that was taken.
static void spoil(struct office *o, struct office_reply *out)
{
    const struct faults *f = &o->options.faults;

    if (faults_strike(&o->chance, f->silent))
        out->code = 0;
    else if (faults_strike(&o->chance, f->fail_after))
        out->code = 500;
    else if (faults_strike(&o->chance, f->garble))
        out->body = str("<html>it works");
    else
        return;
    o->counts.faults++;
}

static void post(struct scope *s, struct office *o, struct str body, struct office_reply *out)
{
    struct json j = {0};
    bool right = json_parse(s, body, &json_limits_lenient, &j) == OK;
    struct str id = json_text(json_member(j, "registrationId"));

    if (!right || id.bytes == 0 || json_text(json_member(j, "receiptId")).bytes == 0 ||
        json_text(json_member(j, "document")).bytes == 0) {
        scope_forgive(s);
        o->counts.malformed++;
        out->code = 400;
        out->body = str("{\"reason\":\"registrationId, receiptId and document are wanted\"}");
        return;
    }
    out->code = refuse_call(o);
    if (out->code)
        return;
    struct registration *r = take_in(o, id, body);
    out->code = r->public ? 200 : 202;
    out->body = told_body(s, o, r);
    spoil(o, out);
}

static void ask(struct scope *s, struct office *o, struct str id, struct office_reply *out)
{
    struct registration *r = ledger_find(o->registrations, id);

    out->code = refuse_call(o);
    if (out->code)
        return;
    o->counts.asks++;
    if (!r) {
        o->counts.asks_unknown++;
        out->code = 404;
        return;
    }
    r->times_when_asked = r->told.times;
    // Who asks learns the outcome as soon as it is there: half of the time it is at the first
    // question, and always at the second.
    r->public = r->public || r->asked || chance_coin(&o->chance);
    r->asked = true;
    out->code = 200;
    out->body = told_body(s, o, r);
}

void office_call(struct scope *s, struct office *o, struct str method, struct str path,
                 struct str body, struct office_reply *out)
{
    static const char prefix[] = "/registrations";
    struct str rest = str_slice(path, sizeof prefix - 1, path.bytes);

    mutex_lock(&o->lock);
    *out = (struct office_reply){.code = 404, .late_ms = o->options.faults.answer_ms};
    bool ours = str_starts(path, str(prefix));
    if (ours && str_is(method, "POST") && rest.bytes == 0)
        post(s, o, body, out);
    else if (ours && str_is(method, "GET") && rest.bytes > 1 && rest.data[0] == '/')
        ask(s, o, str_slice(rest, 1, rest.bytes), out);
    else
        o->counts.malformed++;
    mutex_unlock(&o->lock);
}

struct office_callback *office_take_callback(struct scope *s, struct office *o, struct str *body)
{
    mutex_lock(&o->lock);
    struct office_callback *c = agenda_take(&o->callbacks, world_now_us(o->options.world));
    if (c) {
        c->about->public = true;
        *body = outcome_body(s, o, c->about, c->refused, c->refused ? "refused" : "confirmed");
    }
    mutex_unlock(&o->lock);
    return c;
}

// Later each time; returns false when it has been tried often enough.
static bool plan_again(struct office *o, struct office_callback *c)
{
    int64_t pause_ms = RETRY_MS_FIRST;

    if (++c->tries >= CALLBACK_TRIES_MAX)
        return false;
    for (unsigned i = 1; i < c->tries && pause_ms < RETRY_MS_MAX; i++)
        pause_ms *= 2;
    if (pause_ms > RETRY_MS_MAX)
        pause_ms = RETRY_MS_MAX;
    agenda_add(&o->callbacks, &c->due, world_now_us(o->options.world) + pause_ms * US_PER_MS);
    return true;
}

void office_called_back(struct office *o, struct office_callback *c, int code)
{
    bool over = true;

    mutex_lock(&o->lock);
    if (code >= 200 && code < 300) {
        o->counts.callbacks++;
    } else if (code >= 400 && code < 500 && code != 429) {
        o->counts.callbacks_denied++;
    } else {
        o->counts.callbacks_failed++;
        over = !plan_again(o, c);
        o->counts.callbacks_lost += over;
    }
    mutex_unlock(&o->lock);
    if (over)
        free(c);
}

int64_t office_next_us(struct office *o)
{
    mutex_lock(&o->lock);
    int64_t next_us = agenda_next_us(&o->callbacks);
    mutex_unlock(&o->lock);
    return next_us;
}

struct office_counts office_counts(struct office *o)
{
    mutex_lock(&o->lock);
    struct office_counts counts = o->counts;
    counts.registrations = ledger_count(o->registrations);
    mutex_unlock(&o->lock);
    return counts;
}

const char *office_outcome(struct office *o, struct str registration_id)
{
    mutex_lock(&o->lock);
    const struct registration *r = ledger_find(o->registrations, registration_id);
    const char *outcome = !r ? NULL : r->refused ? "refused" : "confirmed";
    mutex_unlock(&o->lock);
    return outcome;
}

void office_report(struct office *o, struct buf *out)
{
    struct office_counts counts = office_counts(o);
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
#define OFFICE_COUNT(name, meaning) {#name, counts.name},
#define HOOKS_COUNT(name, meaning)
#include "partners/counts.def"
#undef OFFICE_COUNT
#undef HOOKS_COUNT
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        buf_format(out, "%s\"%s\":%llu", i ? "," : "{", rows[i].name,
                   (unsigned long long)rows[i].count);
    buf_put_byte(out, '}');
}
