// Measures a nightly bundle end to end, on the disk, with the program's threads: from the records
// to the last index that OnBase took. The signee signs at once, OnBase takes what lies there.
//
//     bench-bundle DIRECTORY [VEHICLES]
//
// Prints one line of JSON: seconds of each part of the way.
#include "core/moment.h"
#include "core/scope.h"
#include "sys/thread.h"
#include "test/bundle_fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { VEHICLES_STANDARD = 1000, LOOK_US = 20000, BENCH_BYTES_MAX = 1 << 30 };

// -- what the fixture expects ---------------------------------------------------------------------

static void check(bool holds, const char *what, struct str why)
{
    if (holds)
        return;
    (void)fprintf(stderr, "bench-bundle: %s: %.*s\n", what, STR(why));
    exit(1);
}

bool test_expect(bool holds, const char *file, int line, const char *what)
{
    (void)line;
    check(holds, what, str(file));
    return true;
}

bool test_expect_equal_i64(int64_t is, int64_t should, const char *file, int line, const char *what)
{
    return test_expect(is == should, file, line, what);
}

bool test_expect_equal_str(struct str is, struct str should, const char *file, int line,
                           const char *what)
{
    return test_expect(str_equal(is, should), file, line, what);
}

bool test_expect_ok(enum status e, struct scope *s, const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    check(e == OK, what, scope_why(s));
    return true;
}

bool test_failed(void)
{
    return false;
}

// -- the measurement ------------------------------------------------------------------------------

static atomic_bool stopping;

static void import(void *argument)
{
    struct bundle_fixture *f = argument;

    while (!atomic_load(&stopping)) {
        struct scope *s = scope_open(BENCH_BYTES_MAX);
        (void)onbase_run(s, f->onbase);
        scope_close(s);
        thread_pause_us(LOOK_US);
    }
}

static bool has_ended(struct bundle_fixture *f)
{
    struct scope *s = scope_open(BENCH_BYTES_MAX);
    bool ended = bundle_status_is_final(bundle_fixture_get(s, f, "bench").status);

    scope_close(s);
    return ended;
}

static double seconds_of(struct json moves, const char *to, int64_t *from_us)
{
    int64_t at_us = *from_us;

    for (uint32_t i = 0; i < moves.count; i++)
        if (str_is(json_text(json_member(json_at(moves, i), "to")), to))
            (void)moment_read(json_text(json_member(json_at(moves, i), "at")), &at_us);
    double seconds = (double)(at_us - *from_us) / 1e6;
    *from_us = at_us;
    return seconds;
}

static void print(struct scope *s, struct bundle_fixture *f, size_t vehicles, int64_t began_us)
{
    struct bundle b = bundle_fixture_get(s, f, "bench");
    struct json moves = bundle_member(&b, "moves");
    int64_t at_us = began_us;
    int64_t bytes = 0;
    double begun = seconds_of(moves, "READY", &at_us);
    double made = seconds_of(moves, "SENT", &at_us);
    double signed_in = seconds_of(moves, "SIGNED", &at_us);
    double delivered = seconds_of(moves, bundle_status_name(b.status), &at_us);

    (void)json_to_i64(json_member(bundle_member(&b, "signed"), "size_bytes"), &bytes);
    (void)printf("{\"bench\":\"bundle\",\"vehicles\":%zu,\"status\":\"%s\",\"begun_s\":%.2f,"
                 "\"rendered_and_assembled_s\":%.2f,\"signed_and_stamped_s\":%.2f,"
                 "\"delivered_s\":%.2f,\"bytes\":%lld,\"documents\":%llu}\n",
                 vehicles, bundle_status_name(b.status), begun, made, signed_in, delivered,
                 (long long)bytes, (unsigned long long)onbase_count(f->onbase).documents);
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(BENCH_BYTES_MAX);
    uint64_t vehicles = VEHICLES_STANDARD;
    struct bundle_fixture_options options = {
        .real = true, .seed = 1, .signee = SESSION_SIGNED, .flags = {"--signing.poll=1s"}};

    if (argc < 2)
        return 2;
    options.embedded = str(argv[1]);
    if (argc > 2)
        check(str_to_u64(str(argv[2]), BUNDLE_VEHICLES_MAX, &vehicles), "vehicles", str(argv[2]));
    struct bundle_fixture *f = bundle_fixture_open(s, &options);
    bundle_fixture_put(s, f, "bench", vehicles, false);
    struct workers *workers[2] = {workers_start(f->platform.store, f->workers[0]),
                                  workers_start(f->platform.store, f->workers[1])};
    flow_run_timers(f->platform.flow);
    struct thread *onbase = thread_start("onbase", import, f);
    int64_t began_us = world_now_us(f->world);
    (void)bundle_fixture_start(s, f, "bench");
    while (!has_ended(f))
        thread_pause_us(LOOK_US);
    print(s, f, vehicles, began_us);
    atomic_store(&stopping, true);
    thread_join(onbase);
    workers_stop(workers[1]);
    workers_stop(workers[0]);
    scope_close(s);
    return 0;
}
