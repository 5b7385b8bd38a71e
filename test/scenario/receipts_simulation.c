// Days in the life of the receipts service, in seconds: clients send and repeat, partners err in
// every way they know, callbacks come early, late, doubled and out of order, operators redrive and
// erase, old receipts are archived meanwhile, and the store doubles, disorders, delays and fails.
// All of it follows a seed. Then everything is mended, and what must hold holds.
//
// SIMULATION_SEEDS and SIMULATION_RECEIPTS in the environment make it longer; SIMULATION_FIRST is
// the first seed.
#include "core/scope.h"
#include "partners/ledger.h"
#include "services/receipts/receipts.h"
#include "services/receipts/service_impl.h"
#include "store/feed.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/bench/sample.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS_DEFAULT = 3,
    RECEIPTS_DEFAULT = 400,
    HELD_MAX = 64,
    US_PER_S = 1000000,
    LOTS = 100000,
    KEY_LIFE_S = 20 * 3600, // within it an idempotency key surely is known
    SIMULATION_BYTES_MAX = 1 << 30,
};

// One receipt as its client knows it.
struct sent {
    uint64_t number;
    struct str body;
    bool xml;
    bool sound;
    bool webhook;
    bool erased;
    bool erasing; // it was tried: it may be gone
    unsigned redrives;
    int64_t at_s;
    struct str id; // from the 202
};

struct held {
    struct office_callback *callback;
    enum party party;
    struct str body;
};

struct simulation {
    struct scope *scope;
    struct scope *each; // emptied after every step
    struct receipts_fixture *f;
    struct chance chance;
    struct sampler *sampler;
    struct sent *sent;
    size_t count;
    size_t count_max;
    uint64_t next; // number of the next sample
    struct held held[HELD_MAX];
    size_t held_count;
};

static bool odds(struct simulation *m, unsigned percent)
{
    return chance_below(&m->chance, 100) < percent;
}

static int64_t now_s(struct simulation *m)
{
    return world_now_us(m->f->edge.world) / US_PER_S;
}

static struct sent *any(struct simulation *m)
{
    return m->count ? &m->sent[chance_below(&m->chance, m->count)] : NULL;
}

static const char *path_of(struct simulation *m, struct str id, const char *after)
{
    return str_z(m->each, str_concat(m->each, 3, str("/receipts/"), id, str(after)));
}

// -- clients -------------------------------------------------------------------------------------

static struct answered post(struct simulation *m, const struct sent *r)
{
    struct str headers =
        str_format(m->each, "Content-Type: %s\nIdempotency-Key: key-%llu\n",
                   r->xml ? "application/xml" : "application/json", (unsigned long long)r->number);
    const char *query = r->webhook ? "?webhookUrl=https%3A%2F%2Fhooks.test%2Fr" : "";

    return receipts_post(m->each, m->f, query, str_z(m->each, headers), r->body);
}

// A client repeats until it is answered; too busy is an answer that it repeats after.
static void send_new(struct simulation *m)
{
    char text[SAMPLE_BYTES_MAX];
    struct sample sample = sample_write(m->sampler, m->next, text);
    struct sent r = {.number = m->next,
                     .body = str_copy(m->scope, sample.text),
                     .xml = sample.xml,
                     .sound = sample.flaw == SAMPLE_SOUND,
                     .webhook = odds(m, 60),
                     .at_s = now_s(m)};
    struct answered a = post(m, &r);

    if (a.code == 503)
        return; // tried again with the next step
    m->next++;
    if (!sample_is_taken(sample.flaw)) {
        EXPECT(a.code == 400 || a.code == 422);
        return;
    }
    EXPECT_EQUAL(a.code, 202);
    r.id = str_copy(m->scope, json_text(json_member(a.json, "receiptId")));
    m->sent[m->count++] = r;
}

