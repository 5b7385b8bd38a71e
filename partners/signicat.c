// Signicat takes a call: what happened meanwhile happens first, then faults, then the token, then
// the resource.
#include "partners/signicat_impl.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/heap.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "http/client.h"
#include "sys/world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SCOPE_BYTES_MAX = 1 << 30,
    HAPPENING_BYTES_MAX = 1 << 30,
    ID_BYTES = 16,
    RETRY_AFTER_S_MAX = 5,
};

static const char token_path[] = "/auth/open/connect/token";

struct esign *esign_new(const struct esign_options *options)
{
    struct esign *e = heap_new(struct esign);

    e->options = *options;
    e->chance = chance_seeded(options->seed ^ 0x7369676e);
    e->scope = scope_open(SCOPE_BYTES_MAX);
    e->documents = ledger_new(sizeof(struct esign_document));
    e->collections = ledger_new(sizeof(struct esign_collection));
    e->sessions = ledger_new(sizeof(struct esign_session));
    e->references = ledger_new(sizeof(struct esign_reference));
    mutex_init(&e->lock);
    esign_signing_open(e);
    return e;
}

static void free_bytes(void *context, const void *entry)
{
    const struct esign_document *d = entry;

    (void)context;
    if (!d->deleted)
        free((void *)(uintptr_t)d->bytes.data);
}

void esign_free(struct esign *e)
{
    if (!e)
        return;
    for (struct esign_happening *h; (h = agenda_take(&e->happenings, INT64_MAX));)
        free(h);
    agenda_fini(&e->happenings);
    esign_events_free(e);
    ledger_visit(e->documents, free_bytes, NULL);
    ledger_free(e->documents);
    ledger_free(e->collections);
    ledger_free(e->sessions);
    ledger_free(e->references);
    free((void *)e->order);
    mutex_fini(&e->lock);
    scope_close(e->scope);
    free(e);
}

void esign_set_faults(struct esign *e, const struct faults *faults)
{
    mutex_lock(&e->lock);
    e->options.faults = *faults;
    mutex_unlock(&e->lock);
}

struct str esign_authority(struct esign *e)
{
    return e->authority;
}

int64_t esign_now_us(const struct esign *e)
{
    return world_now_us(e->options.world);
}

// A random UUID (RFC 9562, 5.4).
struct str esign_id(struct scope *s, struct esign *e)
{
    uint8_t b[ID_BYTES];

