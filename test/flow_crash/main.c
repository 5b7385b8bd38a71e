// Kills the server at random instants while executions run, and then looks at every one of them.
//
//   flow-crash [--kills=50] [--seed=1] [--rate=30] [--server=build/release/flow-crash-server]
//              [--data=build/flow-crash.data]
//
// Each must have ended as it does without a kill, no result of a task applied twice, no timer or
// token lost, nothing left over. Ends with one line, and 0 when all is right.
#include "test/flow_crash/flow_crash.h"

#include "core/chance.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    SCOPE_BYTES_MAX = 1 << 30,
    LIFE_MS_MIN = 50, // of the server, between its start and its end
    LIFE_MS_MAX = 1200,
    AT_START_PERCENT = 20, // of the kills strike within START_MS, before it answers
    START_MS = 40,
    SECONDS_A_KILL = 4, // at most, for the count of executions
    WARM_UP_MS = 1500,
};

struct plan {
    int64_t start_us_max;
};

static void show(const struct flow_crash *c)
{
    if (isatty(STDOUT_FILENO))
        (void)printf("\rflow-crash: %u of %u kills, %llu executions ", c->killed, c->kills,
                     (unsigned long long)atomic_load(&c->next));
    (void)fflush(stdout);
}

static void die(struct flow_crash *c, int after_ms)
{
    bench_pause_ms(after_ms);
    bench_server_kill(&c->server, SIGKILL);
    c->killed_at_us[c->killed++] = world_now_us(world_real());
    show(c);
}

static enum status kill_again_and_again(struct scope *s, struct flow_crash *c, struct plan *plan)
{
    struct chance chance = chance_seeded(c->seed);

    while (c->killed < c->kills) {
        die(c, LIFE_MS_MIN + (int)chance_below(&chance, LIFE_MS_MAX - LIFE_MS_MIN));
        while (c->killed < c->kills && chance_below(&chance, 100) < AT_START_PERCENT) {
            TRY(bench_server_restart(s, &c->server, bench_server_launch,
                                     &plan->start_us_max)); // dies while it recovers
            die(c, (int)chance_below(&chance, START_MS));
        }
        TRY(bench_server_restart(s, &c->server, bench_server_start, &plan->start_us_max));
    }
    return OK;
}

static enum status make_machine(struct scope *s, struct flow_crash *c, const char *name)
{
    struct str path = str_format(s, "test/flow_crash/%s.asl.json", name);
    struct str definition = {0};

    TRY(file_read_whole(s, world_real(), path, 1 << 20, &definition));
    struct json_member members[] = {
        {str("name"), json_string(str(name))},
        {str("roleArn"), json_string(str("arn:aws:iam::000000000000:role/crash"))},
        {str("definition"), json_string(definition)},
    };
    struct replied r =
        crash_ask(c, s, "CreateStateMachine", str("/"), json_to_str(s, json_object(members, 3)));

    if (r.code != 200)
        return fail(s, INTERNAL, "CreateStateMachine was answered %d: %.*s", r.code,
                    STR(json_text(json_member(r.json, "message"))));
    struct str arn = json_text(json_member(r.json, "stateMachineArn"));
    c->arn_prefix = str_slice(arn, 0, str_find(arn, str(":stateMachine:")));
    return OK;
}

// The first executions run without a kill: what the others must be like.
static enum status prepare(struct scope *s, struct flow_crash *c)
{
    (void)unlink(c->server.log);
    TRY(bench_server_start(s, &c->server));
    c->server.keep = true;
    c->server.wanted_port = c->server.port;
    for (size_t i = 0; crash_machines[i]; i++)
        TRY(make_machine(s, c, crash_machines[i]));
    (void)crash_ask(c, s, NULL, str("/functions/outside/invocations"), str("{}")); // makes it known
    crash_answerers_start(c);
    for (int i = 0; i < REFERENCES; i++)
        if (!crash_start(c, s, atomic_fetch_add(&c->next, 1)))
            return fail(s, INTERNAL, "the first executions do not start");
    return crash_await_end(c, s);
}

static enum status run(struct scope *s, struct flow_crash *c, struct plan *plan,
                       struct crash_verdict *verdict)
{
    TRY(prepare(s, c));
    crash_starters_start(c);
    bench_pause_ms(WARM_UP_MS);
    TRY(kill_again_and_again(s, c, plan)); // else the clients end with this process
    crash_starters_stop(c);
    show(c);
    TRY(crash_await_end(c, s));
    crash_answerers_stop(c);
    return crash_check(c, s, verdict);
}

static void print(struct flow_crash *c, const struct plan *plan, const struct crash_verdict *v)
{
    (void)printf(
        "%sflow-crash: %u kills (seed %llu) under %llu to %llu running executions; all %llu "
        "ended as without a kill, with %llu events; %llu results of tasks, each applied "
        "once; %llu tokens and %llu invocations answered, %llu left to their lease; %llu "
        "requests cut off, %llu put off; slowest start %lld ms\n",
        isatty(STDOUT_FILENO) ? "\r" : "", c->kills, (unsigned long long)c->seed,
        (unsigned long long)v->running_min, (unsigned long long)v->running_max,
        (unsigned long long)v->executions, (unsigned long long)v->events,
        (unsigned long long)v->applied, (unsigned long long)atomic_load(&c->tokens),
        (unsigned long long)atomic_load(&c->invocations),
        (unsigned long long)atomic_load(&c->dropped), (unsigned long long)atomic_load(&c->broken),
        (unsigned long long)atomic_load(&c->put_off), (long long)plan->start_us_max / 1000);
}

static bool read_flag(struct flow_crash *c, struct str flag)
{
    struct str value = flag;
    struct str name = str_cut(&value, '=');
    uint64_t n = 0;
    bool is_number = str_to_u64(value, 1000000, &n);

    if (str_is(name, "--server"))
        c->server.program = value.data;
    else if (str_is(name, "--data"))
        c->server.data = value.data;
    else if (str_is(name, "--kills") && is_number && n > 0 && n <= KILLS_MAX)
        c->kills = (unsigned)n;
    else if (str_is(name, "--seed") && is_number)
        c->seed = n;
    else if (str_is(name, "--rate") && is_number && n > 0)
        c->rate_per_s = (unsigned)n;
    else
        return false;
    return value.data != NULL;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct flow_crash *c = scope_new(s, struct flow_crash);
    struct plan plan = {0};
    struct crash_verdict verdict = {0};

    c->server.program = "build/release/flow-crash-server";
    c->server.data = "build/flow-crash.data";
    c->kills = 50;
    c->seed = 1;
    c->rate_per_s = 30;
    for (int i = 1; i < argc; i++) {
        if (!read_flag(c, str(argv[i]))) {
            (void)fprintf(stderr, "flow-crash: there is no flag %s\n", argv[i]);
            return 2;
        }
    }
    c->server.log = str_z(s, str_format(s, "%s.log", c->server.data));
    c->started_max = RUNNING_AIM + (uint64_t)(c->kills + 4) * SECONDS_A_KILL * c->rate_per_s;
    enum status e = run(s, c, &plan, &verdict);
    if (e == OK)
        print(c, &plan, &verdict);
    else
        (void)printf("\nflow-crash: FAILED (seed %llu, %u kills): %.*s\n",
                     (unsigned long long)c->seed, c->killed, STR(scope_why(s)));
    bench_server_kill(&c->server, SIGKILL);
    (void)fflush(stdout);
    _exit(e == OK ? 0 : 1); // clients that still wait end with this process
}