static void send_again(struct simulation *m)
{
    const struct sent *r = any(m);

    if (!r || now_s(m) - r->at_s > KEY_LIFE_S)
        return;
    struct answered a = post(m, r);
    if (a.code == 503)
        return;
    EXPECT_EQUAL(a.code, 202);
    EXPECT(str_equal(json_text(json_member(a.json, "receiptId")), r->id));
}

static void look(struct simulation *m)
{
    const struct sent *r = any(m);

    if (!r)
        return;
    struct answered a = receipts_get(m->each, m->f, path_of(m, r->id, "/document"));
    if (a.code == 404 && r->erasing)
        return;
    EXPECT_EQUAL(a.code, 200);
    EXPECT(str_equal(a.body, r->body));
}

// -- operators -----------------------------------------------------------------------------------

static void redrive(struct simulation *m)
{
    struct sent *r = any(m);

    if (!r || !r->sound || r->erasing)
        return;
    struct answered a =
        edge_fixture_call(m->each, &m->f->edge, "POST", path_of(m, r->id, "/redrive"), m->f->key,
                          "Content-Type: application/json\n", str("{\"reason\":\"once more\"}"));
    EXPECT(a.code == 202 || a.code == 409 || a.code == 503);
    r->redrives += a.code == 202;
}

static void redeliver(struct simulation *m)
{
    struct sent *r = any(m);

    if (!r || r->erasing)
        return;
    struct answered a =
        edge_fixture_call(m->each, &m->f->edge, "POST", path_of(m, r->id, "/redeliver"), m->f->key,
                          NULL, (struct str){0});
    EXPECT(a.code == 202 || a.code == 409 || a.code == 503);
}

static void erase(struct simulation *m, struct sent *r)
{
    struct answered a =
        edge_fixture_call(m->each, &m->f->edge, "DELETE", path_of(m, r->id, "?reason=asked"),
                          m->f->key, NULL, (struct str){0});

    EXPECT(a.code == 204 || a.code == 409 || a.code == 503 || (a.code == 404 && r->erasing));
    r->erasing = r->erasing || a.code == 204 || a.code == 503;
    r->erased = r->erased || a.code == 204 || a.code == 404;
}

static void archive_some(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);

    (void)receipts_service.tend(own, m->f->edge.selves[0]);
    scope_close(own);
}

// -- partners ------------------------------------------------------------------------------------

static void hold_callbacks(struct simulation *m)
{
    for (unsigned p = 0; p < OFFICES; p++) {
        while (m->held_count < HELD_MAX) {
            struct str body = {0};
            struct office_callback *c = office_take_callback(m->each, m->f->offices[p], &body);
            if (!c)
                break;
            m->held[m->held_count++] = (struct held){c, (enum party)p, str_copy(m->scope, body)};
        }
    }
}

// The first word about a registration counts, so what is said about one keeps its order: this is
// the first of those that wait about the same one.
static size_t first_about_the_same(const struct simulation *m, size_t at)
{
    struct str about = str_slice(m->held[at].body, 0, str_find(m->held[at].body, str("\",\"")));

    for (size_t i = 0; i < at; i++)
        if (str_starts(m->held[i].body, about))
            return i;
    return at;
}

// Makes a callback until it is taken or refused: what follows it must not come before it.
static int deliver(struct scope *s, struct receipts_fixture *f, enum party p, struct str body)
{
    enum { TRIES = 100 };
    int code = 503;

    for (int i = 0; i < TRIES && code == 503; i++)
        code = receipts_send_callback(s, f, p, NULL, 0, body).code;
    EXPECT(code == 200 || code == 404);
    return code;
}

// Makes one of the callbacks that wait, any; now and then its answer is lost.
static void call_back(struct simulation *m)
{
    hold_callbacks(m);
    if (m->held_count == 0)
        return;
    size_t at = first_about_the_same(m, chance_below(&m->chance, m->held_count));
    struct held h = m->held[at];
    int code = deliver(m->each, m->f, h.party, h.body);

    m->held_count--;
    memmove(&m->held[at], &m->held[at + 1], (m->held_count - at) * sizeof h);
    office_called_back(m->f->offices[h.party], h.callback, odds(m, 5) ? 0 : code);
}

