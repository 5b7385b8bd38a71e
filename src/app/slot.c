// One thread, straight through: a process that waits, an invocation, its end, its answer.
#include "app/slot.h"

#include "app/invocation.h"
#include "app/remote.h"
#include "app/slot_impl.h"
#include "core/heap.h"
#include "core/scope.h"
#include "sys/child.h"
#include "sys/log.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SLOT_BYTES_MAX = 64 << 20,
    EACH_BYTES_MAX = 128 << 20,
    RESTART_FIRST_US = 100000, // of the pause before a process is started again
    RESTART_MAX_US = 30000000,
    AGAIN_FIRST_US = 100000, // of the pause before the server is asked again
    AGAIN_MAX_US = 2000000,
    KEEP_US = INVOCATION_LEASE_S * 1000000 / 3,
    GRACE_US = 2000000,     // between asking a process to end and ending it
    PATIENCE_US = 30000000, // with a server that does not answer, once this is to stop
};

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return fd >= 0 && poll(&p, 1, 0) > 0;
}

static bool is_stopping(const struct slot *w)
{
    return is_readable(w->options->stop_fd) || is_readable(w->options->hurry_fd);
}

static int64_t now_us(void)
{
    return world_monotonic_us(world_real());
}

// Waits for the process, or until `stop_fd` is readable or the time has come, and takes what the
// process has asked.
static void await(struct slot *w, int stop_fd, int64_t until_us)
{
    int64_t left_us = until_us - now_us();
    int64_t left_ms = left_us < 0 ? 0 : left_us / 1000 + 1;
    struct pollfd fds[] = {
        {.fd = runtime_fd(w->runtime), .events = POLLIN},
        {.fd = child_runs(&w->child) ? w->child.fd : -1, .events = POLLIN},
        {.fd = stop_fd, .events = POLLIN},
    };

    (void)poll(fds, 3, left_ms < INT32_MAX ? (int)left_ms : INT32_MAX);
    runtime_read(w->runtime);
}

// Lets a time pass, unless this is to stop.
static void pause_us(struct slot *w, int stop_fd, int64_t us)
{
    int64_t until_us = now_us() + us;

    while (!is_readable(stop_fd) && now_us() < until_us) {
        struct pollfd p = {.fd = stop_fd, .events = POLLIN};
        (void)poll(&p, 1, (int)((until_us - now_us()) / 1000) + 1);
        runtime_read(w->runtime);
    }
}

static int64_t grown(int64_t first_us, unsigned times, int64_t most_us)
{
    return times < 16 && first_us << times < most_us ? first_us << times : most_us;
}

// -- the process ---------------------------------------------------------------------------------

// Takes note of its end, and says how it was.
static struct str bury(struct slot *w, struct scope *s)
{
    struct str how = child_end(s, &w->child);

    log_event(LOG_WARN, "process.ended", LOG_STR("function", w->options->function),
              LOG_STR("how", how.bytes ? how : str("exit status 0")),
              LOG_STR("init_error", runtime_init_error(w->runtime)), LOG_END);
    runtime_forget(w->runtime);
    w->failures++;
    return how;
}

static void kill_process(struct slot *w, bool gently)
{
    if (!child_runs(&w->child))
        return;
    if (gently) {
        child_signal(&w->child, SIGTERM);
        struct pollfd p = {.fd = w->child.fd, .events = POLLIN};
        (void)poll(&p, 1, GRACE_US / 1000);
    }
    child_signal(&w->child, SIGKILL);
    struct scope *s = scope_open(1 << 16);
    (void)child_end(s, &w->child);
    scope_close(s);
    runtime_forget(w->runtime);
}

static void start_process(struct slot *w)
{
    struct scope *s = scope_open(1 << 20);

    if (w->failures)
        pause_us(w, w->options->stop_fd, grown(RESTART_FIRST_US, w->failures - 1, RESTART_MAX_US));
    if (!is_stopping(w) && child_start(s, w->options->arguments, w->environment, &w->child) != OK) {
        w->failures++;
        log_event(LOG_ERROR, "process.not_started", LOG_STR("function", w->options->function),
                  LOG_WHY(s), LOG_END);
    }
    scope_close(s);
}

// Until a process waits for an invocation. False: this is to stop.
static bool await_process(struct slot *w)
{
    while (!is_stopping(w)) {
        if (!child_runs(&w->child))
            start_process(w);
        else if (is_readable(w->child.fd))
            (void)bury(w, w->each);
        else if (runtime_waits(w->runtime))
            return true;
        else
            await(w, w->options->stop_fd, INT64_MAX / 2);
    }
    return false;
}

// -- the server ----------------------------------------------------------------------------------

static void disconnect(struct slot *w)
{
    scope_close(w->link);
    w->link = NULL;
    w->remote = NULL;
}

// The server may have been started again elsewhere: it is looked for anew after each failure.
static enum status connect_to(struct slot *w, struct scope *s)
{
    if (w->remote)
        return OK;
    w->link = scope_open(SLOT_BYTES_MAX);
    enum status e = remote_join(w->link, w->options->line, &w->remote);
    if (e == OK)
        return OK;
    (void)scope_pass(s, e, w->link);
    disconnect(w);
    return e;
}

static bool is_answer(enum status e)
{
    return e == OK || e == NOT_FOUND || e == INVALID || e == TOO_LARGE || e == REFUSED;
}

// After a failure that may pass: tells once, and finds the server anew.
static void note_failure(struct slot *w, struct scope *s, const char *what)
{
    if (w->troubles++ == 0)
        log_event(LOG_WARN, "server.silent", LOG_STR("doing", str(what)), LOG_WHY(s), LOG_END);
    scope_forgive(s);
    if (w->remote)
        disconnect(w);
}

