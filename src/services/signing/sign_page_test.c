// The signing page over HTTP: what a signee sees and does, what is kept of it, and what strangers
// get.
#include "services/signing/builtin.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "services/signing/sessions_impl.h"
#include "services/signing/sign_code.h"
#include "services/signing/signing.h"
#include "store/blob.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/sandbox.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/edge_fixture.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

// The mail that was sent last. Handlers run on other threads, one at a time.
static char last_code[8];
static unsigned codes_sent;

static enum status catch_mail(struct scope *s, struct change *c, const struct mail *mail)
{
    size_t colon = str_find_byte(mail->text, ':');
    struct str digits = str_slice(mail->text, colon + 2, 6);

    (void)s;
    (void)c;
    memcpy(last_code, digits.data, digits.bytes);
    codes_sent++;
    return OK;
}

struct page_fixture {
    struct edge_fixture edge;
    struct signing *self;
    struct str path; // "/sign/TOKEN"
    struct str id;
    struct scope *scope;
};

struct page_options {
    const char *name; // of the signee
    struct str pdf;
    struct sandbox *sandbox;
    const char *language;
};

static struct page_fixture *start(struct scope *s, const struct page_options *options)
{
    static const struct service *const services[] = {&signing_service, NULL};
    struct edge_fixture_options edge = {.services = services};
    struct page_fixture *f = scope_new(s, struct page_fixture);
    struct session session = {0};

    f->scope = s;
    if (!edge_fixture_start(s, &edge, &f->edge))
        return NULL;
    log_capture(s, f->edge.world);
    f->edge.platform.sandbox = options->sandbox;
    f->self = f->edge.selves[0];
    f->self->sessions->mail = catch_mail;
    codes_sent = 0;
    const struct provider_at *at = f->self->sessions->preferred;
    struct session_request request = {
        .tenant = str("acme"),
        .bundle_id = str("2025-09-15-DEALER123"),
        .reference = str("2025-09-15-DEALER123#1"),
        .title = str("DEALER123 2025-09-15-DEALER123"),
        .signee_name = str(options->name ? options->name : "Åsa Öberg"),
        .signee_email = str("asa@dealer.example"),
        .language = str(options->language ? options->language : "sv"),
        .due_at_us = world_now_us(f->edge.world) + 30 * MOMENT_DAY_US,
        .pdf = options->pdf.bytes ? options->pdf : str("%PDF-1.7 a document"),
        .page_count = 3,
    };
    if (!test_expect_ok(at->provider->create(s, at->self, &request, &session), s, __FILE__,
                        __LINE__, "a session is made"))
        return NULL;
    f->id = session.id;
    f->path = str_slice(session.link, f->edge.url.bytes, session.link.bytes);
    return f;
}

static struct page_fixture *start_standard(struct scope *s)
{
    return start(s, &(struct page_options){0});
}

static struct answered get(struct page_fixture *f, const char *below)
{
    return edge_fixture_call(f->scope, &f->edge, "GET",
                             str_z(f->scope, str_concat(f->scope, 2, f->path, str(below))),
                             (struct str){0}, NULL, (struct str){0});
}

static struct answered post(struct page_fixture *f, const char *below, struct str form)
{
    return edge_fixture_call(
        f->scope, &f->edge, "POST", str_z(f->scope, str_concat(f->scope, 2, f->path, str(below))),
        (struct str){0}, "Content-Type: application/x-www-form-urlencoded", form);
}

static struct str form_with(struct page_fixture *f, const char *code, const char *more)
{
    return str_format(f->scope, "code=%s&name=%%C3%%85sa+%%C3%%96berg&consent=yes%s", code, more);
}

static struct sign_session session_of(struct page_fixture *f)
{
    struct sign_session ss = {0};

    (void)sign_session_get(f->scope, f->edge.store, str("acme"), f->id, &ss);
    return ss;
}

