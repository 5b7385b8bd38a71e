// The provider's five deeds. A session is created in three calls (document, collection, session);
// only the third can leave something that a signee may sign, so only its outcome can be unknown.
// What the first two made is remembered before the third: whoever creates for the same reference
// again finds the session that is there, or removes what was left over.
#include "services/signing/provider_signicat.h"

#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "core/utf8.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/pace.h"
#include "sys/world.h"

#include <string.h>

enum {
    TIDY_BYTES_MAX = 4 << 20,
    DUE_DAYS_MAX = 30, // the API's; an hour is left for clocks that differ
    TITLE_BYTES_MAX = 255,
};

static void close_signicat(void *context)
{
    struct signicat *p = context;

    pace_free(p->pace);
    condition_fini(&p->landed);
    mutex_fini(&p->lock);
}

static enum status check_url(struct scope *s, const struct signicat *p, struct str url)
{
    struct url parts = {0};

    TRY(url_split(s, url, &parts));
    if (!parts.https && !p->options.allow_private)
        return fail(s, INVALID, "signicat's address must be one of https");
    return OK;
}

enum status signicat_open(struct scope *s, const struct signicat_options *options,
                          struct signicat **out)
{
    struct signicat *p = scope_new(s, struct signicat);

    p->options = *options;
    if (str_ends(p->options.url, str("/")))
        p->options.url.bytes--;
    TRY(check_url(s, p, p->options.url));
    TRY(check_url(s, p, p->options.token_url));
    p->pace = pace_new(&(struct pace_options){.world = options->world,
                                              .name = "signicat",
                                              .rate_per_second = options->rate_per_second,
                                              .concurrent_max = options->concurrent_max});
    p->calls = metrics_find(options->metrics, "sheaf_signicat_calls");
    p->seconds = metrics_find(options->metrics, "sheaf_signicat_call_seconds");
    p->events = metrics_find(options->metrics, "sheaf_signicat_events");
    mutex_init(&p->lock);
    condition_init(&p->landed);
    scope_defer(s, close_signicat, p);
    *out = p;
    return OK;
}

// -- removing what is not wanted -----------------------------------------------------------------

struct str signicat_path(struct scope *s, const char *kind, struct str id)
{
    return str_concat(s, 4, str("/"), str(kind), str("/"), url_encode(s, id));
}

// Removes it, if that can be done: it holds personal data, and nobody else would.
static void drop(struct signicat *p, const char *kind, struct str id)
{
    struct scope *s = scope_open(TIDY_BYTES_MAX);
    struct http_reply reply = {0};

    if (signicat_is_id(id)) {
        struct signicat_call call = {.method = "DELETE", .path = signicat_path(s, kind, id)};
        enum status e = signicat_send(s, p, &call, &reply);
        if (e != OK && e != NOT_FOUND)
            log_event(LOG_INFO, "signicat.left_over", LOG_Z("kind", kind), LOG_STR("id", id),
                      LOG_WHY(s), LOG_END);
    }
    scope_close(s);
}

static void drop_made(struct signicat *p, const struct signicat_made *made)
{
    drop(p, "document-collections", made->collection_id);
    drop(p, "documents", made->document_id);
}

// -- creating ------------------------------------------------------------------------------------

static struct json text(const char *z)
{
    return json_string(str(z));
}

static struct json object(struct scope *s, size_t count, const struct json_member *members)
{
    struct json_member *kept = scope_array(s, count, sizeof *kept);

    memcpy(kept, members, count * sizeof *kept);
    return json_object(kept, count);
}

static struct json list_of(struct scope *s, struct json item)
{
    struct json *kept = scope_new(s, struct json);

    *kept = item;
    return json_array(kept, 1);
}

static enum status read_id(struct scope *s, struct json j, const char *name, struct str *out)
{
    *out = json_text(json_member(j, name));
    if (signicat_is_id(*out))
        return OK;
    return fail(s, TEMPORARY, "signicat's answer has no %s", name);
}

// An upload or a collection that may have been made is not a session: to try again is safe.
static enum status make(struct scope *s, struct signicat *p, const struct signicat_call *call,
                        const char *name, struct str *id)
{
    struct http_reply reply = {0};
    struct json j = {0};

    enum status e = signicat_ask(s, p, call, &reply);
    if (e == NOT_FOUND)
        return fail(s, TEMPORARY, "%.*s", STR(scope_why(s)));
    TRY(e);
    TRY(signicat_parse(s, reply.body, &j));
    return read_id(s, j, name, id);
}

static enum status upload(struct scope *s, struct signicat *p, const struct session_request *r,
                          struct str *id)
{
    struct signicat_call call = {.method = "POST",
                                 .path = str("/documents"),
                                 .content_type = "application/pdf",
                                 .body = r->pdf};

    return make(s, p, &call, "documentId", id);
}

