// Bundles that are signed at Signicat, on a virtual clock, seed by seed: calls fail before and
// after they are taken, answers are rubbish, tokens are forgotten, the partner is down for an hour,
// hints come early, late, twice, wrong or never, the store doubles and delays, and the process
// dies. In the end each bundle was signed once, by the one link that was mailed, and nothing else
// is open.
//
// SIGNICAT_SEEDS in the environment makes it longer; SIGNICAT_FIRST is the first seed.
#include "core/moment.h"
#include "http/client.h"
#include "partners/signicat.h"
#include "services/signing/provider_signicat.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/world.h"
#include "test/session_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS_DEFAULT = 6,
    BUNDLES = 4,
    HOUR_S = 3600,
    SIMULATION_BYTES_MAX = 1 << 30,
};

struct simulation {
    struct esign *e;
    struct http_client *http; // of the process that runs now
    struct str public_url;
    struct chance chance;
    unsigned hints;
};

static void close_client(void *client)
{
    http_client_free(client);
}

// Two of three seeds lose answers only, so that nothing hides what follows from that.
static struct faults faults_of(uint64_t seed)
{
    struct faults faults = faults_none();

    faults.silent = 30;
    faults.lag_ms = 100000;
    faults.lose = faults.twice = faults.contradict = faults.early = 20;
    faults.delay_ms = 60000;
    faults.package_ms = 900000;
    faults.down_every_s = seed % 2 ? 6 * HOUR_S : 0;
    faults.down_for_s = HOUR_S;
    if (seed % 3 == 0) {
        faults.fail_before = faults.fail_after = faults.silent = 10;
        faults.garble = faults.busy = faults.forget = 5;
    }
    return faults;
}

static enum status open_provider(struct scope *s, void *context, struct session_fixture *f,
                                 struct provider_at *out)
{
    struct simulation *m = context;
    struct signicat *p = NULL;

    if (!m->e) {
        m->e = esign_new(&(struct esign_options){.world = f->world,
                                                 .seed = f->options.seed,
                                                 .faults = faults_of(f->options.seed),
                                                 .client_id = str("sheaf"),
                                                 .client_secret = str("secret"),
                                                 .link_url = str("https://s.test/"),
                                                 .plain = true});
    }
    m->public_url = str("https://sheaf.test");
    m->http = http_client_new(
        &(struct http_client_options){.stand_in = esign_stand_in, .stand_in_context = m->e});
    scope_defer(s, close_client, m->http);
    struct signicat_options options = {
        .world = f->world,
        .http = m->http,
        .store = f->platform.store,
        .metrics = f->metrics,
        .url = str("https://api.signicat.test/sign"),
        .token_url = str("https://api.signicat.test/auth/open/connect/token"),
        .client_id = str("sheaf"),
        .client_secret = str("secret"),
        .flow = str("PKISIGNING"),
        .vendor = str("SBID"),
        .package = true,
        .public_url = &m->public_url,
    };
    TRY(signicat_open(s, &options, &p));
    *out = (struct provider_at){&signicat_provider, p};
    return OK;
}

static struct str bundle_of(struct str mail_id)
{
    return str_slice(mail_id, 0, str_find(mail_id, str("-1-")));
}

// No other link of the bundle that was mailed may be open.
static void mailed(void *context, struct session_fixture *f, struct str link)
{
    struct simulation *m = context;
    struct str bundle = bundle_of(str(f->mails[f->mail_count - 1].id));

    for (size_t i = 0; i + 1 < f->mail_count; i++) {
        if (str_equal(bundle_of(str(f->mails[i].id)), bundle) && !str_is(link, f->mails[i].link) &&
            esign_is_open(m->e, str(f->mails[i].link)))
            f->wrong++;
    }
}

static void hint(struct simulation *m, struct session_fixture *f, struct str bundle_id)
{
    struct scope *s = scope_open(SIMULATION_BYTES_MAX);
    struct change *c = change_new(s);

    session_hint(s, c, str("acme"), bundle_id);
    m->hints += store_commit(s, f->platform.store, c) == OK;
    scope_close(s);
}

static void take_events(struct simulation *m, struct session_fixture *f)
{
    struct scope *s = scope_open(SIMULATION_BYTES_MAX);
    struct str bundle_id = {0};
    struct str body = {0};

    for (struct esign_event *event; (event = esign_take_event(s, m->e, &bundle_id, &body));) {
        bool taken = chance_below(&m->chance, 100) < 80;
        if (taken)
            hint(m, f, bundle_id);
        esign_event_sent(m->e, event, taken ? 200 : 503);
    }
    scope_close(s);
}

