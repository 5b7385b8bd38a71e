// The provider against Signicat's side in the same process: its life, and every way in which a call
// can fail.
#include "services/signing/provider_signicat.h"

#include "core/moment.h"
#include "http/client.h"
#include "partners/signicat.h"
#include "services/signing/signicat_impl.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/pace.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { S = 1000000 };

// Signicat at the other end of a wire that can fail: at the n-th call, before it or after.
struct wire {
    struct esign *e;
    unsigned calls;
    unsigned fail_nth;
    enum status fail_with;
    bool after;      // Signicat got it
    int answer_code; // above 0: answers this itself, to `answer_path`
    const char *answer_method, *answer_path, *answer;
};

struct fixture {
    struct world *world;
    struct store *store;
    struct esign *e;
    struct wire wire;
    struct signicat *provider;
    struct session_request request;
};

static enum status pass_on(void *context, struct scope *s, const struct http_request *request,
                           struct http_reply *out)
{
    struct wire *w = context;
    bool fails = ++w->calls == w->fail_nth;

    if (fails && !w->after)
        return fail(s, w->fail_with, "the wire broke");
    if (w->answer && str_is(str(request->method), w->answer_method) &&
        str_ends(str_slice(request->url, 0, str_find_byte(request->url, '?')),
                 str(w->answer_path))) {
        *out = (struct http_reply){.code = w->answer_code, .body = str(w->answer)};
        return OK;
    }
    enum status e = esign_stand_in(w->e, s, request, out);
    return fails && e == OK ? fail(s, w->fail_with, "the wire broke") : e;
}

static void end(void *context)
{
    struct fixture *f = context;

    esign_free(f->e);
    store_close(f->store);
    sim_free(f->world);
}

static void close_client(void *client)
{
    http_client_free(client);
}

static struct signicat_options options_of(struct scope *s, struct fixture *f)
{
    struct http_client *http = http_client_new(
        &(struct http_client_options){.stand_in = pass_on, .stand_in_context = &f->wire});

    scope_defer(s, close_client, http);
    return (struct signicat_options){
        .world = f->world,
        .http = http,
        .store = f->store,
        .url = str("https://api.signicat.test/sign/"),
        .token_url = str("https://api.signicat.test/auth/open/connect/token"),
        .client_id = str("sheaf"),
        .client_secret = str("s:+%/ecret"),
        .flow = str("PKISIGNING"),
        .vendor = str("SBID"),
        .identity_provider = str("sbid"),
        .package = true,
        .return_url = str("https://sheaf.test/status?b=1"),
    };
}

static struct fixture *start(struct scope *s, struct faults faults)
{
    static const struct table_def *const tables[] = {&signicat_table, NULL};
    static const struct store_schema schema = {.tables = tables};
    struct fixture *f = scope_new(s, struct fixture);

    f->world = sim_new(1);
    log_capture(s, f->world);
    f->store = memory_open(f->world, &schema, 1, MEMORY_KIND);
    f->e = esign_new(&(struct esign_options){.world = f->world,
                                             .seed = 1,
                                             .faults = faults,
                                             .client_id = str("sheaf"),
                                             .client_secret = str("s:+%/ecret"),
                                             .plain = true});
    f->wire.e = f->e;
    scope_defer(s, end, f);
    struct signicat_options options = options_of(s, f);
    EXPECT_OK(signicat_open(s, &options, &f->provider));
    f->request = (struct session_request){
        .tenant = str("acme"),
        .bundle_id = str("2026-01-01-D1"),
        .reference = str("2026-01-01-D1#1"),
        .title = str("Avtal"),
        .signee_name = str("Anna Ek"),
        .signee_email = str("anna@dealer.test"),
        .signee_pnr = str("199001012384"),
        .language = str("sv"),
        .due_at_us = world_now_us(f->world) + 90 * MOMENT_DAY_US,
        .pdf = str("%PDF-1.7\nno more than this"),
        .page_count = 1,
    };
    return f;
}

static enum status create(struct scope *s, struct fixture *f, struct session *out)
{
    return signicat_provider.create(s, f->provider, &f->request, out);
}

static enum status look(struct scope *s, struct fixture *f, struct str id, struct session *out)
{
    return signicat_provider.look(s, f->provider, f->request.tenant, id, out);
}

static struct session created(struct scope *s, struct fixture *f)
{
    struct session session = {0};

    EXPECT_OK(create(s, f, &session));
    return session;
}