static bool contains(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

TEST(a_sign_page_shows_whose_document_it_is_and_its_pages)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    struct answered page = get(f, "");

    EXPECT_EQUAL(page.code, 200);
    EXPECT(contains(page.body, "lang=\"sv\""));
    EXPECT(contains(page.body, "Åsa Öberg"));
    EXPECT(contains(page.body, "asa@dealer.example"));
    EXPECT(contains(page.body, "/pages/3.png\""));
    EXPECT(!contains(page.body, "/pages/4.png\""));
    EXPECT(!contains(page.body, "{{"));
    EXPECT_STR(http_reply_header(&page.reply, "Cache-Control"), "no-store");
    EXPECT_STR(http_reply_header(&page.reply, "Referrer-Policy"), "no-referrer");
    EXPECT(str_starts(http_reply_header(&page.reply, "Content-Security-Policy"),
                      str("default-src 'none'; ")));
    struct answered css = edge_fixture_call(s, &f->edge, "GET", "/sign-assets/sign.css",
                                            (struct str){0}, NULL, (struct str){0});
    EXPECT_EQUAL(css.code, 200);
}

TEST(a_sign_page_is_in_english_for_a_bundle_in_english)
{
    struct page_fixture *f = start(s, &(struct page_options){.language = "en"});
    REQUIRE(f != NULL);

    EXPECT(contains(get(f, "").body, "Sign the document"));
}

TEST(a_sign_page_shows_names_as_text)
{
    struct page_fixture *f = start(s, &(struct page_options){.name = "<script>\"&'"});
    REQUIRE(f != NULL);

    struct answered page = get(f, "");

    EXPECT(!contains(page.body, "<script>\""));
    EXPECT(contains(page.body, "&lt;script&gt;&quot;&amp;&#39;"));
}

TEST(a_document_is_signed_with_a_code_a_name_and_consent)
{
    struct page_fixture *f = start_standard(s);
    struct session session = {0};
    struct str pdf = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->self->sessions->preferred;
    (void)get(f, "");
    EXPECT_EQUAL(get(f, "/document.pdf").code, 200);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(codes_sent, 1);

    struct answered done = post(f, "/signature", form_with(f, last_code, ""));

    EXPECT_EQUAL(done.code, 200);
    EXPECT(contains(done.body, "Tack, dokumentet är signerat"));
    REQUIRE_OK(at->provider->look(s, at->self, str("acme"), f->id, &session));
    EXPECT_EQUAL(session.state, SESSION_SIGNED);
    EXPECT(evidence_holds(s, session.log));
    EXPECT_STR(json_text(json_path(session.log, "signature.kind")), "typed");
    EXPECT_STR(json_text(json_path(session.log, "signature.name")), "Åsa Öberg");
    struct json events = json_member(session.log, "events");
    static const char *const expected[] = {"created",   "opened",         "downloaded",
                                           "code_sent", "code_confirmed", "signed"};
    REQUIRE(events.count == 6);
    for (size_t i = 0; i < 6; i++)
        EXPECT_STR(json_text(json_member(json_at(events, i), "what")), expected[i]);
    EXPECT_STR(json_text(json_member(json_at(events, 5), "ip")), "127.0.0.1");
    REQUIRE_OK(at->provider->fetch(s, at->self, str("acme"), f->id, &pdf));
    EXPECT_STR(pdf, "%PDF-1.7 a document");
    struct queue_stats stats = {0};
    queue_stats(f->edge.store, &signing_sessions_queue, &stats);
    EXPECT_EQUAL(stats.ready, 1); // the hint
}

TEST(an_entry_of_the_evidence_that_is_altered_shows)
{
    struct page_fixture *f = start_standard(s);
    struct session session = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->self->sessions->preferred;
    (void)get(f, "");
    (void)post(f, "/code", (struct str){0});
    REQUIRE_OK(at->provider->look(s, at->self, str("acme"), f->id, &session));
    EXPECT(evidence_holds(s, session.log));
    struct json events = json_member(session.log, "events");
    struct json *altered = scope_array(s, events.count, sizeof *altered);

    for (size_t i = 0; i < events.count; i++) {
        for (size_t k = 0; k < events.count; k++)
            altered[k] = json_at(events, k);
        altered[i] = json_with(s, altered[i], str("at"), json_string(str("2020-01-01T00:00:00Z")));
        EXPECT(!evidence_holds(
            s, json_with(s, session.log, str("events"), json_array(altered, events.count))));
    }
    // What was cut off shows as well.
    EXPECT(!evidence_holds(
        s, json_with(s, session.log, str("events"), json_array(events.items, events.count - 1))));
}

