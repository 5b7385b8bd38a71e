// Signing sessions: created by the list, found by the list, and what the signee may do meanwhile.
#include "partners/signicat_impl.h"

#include "core/heap.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"

#include <stdlib.h>

enum { LIMIT_STANDARD = 20, DUE_DAYS_STANDARD = 30 };

bool esign_is_live(const struct esign_session *session)
{
    return session->state == ESIGN_READY && !session->deleted;
}

unsigned esign_live_count(const struct esign_reference *r)
{
    unsigned count = 0;

    for (const struct esign_session *one = r->first; one; one = one->same)
        count += esign_is_live(one);
    return count;
}

// It waits for those before it.
static bool is_blocked(const struct esign *e, const struct esign_session *session)
{
    struct json before = json_member(session->request, "subsequentTo");

    for (size_t i = 0; i < before.count && json_is(before, JSON_ARRAY); i++) {
        const struct esign_session *one = ledger_find(e->sessions, json_text(json_at(before, i)));
        if (!one || one->state != ESIGN_SIGNED)
            return true;
    }
    return false;
}

static struct json member(struct scope *s, struct json j, const char *name, struct str text)
{
    return json_with(s, j, str(name), json_string(text));
}

static struct json list_of(struct scope *s, struct json item)
{
    struct json *kept = scope_new(s, struct json);

    *kept = item;
    return json_array(kept, 1);
}

static struct json lifecycle(struct scope *s, const struct esign *e,
                             const struct esign_session *session)
{
    static const char *const names[] = {"READY", "SIGNED", "REJECTED", "EXPIRED"};
    bool is_open = session->state == ESIGN_READY;
    const char *name = is_open && is_blocked(e, session) ? "BLOCKED" : names[session->state];
    struct json j = member(s, json_object(NULL, 0), "state", str(name));

    if (session->reason.bytes)
        j = member(s, j, "rejectReason", session->reason);
    return json_with(s, j, str("stateIsFinal"), json_bool(!is_open));
}

static struct json output(struct scope *s, const struct esign_session *session)
{
    struct json first = json_at(json_member(session->request, "documents"), 0);
    struct json signature = json_object(NULL, 0);
    struct json j = json_object(NULL, 0);

    signature = json_with(s, signature, str("documentCollectionId"),
                          json_member(first, "documentCollectionId"));
    signature =
        json_with(s, signature, str("originalDocumentId"), json_member(first, "documentId"));
    signature = member(s, signature, "resultDocumentId", session->result_id);
    signature = member(s, signature, "signatureType", str("PADES"));
    j = json_with(s, j, str("signatures"), list_of(s, signature));
    if (session->package_id.bytes == 0)
        return j;
    struct json package = member(s, json_object(NULL, 0), "packageId", session->package_id);
    package = member(s, package, "packageType", str("PADES_CONTAINER"));
    package = member(s, package, "resultDocumentId", session->package_result_id);
    return json_with(s, j, str("packages"), list_of(s, package));
}

struct json esign_session_json(struct scope *s, const struct esign *e,
                               const struct esign_session *session)
{
    struct str base = e->options.link_url.bytes ? e->options.link_url
                                                : str("https://sheaf.sandbox.signicat.test/sign/");
    struct json j = member(s, session->request, "id", session->told.id);

    j = member(s, j, "createdAt", moment_to_str(s, session->created_us, MOMENT_MILLISECONDS));
    j = member(s, j, "signatureUrl", str_concat(s, 3, base, str("?sessionId="), session->told.id));
    j = json_with(s, j, str("lifecycle"), lifecycle(s, e, session));
    return session->state == ESIGN_SIGNED ? json_with(s, j, str("output"), output(s, session)) : j;
}

// -- creating ------------------------------------------------------------------------------------

static void append(struct esign *e, struct esign_session *session)
{
    if (e->count == e->room) {
        e->room = e->room ? 2 * e->room : 64;
        e->order = heap_resize((void *)e->order, e->room, sizeof(struct esign_session *));
    }
    e->order[e->count++] = session;
}

static void file_reference(struct esign *e, struct esign_session *session)
{
    struct str text = json_text(json_member(session->request, "externalReference"));
    struct esign_reference *r = ledger_tell(e->references, text, (struct str){0});

    session->reference = r;
    session->same = r->first;
    r->first = session;
    r->sessions++;
    if (text.bytes && r->sessions == 2)
        e->counts.doubled++;
}

static struct esign_session *open_session(struct scope *s, struct esign *e, struct json request)
{
    struct esign_session *session =
        ledger_tell(e->sessions, esign_id(e->scope, e), (struct str){0});
    const struct faults *f = &e->options.faults;