// Returns whether there is one.
static bool take(struct slot *w, struct invocation *out)
{
    struct scope *s = w->each;
    enum status e = connect_to(w, s);

    if (e == OK)
        e = invocation_take(s, w->remote, w->options->function, w->options->worker, out);
    if (e == OK || e == NOT_FOUND || e == CONFLICT) {
        bool was_away = w->troubles > 0;
        w->troubles = 0;
        scope_forgive(s);
        if (was_away)
            log_event(LOG_INFO, "server.answers", LOG_END);
        return e == OK;
    }
    note_failure(w, s, "take");
    pause_us(w, w->options->stop_fd, grown(AGAIN_FIRST_US, w->troubles - 1, AGAIN_MAX_US));
    return false;
}

static void give_back(struct slot *w, struct invocation *i)
{
    if (w->remote && invocation_give_back(w->each, w->remote, i) != OK)
        scope_forgive(w->each); // its lease ends by itself
}

static void keep(struct slot *w, struct invocation *i)
{
    enum status e = connect_to(w, w->each);

    if (e == OK)
        e = invocation_keep(w->each, w->remote, i);
    if (!is_answer(e))
        note_failure(w, w->each, "keep");
    scope_forgive(w->each);
}

// Until the server has it. What cannot be an output is a failure of the function.
static void answer(struct slot *w, struct invocation *i, struct invocation_end *end)
{
    int64_t until_us = INT64_MAX;

    for (unsigned tries = 0; !is_readable(w->options->hurry_fd) && now_us() < until_us; tries++) {
        enum status e = connect_to(w, w->each);
        if (e == OK)
            e = invocation_answer(w->each, w->remote, i, end);
        if ((e == INVALID || e == TOO_LARGE || e == REFUSED) && !end->error.bytes) {
            slot_end_unfit(w, i, scope_why(w->each), end);
            scope_forgive(w->each);
            continue;
        }
        if (is_answer(e)) {
            if (e != OK)
                log_event(LOG_WARN, "answer.void", LOG_STR("invocation", i->id), LOG_WHY(w->each),
                          LOG_END);
            scope_forgive(w->each);
            return;
        }
        note_failure(w, w->each, "answer");
        pause_us(w, w->options->hurry_fd, grown(AGAIN_FIRST_US, tries, AGAIN_MAX_US));
        if (is_stopping(w) && until_us == INT64_MAX)
            until_us = now_us() + PATIENCE_US;
    }
    log_event(LOG_WARN, "answer.lost", LOG_STR("invocation", i->id), LOG_END);
}

// -- an invocation -------------------------------------------------------------------------------

static int64_t deadline_of(const struct slot *w, const struct invocation *i)
{
    int64_t left_us = i->deadline_ms * 1000 - world_now_us(world_real());

    return now_us() +
           (i->deadline_ms && left_us < w->options->timeout_us ? left_us : w->options->timeout_us);
}

// Returns whether it has ended; else it was given back in a hurry.
static bool run(struct slot *w, struct invocation *i, struct invocation_end *end)
{
    int64_t deadline_us = deadline_of(w, i);
    int64_t keep_at_us = now_us() + KEEP_US;

    slot_give(w, i, deadline_us - now_us());
    while (!slot_end_told(w, i, end)) {
        int64_t now = now_us();
        if (is_readable(w->child.fd)) {
            slot_end_died(w, i, bury(w, w->each), end);
            return true;
        }
        if (is_readable(w->options->hurry_fd)) {
            give_back(w, i);
            return false;
        }
        if (now >= deadline_us) {
            slot_end_late(w, i, end);
            kill_process(w, false);
            return true;
        }
        if (now >= keep_at_us) {
            keep(w, i);
            keep_at_us = now_us() + KEEP_US;
        }
        await(w, w->options->hurry_fd, keep_at_us < deadline_us ? keep_at_us : deadline_us);
    }
    w->failures = 0;
    return true;
}

static void serve(struct slot *w)
{
    struct invocation work = {0};
    struct invocation_end end = {0};

    if (!take(w, &work))
        return;
    if (is_stopping(w) || is_readable(w->child.fd)) // while it waited for the server
        give_back(w, &work);
    else if (run(w, &work, &end))
        answer(w, &work, &end);
}

static void work_on(void *opaque)
{
    struct slot *w = opaque;

    while (await_process(w)) {
        serve(w);
        scope_reset(w->each);
    }
    kill_process(w, !is_readable(w->options->hurry_fd));
    (void)!write(w->options->ended_fd, "", 1);
}

struct slot *slot_start(const struct slot_options *options)
{
    struct slot *w = heap_new(struct slot);

    w->options = options;
    w->scope = scope_open(SLOT_BYTES_MAX);
    w->each = scope_open(EACH_BYTES_MAX);
    enum status e = runtime_open(w->scope, &w->runtime);
    if (e != OK) {
        log_event(LOG_ERROR, "runtime.not_opened", LOG_WHY(w->scope), LOG_END);
        scope_close(w->each);
        scope_close(w->scope);
        free(w);
        return NULL;
    }
    w->environment = slot_environment(w);
    w->thread = thread_start("slot", work_on, w);
    return w;
}

void slot_join(struct slot *slot)
{
    if (!slot)
        return;
    thread_join(slot->thread);
    if (slot->link)
        scope_close(slot->link);
    scope_close(slot->each);
    scope_close(slot->scope);
    free(slot);
}