static struct json with_packages(struct scope *s, const struct signicat *p, struct json j)
{
    return p->options.package
               ? json_with(s, j, str("packageTo"), list_of(s, text("PADES_CONTAINER")))
               : j;
}

static enum status collect(struct scope *s, struct signicat *p, struct str document_id,
                           struct str *id)
{
    struct json document =
        object(s, 1, (struct json_member[]){{str("documentId"), json_string(document_id)}});
    struct json j = object(s, 1, (struct json_member[]){{str("documents"), list_of(s, document)}});
    struct signicat_call call = {.method = "POST",
                                 .path = str("/document-collections"),
                                 .content_type = "application/json",
                                 .body = json_to_str(s, with_packages(s, p, j))};

    return make(s, p, &call, "id", id);
}

static struct json setup(struct scope *s, const struct signicat *p)
{
    struct json flow = json_string(p->options.flow);
    bool pki = str_is(p->options.flow, "PKISIGNING");

    if (pki) {
        return object(s, 2,
                      (struct json_member[]){{str("signingFlow"), flow},
                                             {str("vendor"), json_string(p->options.vendor)}});
    }
    struct json provider = object(
        s, 1, (struct json_member[]){{str("idpName"), json_string(p->options.identity_provider)}});
    return object(s, 2,
                  (struct json_member[]){{str("signingFlow"), flow},
                                         {str("identityProviders"), list_of(s, provider)}});
}

static struct json signer(struct scope *s, const struct session_request *r)
{
    struct json j = json_object(NULL, 0);

    if (r->signee_email.bytes)
        j = json_with(s, j, str("email"), json_string(r->signee_email));
    if (r->signee_pnr.bytes) {
        j = json_with(s, j, str("nationalIdentificationNumber"), json_string(r->signee_pnr));
        j = json_with(s, j, str("validations"), list_of(s, text("NATIONAL_IDENTIFICATION_NUMBER")));
    }
    return j;
}

static struct json way_back(struct scope *s, const struct signicat *p, const char *result)
{
    struct str base = p->options.return_url;

    if (base.bytes == 0)
        base = str_concat(s, 2, *p->options.public_url, str("/sign-return"));
    bool has_query = str_find_byte(base, '?') < base.bytes;
    return json_string(
        str_concat(s, 3, base, str(has_query ? "&result=" : "?result="), str(result)));
}

static struct json ways_back(struct scope *s, const struct signicat *p)
{
    return object(s, 3,
                  (struct json_member[]){{str("success"), way_back(s, p, "success")},
                                         {str("cancel"), way_back(s, p, "cancel")},
                                         {str("error"), way_back(s, p, "error")}});
}

static struct json language(struct scope *s, struct str wanted)
{
    static const char *const known[] = {"sv", "en", "da", "de", "fi", "nb", "nn"};
    const char *chosen = "en";

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_nocase(wanted, str(known[i])))
            chosen = known[i];
    return object(s, 1, (struct json_member[]){{str("language"), text(chosen)}});
}

static struct str due(struct scope *s, const struct signicat *p, int64_t due_at_us)
{
    int64_t latest_us =
        world_now_us(p->options.world) + DUE_DAYS_MAX * MOMENT_DAY_US - MOMENT_HOUR_US;

    return moment_to_str(s, due_at_us < latest_us ? due_at_us : latest_us, MOMENT_SECONDS);
}

static struct str session_body(struct scope *s, const struct signicat *p,
                               const struct session_request *r, struct str external,
                               const struct signicat_made *made)
{
    struct json document = object(
        s, 3,
        (struct json_member[]){{str("action"), text("SIGN")},
                               {str("documentCollectionId"), json_string(made->collection_id)},
                               {str("documentId"), json_string(made->document_id)}});
    struct json j = object(
        s, 8,
        (struct json_member[]){{str("title"), json_string(utf8_cut(r->title, TITLE_BYTES_MAX))},
                               {str("externalReference"), json_string(external)},
                               {str("documents"), list_of(s, document)},
                               {str("signingSetup"), list_of(s, setup(s, p))},
                               {str("dueDate"), json_string(due(s, p, r->due_at_us))},
                               {str("signer"), signer(s, r)},
                               {str("redirectSettings"), ways_back(s, p)},
                               {str("ui"), language(s, r->language)}});

    return json_to_str(s, list_of(s, with_packages(s, p, j)));
}

// The answer to the third call. What cannot be read may all the same be a session.
static enum status read_created(struct scope *s, const struct signicat *p,
                                const struct session_request *r, struct str body,
                                struct session *out)
{
    struct json j = {0};
    enum status e = signicat_parse(s, body, &j);

    if (e == OK && (!json_is(j, JSON_ARRAY) || j.count != 1))
        e = fail(s, TEMPORARY, "signicat did not answer with one session");
    if (e == OK)
        e = signicat_read_session(s, p, json_at(j, 0), r->tenant, out);
    if (e == OK && !str_equal(out->reference, r->reference))
        e = fail(s, TEMPORARY, "signicat's session has another reference");
    return e == OK ? OK : fail(s, TIMEOUT, "%.*s", STR(scope_why(s)));
}

