// Kills the server at random instants under load, and then looks for everything it acknowledged.
//
//   crash [--kills=50] [--seed=1] [--rate=400] [--programs=build/release] [--data=build/crash]
//
// Starts `sheaf serve` on a fresh folder and `partners`, whose faults are on. Every receipt that
// was answered 202 must be there, unharmed, and end as its partners decided; nothing that a partner
// or a receiver of webhooks saw twice may differ. Ends with one line, and 0 when all is right.
#include "test/crash/crash.h"

#include "core/chance.h"
#include "core/json.h"
#include "core/scope.h"
#include "http/client.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/bench/parties.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SCOPE_BYTES_MAX = 1 << 30,
    SENDERS = 4,
    LIFE_MS_MIN = 50, // of the server, between its start and its end
    LIFE_MS_MAX = 1200,
    AT_START_PERCENT = 20, // of the kills strike within START_MS, before it answers
    START_MS = 40,
    SECONDS_A_KILL = 3, // at most, for the size of the list
    WARM_UP_MS = 300,
};

struct plan {
    const char *programs;
    const char *data;
    struct parties parties;
    int64_t start_us_max;
};

// -- the programs --------------------------------------------------------------------------------

static enum status start_partners(struct scope *s, struct crash *c, struct plan *plan)
{
    char *flags[] = {
        str_z(s, str_format(s, "--callback_url=http://127.0.0.1:%u", c->server.wanted_port)),
        str_z(s, str_format(s, "--secret=file:%s.secret", plan->data)),
        str_z(s, str_format(s, "--seed=%llu", (unsigned long long)c->seed)),
        str_z(s, str("--tax.silent=1")),
        str_z(s, str("--tax.fail_before=2")),
        str_z(s, str("--tax.fail_after=2")),
        str_z(s, str("--tax.refuse=3")),
        str_z(s, str("--tax.twice=5")),
        str_z(s, str("--tax.early=20")),
        str_z(s, str("--warehouse.at_once=30")),
        str_z(s, str("--warehouse.garble=1")),
        str_z(s, str("--warehouse.lose=1")),
        str_z(s, str("--warehouse.refuse=2")),
        str_z(s, str("--hooks.fail_after=2")),
        NULL,
    };

    TRY(parties_start(s, str_z(s, str_format(s, "%s/partners", plan->programs)), flags,
                      &plan->parties));
    c->tax_url = parties_address(&plan->parties, "tax");
    c->warehouse_url = parties_address(&plan->parties, "warehouse");
    c->hooks_url = str_concat(s, 2, parties_address(&plan->parties, "hooks"), str("/webhooks"));
    return OK;
}

static char **server_settings(struct scope *s, const struct crash *c, const struct plan *plan)
{
    char **settings = scope_array(s, 16, sizeof *settings);
    size_t count = 0;

    settings[count++] = str_z(s, str_format(s, "--receipts.tax_url=%.*s", STR(c->tax_url)));
    settings[count++] =
        str_z(s, str_format(s, "--receipts.warehouse_url=%.*s", STR(c->warehouse_url)));
    settings[count++] = str_z(s, str_format(s, "--receipts.tax_secret=file:%s.secret", plan->data));
    settings[count++] =
        str_z(s, str_format(s, "--receipts.warehouse_secret=file:%s.secret", plan->data));
    settings[count++] = str_z(s, str("--receipts.partners_private=true"));
    settings[count++] = str_z(s, str("--receipts.webhooks_private=true"));
    settings[count++] = str_z(s, str("--receipts.partner_timeout=1s"));
    settings[count++] = str_z(s, str("--receipts.callback_patience=1s"));
    settings[count++] = str_z(s, str("--receipts.hot=2000")); // so that some are archived
    settings[count++] = str_z(s, str("--receipts.segment=1000"));
    return settings;
}

// Makes the key that the senders use, and tells the receiver how webhooks are signed.
static enum status make_key(struct scope *s, struct crash *c)
{
    static const char order[] =
        "{\"tenant\":\"crash\",\"scopes\":\"receipts:read receipts:write\",\"webhookHosts\":["
        "\"127.0.0.1\"]}";
    struct json j = {0};
    struct crash_answer a =
        crash_call(c, s, "POST", str_concat(s, 2, c->server.url, str("/operations/keys")),
                   c->server.key, "Content-Type: application/json\n", str(order));

    if (a.code != 201)
        return fail(s, INTERNAL, "making a key was answered %d: %.*s", a.code, STR(a.body));
    TRY(json_parse(s, a.body, &json_limits_strict, &j));
    c->key = json_text(json_member(j, "secret"));
    struct str base = str_slice(c->hooks_url, 0, str_find(c->hooks_url, str("/webhooks")));
    a = crash_call(c, s, "PUT", str_concat(s, 2, base, str("/webhook-secret")), (struct str){0},
                   NULL, json_text(json_member(j, "webhookSecret")));
    return a.code == 204 ? OK : fail(s, INTERNAL, "the receiver did not take the secret");
}

// -- the test ------------------------------------------------------------------------------------

static void show(unsigned done, unsigned all, uint64_t sent)
{
    if (isatty(STDOUT_FILENO))
        (void)printf("\rcrash: %u of %u kills, %llu receipts ", done, all,
                     (unsigned long long)sent);
    (void)fflush(stdout);
}

