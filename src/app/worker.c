// `sheaf worker`: runs processes that serve a function, until SIGTERM or SIGINT. Then no new
// invocation is taken and those under way end; a second signal gives them back.
#include "app/command.h"
#include "app/remote.h"
#include "app/slot.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/process.h"
#include "sys/world.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum {
    COUNT_MAX = 256,
    NAME_BYTES_MAX = 64,
    TIMEOUT_S_DEFAULT = 900, // Lambda's longest
    TIMEOUT_S_MAX = 7 * 86400,
    HOST_BYTES_MAX = 60,
};

struct worker {
    struct slot_options options;
    struct slot *slots[COUNT_MAX];
    uint64_t count;
    int stop[2]; // read by the slots; closing the other end tells them
    int hurry[2];
    int ended[2];
};

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return name.bytes > 0 && name.bytes <= NAME_BYTES_MAX;
}

static struct str name_of_this(struct scope *s)
{
    char host[HOST_BYTES_MAX + 1] = "";

    (void)gethostname(host, HOST_BYTES_MAX);
    return str_format(s, "%s-%d", host, (int)getpid());
}

static enum status plan(struct scope *s, const struct command_line *line, struct worker *w)
{
    uint64_t timeout_s = TIMEOUT_S_DEFAULT;

    w->count = 1;
    TRY(command_number(s, line, "count", 1, COUNT_MAX, &w->count));
    TRY(command_number(s, line, "timeout", 1, TIMEOUT_S_MAX, &timeout_s));
    w->options = (struct slot_options){.line = line,
                                       .function = str(line->words[0]),
                                       .worker = name_of_this(s),
                                       .arguments = line->words + 1,
                                       .environment = environ,
                                       .timeout_us = (int64_t)timeout_s * 1000000};
    if (!is_name(w->options.function)) {
        return command_misused(s, line->command,
                               "\"%.*s\" is no name of a function: letters, digits, - and _, at "
                               "most %d",
                               STR(w->options.function), NAME_BYTES_MAX);
    }
    return OK;
}

// A server that does not answer now will be waited for; without its data folder there is none.
static enum status look(struct scope *s, const struct command_line *line)
{
    struct scope *own = scope_open(1 << 24);
    struct remote *remote = NULL;
    enum status e = remote_join(own, line, &remote);

    if (e == NOT_FOUND)
        (void)scope_pass(s, e, own);
    scope_close(own);
    return e == NOT_FOUND ? e : OK;
}

static enum status open_pipes(struct scope *s, struct worker *w)
{
    if (pipe2(w->stop, O_CLOEXEC) < 0 || pipe2(w->hurry, O_CLOEXEC) < 0 ||
        pipe2(w->ended, O_CLOEXEC) < 0)
        return fail_errno(s, "a pipe"); // the program ends
    w->options.stop_fd = w->stop[0];
    w->options.hurry_fd = w->hurry[0];
    w->options.ended_fd = w->ended[1];
    return OK;
}

// Waits for a signal or the end of a slot; returns the signal, 0 when it was a slot.
static int await(struct worker *w, int stop_fd, uint64_t *ended)
{
    struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN},
                           {.fd = w->ended[0], .events = POLLIN}};
    char byte = 0;

    (void)poll(fds, 2, -1);
    if (fds[1].revents)
        *ended += read(w->ended[0], &byte, 1) == 1;
    return fds[0].revents ? process_stop_take(stop_fd) : 0;
}

static void run(struct worker *w, int stop_fd)
{
    uint64_t ended = 0;
    unsigned signals = 0;

    while (ended < w->count) {
        if (await(w, stop_fd, &ended) == 0)
            continue;
        signals++;
        if (signals == 1)
            process_notify(environ, str("STOPPING=1"));
        if (signals <= 2)
            (void)close(signals == 1 ? w->stop[1] : w->hurry[1]);
    }
    for (uint64_t i = 0; i < w->count; i++)
        slot_join(w->slots[i]);
}

enum status command_worker(struct scope *s, const struct command_line *line)
{
    struct worker *w = scope_new(s, struct worker);

    TRY(plan(s, line, w));
    int stop_fd = process_stop_fd();
    TRY(look(s, line));
    TRY(open_pipes(s, w));
    for (uint64_t i = 0; i < w->count; i++) {
        w->slots[i] = slot_start(&w->options);
        if (!w->slots[i])
            return fail(s, TEMPORARY, "no port for a process"); // the program ends
    }
    log_event(LOG_INFO, "worker.started", LOG_STR("function", w->options.function),
              LOG_INT("processes", (int64_t)w->count), LOG_END);
    process_notify(environ, str("READY=1"));
    run(w, stop_fd);
    log_event(LOG_INFO, "worker.stopped", LOG_STR("function", w->options.function), LOG_END);
    return OK;
}