static enum status open_session(struct scope *s, struct signicat *p,
                                const struct session_request *r, struct str external,
                                const struct signicat_made *made, struct session *out)
{
    struct http_reply reply = {0};
    struct signicat_call call = {.method = "POST",
                                 .path = str("/signing-sessions"),
                                 .content_type = "application/json",
                                 .body = session_body(s, p, r, external, made),
                                 .once = true,
                                 .secrets = {r->signee_name, r->signee_email, r->signee_pnr}};

    TRY(signicat_made_put(s, p, r, external, made));
    enum status e = signicat_send(s, p, &call, &reply);
    if (e == TOO_LARGE) // it was taken
        return fail(s, TIMEOUT, "%.*s", STR(scope_why(s)));
    if (e == NOT_FOUND || e == CONFLICT) // of what the session is made of: to be made anew
        return fail(s, TEMPORARY, "%.*s", STR(scope_why(s)));
    TRY(e);
    return read_created(s, p, r, reply.body, out);
}

static enum status create_anew(struct scope *s, struct signicat *p, const struct session_request *r,
                               struct str external, struct session *out)
{
    struct signicat_made made = {0};
    enum status e = upload(s, p, r, &made.document_id);

    if (e == OK)
        e = collect(s, p, made.document_id, &made.collection_id);
    if (e == OK)
        e = open_session(s, p, r, external, &made, out);
    if (e != OK && e != TIMEOUT)
        drop_made(p, &made);
    return e;
}

static enum status create(struct scope *s, void *self, const struct session_request *r,
                          struct session *out)
{
    struct signicat *p = self;
    struct signicat_made before = {0};
    struct session *found = NULL;
    size_t count = 0;
    struct str external = signicat_reference(s, r->tenant, r->reference);

    *out = (struct session){0};
    if (external.bytes > SIGNICAT_REFERENCE_BYTES_MAX)
        return fail(s, INVALID, "the reference is longer than %d bytes",
                    SIGNICAT_REFERENCE_BYTES_MAX);
    TRY(signicat_made_get(s, p, external, &before));
    if (before.collection_id.bytes) {
        TRY(signicat_find(s, p, r->tenant, r->reference, &found, &count));
        if (count > 1)
            return fail(s, TIMEOUT, "signicat has %zu sessions of this reference", count);
        if (count == 1) {
            *out = found[0];
            return OK;
        }
        drop_made(p, &before);
    }
    TRY(create_anew(s, p, r, external, out));
    signicat_session_put(s, p, r, out->id);
    return OK;
}

// -- looking, cancelling -------------------------------------------------------------------------

static enum status get_session(struct scope *s, struct signicat *p, struct str id, struct json *out)
{
    struct http_reply reply = {0};

    if (!signicat_is_id(id))
        return fail(s, NOT_FOUND, "there is no such session");
    struct signicat_call call = {.method = "GET", .path = signicat_path(s, "signing-sessions", id)};
    TRY(signicat_ask(s, p, &call, &reply));
    return signicat_parse(s, reply.body, out);
}

enum status signicat_look_json(struct scope *s, struct signicat *p, struct str tenant,
                               struct str id, struct json *j, struct session *out)
{
    TRY(get_session(s, p, id, j));
    TRY(signicat_read_session(s, p, *j, tenant, out));
    if (!str_equal(out->id, id))
        return fail(s, TEMPORARY, "signicat answered with another session");
    return OK;
}

static enum status look(struct scope *s, void *self, struct str tenant, struct str id,
                        struct session *out)
{
    struct json j = {0};

    return signicat_look_json(s, self, tenant, id, &j, out);
}

static enum status cancel(struct scope *s, void *self, struct str tenant, struct str id)
{
    struct signicat *p = self;
    struct json j = {0};
    struct session session = {0};
    struct http_reply reply = {0};

    enum status e = signicat_look_json(s, p, tenant, id, &j, &session);
    if (e == NOT_FOUND || (e == OK && session.state != SESSION_OPEN)) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    struct signicat_call call = {.method = "DELETE",
                                 .path = signicat_path(s, "signing-sessions", id)};
    e = signicat_send(s, p, &call, &reply);
    if (e == NOT_FOUND || e == CONFLICT) { // it has ended meanwhile
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    struct json document = json_at(json_member(j, "documents"), 0);
    drop_made(p, &(struct signicat_made){
                     .document_id = json_text(json_member(document, "documentId")),
                     .collection_id = json_text(json_member(document, "documentCollectionId"))});
    return OK;
}

const struct provider signicat_provider = {
    .name = "signicat",
    .signs = true,
    .create = create,
    .find = signicat_find,
    .look = look,
    .fetch = signicat_fetch,
    .cancel = cancel,
};