    chance_fill(&e->chance, b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    struct str h = hex_encode(s, str_of(b, sizeof b));
    return str_format(s, "%.8s-%.4s-%.4s-%.4s-%.12s", h.data, h.data + 8, h.data + 12, h.data + 16,
                      h.data + 20);
}

void esign_answer_json(struct esign_at *t, int code, struct json body)
{
    t->out->code = code;
    t->out->content_type = "application/json";
    t->out->body = json_to_str(t->s, body);
}

struct problem {
    int code;
    const char *title, *word;
};

static struct problem problem_of(int code)
{
    static const struct problem problems[] = {
        {400, "Bad request", "bad_request"},
        {401, "Unauthorized", "unauthorized"},
        {403, "Forbidden", "forbidden"},
        {404, "Not found", "not_found"},
        {409, "Conflict", "conflict"},
        {429, "Too many requests", "too_many_requests"},
        {503, "Unavailable", "service_unavailable"},
    };

    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (problems[i].code == code)
            return problems[i];
    return (struct problem){code, "Internal server error", "internal_server_error"};
}

void esign_problem(struct esign_at *t, int code, const char *detail, struct str invalid_params)
{
    struct buf b = buf_make(t->s, ESIGN_PROBLEMS_BYTES_MAX);
    struct problem p = problem_of(code);

    buf_format(&b, "{\"status\":%d,\"title\":\"%s\",\"code\":\"%s\",\"detail\":", code, p.title,
               p.word);
    json_write_string(&b, str(detail));
    buf_format(&b, ",\"traceId\":\"%.*s\",\"type\":\"about:blank\"", STR(esign_id(t->s, t->e)));
    if (invalid_params.bytes)
        buf_format(&b, ",\"invalidParams\":[%.*s]", STR(invalid_params));
    buf_put_byte(&b, '}');
    t->out->code = code;
    t->out->content_type = "application/problem+json";
    t->out->body = buf_str(&b);
    t->e->counts.malformed += code == 400;
}

void esign_plan(struct esign *e, enum esign_kind kind, struct esign_session *session, int64_t at_us)
{
    struct esign_happening *h = heap_new(struct esign_happening);

    h->kind = kind;
    h->session = session;
    agenda_add(&e->happenings, &h->due, at_us);
}

// Everything that is due happens, in its order.
static void catch_up(struct esign *e)
{
    for (struct esign_happening *h; (h = agenda_take(&e->happenings, esign_now_us(e)));) {
        struct scope *s = scope_open(HAPPENING_BYTES_MAX);
        esign_happen(s, e, h);
        scope_close(s);
        free(h);
    }
}

// -- tokens --------------------------------------------------------------------------------------

static bool form_is(struct scope *s, struct str body, const char *name, struct str wanted)
{
    struct str value = {0};

    return url_query_find(s, body, str(name), &value) == OK &&
           (wanted.bytes == 0 || str_equal(value, wanted));
}

// Both ways of RFC 6749, 2.3.1.
static bool is_known(struct esign_at *t)
{
    const struct esign_options *o = &t->e->options;
    struct str header = t->call->authorization;
    struct str pair = {0};

    if (!str_starts(header, str("Basic ")))
        return form_is(t->s, t->call->body, "client_id", o->client_id) &&
               form_is(t->s, t->call->body, "client_secret", o->client_secret);
    if (base64_decode(t->s, str_slice(header, 6, header.bytes), &pair) != OK)
        return false;
    struct str id = str_cut(&pair, ':');
    struct str secret = {0};
    return url_decode_form(t->s, id, &id) == OK && url_decode_form(t->s, pair, &secret) == OK &&
           (o->client_id.bytes == 0 || str_equal(id, o->client_id)) &&
           (o->client_secret.bytes == 0 || str_equal(secret, o->client_secret));
}

static void refuse_token(struct esign_at *t, const char *error)
{
    t->out->code = 400;
    t->out->content_type = "application/json";
    t->out->body = str_format(t->s, "{\"error\":\"%s\"}", error);
}

static void give_token(struct esign_at *t)
{
    struct esign *e = t->e;
    struct esign_token *token = &e->tokens[e->next_token++ % ESIGN_TOKENS];
    uint32_t life_s = e->options.faults.token_s;

    (void)snprintf(token->text, sizeof token->text, "%.*s", STR(esign_id(t->s, e)));
    token->until_us = esign_now_us(e) + life_s * ESIGN_US_PER_S;
    e->counts.tokens++;
    t->out->code = 200;
    t->out->content_type = "application/json";
    t->out->body = str_format(t->s,
                              "{\"access_token\":\"%s\",\"expires_in\":%u,\"token_type\":"
                              "\"Bearer\",\"scope\":\"signicat-api\"}",
                              token->text, life_s);
}

static void answer_token(struct esign_at *t)
{
    struct str form = t->call->body;

    if (!str_is(t->call->method, "POST") ||
        !str_starts(t->call->content_type, str("application/x-www-form-urlencoded"))) {
        t->e->counts.malformed++;
        refuse_token(t, "invalid_request");
    } else if (!form_is(t->s, form, "grant_type", str("client_credentials"))) {
        t->e->counts.malformed++;
        refuse_token(t, "unsupported_grant_type");
    } else if (!form_is(t->s, form, "scope", str("signicat-api"))) {
        t->e->counts.malformed++;
        refuse_token(t, "invalid_scope");
    } else if (!is_known(t)) {
        t->e->counts.strangers++;
        refuse_token(t, "invalid_client");
    } else {
        give_token(t);
    }
    scope_forgive(t->s);
}

static bool has_token(struct esign_at *t)
{
    struct esign *e = t->e;
    struct str header = t->call->authorization;

    if (!str_starts(header, str("Bearer "))) {
        e->counts.strangers++;
        return false;
    }
    for (unsigned i = 0; i < ESIGN_TOKENS; i++) {
        struct esign_token *token = &e->tokens[i];
        if (!str_is(str_slice(header, 7, header.bytes), token->text) || token->until_us == 0)
            continue;
        if (faults_strike(&e->chance, e->options.faults.forget))
            token->until_us = 0;
        if (esign_now_us(e) < token->until_us)
            return true;
    }
    e->counts.stale_tokens++;
    return false;
}

// -- calls ---------------------------------------------------------------------------------------

// What keeps a call from being taken.
static bool refuse_call(struct esign_at *t)
{
    struct esign *e = t->e;
    const struct faults *f = &e->options.faults;
    int code = 0;

    if (faults_down(f, esign_now_us(e)))
        code = 503;
    else if (faults_strike(&e->chance, f->fail_before))
        code = 500;
    else if (faults_strike(&e->chance, f->busy))
        code = 429;
    if (code == 0)
        return false;
    esign_problem(t, code, "not now", (struct str){0});
    if (code == 429)
        t->out->retry_after_s = 1 + (uint32_t)chance_below(&e->chance, RETRY_AFTER_S_MAX);
    e->counts.faults++;
    return true;
}

// What goes wrong with the answer to a call that was taken.
static void spoil(struct esign_at *t)
{
    struct esign *e = t->e;
    const struct faults *f = &e->options.faults;

    if (faults_strike(&e->chance, f->silent)) {
        t->out->code = 0;
    } else if (faults_strike(&e->chance, f->fail_after)) {
        esign_problem(t, 500, "something broke", (struct str){0});
    } else if (faults_strike(&e->chance, f->garble)) {
        t->out->content_type = "text/html";
        t->out->body = str("<html>it works");
    } else {
        return;
    }
    e->counts.faults++;
}

static void answer_api(struct esign_at *t)
{
    static const struct {
        const char *path;
        void (*answer)(struct esign_at *t, struct str rest);
    } resources[] = {
        {"/sign/documents", esign_documents},
        {"/sign/document-collections", esign_collections},
        {"/sign/signing-sessions", esign_sessions},
    };
    struct str path = t->call->path;

    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        struct str prefix = str(resources[i].path);
        struct str rest = str_slice(path, prefix.bytes, path.bytes);
        if (!str_starts(path, prefix) || (rest.bytes && rest.data[0] != '/'))
            continue;
        resources[i].answer(t, str_slice(rest, 1, rest.bytes));
        return;
    }
    t->e->counts.malformed++;
    esign_problem(t, 404, "there is no such resource", (struct str){0});
}

