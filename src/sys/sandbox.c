// The parent's side: an order to the warden, then the wait for the child's report.
#include "sys/sandbox.h"

#include "core/scope.h"
#include "sys/sandbox_impl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MEMORY_BYTES = 512 << 20,
    OUTPUT_BYTES = 64 << 20,
    MILLISECONDS = 30000,
    GRACE_MS = 10000, // the child ends itself; this is for one that cannot
};

struct sandbox {
    int socket;
    pid_t warden;
    const struct sandbox_job *const *jobs;
};

static void close_sandbox(void *context)
{
    struct sandbox *b = context;

    (void)close(b->socket); // its end of the pair tells the warden
    while (waitpid(b->warden, NULL, 0) < 0 && errno == EINTR)
        continue;
}

enum status sandbox_open(struct scope *s, const struct sandbox_job *const *jobs,
                         struct sandbox **out)
{
    struct sandbox *b = scope_new(s, struct sandbox);
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail_errno(s, "a socket pair for the sandbox");
    b->jobs = jobs;
    b->socket = ends[0];
    b->warden = fork();
    if (b->warden == 0)
        sandbox_warden(ends[1], jobs);
    (void)close(ends[1]);
    if (b->warden < 0) {
        (void)close(ends[0]);
        return fail_errno(s, "a process for the sandbox");
    }
    scope_defer(s, close_sandbox, b);
    *out = b;
    return OK;
}

static const struct sandbox_job *find_job(const struct sandbox *b, const char *name)
{
    for (size_t i = 0; b->jobs[i]; i++) {
        for (const struct sandbox_job *job = b->jobs[i]; job->name; job++)
            if (strcmp(job->name, name) == 0)
                return job;
    }
    assert(!"a job that the sandbox was opened with");
    return NULL;
}

static bool write_all(int fd, struct str data)
{
    while (data.bytes) {
        ssize_t put = write(fd, data.data, data.bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data = str_slice(data, (size_t)put, data.bytes - (size_t)put);
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

static bool send_order(int socket, const struct sandbox_order *order, const int fds[SANDBOX_FDS])
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * SANDBOX_FDS)];
        struct cmsghdr align;
    } control = {0};
    struct iovec data = {(void *)(uintptr_t)order, sizeof *order};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    ssize_t sent = -1;

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * SANDBOX_FDS);
    memcpy(CMSG_DATA(head), fds, sizeof(int) * SANDBOX_FDS);
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == sizeof *order;
}

static int64_t now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

// The end of a child as the parent sees it.
struct ending {
    bool reported;
    struct sandbox_report report;
    int64_t took_ms;
};

// Waits for the end of the child's pipe.
static void hear(int fd, int64_t patience_ms, struct ending *out)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int64_t began_ms = now_ms();
    ssize_t got = -1;
    int ready = 0;

    do {
        ready = poll(&wait, 1, (int)patience_ms);
        if (ready > 0)
            got = read(fd, &out->report, sizeof out->report); // it is written at once
    } while ((ready < 0 || (ready > 0 && got < 0)) && errno == EINTR);
    out->reported = got == sizeof out->report;
    out->took_ms = now_ms() - began_ms;
}

static enum status read_output(struct scope *s, int fd, uint64_t bytes, struct str *out)
{
    char *data = scope_bytes(s, bytes + 1);
    size_t have = 0;