TEST(a_session_is_created_as_the_api_wants_it)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct esign_counts counts = esign_counts(f->e);

    EXPECT_EQUAL(session.state, SESSION_OPEN);
    EXPECT_STR(session.reference, "2026-01-01-D1#1");
    EXPECT(str_starts(session.link, str("https://")));
    EXPECT_STR(json_text(json_member(session.log, "externalReference")), "2026-01-01-D1#1@acme");
    EXPECT(json_member(session.log, "signatureUrl").type == JSON_NONE);
    EXPECT_STR(json_text(json_path(session.log, "redirectSettings.cancel")),
               "https://sheaf.test/status?b=1&result=cancel");
    EXPECT_EQUAL(counts.sessions, 1);
    EXPECT_EQUAL(counts.malformed + counts.strangers + counts.stranded, 0);
    EXPECT_EQUAL(counts.tokens, 1);
}

TEST(a_session_by_authentication_is_taken_too)
{
    struct fixture *f = start(s, faults_none());
    struct signicat_options options = options_of(s, f);
    struct session session = {0};

    options.flow = str("AUTHENTICATION_BASED");
    options.secret_in_form = true;
    options.package = false;
    EXPECT_OK(signicat_open(s, &options, &f->provider));
    f->request.language = str("xx");
    f->request.signee_pnr = (struct str){0};
    EXPECT_OK(create(s, f, &session));
    EXPECT(esign_visit(f->e, session.link, ESIGN_SIGN, NULL));
    struct str pdf = {0};
    EXPECT_OK(signicat_provider.fetch(s, f->provider, str("acme"), session.id, &pdf));
    EXPECT(str_equal(pdf, f->request.pdf));
}

TEST(what_was_signed_is_fetched_when_it_is_packaged)
{
    struct faults faults = faults_none();
    faults.package_ms = 1000;
    struct fixture *f = start(s, faults);
    struct session session = created(s, f);
    struct str pdf = {0};

    EXPECT(signicat_provider.fetch(s, f->provider, str("acme"), session.id, &pdf) == BUSY);
    EXPECT(esign_visit(f->e, session.link, ESIGN_SIGN, NULL));
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(session.state, SESSION_SIGNED);
    EXPECT(signicat_provider.fetch(s, f->provider, str("acme"), session.id, &pdf) == BUSY);
    sim_advance_us(f->world, 2 * S);
    EXPECT_OK(signicat_provider.fetch(s, f->provider, str("acme"), session.id, &pdf));
    EXPECT(str_equal(pdf, f->request.pdf));
    EXPECT_OK(signicat_provider.cancel(s, f->provider, str("acme"), session.id));
    EXPECT_OK(look(s, f, session.id, &session)); // it was left alone
}

TEST(a_rejection_and_an_expiry_are_told)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);

    EXPECT(esign_visit(f->e, session.link, ESIGN_LEAVE, NULL));
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(session.state, SESSION_OPEN);
    EXPECT(esign_visit(f->e, session.link, ESIGN_REJECT, "too dear"));
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(session.state, SESSION_REJECTED);
    EXPECT_STR(session.reason, "too dear");
    f->request.reference = str("2026-01-01-D1#2");
    session = created(s, f);
    sim_advance_us(f->world, 31 * MOMENT_DAY_US);
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(session.state, SESSION_EXPIRED);
    EXPECT_OK(signicat_provider.cancel(s, f->provider, str("acme"), session.id));
}

TEST(a_cancelled_session_leaves_nothing_behind)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct str link = str_copy(s, session.link);

    EXPECT_OK(signicat_provider.cancel(s, f->provider, str("acme"), session.id));
    EXPECT(!esign_visit(f->e, link, ESIGN_SIGN, NULL));
    EXPECT(look(s, f, session.id, &session) == NOT_FOUND);
    EXPECT_OK(signicat_provider.cancel(s, f->provider, str("acme"), session.id));
    EXPECT_EQUAL(esign_counts(f->e).documents + esign_counts(f->e).collections, 0);
}

TEST(another_tenants_session_is_not_found)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct session *found = NULL;
    size_t count = 9;

    EXPECT(signicat_provider.look(s, f->provider, str("other"), session.id, &session) == NOT_FOUND);
    EXPECT_OK(signicat_provider.cancel(s, f->provider, str("other"), session.id));
    EXPECT_EQUAL(esign_live(f->e, str("2026-01-01-D1#1@acme")), 1);
    EXPECT_OK(
        signicat_provider.find(s, f->provider, str("other"), f->request.reference, &found, &count));
    EXPECT_EQUAL(count, 0);
    EXPECT(look(s, f, str("../documents/x"), &session) == NOT_FOUND);
}

