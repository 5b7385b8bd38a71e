// Signicat's webhooks. One is a hint, though it is signed: when its bundle is known it is durable
// before it is answered, and the session is looked at. So whatever may be wrong with it (late,
// doubled, out of order, about a state that is none) does no harm; what cannot be a hint is
// answered 2xx all the same, since sending it again would not help.
//
// The header's exact name and form are not published for this API: the name is a setting, the value
// the HMAC-SHA256 of the body in hex, with or without "sha256=" before it.
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "services/signing/sessions_impl.h"
#include "services/signing/signicat_impl.h"
#include "store/change.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/world.h"

enum {
    EVENT_ID_BYTES_MAX = 100,
    EVENT_KEEP_S = 7 * 86400,
    US_PER_S = 1000000,
};

// The values of the metric's label, in their order.
enum outcome { HINT, KNOWN, IGNORED, REFUSED_EVENT };

struct event {
    struct scope *scope;
    struct call *call;
    struct signicat *p;
    struct str id;
    struct str name;
    struct json data;
    struct str tenant, bundle_id; // whose it is; empty: nobody's
};

static struct signicat *find_provider(const struct signing *self)
{
    for (size_t i = 0; i < PROVIDERS; i++)
        if (self->sessions->providers[i].provider == &signicat_provider)
            return self->sessions->providers[i].self;
    return NULL;
}

static enum status check_signature(struct scope *s, const struct signicat *p, struct call *c)
{
    struct str prefix = str("sha256=");
    struct str given = str_trim(call_header(c, str_z(s, p->options.webhook_header)));
    uint8_t mac[SHA256_BYTES];
    uint8_t wanted[SHA256_BYTES];

    if (p->options.webhook_secret.bytes == 0)
        return fail(s, UNAUTHENTICATED, "no secret is set for Signicat's webhooks");
    if (str_starts(given, prefix))
        given = str_slice(given, prefix.bytes, given.bytes);
    hmac_sha256_once(p->options.webhook_secret, call_body(c), wanted);
    if (given.bytes == 2 * sizeof mac && hex_read(given, mac) &&
        digest_equal(mac, wanted, sizeof mac))
        return OK;
    return fail(s, UNAUTHENTICATED, "%.*s does not fit", STR(p->options.webhook_header));
}

static enum status read_event(struct scope *s, struct event *e)
{
    struct json body = call_json(e->call);

    e->id = json_text(json_member(body, "id"));
    e->name = json_text(json_member(body, "eventName"));
    e->data = json_member(body, "eventData");
    for (size_t i = 0; i < e->id.bytes; i++)
        if (e->id.data[i] <= ' ' || e->id.data[i] > '~')
            return fail(s, INVALID, "the event's id cannot be one");
    if (e->id.bytes == 0 || e->id.bytes > EVENT_ID_BYTES_MAX)
        return fail(s, INVALID, "the event's id has 1 to %d bytes", EVENT_ID_BYTES_MAX);
    return OK;
}

// By what the session is remembered by; a member that is no id finds nothing.
static enum status find_by(struct scope *s, struct event *e, const char *kind, const char *member)
{
    struct str id = json_text(json_member(e->data, member));

    if (!signicat_is_id(id))
        return NOT_FOUND;
    return signicat_owner(s, e->p->options.store, kind, id, &e->tenant, &e->bundle_id);
}

// Whose the event is: its reference says so, else what we remember of session or collection.
static enum status find_owner(struct scope *s, struct event *e)
{
    struct str external = json_text(json_member(e->data, "externalReference"));
    struct str reference = {0};

    if (signicat_reference_read(external, &e->tenant, &e->bundle_id, &reference))
        return OK;
    enum status found = find_by(s, e, "session", "id");
    if (found == NOT_FOUND)
        found = find_by(s, e, "session", "sessionId");
    if (found == NOT_FOUND)
        found = find_by(s, e, "collection", "documentCollectionId");
    if (found == NOT_FOUND) {
        scope_forgive(s);
        e->tenant = e->bundle_id = (struct str){0};
        return OK;
    }
    return found;
}

// Puts the event down as known; false: it was.
static enum status note(struct scope *s, struct event *e, bool *is_new)
{
    struct record known = {0};
    struct record r = {
        .partition = str_concat(s, 2, str("event/"), e->id),
        .content = str("{}"),
        .expires_at_s = call_now_us(e->call) / US_PER_S + EVENT_KEEP_S,
    };

    enum status found =
        record_get(s, e->p->options.store, &signicat_table, r.partition, (struct str){0}, &known);
    *is_new = found == NOT_FOUND;
    if (found == OK || !*is_new)
        return found;
    scope_forgive(s);
    change_put(call_change(e->call), &signicat_table, &r, if_absent());
    return OK;
}

static enum status answer(struct event *e, enum outcome outcome)
{
    static const char *const words[] = {"hint", "known", "ignored"};

    metric_add(e->p->events, outcome, 1);
    if (outcome == IGNORED)
        log_event(LOG_INFO, "signicat.event_ignored", LOG_STR("event", e->id),
                  LOG_STR("name", e->name), LOG_END);
    call_answer(e->call, 200, str_format(e->scope, "{\"taken\":\"%s\"}", words[outcome]));
    return OK;
}

// That a page was opened changes nothing.
static bool may_be_hint(const struct event *e)
{
    return e->bundle_id.bytes > 0 && !str_is(e->name, "signing-session.opened");
}

static enum status take(struct scope *s, struct event *e, struct str path_bundle)
{
    bool is_new = false;

    TRY(check_signature(s, e->p, e->call));
    TRY(read_event(s, e));
    TRY(find_owner(s, e));
    if (path_bundle.bytes && e->bundle_id.bytes && !str_equal(path_bundle, e->bundle_id))
        return fail(s, REFUSED, "the event is about another bundle than the address");
    if (!may_be_hint(e))
        return answer(e, IGNORED);
    TRY(note(s, e, &is_new));
    if (is_new)
        session_hint(s, call_change(e->call), e->tenant, e->bundle_id);
    return answer(e, is_new ? HINT : KNOWN);
}

static enum status take_event(struct scope *s, struct call *c, struct str path_bundle)
{
    struct event e = {.call = c, .scope = s, .p = find_provider(call_service(c))};

    if (!e.p)
        return fail(s, NOT_FOUND, "Signicat is not set up");
    enum status status = take(s, &e, path_bundle);
    if (status == UNAUTHENTICATED || status == INVALID || status == REFUSED)
        metric_add(e.p->events, REFUSED_EVENT, 1);
    return status;
}

enum status take_sign_event(struct scope *s, struct call *c)
{
    return take_event(s, c, (struct str){0});
}

enum status take_bundle_sign_event(struct scope *s, struct call *c)
{
    return take_event(s, c, call_path(c, "bundleId"));
}