static struct faults some_faults(struct simulation *m)
{
    struct faults f = faults_none();
    uint32_t *const often[] = {&f.at_once, &f.silent, &f.fail_before, &f.fail_after, &f.garble,
                               &f.busy,    &f.lose,   &f.twice,       &f.contradict, &f.early};

    f.refuse = (uint32_t)chance_below(&m->chance, 15);
    for (size_t i = 0; i < sizeof often / sizeof often[0]; i++)
        *often[i] = odds(m, 50) ? (uint32_t)chance_below(&m->chance, 30) : 0;
    f.delay_ms = (uint32_t)chance_below(&m->chance, 120000);
    f.late_ms = (uint32_t)chance_below(&m->chance, 600000);
    if (odds(m, 30)) {
        f.down_every_s = 7200;
        f.down_for_s = (uint32_t)chance_below(&m->chance, 5000);
    }
    return f;
}

static void change_faults(struct simulation *m)
{
    for (unsigned p = 0; p < OFFICES; p++) {
        struct faults f = some_faults(m);
        office_set_faults(m->f->offices[p], &f);
    }
    struct faults f = some_faults(m);
    f.gone = 0; // what ends an event is tested by itself
    hooks_set_faults(m->f->hooks, &f);
}

// Now and then a callback comes while the call is being answered.
static void call_back_meanwhile(struct receipts_fixture *f, struct scope *s, enum party p)
{
    struct simulation *m = f->meanwhile_context;

    (void)s;
    (void)p;
    if (odds(m, 30))
        call_back(m);
}

// -- time ----------------------------------------------------------------------------------------

static void pass_time(struct simulation *m)
{
    unsigned kind = (unsigned)chance_below(&m->chance, 100);
    int64_t most_s = kind < 70 ? 2 : kind < 95 ? 60 : 7200;

    sim_advance_us(m->f->edge.world,
                   (int64_t)chance_below(&m->chance, (uint64_t)(most_s * US_PER_S)));
}

static void step(struct simulation *m)
{
    unsigned what = (unsigned)chance_below(&m->chance, 100);

    if (what < 30)
        send_new(m);
    else if (what < 36)
        send_again(m);
    else if (what < 60)
        (void)receipts_work(m->f, 1 + (unsigned)chance_below(&m->chance, 40));
    else if (what < 75)
        call_back(m);
    else if (what < 90)
        pass_time(m);
    else if (what < 93)
        look(m);
    else if (what < 95)
        archive_some(m);
    else if (what < 97)
        redrive(m);
    else if (what < 98)
        redeliver(m);
    else if (what < 99)
        change_faults(m);
    else if (odds(m, 20) && m->count)
        erase(m, any(m));
    scope_reset(m->each);
}

static void mend(struct simulation *m)
{
    struct faults none = faults_none();

    for (unsigned p = 0; p < OFFICES; p++)
        office_set_faults(m->f->offices[p], &none);
    hooks_set_faults(m->f->hooks, &none);
    m->f->meanwhile = NULL;
    while (m->held_count) {
        call_back(m);
        scope_reset(m->each);
    }
}

static void finish(struct simulation *m)
{
    enum { DAYS = 6, QUIET_S = 3 * 86400, TRIES = 50 }; // webhooks are tried for three days

    mend(m);
    receipts_settle(m->scope, m->f, QUIET_S, DAYS);
    for (size_t i = 0; i < m->count; i++)
        for (int tries = 0; m->sent[i].erasing && !m->sent[i].erased && tries < TRIES; tries++)
            erase(m, &m->sent[i]);
    receipts_settle(m->scope, m->f, 7200, DAYS);
    archive_some(m);
}

// -- what must hold ------------------------------------------------------------------------------

// What the audit log says about one receipt.
struct audited {
    struct ledger_entry told;
    unsigned received;
    unsigned ended;
};