// Creates until it is done, as the task on the queue does; returns how often it was asked.
static unsigned create_patiently(struct scope *s, struct fixture *f, struct session *out)
{
    for (unsigned tries = 1; tries < 50; tries++) {
        struct session *found = NULL;
        size_t count = 0;
        enum status e = create(s, f, out);
        if (e == OK)
            return tries;
        EXPECT(e == TEMPORARY || e == TIMEOUT);
        if (e == TIMEOUT &&
            signicat_provider.find(s, f->provider, str("acme"), f->request.reference, &found,
                                   &count) == OK &&
            count > 0) {
            *out = found[0];
            return tries;
        }
        sim_advance_us(f->world, 10 * S);
    }
    EXPECT(!"it was never created");
    return 0;
}

TEST(whatever_call_fails_one_session_is_left)
{
    static const enum status ways[] = {TEMPORARY, TIMEOUT, TIMEOUT, TOO_LARGE};

    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (unsigned nth = 1; nth <= 5; nth++) {
            struct fixture *f = start(s, faults_none());
            struct session session = {0};
            f->wire.fail_nth = nth;
            f->wire.fail_with = ways[way];
            f->wire.after = way >= 2;
            EXPECT(create_patiently(s, f, &session) > 0);
            EXPECT_EQUAL(esign_live(f->e, str("2026-01-01-D1#1@acme")), 1);
            EXPECT_EQUAL(esign_counts(f->e).sessions, 1);
            EXPECT(esign_visit(f->e, session.link, ESIGN_SIGN, NULL));
            // What was uploaded and never named to us cannot be removed.
            EXPECT(esign_counts(f->e).stranded <= (f->wire.after ? 1 : 0));
        }
    }
}

TEST(whatever_is_not_remembered_one_session_is_left)
{
    for (unsigned nth = 1; nth <= 4; nth++) {
        struct fixture *f = start(s, faults_none());
        struct session session = {0};
        memory_halt_nth(f->store, nth);
        (void)create(s, f, &session);
        (void)memory_mend(f->store);
        (void)create_patiently(s, f, &session);
        EXPECT_EQUAL(esign_live(f->e, str("2026-01-01-D1#1@acme")), 1);
        EXPECT_EQUAL(esign_counts(f->e).sessions, 1);
        EXPECT_EQUAL(esign_counts(f->e).stranded, 0);
    }
}

TEST(under_all_faults_at_once_a_session_is_created)
{
    struct faults faults = faults_none();
    faults.fail_before = faults.fail_after = faults.garble = faults.silent = faults.busy =
        faults.forget = 8;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct fixture *f = start(s, faults);
        struct session session = {0};
        f->request.reference = str_format(s, "2026-01-01-D1#%u", seed + 1);
        EXPECT(create_patiently(s, f, &session) > 0);
        EXPECT(esign_live(f->e, str_concat(s, 2, f->request.reference, str("@acme"))) >= 1);
        EXPECT_EQUAL(esign_counts(f->e).malformed, 0);
    }
}

TEST(all_sessions_of_a_reference_are_found_the_oldest_first)
{
    struct fixture *f = start(s, faults_none());
    struct session_request other = f->request;
    struct session session = {0};
    struct session *found = NULL;
    size_t count = 0;
    struct str ids[2];

    f->provider->options.store = NULL; // so that it does not know what it did
    for (unsigned i = 0; i < 230; i++) {
        bool ours = i == 3 || i == 60;
        other.reference = ours ? f->request.reference : str_format(s, "2026-01-01-X%u#1", i);
        EXPECT_OK(signicat_provider.create(s, f->provider, &other, &session));
        if (ours)
            ids[i == 60] = str_copy(s, session.id);
        sim_advance_us(f->world, S);
    }
    EXPECT_OK(
        signicat_provider.find(s, f->provider, str("acme"), f->request.reference, &found, &count));
    REQUIRE(count == 2);
    EXPECT(str_equal(found[0].id, ids[0]) && str_equal(found[1].id, ids[1]));
    EXPECT_EQUAL(esign_counts(f->e).lists, 3);
}

// -- tokens and pace -----------------------------------------------------------------------------