void esign_call(struct scope *s, struct esign *e, const struct esign_call *call,
                struct esign_reply *out)
{
    struct esign_at t = {s, e, call, out};

    mutex_lock(&e->lock);
    *out = (struct esign_reply){.late_ms = e->options.faults.answer_ms};
    catch_up(e);
    if (!refuse_call(&t)) {
        if (str_is(call->path, token_path)) {
            answer_token(&t);
        } else if (!has_token(&t)) {
            esign_problem(&t, 401, "the token is missing, wrong or has expired", (struct str){0});
        } else {
            answer_api(&t);
            spoil(&t);
        }
    }
    mutex_unlock(&e->lock);
}

static enum status answer_stand_in(struct scope *s, const struct esign_reply *reply,
                                   struct http_reply *out)
{
    struct http_field *headers = scope_array(s, 2, sizeof *headers);
    size_t count = 0;

    if (reply->code == 0)
        return fail(s, TIMEOUT, "no answer came in time");
    if (reply->content_type)
        headers[count++] = (struct http_field){str("Content-Type"), str(reply->content_type)};
    if (reply->retry_after_s)
        headers[count++] =
            (struct http_field){str("Retry-After"), str_format(s, "%u", reply->retry_after_s)};
    *out = (struct http_reply){reply->code, headers, count, reply->body};
    return OK;
}

enum status esign_stand_in(void *context, struct scope *s, const struct http_request *request,
                           struct http_reply *out)
{
    struct esign *e = context;
    struct url url = {0};
    struct esign_reply reply = {0};
    struct esign_call call = {
        .method = str(request->method ? request->method : "GET"),
        .authorization = field_find(request->headers, request->header_count, "Authorization"),
        .content_type = field_find(request->headers, request->header_count, "Content-Type"),
        .body = request->body,
    };

    mutex_lock(&e->lock);
    bool down = faults_down(&e->options.faults, esign_now_us(e));
    mutex_unlock(&e->lock);
    if (down)
        return fail(s, TEMPORARY, "no connection");
    TRY(url_split(s, request->url, &url));
    TRY(url_decode(s, url.path, &call.path));
    call.query = url.query;
    esign_call(s, e, &call, &reply);
    if (request->answer_bytes_max && reply.body.bytes > request->answer_bytes_max)
        return fail(s, TOO_LARGE, "the answer is longer than %zu bytes", request->answer_bytes_max);
    return answer_stand_in(s, &reply, out);
}

// The session behind a link; NULL: none.
static struct esign_session *find_link(struct esign *e, struct str link)
{
    struct str at = str("?sessionId=");

    return ledger_find(e->sessions, str_slice(link, str_find(link, at) + at.bytes, link.bytes));
}

bool esign_is_open(struct esign *e, struct str link)
{
    mutex_lock(&e->lock);
    catch_up(e);
    const struct esign_session *session = find_link(e, link);
    bool is_open = session && esign_is_live(session);
    mutex_unlock(&e->lock);
    return is_open;
}

bool esign_way_back(struct scope *s, struct esign *e, struct str link, const char *result,
                    struct str *out)
{
    mutex_lock(&e->lock);
    const struct esign_session *session = find_link(e, link);
    struct json ways =
        session ? json_member(session->request, "redirectSettings") : (struct json){0};
    *out = str_copy(s, json_text(json_member(ways, result)));
    mutex_unlock(&e->lock);
    return out->bytes > 0;
}

void esign_set_link(struct esign *e, struct str link_url)
{
    mutex_lock(&e->lock);
    e->options.link_url = link_url;
    mutex_unlock(&e->lock);
}

void esign_turn(struct esign *e)
{
    mutex_lock(&e->lock);
    catch_up(e);
    mutex_unlock(&e->lock);
}

bool esign_visit(struct esign *e, struct str link, enum esign_act act, const char *reason)
{
    struct scope *s = scope_open(HAPPENING_BYTES_MAX);

    mutex_lock(&e->lock);
    catch_up(e);
    struct esign_session *session = find_link(e, link);
    bool done = session && esign_act(s, e, session, act, reason);
    mutex_unlock(&e->lock);
    scope_close(s);
    return done;
}

int64_t esign_next_us(struct esign *e)
{
    mutex_lock(&e->lock);
    int64_t next_us = agenda_next_us(&e->happenings);
    int64_t event_us = agenda_next_us(&e->events);
    mutex_unlock(&e->lock);
    return next_us < event_us ? next_us : event_us;
}