static struct ledger *read_audit(struct simulation *m)
{
    struct ledger *l = ledger_new(sizeof(struct audited));
    struct audit_row *rows = NULL;
    size_t count = 0;

    for (uint64_t after = 0;
         audit_read(m->each, m->f->edge.store, after, 1000, &rows, &count) == OK && count;) {
        after = rows[count - 1].sequence;
        for (size_t i = 0; i < count; i++) {
            const struct audit_entry *e = &rows[i].entry;
            struct audited *a = ledger_tell(l, e->subject, (struct str){0});
            a->received += str_is(e->action, "receipt.received");
            a->ended +=
                str_is(e->action, "receipt.completed") || str_is(e->action, "receipt.failed");
        }
        scope_reset(m->each);
    }
    return l;
}

static bool is_confirmed(struct simulation *m, struct json status, enum party p)
{
    struct json g = json_member(status, party_name(p));
    const char *outcome =
        office_outcome(m->f->offices[p], json_text(json_member(g, "registrationId")));

    return outcome && str_is(str(outcome), "confirmed");
}

// Prints a receipt that is not as it must be, once.
static void blame(const struct sent *r, bool right, const char *what, struct str is)
{
    if (right || !test_expect(!test_failed(), __FILE__, __LINE__, what))
        return;
    (void)test_expect(false, __FILE__, __LINE__, what);
    (void)fprintf(stderr, "receipt %.*s (%s%s, %u redrives): %.*s\n", STR(r->id),
                  r->sound ? "sound" : "unsound", r->erasing ? ", erased" : "", r->redrives,
                  STR(is));
}

static void check_one(struct simulation *m, const struct sent *r, const struct ledger *audit)
{
    const struct audited *a = ledger_find(audit, r->id);
    struct answered got = receipts_get(m->each, m->f, path_of(m, r->id, ""));
    struct answered document = receipts_get(m->each, m->f, path_of(m, r->id, "/document"));

    blame(r, a && a->received == 1, "it was received once", got.body);
    blame(r, a && a->ended == 1 + r->redrives, "it ended once", got.body);
    if (r->erased) {
        blame(r, got.code == 404, "it is gone", got.body);
        return;
    }
    blame(r, got.code == 200 && str_equal(document.body, r->body), "it is there as sent", got.body);
    bool completed = r->sound && is_confirmed(m, got.json, PARTY_TAX) &&
                     is_confirmed(m, got.json, PARTY_WAREHOUSE);
    bool right =
        str_is(json_text(json_member(got.json, "state")), completed ? "COMPLETED" : "FAILED");
    blame(r, right, "its state is what the partners decided", got.body);
    struct str registration = json_text(json_path(got.json, "tax.registrationId"));
    blame(r, r->sound || !office_outcome(m->f->offices[PARTY_TAX], registration),
          "it is registered nowhere when it is not sound", got.body);
}

// Every receipt that is not erased is listed exactly once.
static void check_lists(struct simulation *m)
{
    struct ledger *listed = ledger_new(sizeof(struct ledger_entry));
    size_t there = 0;

    for (unsigned client = 0; client < 5; client++) {
        struct str cursor = {0};
        do {
            struct str path = str_format(m->each, "/receipts?client=%.*s&limit=40%s%.*s",
                                         STR(sample_client_name(m->each, client)),
                                         cursor.bytes ? "&cursor=" : "", STR(cursor));
            struct json page = receipts_get(m->each, m->f, str_z(m->each, path)).json;
            struct json items = json_member(page, "items");
            for (size_t i = 0; i < items.count; i++)
                (void)ledger_tell(listed, json_text(json_member(json_at(items, i), "receiptId")),
                                  (struct str){0});
            cursor = json_text(json_member(page, "cursor"));
        } while (cursor.bytes && !test_failed());
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct ledger_entry *e = ledger_find(listed, m->sent[i].id);
        blame(&m->sent[i], (e ? e->times : 0) == !m->sent[i].erased, "it is listed once", str(""));
        there += !m->sent[i].erased;
    }
    EXPECT_EQUAL(ledger_count(listed), there);
    ledger_free(listed);
    scope_reset(m->each);
}

