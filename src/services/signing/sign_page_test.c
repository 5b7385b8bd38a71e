// The signing page over HTTP: what a signee sees and does, what is kept of it, and what strangers
// get.
#include "core/base64.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "services/signing/sign_code.h"
#include "store/blob.h"
#include "sys/log.h"
#include "sys/sandbox.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"
#include "test/sign_fixture.h"

static struct sign_fixture *start_standard(struct scope *s)
{
    return sign_fixture_start(s, &(struct sign_fixture_options){0});
}

static struct str form_with(struct sign_fixture *f, const char *code, const char *more)
{
    return str_format(f->scope, "code=%.6s&name=%%C3%%85sa+%%C3%%96berg&consent=yes%s", code, more);
}

static bool contains(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

TEST(a_sign_page_shows_whose_document_it_is_and_its_pages)
{
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    struct answered page = sign_fixture_get(f, "");

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
    struct sign_fixture *f =
        sign_fixture_start(s, &(struct sign_fixture_options){.language = "en"});
    REQUIRE(f != NULL);

    EXPECT(contains(sign_fixture_get(f, "").body, "Sign the document"));
}

TEST(a_sign_page_shows_names_as_text)
{
    struct sign_fixture *f =
        sign_fixture_start(s, &(struct sign_fixture_options){.name = "<script>\"&'"});
    REQUIRE(f != NULL);

    struct answered page = sign_fixture_get(f, "");

    EXPECT(!contains(page.body, "<script>\""));
    EXPECT(contains(page.body, "&lt;script&gt;&quot;&amp;&#39;"));
}

TEST(a_document_is_signed_with_a_code_a_name_and_consent)
{
    struct sign_fixture *f = start_standard(s);
    struct session session = {0};
    struct str pdf = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->at;
    (void)sign_fixture_get(f, "");
    EXPECT_EQUAL(sign_fixture_get(f, "/document.pdf").code, 200);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(sign_fixture_mails, 1);

    struct answered done =
        sign_fixture_post(f, "/signature", form_with(f, sign_fixture_code(s).data, ""));

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
    struct sign_fixture *f = start_standard(s);
    struct session session = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->at;
    (void)sign_fixture_get(f, "");
    (void)sign_fixture_post(f, "/code", (struct str){0});
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
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    EXPECT_EQUAL(sign_fixture_post(f, "/signature", form_with(f, "000000", "")).code, 422);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    const char *wrong = str_is(sign_fixture_code(s), "000000") ? "000001" : "000000";
    for (int i = 0; i < SIGN_CODE_TRIES; i++)
        EXPECT_EQUAL(sign_fixture_post(f, "/signature", form_with(f, wrong, "")).code, 422);
    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature", form_with(f, sign_fixture_code(s).data, "")).code, 422);
    sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    sim_advance_us(f->edge.world, 11 * MOMENT_MINUTE_US);
    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature", form_with(f, sign_fixture_code(s).data, "")).code, 422);
    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_OPEN);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature", form_with(f, sign_fixture_code(s).data, "")).code, 200);
    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_SIGNED);
}

TEST(codes_are_sent_a_few_times_an_hour)
{
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 429);
    for (int i = 0; i < 4; i++) {
        sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
        EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
    }
    sim_advance_us(f->edge.world, MOMENT_MINUTE_US);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 429);
    EXPECT_EQUAL(sign_fixture_mails, 5);
    sim_advance_us(f->edge.world, MOMENT_HOUR_US);
    EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 303);
}

TEST(what_is_missing_is_said_and_costs_no_try)
{
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);
    (void)sign_fixture_post(f, "/code", (struct str){0});

    struct str no_consent = str_format(s, "code=%.6s&name=Anna", sign_fixture_code(s).data);
    struct str no_name = str_format(s, "code=%.6s&consent=yes", sign_fixture_code(s).data);
    struct answered first = sign_fixture_post(f, "/signature", no_consent);
    struct answered second = sign_fixture_post(f, "/signature", no_name);

    EXPECT_EQUAL(first.code, 422);
    EXPECT(contains(first.body, "role=\"alert\""));
    // It is answered elsewhere than the page, and must lead to the same places all the same.
    EXPECT(contains(first.body, "action=\"/sign/"));
    EXPECT(contains(first.body, "src=\"/sign/"));
    EXPECT(contains(first.body, "value=\"Anna\""));
    EXPECT_EQUAL(second.code, 422);
    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature", form_with(f, sign_fixture_code(s).data, "")).code, 200);
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
    struct sign_fixture *f = start_standard(s);
    struct blob_info info = {0};
    REQUIRE(f != NULL);
    (void)sign_fixture_post(f, "/code", (struct str){0});

    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature",
                          form_with(f, sign_fixture_code(s).data, "&drawing=data:text/html,x"))
            .code,
        422);
    EXPECT_EQUAL(
        sign_fixture_post(f, "/signature",
                          form_with(f, sign_fixture_code(s).data, drawing_of(s, 100000).data))
            .code,
        422);
    EXPECT_EQUAL(sign_fixture_post(f, "/signature",
                                   form_with(f, sign_fixture_code(s).data, drawing_of(s, 640).data))
                     .code,
                 200);

    struct sign_session ss = sign_fixture_session(f);
    struct json image = json_member(sign_session_member(&ss, "signature"), "image");
    EXPECT_OK(blob_head(s, f->edge.store, &contract_signed_bucket,
                        json_text(json_member(image, "key")), &info));
    EXPECT_EQUAL(info.bytes, 64);
}

