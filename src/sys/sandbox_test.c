// Sandboxed children: what they give, what they may not do, and how they end.
#include "sys/sandbox.h"

#include "core/scope.h"
#include "test/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static enum status turn_round(struct scope *s, struct str input, struct str *output)
{
    char *data = scope_bytes(s, input.bytes);

    for (size_t i = 0; i < input.bytes; i++)
        data[i] = input.data[input.bytes - 1 - i];
    *output = str_of(data, input.bytes);
    return OK;
}

static enum status refuse(struct scope *s, struct str input, struct str *output)
{
    (void)output;
    return fail(s, REFUSED, "it says %.*s", STR(input));
}

static enum status crash(struct scope *s, struct str input, struct str *output)
{
    (void)s, (void)input, (void)output;
    abort();
}

static enum status go_on_for_ever(struct scope *s, struct str input, struct str *output)
{
    volatile unsigned turns = 0;

    (void)s, (void)input, (void)output;
    while (turns < UINT_MAX)
        turns = turns % 1000 + 1;
    return OK;
}

// Says what a child can do of what it should not.
static enum status try_things(struct scope *s, struct str input, struct str *output)
{
    int fd = open("/etc/hostname", O_RDONLY);
    bool opened = fd >= 0 || errno != EPERM;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool others = false;

    (void)input;
    for (int i = 3; i < 100; i++) // its three descriptors apart
        others = others || (i > 5 && lseek(i, 0, SEEK_CUR) != -1);
    *output = str_format(s, "%s%s%s", opened ? "opened " : "", code != MAP_FAILED ? "code " : "",
                         others ? "descriptors " : "");
    return OK;
}

static enum status call_somebody(struct scope *s, struct str input, struct str *output)
{
    (void)s, (void)input;
    (void)socket(AF_INET, SOCK_STREAM, 0);
    *output = str("it lives");
    return OK;
}

static enum status execute(struct scope *s, struct str input, struct str *output)
{
    char *const arguments[] = {str_z(s, str("/bin/true")), NULL};

    (void)input;
    (void)execve(arguments[0], arguments, arguments + 1);
    *output = str("it lives");
    return OK;
}

static enum status write_much(struct scope *s, struct str input, struct str *output)
{
    (void)input;
    *output = str_of(scope_alloc(s, 100000), 100000);
    return OK;
}

static int prepared;

static void prepare(void)
{
    prepared = 1;
}

static enum status tell_prepared(struct scope *s, struct str input, struct str *output)
{
    (void)s, (void)input;
    *output = str(prepared ? "prepared" : "not prepared");
    return OK;
}

static const struct sandbox_job jobs[] = {
    {"tell-prepared", .run = tell_prepared, .prepare = prepare},
    {"turn-round", .run = turn_round},
    {"refuse", .run = refuse},
    {"crash", .run = crash},
    {"go-on", .run = go_on_for_ever},
    {"try", .run = try_things},
    {"call", .run = call_somebody},
    {"execute", .run = execute},
    {"write-much", .run = write_much},
    {0},
};
static const struct sandbox_job *const lists[] = {jobs, NULL};

static struct sandbox *open_one(struct scope *s)
{
    struct sandbox *b = NULL;

    EXPECT(sandbox_open(s, lists, &b) == OK);
    return b;
}

TEST(a_sandboxed_job_gives_what_it_computes)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};
    struct str large = str_of(scope_alloc(s, 5 << 20), 5 << 20);

    EXPECT(sandbox_run(s, b, "turn-round", str("abc"), NULL, &out) == OK);
    EXPECT_STR(out, "cba");
    EXPECT(sandbox_run(s, b, "turn-round", (struct str){.data = ""}, NULL, &out) == OK);
    EXPECT(out.bytes == 0);
    EXPECT(sandbox_run(s, b, "turn-round", large, NULL, &out) == OK);
    EXPECT(out.bytes == large.bytes);
}

TEST(a_sandboxed_job_passes_its_failure_on)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "refuse", str("no"), NULL, &out) == REFUSED);
    EXPECT_STR(scope_why(s), "it says no");
}