    while (have < bytes) {
        ssize_t got = pread(fd, data + have, bytes - have, (off_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(s, INTERNAL, "the output of a sandboxed child is not there");
        have += (size_t)got;
    }
    *out = str_of(data, have);
    return OK;
}

// What came of a child, by its report. One without a report was ended; by its alarm when its time
// was over.
static enum status conclude(struct scope *s, const struct sandbox_order *order,
                            const struct ending *ending, int output_fd, struct str *out)
{
    const struct sandbox_report *report = &ending->report;
    const char *what = order->job ? order->job->name : order->text;

    if (!ending->reported && ending->took_ms >= order->milliseconds_max)
        return fail(s, TIMEOUT, "%s: the sandboxed child ran out of time", what);
    if (!ending->reported) {
        return fail(s, INVALID,
                    "%s: the sandboxed child was ended: it crashed, or tried what it may not",
                    what);
    }
    if (report->status != OK) {
        size_t bytes =
            report->why_bytes < sizeof report->why ? report->why_bytes : sizeof report->why;
        if (report->status < 0 || report->status >= STATUS_COUNT)
            return fail(s, INVALID, "%s: the sandboxed child made no sense", what);
        return fail(s, (enum status)report->status, "%.*s", (int)bytes, report->why);
    }
    if (report->output_bytes > order->output_bytes_max)
        return fail(s, TOO_LARGE, "%s: the output is longer than %llu bytes", what,
                    (unsigned long long)order->output_bytes_max);
    return read_output(s, output_fd, report->output_bytes, out);
}

static void complete(struct sandbox_order *order, const struct sandbox_options *options)
{
    static const struct sandbox_options none = {0};

    options = options ? options : &none;
    order->memory_bytes_max = options->memory_bytes_max ? options->memory_bytes_max : MEMORY_BYTES;
    order->output_bytes_max = options->output_bytes_max ? options->output_bytes_max : OUTPUT_BYTES;
    order->milliseconds_max = options->milliseconds_max ? options->milliseconds_max : MILLISECONDS;
}

static enum status carry_out(struct scope *s, struct sandbox *b, struct sandbox_order *order,
                             const struct sandbox_options *options, struct str input,
                             struct str *output)
{
    enum status e = OK;
    struct ending ending = {0};
    int line[2] = {-1, -1};
    int fds[SANDBOX_FDS] = {memfd_create("input", MFD_CLOEXEC), memfd_create("output", MFD_CLOEXEC),
                            -1};

    complete(order, options);
    if (fds[SANDBOX_INPUT] < 0 || fds[SANDBOX_OUTPUT] < 0 || pipe2(line, O_CLOEXEC) < 0) {
        e = fail(s, TEMPORARY, "no descriptors for a sandboxed child");
        goto out;
    }
    fds[SANDBOX_REPORT] = line[1];
    if (!write_all(fds[SANDBOX_INPUT], input) || !send_order(b->socket, order, fds)) {
        e = fail(s, TEMPORARY, "the sandbox takes no order");
        goto out;
    }
    (void)close(line[1]); // so that the child's end is its end
    line[1] = -1;
    hear(line[0], (int64_t)order->milliseconds_max + GRACE_MS, &ending);
    e = conclude(s, order, &ending, fds[SANDBOX_OUTPUT], output);
out:
    for (int i = 0; i < 2; i++)
        if (line[i] >= 0)
            (void)close(line[i]);
    for (int i = 0; i < SANDBOX_REPORT; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    return e;
}

enum status sandbox_run(struct scope *s, struct sandbox *b, const char *job, struct str input,
                        const struct sandbox_options *options, struct str *output)
{
    struct sandbox_order *order = scope_new(s, struct sandbox_order);

    order->job = find_job(b, job);
    return carry_out(s, b, order, options, input, output);
}

enum status sandbox_program(struct scope *s, struct sandbox *b, char *const *arguments,
                            struct str input, const struct sandbox_options *options,
                            struct str *output)
{
    struct sandbox_order *order = scope_new(s, struct sandbox_order);
    size_t used = 0;

    for (; arguments[order->words]; order->words++) {
        struct str word = str(arguments[order->words]);
        if (order->words >= SANDBOX_PROGRAM_WORDS_MAX || word.bytes + 1 > sizeof order->text - used)
            return fail(s, INVALID, "%s: its arguments are too long", arguments[0]);
        memcpy(order->text + used, word.data, word.bytes);
        used += word.bytes + 1;
    }
    assert(order->words > 0 && order->text[0] == '/');
    return carry_out(s, b, order, options, input, output);
}