static void check_parties(struct simulation *m)
{
    for (unsigned p = 0; p < OFFICES; p++) {
        struct office_counts counts = office_counts(m->f->offices[p]);
        EXPECT_EQUAL(counts.differing, 0);
        EXPECT_EQUAL(counts.malformed, 0);
        EXPECT_EQUAL(counts.strangers, 0);
    }
    struct hooks_counts hooks = hooks_counts(m->f->hooks);
    EXPECT_EQUAL(hooks.differing, 0);
    EXPECT_EQUAL(hooks.unsigned_ones, 0);
    EXPECT_EQUAL(hooks.malformed, 0);
}

static void check(struct simulation *m)
{
    struct ledger *audit = read_audit(m);
    uint64_t ends = 0;     // of receipts with a webhook
    uint64_t may_miss = 0; // of those that were erased, perhaps before they were told

    for (size_t i = 0; i < m->count; i++) {
        const struct sent *r = &m->sent[i];
        check_one(m, r, audit);
        scope_reset(m->each);
        ends += r->webhook ? 1 + r->redrives : 0;
        may_miss += r->webhook && r->erased ? 1 + r->redrives : 0;
    }
    struct hooks_counts hooks = hooks_counts(m->f->hooks);
    EXPECT(hooks.events <= ends && hooks.events + may_miss >= ends);
    EXPECT_EQUAL(receipts_dead(m->f), 0);
    check_parties(m);
    if (!test_failed())
        check_lists(m);
    ledger_free(audit);
}

// -- the whole -----------------------------------------------------------------------------------

static void open_simulation(struct scope *s, struct simulation *m, uint64_t seed, size_t receipts)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct sampler_options samples = {.seed = seed,
                                      .clients = 5,
                                      .from = {2025, 11, 1},
                                      .to = {2026, 1, 10},
                                      .count = receipts,
                                      .invalid_percent = 15,
                                      .xml_percent = 30};

    options.seed = seed;
    options.adversity = MEMORY_ADVERSE | MEMORY_FAILS;
    options.flags[0] = "--receipts.hot=40";
    options.flags[1] = "--receipts.segment=25";
    *m = (struct simulation){.scope = s,
                             .each = scope_open(SIMULATION_BYTES_MAX),
                             .chance = chance_seeded(seed),
                             .sampler = sampler_new(s, &samples),
                             .sent = scope_array(s, receipts, sizeof(struct sent)),
                             .count_max = receipts};
    m->f = receipts_fixture_start(s, &options);
    if (!m->f)
        return;
    m->f->meanwhile = call_back_meanwhile;
    m->f->meanwhile_context = m;
}

static void simulate(uint64_t seed, size_t receipts)
{
    struct scope *s = scope_open(SIMULATION_BYTES_MAX);
    struct simulation m;

    open_simulation(s, &m, seed, receipts);
    if (m.f) {
        change_faults(&m);
        while (m.count < m.count_max && !test_failed())
            step(&m);
        finish(&m);
        check(&m);
    }
    if (test_failed())
        (void)fprintf(stderr, "simulation of receipts: seed %llu\n", (unsigned long long)seed);
    scope_close(m.each);
    scope_close(s);
}

static uint64_t setting(const char *name, uint64_t standard)
{
    uint64_t value = standard;

    (void)str_to_u64(str(getenv(name)), 1000000, &value);
    return value;
}

TEST(whatever_goes_wrong_every_accepted_receipt_ends_once_and_as_its_partners_say)
{
    uint64_t first = setting("SIMULATION_FIRST", 1);
    uint64_t seeds = setting("SIMULATION_SEEDS", SEEDS_DEFAULT);
    size_t receipts = (size_t)setting("SIMULATION_RECEIPTS", RECEIPTS_DEFAULT);

    for (uint64_t seed = first; seed < first + seeds && !test_failed(); seed++)
        simulate(seed, receipts);
}