TEST(a_token_is_renewed_before_it_expires)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);

    sim_advance_us(f->world, 530 * (int64_t)S);
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(esign_counts(f->e).tokens, 1);
    sim_advance_us(f->world, 11 * S);
    EXPECT_OK(look(s, f, session.id, &session));
    EXPECT_EQUAL(esign_counts(f->e).tokens, 2);
    EXPECT_EQUAL(esign_counts(f->e).stale_tokens, 0);
}

TEST(a_token_that_is_not_accepted_is_renewed_once)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct faults faults = faults_none();

    faults.forget = 100;
    esign_set_faults(f->e, &faults);
    unsigned before = f->wire.calls;
    EXPECT(look(s, f, session.id, &session) == TEMPORARY);
    EXPECT_EQUAL(f->wire.calls - before, 3); // refused, a new one, refused
    EXPECT_STR(scope_why(s), "signicat answers 401 unauthorized: the token is missing, wrong or "
                             "has expired");
}

TEST(wrong_credentials_are_told_and_change_nothing)
{
    struct fixture *f = start(s, faults_none());
    struct session session = {0};

    f->provider->options.client_secret = str("another");
    EXPECT(create(s, f, &session) == TEMPORARY);
    EXPECT_STR(scope_why(s), "signicat gives no token: 400 invalid_client");
    EXPECT_EQUAL(f->wire.calls, 1);
}

TEST(a_partner_that_is_busy_is_left_in_peace)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct faults faults = faults_none();

    faults.busy = 100;
    esign_set_faults(f->e, &faults);
    EXPECT(look(s, f, session.id, &session) == TEMPORARY);
    unsigned before = f->wire.calls;
    faults.busy = 0;
    esign_set_faults(f->e, &faults);
    EXPECT(look(s, f, session.id, &session) == TEMPORARY);
    EXPECT_EQUAL(f->wire.calls, before);
    sim_advance_us(f->world, 6 * S);
    EXPECT_OK(look(s, f, session.id, &session));
}

// -- answers of any kind -------------------------------------------------------------------------

#define SESSION(id, reference, state, final, link)                                                 \
    "{\"id\":\"" id "\",\"externalReference\":\"" reference "\",\"lifecycle\":{\"state\":\"" state \
    "\",\"stateIsFinal\":" final "},\"signatureUrl\":\"" link "\"}"
#define OURS "2026-01-01-D1#1@acme"
#define LINK "https://sign.test/?s=1"