static void die(struct crash *c, int after_ms, unsigned *kills)
{
    bench_pause_ms(after_ms);
    bench_server_kill(&c->server, SIGKILL);
    show(++*kills, c->kills, atomic_load(&c->next));
}

static enum status kill_again_and_again(struct scope *s, struct crash *c, struct plan *plan)
{
    struct chance chance = chance_seeded(c->seed);

    for (unsigned kills = 0; kills < c->kills;) {
        die(c, LIFE_MS_MIN + (int)chance_below(&chance, LIFE_MS_MAX - LIFE_MS_MIN), &kills);
        while (kills < c->kills && chance_below(&chance, 100) < AT_START_PERCENT) {
            TRY(bench_server_restart(s, &c->server, bench_server_launch,
                                     &plan->start_us_max)); // dies while it recovers
            die(c, (int)chance_below(&chance, START_MS), &kills);
        }
        TRY(bench_server_restart(s, &c->server, bench_server_start, &plan->start_us_max));
    }
    return OK;
}

static enum status prepare(struct scope *s, struct crash *c, struct plan *plan)
{
    struct sampler_options samples = {.seed = c->seed,
                                      .clients = CRASH_CLIENTS,
                                      .from = {2026, 9, 1},
                                      .to = {2026, 11, 20},
                                      .count = c->sent_max,
                                      .invalid_percent = 10,
                                      .xml_percent = 30};

    c->sampler = sampler_new(s, &samples);
    c->client = http_client_new(&(struct http_client_options){0});
    c->secret = str("between the server and its partners");
    c->server.program = str_z(s, str_format(s, "%s/sheaf", plan->programs));
    c->server.data = plan->data;
    c->server.log = str_z(s, str_format(s, "%s.log", plan->data));
    (void)unlink(c->server.log);
    TRY(file_write_whole(s, world_real(), str_format(s, "%s.secret", plan->data), c->secret));
    TRY(parties_free_port(s, &c->server.wanted_port));
    TRY(start_partners(s, c, plan));
    c->server.settings = server_settings(s, c, plan);
    TRY(bench_server_start(s, &c->server));
    c->server.keep = true;
    c->server.url = str_copy(s, c->server.url);
    return make_key(s, c);
}

static enum status run(struct scope *s, struct crash *c, struct plan *plan,
                       struct crash_verdict *verdict)
{
    TRY(prepare(s, c, plan));
    crash_senders_start(c, SENDERS);
    bench_pause_ms(WARM_UP_MS);
    enum status e = kill_again_and_again(s, c, plan);
    if (e == OK)
        crash_senders_stop(c);
    TRY(e);
    show(c->kills, c->kills, atomic_load(&c->next));
    TRY(crash_await_end(c, s));
    return crash_check(c, s, verdict);
}

static void print(const struct crash *c, const struct plan *plan, const struct crash_verdict *v)
{
    (void)printf(
        "%scrash: %u kills (seed %llu), %llu receipts acknowledged, all there: %llu "
        "completed, %llu failed, %llu webhook events; %llu requests cut off, %llu put off; "
        "slowest start %lld ms\n",
        isatty(STDOUT_FILENO) ? "\r" : "", c->kills, (unsigned long long)c->seed,
        (unsigned long long)v->acknowledged, (unsigned long long)v->completed,
        (unsigned long long)v->failed, (unsigned long long)v->events,
        (unsigned long long)atomic_load(&c->broken), (unsigned long long)atomic_load(&c->put_off),
        (long long)plan->start_us_max / 1000);
}

static bool read_flag(struct crash *c, struct plan *plan, struct str flag)
{
    struct str value = flag;
    struct str name = str_cut(&value, '=');
    uint64_t number = 0;
    bool is_number = str_to_u64(value, 1000000, &number);

    if (str_is(name, "--programs"))
        plan->programs = value.data;
    else if (str_is(name, "--data"))
        plan->data = value.data;
    else if (str_is(name, "--kills") && is_number)
        c->kills = (unsigned)number;
    else if (str_is(name, "--seed") && is_number)
        c->seed = number;
    else if (str_is(name, "--rate") && is_number && number > 0)
        c->rate_per_s = (unsigned)number;
    else
        return false;
    return value.data != NULL;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct crash *c = scope_new(s, struct crash);
    struct plan plan = {.programs = "build/release", .data = "build/crash"};
    struct crash_verdict verdict = {0};

    c->scope = s;
    c->kills = 50;
    c->seed = 1;
    c->rate_per_s = 400;
    for (int i = 1; i < argc; i++) {
        if (!read_flag(c, &plan, str(argv[i]))) {
            (void)fprintf(stderr, "crash: there is no flag %s\n", argv[i]);
            return 2;
        }
    }
    c->sent_max = (uint64_t)(c->kills + 2) * SECONDS_A_KILL * c->rate_per_s;
    c->sent = scope_array(s, c->sent_max, sizeof *c->sent);
    enum status e = run(s, c, &plan, &verdict);
    if (e == OK)
        print(c, &plan, &verdict);
    else
        (void)printf("\ncrash: FAILED (seed %llu): %.*s\n", (unsigned long long)c->seed,
                     STR(scope_why(s)));
    bench_server_kill(&c->server, SIGKILL); // senders that still wait end with this process
    parties_stop(&plan.parties);
    (void)fflush(stdout);
    _exit(e == OK ? 0 : 1);
}