TEST(a_code_is_good_for_five_tries_and_its_time)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    EXPECT_EQUAL(post(f, "/signature", form_with(f, "000000", "")).code, 422);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    const char *wrong = strcmp(last_code, "000000") == 0 ? "000001" : "000000";
    for (int i = 0; i < SIGN_CODE_TRIES; i++)
        EXPECT_EQUAL(post(f, "/signature", form_with(f, wrong, "")).code, 422);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, "")).code, 422);
    sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    sim_advance_us(f->edge.world, 11 * MOMENT_MINUTE_US);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, "")).code, 422);
    EXPECT_EQUAL(session_of(f).state, SESSION_OPEN);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, "")).code, 200);
    EXPECT_EQUAL(session_of(f).state, SESSION_SIGNED);
}

TEST(codes_are_sent_a_few_times_an_hour)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 429);
    for (int i = 0; i < 4; i++) {
        sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
        EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
    }
    sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 429);
    EXPECT_EQUAL(codes_sent, 5);
    sim_advance_us(f->edge.world, MOMENT_HOUR_US);
    EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 303);
}

TEST(what_is_missing_is_said_and_costs_no_try)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);
    (void)post(f, "/code", (struct str){0});

    struct str no_consent = str_format(s, "code=%s&name=Anna", last_code);
    struct str no_name = str_format(s, "code=%s&consent=yes", last_code);
    struct answered first = post(f, "/signature", no_consent);
    struct answered second = post(f, "/signature", no_name);

    EXPECT_EQUAL(first.code, 422);
    EXPECT(contains(first.body, "role=\"alert\""));
    EXPECT(contains(first.body, "value=\"Anna\""));
    EXPECT_EQUAL(second.code, 422);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, "")).code, 200);
}

// A PNG as far as anybody looks.
static struct str drawing_of(struct scope *s, uint32_t width)
{
    char png[64] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    png[16] = (char)(width >> 24);
    png[17] = (char)(width >> 16);
    png[18] = (char)(width >> 8);
    png[19] = (char)width;
    png[23] = 100;
    return str_concat(s, 2, str("&drawing=data:image/png;base64,"),
                      url_encode(s, base64_encode(s, str_of(png, sizeof png))));
}

TEST(a_drawn_signature_is_kept_as_a_picture)
{
    struct page_fixture *f = start_standard(s);
    struct blob_info info = {0};
    REQUIRE(f != NULL);
    (void)post(f, "/code", (struct str){0});

    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, "&drawing=data:text/html,x")).code,
                 422);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, drawing_of(s, 100000).data)).code,
                 422);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, last_code, drawing_of(s, 640).data)).code, 200);

    struct sign_session ss = session_of(f);
    struct json image = json_member(sign_session_member(&ss, "signature"), "image");
    EXPECT_OK(blob_head(s, f->edge.store, &contract_signed_bucket,
                        json_text(json_member(image, "key")), &info));
    EXPECT_EQUAL(info.bytes, 64);
}

TEST(a_signee_declines_with_a_reason)
{
    struct page_fixture *f = start_standard(s);
    struct session session = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->self->sessions->preferred;

    EXPECT_EQUAL(post(f, "/rejection", str("reason=+")).code, 422);
    EXPECT_EQUAL(post(f, "/rejection", str("reason=Fel+belopp")).code, 200);

    REQUIRE_OK(at->provider->look(s, at->self, str("acme"), f->id, &session));
    EXPECT_EQUAL(session.state, SESSION_REJECTED);
    EXPECT_STR(session.reason, "Fel belopp");
    EXPECT_EQUAL(get(f, "").code, 410);
}