    session->request = json_copy(e->scope, request);
    session->created_us = esign_now_us(e);
    session->listed_us =
        session->created_us +
        (int64_t)chance_below(&e->chance, (uint64_t)f->lag_ms + 1) * ESIGN_US_PER_MS;
    if (!moment_read(json_text(json_member(request, "dueDate")), &session->due_us))
        session->due_us = session->created_us + DUE_DAYS_STANDARD * MOMENT_DAY_US;
    append(e, session);
    file_reference(e, session);
    e->counts.sessions++;
    esign_plan(e, ESIGN_EXPIRE, session, session->due_us);
    if (e->options.signees) {
        esign_plan(e, ESIGN_ACT, session,
                   session->created_us +
                       (int64_t)chance_below(&e->chance, (uint64_t)f->sign_ms + 1) *
                           ESIGN_US_PER_MS);
    }
    if (faults_strike(&e->chance, f->early))
        esign_emit(s, e, "signing-session.opened", session, (struct json){0});
    return session;
}

static void create(struct esign_at *t)
{
    struct json body = {0};

    if (json_parse(t->s, t->call->body, &json_limits_strict, &body) != OK) {
        scope_forgive(t->s);
        esign_problem(t, 400, "the body is no JSON", (struct str){0});
        return;
    }
    struct str wrong = esign_check_sessions(t->s, t->e, body);
    if (wrong.bytes) {
        esign_problem(t, 400, "a session is not what it should be", wrong);
        return;
    }
    struct json *sessions = scope_array(t->s, body.count, sizeof *sessions);
    for (size_t i = 0; i < body.count; i++)
        sessions[i] = esign_session_json(t->s, t->e, open_session(t->s, t->e, json_at(body, i)));
    esign_answer_json(t, 200, json_array(sessions, body.count));
}

// -- reading -------------------------------------------------------------------------------------

static uint64_t number_of(struct esign_at *t, const char *name, uint64_t standard)
{
    struct str text = {0};
    uint64_t number = standard;

    if (url_query_find(t->s, t->call->query, str(name), &text) == OK &&
        !str_to_u64(text, UINT32_MAX, &number))
        number = UINT64_MAX;
    scope_forgive(t->s);
    return number;
}

static void list(struct esign_at *t)
{
    struct esign *e = t->e;
    uint64_t limit = number_of(t, "limit", LIMIT_STANDARD);
    uint64_t offset = number_of(t, "offset", 0);
    struct str sort = str("-createdAt");

    (void)url_query_find(t->s, t->call->query, str("sort"), &sort);
    if (limit == 0 || limit > ESIGN_LIST_MAX || offset == UINT64_MAX ||
        !str_is(sort, "-createdAt")) {
        esign_problem(t, 400, "limit, offset or sort cannot be", (struct str){0});
        return;
    }
    struct json *data = scope_array(t->s, (size_t)limit, sizeof *data);
    size_t count = 0;
    uint64_t total = 0;
    for (size_t i = e->count; i > 0; i--) { // newest first
        const struct esign_session *session = e->order[i - 1];
        if (session->deleted || session->listed_us > esign_now_us(e))
            continue;
        if (total++ >= offset && count < limit)
            data[count++] = esign_session_json(t->s, e, session);
    }
    e->counts.lists++;
    struct json j = json_with(t->s, json_object(NULL, 0), str("data"), json_array(data, count));
    j = json_with(t->s, j, str("count"), json_i64(t->s, (int64_t)count));
    j = json_with(t->s, j, str("limit"), json_i64(t->s, (int64_t)limit));
    j = json_with(t->s, j, str("offset"), json_i64(t->s, (int64_t)offset));
    esign_answer_json(t, 200, json_with(t->s, j, str("total"), json_i64(t->s, (int64_t)total)));
}

static void delete_session(struct esign_at *t, struct esign_session *session)
{
    if (session->state != ESIGN_READY) {
        esign_problem(t, 409, "the session has ended", (struct str){0});
        return;
    }
    session->deleted = true;
    t->e->counts.deleted++;
    t->out->code = 204;
}

void esign_sessions(struct esign_at *t, struct str rest)
{
    struct str method = t->call->method;

    if (rest.bytes == 0 && str_is(method, "POST")) {
        create(t);
        return;
    }
    if (rest.bytes == 0 && str_is(method, "GET")) {
        list(t);
        return;
    }
    struct esign_session *session = ledger_find(t->e->sessions, rest);
    if (!session || session->deleted) {
        esign_problem(t, 404, "there is no such session", (struct str){0});
    } else if (str_is(method, "GET")) {
        t->e->counts.looks++;
        esign_answer_json(t, 200, esign_session_json(t->s, t->e, session));
    } else if (str_is(method, "DELETE")) {
        delete_session(t, session);
    } else {
        esign_problem(t, 400, "a session can be read and deleted", (struct str){0});
    }
}