TEST(a_signee_declines_with_a_reason)
{
    struct sign_fixture *f = start_standard(s);
    struct session session = {0};
    REQUIRE(f != NULL);
    const struct provider_at *at = f->at;

    EXPECT_EQUAL(sign_fixture_post(f, "/rejection", str("reason=+")).code, 422);
    EXPECT_EQUAL(sign_fixture_post(f, "/rejection", str("reason=Fel+belopp")).code, 200);

    REQUIRE_OK(at->provider->look(s, at->self, str("acme"), f->id, &session));
    EXPECT_EQUAL(session.state, SESSION_REJECTED);
    EXPECT_STR(session.reason, "Fel belopp");
    EXPECT_EQUAL(sign_fixture_get(f, "").code, 410);
}

TEST(an_ended_link_is_gone_and_a_wrong_one_is_not_there)
{
    static const char *const below[] = {"", "/document.pdf", "/pages/1.png"};
    struct sign_fixture *f = start_standard(s);
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
            struct answered a = sign_fixture_get(f, below[k]);
            EXPECT_EQUAL(a.code, 404);
            first = first.bytes ? first : a.body;
            EXPECT(str_equal(a.body, first));
        }
        EXPECT_EQUAL(sign_fixture_post(f, "/code", (struct str){0}).code, 404);
        EXPECT_EQUAL(sign_fixture_post(f, "/signature", str("code=1")).code, 404);
        EXPECT_EQUAL(sign_fixture_post(f, "/rejection", str("reason=x")).code, 404);
    }
    f->path = right;
    sim_advance_us(f->edge.world, 31 * MOMENT_DAY_US);
    for (size_t k = 0; k < sizeof below / sizeof below[0]; k++)
        EXPECT_EQUAL(sign_fixture_get(f, below[k]).code, 410);
    EXPECT_EQUAL(sign_fixture_post(f, "/signature", form_with(f, "000000", "")).code, 410);
    EXPECT_EQUAL(sign_fixture_mails, 0);
}

TEST(a_form_that_comes_from_another_site_is_refused)
{
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);

    struct answered a =
        edge_fixture_call(s, &f->edge, "POST", str_z(s, str_concat(s, 2, f->path, str("/code"))),
                          (struct str){0}, "Sec-Fetch-Site: cross-site", (struct str){0});

    EXPECT_EQUAL(a.code, 404);
    EXPECT_EQUAL(sign_fixture_mails, 0);
}

TEST(a_link_is_nowhere_in_the_log_nor_in_the_store)
{
    struct sign_fixture *f = start_standard(s);
    REQUIRE(f != NULL);
    struct str token = str_slice(f->path, 6, f->path.bytes);
    (void)sign_fixture_get(f, "");
    (void)sign_fixture_get(f, "/pages/9.png");
    (void)sign_fixture_post(f, "/code", (struct str){0});
    (void)sign_fixture_post(f, "/signature", form_with(f, "x", ""));
    (void)sign_fixture_get(f, "/nothing");
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "PUT", str_z(s, f->path), (struct str){0}, NULL,
                                   (struct str){0})
                     .code,
                 405);

    struct sign_session ss = sign_fixture_session(f);
    EXPECT(!contains(log_captured(s), str_z(s, token)));
    EXPECT(!contains(json_to_str(s, ss.more), str_z(s, token)));
    EXPECT(!contains(json_to_str(s, ss.more), str_z(s, sign_fixture_code(s))));
}

TEST(a_page_is_shown_as_a_picture_that_is_made_once)
{
    static const struct sandbox_job *const none[] = {NULL};
    struct sandbox *sandbox = NULL;
    struct str shown = {0};
    struct json pages = {0};
    REQUIRE_OK(sandbox_open(s, none, &sandbox));
    struct sign_fixture *f = sign_fixture_start(
        s, &(struct sign_fixture_options){
               .pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3, .word = "page"}),
               .sandbox = sandbox});
    REQUIRE(f != NULL);

    struct answered first = sign_fixture_get(f, "/pages/2.png");
    if (first.code == 503) {
        test_skip("no Landlock, or no pdftoppm");
        return;
    }
    shown = sign_fixture_get(f, "/pages/2.png").body;

    EXPECT_EQUAL(first.code, 200);
    EXPECT(str_starts(first.body, str("\x89PNG")));
    EXPECT(str_equal(first.body, shown));
    EXPECT_EQUAL(sign_fixture_get(f, "/pages/4.png").code, 404);
    EXPECT_EQUAL(sign_fixture_get(f, "/pages/0.png").code, 404);
    (void)sign_fixture_get(f, "/pages/3.png");
    struct sign_session ss = sign_fixture_session(f);
    REQUIRE_OK(sign_pages_shown(s, f->edge.store, &ss, &pages));
    EXPECT_STR(json_to_str(s, pages), "[[2,3]]");
}