TEST(a_sandboxed_job_that_crashes_fails_alone)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "crash", str("x"), NULL, &out) == INVALID);
    EXPECT(sandbox_run(s, b, "turn-round", str("abc"), NULL, &out) == OK);
    EXPECT_STR(out, "cba");
}

TEST(a_sandboxed_job_ends_when_its_time_is_over)
{
    struct sandbox *b = open_one(s);
    struct sandbox_options options = {.milliseconds_max = 20};
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "go-on", str("x"), &options, &out) == TIMEOUT);
}

TEST(a_sandboxed_job_opens_nothing_and_has_nothing)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "try", str("x"), NULL, &out) == OK);
    EXPECT_STR(out, "");
}

TEST(a_sandboxed_job_that_connects_or_executes_is_killed)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "call", str("x"), NULL, &out) == INVALID);
    EXPECT(sandbox_run(s, b, "execute", str("x"), NULL, &out) == INVALID);
}

TEST(the_output_of_a_sandboxed_job_is_limited)
{
    struct sandbox *b = open_one(s);
    struct sandbox_options options = {.output_bytes_max = 99999};
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "write-much", str("x"), &options, &out) == TOO_LARGE);
    options.output_bytes_max = 100000;
    EXPECT(sandbox_run(s, b, "write-much", str("x"), &options, &out) == OK);
    EXPECT(out.bytes == 100000);
}

TEST(a_warden_prepares_for_its_jobs)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    EXPECT(sandbox_run(s, b, "tell-prepared", str("x"), NULL, &out) == OK);
    EXPECT_STR(out, "prepared");
}

static enum status run_program(struct scope *s, struct sandbox *b, const char *script,
                               const struct sandbox_options *options, struct str *out)
{
    char *arguments[] = {str_z(s, str("/bin/sh")), str_z(s, str("-c")), str_z(s, str(script)),
                         NULL};
    return sandbox_program(s, b, arguments, str("hello"), options, out);
}

// Whether this kernel can; without it the programs' tests say nothing.
static bool programs_run(struct scope *s, struct sandbox *b)
{
    struct str out = {0};

    return run_program(s, b, "exit 0", NULL, &out) != UNSUPPORTED;
}

TEST(a_sandboxed_program_reads_its_input_and_writes_its_output)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};
    char *missing[] = {str_z(s, str("/usr/bin/no-such-program")), NULL};

    if (!programs_run(s, b)) {
        test_skip("the kernel has no Landlock");
        return;
    }
    EXPECT(run_program(s, b, "cat; echo ' you'", NULL, &out) == OK);
    EXPECT_STR(out, "hello you\n");
    EXPECT(run_program(s, b, "exit 3", NULL, &out) == REFUSED);
    EXPECT(run_program(s, b, "kill -9 $$; exit 0", NULL, &out) == OK); // kill is not its to call
    EXPECT(sandbox_program(s, b, missing, str(""), NULL, &out) == NOT_FOUND);
}

TEST(a_sandboxed_program_sees_the_system_and_nothing_else)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};

    if (!programs_run(s, b)) {
        test_skip("the kernel has no Landlock");
        return;
    }
    EXPECT(run_program(s, b, "ls /usr/bin/env", NULL, &out) == OK);
    EXPECT(run_program(s, b, "cat /etc/passwd", NULL, &out) == REFUSED);
    EXPECT(run_program(s, b, "cat /proc/self/environ", NULL, &out) == REFUSED);
    EXPECT(run_program(s, b, "echo x >/tmp/sheaf-sandbox-test", NULL, &out) == REFUSED);
}

TEST(a_sandboxed_program_is_limited_in_time_and_output)
{
    struct sandbox *b = open_one(s);
    struct str out = {0};
    struct sandbox_options options = {.milliseconds_max = 50, .output_bytes_max = 1000};

    if (!programs_run(s, b)) {
        test_skip("the kernel has no Landlock");
        return;
    }
    EXPECT(run_program(s, b, "while :; do :; done", &options, &out) == TIMEOUT);
    options.milliseconds_max = 0;
    EXPECT(run_program(s, b, "exec head -c 2000 /usr/bin/env", &options, &out) == TOO_LARGE);
}