static void turn(void *context, struct session_fixture *f)
{
    struct simulation *m = context;
    enum esign_act act = f->options.signee == SIGNEE_SIGNS ? ESIGN_SIGN : ESIGN_REJECT;

    take_events(m, f);
    for (size_t i = 0; i < f->mail_count; i++) {
        if (world_now_us(f->world) >=
            f->mails[i].at_us + f->options.signs_after_s * MOMENT_SECOND_US)
            (void)esign_visit(m->e, str(f->mails[i].link), act, "no");
    }
}

static void end(void *context)
{
    struct simulation *m = context;

    esign_free(m->e);
}

static struct session_fixture *start(struct scope *s, uint64_t seed, struct simulation *m)
{
    struct session_fixture_party *party = scope_new(s, struct session_fixture_party);
    struct session_fixture_options options = {
        .seed = seed,
        .adversity = MEMORY_WORST,
        .party = party,
        .signee = seed % 5 == 4 ? SIGNEE_REJECTS : SIGNEE_SIGNS,
        .signs_after_s = 2 * HOUR_S,
    };

    *party = (struct session_fixture_party){m, open_provider, mailed, turn};
    m->chance = chance_seeded(seed);
    scope_defer(s, end, m);
    return session_fixture_open(s, &options);
}

// Half a day with faults, in which the process dies a few times; then all is mended.
static void live(struct scope *s, struct session_fixture *f, struct simulation *m)
{
    struct faults none = faults_none();

    for (unsigned i = 0; i < BUNDLES; i++)
        session_fixture_begin(s, f, str_z(s, str_format(s, "b%u", i)));
    for (unsigned i = 0; i < 4; i++) {
        memory_halt_nth(f->platform.store, 1 + (unsigned)chance_below(&m->chance, 400));
        session_fixture_settle(f, 3 * HOUR_S);
        session_fixture_crash(f);
    }
    esign_set_faults(m->e, &none);
    session_fixture_settle(f, 6 * HOUR_S);
}

static void check_bundle(struct scope *s, struct session_fixture *f, unsigned number)
{
    const char *bundle_id = str_z(s, str_format(s, "b%u", number));
    struct bundle b = session_fixture_get(s, f, bundle_id);
    struct execution x = session_fixture_execution(s, f, bundle_id);
    bool signs = f->options.signee == SIGNEE_SIGNS;

    EXPECT_EQUAL(x.status, signs ? EXECUTION_SUCCEEDED : EXECUTION_FAILED);
    EXPECT(json_member(bundle_member(&b, "original"), "key").type ==
           (signs ? JSON_STRING : JSON_NONE));
    EXPECT_EQUAL(session_fixture_mails(f, str_z(s, str_format(s, "%s-1-inv", bundle_id))), 1);
}

static void check(struct scope *s, struct session_fixture *f, struct simulation *m)
{
    struct esign_counts c = esign_counts(m->e);
    bool signs = f->options.signee == SIGNEE_SIGNS;

    for (unsigned i = 0; i < BUNDLES; i++)
        check_bundle(s, f, i);
    EXPECT_EQUAL(c.signed_ones, signs ? BUNDLES : 0);
    EXPECT_EQUAL(c.rejected, signs ? 0 : BUNDLES);
    EXPECT_EQUAL(c.sessions, c.signed_ones + c.rejected + c.deleted); // none is open
    EXPECT_EQUAL(c.signed_twice + c.live_twice + c.malformed + c.strangers, 0);
    EXPECT_EQUAL(f->wrong, 0);
    EXPECT(c.faults > 0);
    struct str log = log_captured(s);
    EXPECT_EQUAL(str_find(log, str("https://s.test/")), log.bytes);
    EXPECT_EQUAL(str_find(log, str("dealer.example")), log.bytes);
}

static uint64_t number_of(const char *name, uint64_t standard)
{
    const char *text = getenv(name); // NOLINT(concurrency-mt-unsafe)
    uint64_t number = standard;

    return text && str_to_u64(str(text), UINT32_MAX, &number) ? number : standard;
}

TEST(each_bundle_is_signed_once_at_signicat_whatever_happens)
{
    uint64_t first = number_of("SIGNICAT_FIRST", 1);
    uint64_t seeds = number_of("SIGNICAT_SEEDS", SEEDS_DEFAULT);
    uint64_t doubled = 0;

    for (uint64_t seed = first; seed < first + seeds && !test_failed(); seed++) {
        struct scope *own = scope_open(SIMULATION_BYTES_MAX);
        struct simulation m = {0};
        struct session_fixture *f = start(own, seed, &m);
        REQUIRE(f != NULL);
        live(own, f, &m);
        check(own, f, &m);
        doubled += esign_counts(m.e).doubled;
        if (test_failed())
            (void)printf("seed %llu\n", (unsigned long long)seed);
        scope_close(own);
    }
    EXPECT(seeds < SEEDS_DEFAULT || doubled > 0); // unknown outcomes did happen
}
