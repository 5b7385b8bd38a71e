// Webhooks: hints that come late, twice, out of order, or wrong, and are made again until they are
// taken or expire.
#include "partners/signicat_impl.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/moment.h"
#include "core/scope.h"

#include <stdlib.h>

enum {
    LIFE_S = 86400,
    RETRY_MS_FIRST = 200,
    RETRY_MS_MAX = 600000,
    BODY_BYTES_MAX = 8192,
};

struct esign_event {
    struct due due;
    struct str reference; // heap, as the next
    struct str body;
    int64_t expires_us;
    unsigned tries;
};

static void event_free(struct esign_event *event)
{
    free((void *)(uintptr_t)event->reference.data);
    free((void *)(uintptr_t)event->body.data);
    free(event);
}

void esign_events_free(struct esign *e)
{
    for (struct esign_event *event; (event = agenda_take(&e->events, INT64_MAX));)
        event_free(event);
    agenda_fini(&e->events);
}

static struct str envelope(struct scope *s, struct esign *e, struct str id, const char *name,
                           int64_t expires_us, struct json data)
{
    struct buf b = buf_make(s, BODY_BYTES_MAX);

    buf_format(&b,
               "{\"id\":\"%.*s\",\"timestamp\":\"%.*s\",\"sender\":\"signature-api\","
               "\"eventName\":\"%s\",\"accountId\":\"a-simulator\",\"organizationId\":null,"
               "\"expiresAt\":\"%.*s\",\"tags\":null,\"eventData\":",
               STR(id), STR(moment_to_str(s, esign_now_us(e), MOMENT_MICROSECONDS)), name,
               STR(moment_to_str(s, expires_us, MOMENT_SECONDS)));
    json_write(&b, data);
    buf_put_byte(&b, '}');
    return buf_str(&b);
}

static struct json session_data(struct scope *s, const struct esign *e,
                                const struct esign_session *session)
{
    struct json whole = esign_session_json(s, e, session);
    struct json j = json_object(NULL, 0);

    j = json_with(s, j, str("id"), json_member(whole, "id"));
    j = json_with(s, j, str("externalReference"), json_member(whole, "externalReference"));
    return json_with(s, j, str("state"), json_path(whole, "lifecycle.state"));
}

static void plan(struct esign *e, const struct esign_session *session, struct str body,
                 int64_t expires_us, int64_t in_ms)
{
    struct esign_event *event = heap_new(struct esign_event);

    event->reference = heap_copy(session->reference->told.id);
    event->body = heap_copy(body);
    event->expires_us = expires_us;
    agenda_add(&e->events, &event->due, esign_now_us(e) + in_ms * ESIGN_US_PER_MS);
}

static int64_t within(struct esign *e, uint32_t most_ms)
{
    return most_ms ? (int64_t)chance_below(&e->chance, most_ms) : 0;
}

void esign_emit(struct scope *s, struct esign *e, const char *name,
                const struct esign_session *session, struct json data)
{
    const struct faults *f = &e->options.faults;
    int64_t expires_us = esign_now_us(e) + LIFE_S * ESIGN_US_PER_S;

    if (e->options.silent || faults_strike(&e->chance, f->lose)) {
        e->counts.events_lost += !e->options.silent;
        return;
    }
    if (data.type == JSON_NONE)
        data = session_data(s, e, session);
    struct str body = envelope(s, e, esign_id(s, e), name, expires_us, data);
    int64_t in_ms = faults_strike(&e->chance, f->early) ? 0 : within(e, f->delay_ms);
    plan(e, session, body, expires_us, in_ms);
    if (faults_strike(&e->chance, f->twice))
        plan(e, session, body, expires_us, in_ms + within(e, f->late_ms));
    if (!faults_strike(&e->chance, f->contradict))
        return;
    data = json_with(s, session_data(s, e, session), str("state"), json_string(str("REJECTED")));
    body = envelope(s, e, esign_id(s, e), "signing-session.rejected", expires_us, data);
    plan(e, session, body, expires_us, in_ms + within(e, f->late_ms));
}

struct esign_event *esign_take_event(struct scope *s, struct esign *e, struct str *bundle_id,
                                     struct str *body)
{
    mutex_lock(&e->lock);
    struct esign_event *event = agenda_take(&e->events, esign_now_us(e));
    if (event) {
        size_t end = event->reference.bytes;
        while (end > 0 && event->reference.data[end - 1] != '#')
            end--;
        *bundle_id = str_copy(s, str_slice(event->reference, 0, end ? end - 1 : 0));
        *body = str_copy(s, event->body);
    }
    mutex_unlock(&e->lock);
    return event;
}

// Later each time; false when it has expired.
static bool plan_again(struct esign *e, struct esign_event *event)
{
    int64_t pause_ms = RETRY_MS_FIRST;
    int64_t now_us = esign_now_us(e);

    event->tries++;
    for (unsigned i = 1; i < event->tries && pause_ms < RETRY_MS_MAX; i++)
        pause_ms *= 2;
    if (pause_ms > RETRY_MS_MAX)
        pause_ms = RETRY_MS_MAX;
    if (now_us + pause_ms * ESIGN_US_PER_MS > event->expires_us)
        return false;
    agenda_add(&e->events, &event->due, now_us + pause_ms * ESIGN_US_PER_MS);
    return true;
}

void esign_event_sent(struct esign *e, struct esign_event *event, int code)
{
    bool over = true;

    mutex_lock(&e->lock);
    if (code >= 200 && code < 300) {
        e->counts.events++;
    } else {
        e->counts.events_failed++;
        e->counts.events_denied += code >= 400 && code < 500 && code != 429;
        over = !plan_again(e, event);
        e->counts.events_lost += over;
    }
    mutex_unlock(&e->lock);
    if (over)
        event_free(event);
}