TEST(an_answer_to_a_creation_means_what_it_says)
{
    static const struct {
        int code;
        const char *body;
        enum status is;
    } cases[] = {
        {201, "[" SESSION("a", OURS, "READY", "false", LINK) "]", OK},
        {200, "[" SESSION("a", OURS, "BLOCKED", "false", LINK) "]", OK},
        {200, SESSION("a", OURS, "READY", "false", LINK), TIMEOUT},
        {200, "[]", TIMEOUT},
        {200, "<html>", TIMEOUT},
        {200, "[" SESSION("a/b", OURS, "READY", "false", LINK) "]", TIMEOUT},
        {200, "[" SESSION("", OURS, "READY", "false", LINK) "]", TIMEOUT},
        {200, "[" SESSION("a", "2026-01-01-D1#2@acme", "READY", "false", LINK) "]", TIMEOUT},
        {200, "[" SESSION("a", OURS, "READY", "false", "javascript:x") "]", TIMEOUT},
        {200, "[" SESSION("a", OURS, "READY", "false", "http://sign.test/") "]", TIMEOUT},
        {200, "[" SESSION("a", OURS, "READY", "false", "") "]", TIMEOUT},
        {200, "[" SESSION("a", OURS, "READY", "7", LINK) "]", TIMEOUT},
        {500, "", TIMEOUT},
        {503, "", TIMEOUT},
        {400, "{\"code\":\"bad_request\"}", REFUSED},
        {422, "", REFUSED},
        {403, "", TEMPORARY},
        {404, "", TEMPORARY},
        {409, "", TEMPORARY},
        {302, "", TEMPORARY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = start(s, faults_none());
        struct session session = {0};
        f->wire.answer_method = "POST";
        f->wire.answer_path = "/signing-sessions";
        f->wire.answer_code = cases[i].code;
        f->wire.answer = cases[i].body;
        enum status e = create(s, f, &session);
        (void)test_expect(
            e == cases[i].is, __FILE__, __LINE__,
            str_z(s, str_format(s, "%d %s: %s", cases[i].code, cases[i].body, status_name(e))));
        EXPECT(e == OK || e == TIMEOUT ||
               (esign_counts(f->e).documents == 0 && esign_counts(f->e).collections == 0));
    }
}

TEST(an_answer_to_a_look_means_what_it_says)
{
    static const struct {
        int code;
        const char *body;
        enum status is;
        enum session_state state;
    } cases[] = {
        {200, SESSION("id1", OURS, "READY", "false", LINK), OK, SESSION_OPEN},
        {200, SESSION("id1", OURS, "SIGNED", "true", LINK), OK, SESSION_SIGNED},
        {200, SESSION("id1", OURS, "SIGNED", "false", LINK), OK, SESSION_OPEN},
        {200, SESSION("id1", OURS, "CANCELLED", "true", ""), OK, SESSION_CANCELLED},
        {200, SESSION("id1", OURS, "EXPIRED", "true", ""), OK, SESSION_EXPIRED},
        {200, SESSION("id1", OURS, "MELTED", "true", LINK), OK, SESSION_FAILED},
        {200, SESSION("id1", OURS, "MELTING", "false", LINK), OK, SESSION_OPEN},
        {200, SESSION("id1", OURS, "READY", "true", LINK), OK, SESSION_FAILED},
        {200, SESSION("id2", OURS, "READY", "false", LINK), TEMPORARY, 0},
        {200, SESSION("id1", "x#1@other", "READY", "false", LINK), NOT_FOUND, 0},
        {200, SESSION("id1", "nothing", "READY", "false", LINK), NOT_FOUND, 0},
        {200, SESSION("id1", OURS, "", "false", LINK), TEMPORARY, 0},
        {200, "[]", TEMPORARY, 0},
        {200, "", TEMPORARY, 0},
        {404, "", NOT_FOUND, 0},
        {410, "", TEMPORARY, 0},
        {500, "", TEMPORARY, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = start(s, faults_none());
        struct session session = {0};
        f->wire.answer_method = "GET";
        f->wire.answer_path = "/signing-sessions/id1";
        f->wire.answer_code = cases[i].code;
        f->wire.answer = cases[i].body;
        enum status e = look(s, f, str("id1"), &session);
        (void)test_expect(
            e == cases[i].is && (e != OK || session.state == cases[i].state), __FILE__, __LINE__,
            str_z(s, str_format(s, "%d %s: %s", cases[i].code, cases[i].body, status_name(e))));
    }
}

TEST(a_list_that_does_not_end_or_is_none_is_an_error)
{
    static const char *const lists[] = {"{}", "[]", "{\"data\":{}}", "{\"data\":[{\"id\":7},3]"};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct fixture *f = start(s, faults_none());
        struct session *found = NULL;
        size_t count = 0;
        f->wire.answer_method = "GET";
        f->wire.answer_path = "/signing-sessions";
        f->wire.answer_code = 200;
        f->wire.answer = lists[i];
        EXPECT(signicat_provider.find(s, f->provider, str("acme"), str("a#1"), &found, &count) ==
               TEMPORARY);
    }
}

TEST(what_is_fetched_must_be_a_pdf)
{
    struct fixture *f = start(s, faults_none());
    struct session session = created(s, f);
    struct str pdf = {0};

    EXPECT(esign_visit(f->e, session.link, ESIGN_SIGN, NULL));
    sim_advance_us(f->world, S);
    EXPECT_OK(look(s, f, session.id, &session));
    struct str result = json_text(
        json_member(json_at(json_path(session.log, "output.packages"), 0), "resultDocumentId"));
    f->wire.answer_method = "GET";
    f->wire.answer_path = str_z(s, str_concat(s, 2, str("/documents/"), result));
    f->wire.answer_code = 200;
    f->wire.answer = "<html>";
    EXPECT(signicat_provider.fetch(s, f->provider, str("acme"), session.id, &pdf) == TEMPORARY);
}

TEST(an_error_tells_no_personal_value)
{
    struct fixture *f = start(s, faults_none());
    struct session session = {0};

    f->wire.answer_method = "POST";
    f->wire.answer_path = "/signing-sessions";
    f->wire.answer_code = 400;
    f->wire.answer =
        "{\"code\":\"bad_request\",\"detail\":\"'anna@dealer.test' of Anna EK has no number "
        "19900101-2384\",\"invalidParams\":[{\"name\":\"[0].signer.email\",\"reason\":\"no: "
        "other@x.org\"}]}";
    EXPECT(create(s, f, &session) == REFUSED);
    EXPECT_STR(scope_why(s), "signicat answers 400 bad_request: '***' of *** *** has no number *** "
                             "([0].signer.email no: ***)");
}