TEST(an_ended_link_is_gone_and_a_wrong_one_is_not_there)
{
    static const char *const below[] = {"", "/document.pdf", "/pages/1.png"};
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);
    struct str right = f->path;
    struct str wrong = str_copy(s, right);
    char *last = str_z(s, wrong);
    last[wrong.bytes - 1] = last[wrong.bytes - 1] == 'A' ? 'B' : 'A';

    const char *const others[] = {last, "/sign/x", "/sign/%00"};
    struct str first = {0};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        f->path = str(others[i]);
        for (size_t k = 0; k < sizeof below / sizeof below[0]; k++) {
            struct answered a = get(f, below[k]);
            EXPECT_EQUAL(a.code, 404);
            first = first.bytes ? first : a.body;
            EXPECT(str_equal(a.body, first));
        }
        EXPECT_EQUAL(post(f, "/code", (struct str){0}).code, 404);
        EXPECT_EQUAL(post(f, "/signature", str("code=1")).code, 404);
        EXPECT_EQUAL(post(f, "/rejection", str("reason=x")).code, 404);
    }
    f->path = right;
    sim_advance_us(f->edge.world, 31 * MOMENT_DAY_US);
    for (size_t k = 0; k < sizeof below / sizeof below[0]; k++)
        EXPECT_EQUAL(get(f, below[k]).code, 410);
    EXPECT_EQUAL(post(f, "/signature", form_with(f, "000000", "")).code, 410);
    EXPECT_EQUAL(codes_sent, 0);
}

TEST(a_form_that_comes_from_another_site_is_refused)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    struct answered a =
        edge_fixture_call(s, &f->edge, "POST", str_z(s, str_concat(s, 2, f->path, str("/code"))),
                          (struct str){0}, "Sec-Fetch-Site: cross-site", (struct str){0});

    EXPECT_EQUAL(a.code, 404);
    EXPECT_EQUAL(codes_sent, 0);
}

TEST(a_link_is_nowhere_in_the_log_nor_in_the_store)
{
    struct page_fixture *f = start_standard(s);
    REQUIRE(f != NULL);
    struct str token = str_slice(f->path, 6, f->path.bytes);
    (void)get(f, "");
    (void)get(f, "/pages/9.png");
    (void)post(f, "/code", (struct str){0});
    (void)post(f, "/signature", form_with(f, "x", ""));
    (void)get(f, "/nothing");
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "PUT", str_z(s, f->path), (struct str){0}, NULL,
                                   (struct str){0})
                     .code,
                 405);

    struct sign_session ss = session_of(f);
    EXPECT(!contains(log_captured(s), str_z(s, token)));
    EXPECT(!contains(json_to_str(s, ss.more), str_z(s, token)));
    EXPECT(!contains(json_to_str(s, ss.more), last_code));
}

TEST(a_page_is_shown_as_a_picture_that_is_made_once)
{
    static const struct sandbox_job *const none[] = {NULL};
    struct sandbox *sandbox = NULL;
    struct str shown = {0};
    struct json pages = {0};
    REQUIRE_OK(sandbox_open(s, none, &sandbox));
    struct page_fixture *f =
        start(s, &(struct page_options){
                     .pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3, .word = "page"}),
                     .sandbox = sandbox});
    REQUIRE(f != NULL);

    struct answered first = get(f, "/pages/2.png");
    if (first.code == 503) {
        test_skip("no Landlock, or no pdftoppm");
        return;
    }
    shown = get(f, "/pages/2.png").body;

    EXPECT_EQUAL(first.code, 200);
    EXPECT(str_starts(first.body, str("\x89PNG")));
    EXPECT(str_equal(first.body, shown));
    EXPECT_EQUAL(get(f, "/pages/4.png").code, 404);
    EXPECT_EQUAL(get(f, "/pages/0.png").code, 404);
    (void)get(f, "/pages/3.png");
    struct sign_session ss = session_of(f);
    REQUIRE_OK(sign_pages_shown(s, f->edge.store, &ss, &pages));
    EXPECT_STR(json_to_str(s, pages), "[[2,3]]");
}
