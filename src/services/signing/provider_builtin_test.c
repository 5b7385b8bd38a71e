// Bundles with the built-in provider on a store that doubles, disorders and fails, and with a
// process that dies: one mail, whose link works, and evidence that holds.
#include "core/scope.h"
#include "services/signing/builtin.h"
#include "store/memory/memory.h"
#include "sys/world.h"
#include "test/session_fixture.h"

enum { HOUR_S = 3600 };

static const struct session_fixture_options builtin = {
    .seed = 1, .builtin = true, .signee = SIGNEE_NEVER};

// The session that the only mail leads to.
static bool find_session(struct scope *s, struct session_fixture *f, struct sign_session *out)
{
    struct str link = str(f->mails[0].link);
    size_t at = str_find(link, str("/sign/"));

    return f->mail_count == 1 &&
           sign_session_by_token(s, f->platform.store, str_slice(link, at + 6, link.bytes), out) ==
               OK;
}

// Signs as the page does, again until it is committed.
static void sign(struct scope *s, struct session_fixture *f)
{
    enum status e = TEMPORARY;

    for (int i = 0; i < 100 && e != OK; i++) {
        struct change *c = change_new(s);
        struct sign_session ss = {0};
        REQUIRE(find_session(s, f, &ss));
        sign_session_end(s, &ss, SESSION_SIGNED,
                         evidence_entry(s, "signed", world_now_us(f->world)));
        sign_session_put(s, c, &ss);
        session_hint(s, c, ss.tenant, json_text(sign_session_member(&ss, "bundle_id")));
        e = store_commit(s, f->platform.store, c);
    }
    EXPECT_OK(e);
}

static void check_signed(struct scope *s, struct session_fixture *f)
{
    struct bundle b = session_fixture_get(s, f, "b1");
    struct execution x = session_fixture_execution(s, f, "b1");
    struct sign_session ss = {0};

    REQUIRE(find_session(s, f, &ss));
    EXPECT(str_equal(ss.id, json_text(bundle_member(&b, "sign_request_id"))));
    EXPECT_EQUAL(ss.state, SESSION_SIGNED);
    EXPECT(evidence_holds(s, evidence_log(s, &ss, json_array(NULL, 0))));
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    // It gives back what it was given: the seal comes later.
    EXPECT(str_equal(json_text(json_member(bundle_member(&b, "original"), "sha256")),
                     json_text(json_member(bundle_member(&b, "unsigned"), "sha256"))));
}

TEST(a_link_of_the_built_in_provider_is_mailed_once_on_any_store)
{
    enum { SEEDS = 10 };

    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++) {
        struct scope *own = scope_open(1 << 30);
        struct session_fixture_options options = builtin;
        options.seed = seed;
        options.adversity = MEMORY_WORST;
        struct session_fixture *f = session_fixture_open(own, &options);
        REQUIRE(f != NULL);
        session_fixture_begin(own, f, "b1");
        session_fixture_settle(f, HOUR_S);
        sign(own, f);
        session_fixture_settle(f, HOUR_S);
        check_signed(own, f);
        scope_close(own);
    }
}

static bool dies_at(struct scope *s, unsigned nth)
{
    struct session_fixture *f = session_fixture_open(s, &builtin);

    if (!f)
        return false;
    session_fixture_begin(s, f, "b1");
    memory_halt_nth(f->platform.store, nth);
    session_fixture_settle(f, HOUR_S / 2);
    bool struck = memory_mend(f->platform.store);
    session_fixture_crash(f);
    session_fixture_settle(f, HOUR_S);
    sign(s, f);
    session_fixture_settle(f, HOUR_S);
    check_signed(s, f);
    return struck;
}

TEST(a_link_of_the_built_in_provider_is_mailed_once_wherever_the_process_dies)
{
    enum { EFFECTS_MAX = 200 };
    bool struck = true;

    for (unsigned nth = 1; struck && nth < EFFECTS_MAX && !test_failed(); nth++) {
        struct scope *own = scope_open(1 << 30);
        struck = dies_at(own, nth);
        scope_close(own);
    }
    EXPECT(!struck);
}
