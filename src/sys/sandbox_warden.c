// The warden and its children. The warden has one thread, no secret, and does nothing but fork.
#include "core/scope.h"
#include "sys/sandbox_impl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WARDEN_SOCKET = 3, JOB_SCOPE_BYTES_MAX = 1 << 30, EXIT_NO_EXEC = 127 };

static bool take_order(struct sandbox_order *order, int fds[SANDBOX_FDS])
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * SANDBOX_FDS)];
        struct cmsghdr align;
    } control = {0};
    struct iovec data = {order, sizeof *order};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = -1;

    do
        got = recvmsg(WARDEN_SOCKET, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (got != sizeof *order || !head || head->cmsg_len != CMSG_LEN(sizeof(int) * SANDBOX_FDS))
        return false;
    memcpy(fds, CMSG_DATA(head), sizeof(int) * SANDBOX_FDS);
    return true;
}

static void set_report(struct sandbox_report *report, enum status e, struct str why)
{
    report->status = (int32_t)e;
    report->why_bytes = (uint32_t)(why.bytes < sizeof report->why ? why.bytes : sizeof report->why);
    memcpy(report->why, why.data, report->why_bytes);
}

static _Noreturn void end(int fd, const struct sandbox_report *report)
{
    (void)!write(fd, report, sizeof *report);
    _exit(0);
}

static _Noreturn void end_failed(int fd, enum status e, const char *why)
{
    struct sandbox_report report = {0};

    set_report(&report, e, str(why));
    end(fd, &report);
}

static bool write_output(int fd, struct str data)
{
    while (data.bytes) {
        ssize_t put = write(fd, data.data, data.bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data = str_slice(data, (size_t)put, data.bytes - (size_t)put);
    }
    return true;
}

// From here on the process is a child and what it reads may own it.
static _Noreturn void do_job(const struct sandbox_order *order, const int fds[SANDBOX_FDS])
{
    struct sandbox_report report = {0};
    struct stat info = {0};
    struct str input = {.data = ""};
    struct str output = {0};

    if (fstat(fds[SANDBOX_INPUT], &info) < 0)
        end_failed(fds[SANDBOX_REPORT], TEMPORARY, "the input of a sandboxed child");
    if (info.st_size > 0) {
        void *data =
            mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fds[SANDBOX_INPUT], 0);
        if (data == MAP_FAILED)
            end_failed(fds[SANDBOX_REPORT], TEMPORARY, "the input of a sandboxed child");
        input = str_of(data, (size_t)info.st_size);
    }
    int error = sandbox_limit(order, false);
    if (!error)
        error = sandbox_confine_job();
    if (error)
        end_failed(fds[SANDBOX_REPORT], INTERNAL, "a child could not be confined: no seccomp");
    struct scope *s = scope_open(JOB_SCOPE_BYTES_MAX);
    enum status e = order->job->run(s, input, &output);
    if (e == OK && output.bytes > order->output_bytes_max)
        e = fail(s, TOO_LARGE, "%s: the output is longer than %llu bytes", order->job->name,
                 (unsigned long long)order->output_bytes_max);
    if (e == OK && !write_output(fds[SANDBOX_OUTPUT], output))
        e = fail(s, TEMPORARY, "%s: no memory for the output", order->job->name);
    set_report(&report, e, e == OK ? (struct str){.data = ""} : scope_why(s));
    report.output_bytes = output.bytes;
    end(fds[SANDBOX_REPORT], &report);
}

// Says in its exit code why it did not become the program.
static _Noreturn void become(const struct sandbox_order *order, char *const *arguments,
                             const int fds[SANDBOX_FDS], int why)
{
    static char *const environment[] = {(char *)(uintptr_t) "PATH=/usr/bin",
                                        (char *)(uintptr_t) "LC_ALL=C.UTF-8",
                                        (char *)(uintptr_t) "HOME=/nonexistent", NULL};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(fds[SANDBOX_INPUT], STDIN_FILENO);
    (void)dup2(fds[SANDBOX_OUTPUT], STDOUT_FILENO);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing >= 0)
        (void)dup2(nothing, STDERR_FILENO);
    int error = sandbox_confine_files();
    if (error)
        error = EOPNOTSUPP;
    if (!error)
        error = sandbox_confine_program();
    if (!error) // last: under a sanitizer nothing can be allocated behind it
        error = sandbox_limit(order, true);
    if (!error) {
        (void)execve(arguments[0], arguments, environment);
        error = errno;
    }
    (void)!write(why, &error, sizeof error);
    _exit(EXIT_NO_EXEC);
}

static enum status program_status(int error, int status)
{
    if (error)
        return error == ENOENT ? NOT_FOUND : error == EOPNOTSUPP ? UNSUPPORTED : TEMPORARY;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGXFSZ ? TOO_LARGE : INVALID;
    return WEXITSTATUS(status) ? REFUSED : OK;
}

// A supervisor for the program: it tells how it ended, and takes it along when time is over.
static _Noreturn void do_program(struct sandbox_order *order, const int fds[SANDBOX_FDS])
{
    char *arguments[SANDBOX_PROGRAM_WORDS_MAX + 1] = {0};
    struct sandbox_report report = {0};
    struct stat info = {0};
    int why[2];
    int status = 0;
    int error = 0;
    char *at = order->text;

    assert(order->words > 0 && order->words <= SANDBOX_PROGRAM_WORDS_MAX);
    arguments[0] = at;
    for (uint32_t i = 0; i < order->words; i++) {
        arguments[i] = at;
        at += strlen(at) + 1;
    }
    if (pipe2(why, O_CLOEXEC) < 0)
        end_failed(fds[SANDBOX_REPORT], TEMPORARY, "a pipe for a program");
    pid_t pid = fork();
    if (pid == 0)
        become(order, arguments, fds, why[1]);
    (void)close(why[1]);
    if (pid < 0 || read(why[0], &error, sizeof error) != sizeof error)
        error = pid < 0 ? EAGAIN : 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    enum status e = program_status(error, status);
    static const char *const said[] = {
        [NOT_FOUND] = "there is no such program",
        [UNSUPPORTED] = "the kernel has no Landlock, so no program is executed",
        [TEMPORARY] = "the program could not be started",
        [TOO_LARGE] = "its output is too long",
        [INVALID] = "the program was ended by a signal",
        [REFUSED] = "the program ended with a code other than 0",
        [OK] = "",
    };
    struct scope *s = scope_open(1 << 20);
    set_report(&report, e, str_format(s, "%s: %s", arguments[0], said[e]));
    report.output_bytes = fstat(fds[SANDBOX_OUTPUT], &info) == 0 ? (uint64_t)info.st_size : 0;
    end(fds[SANDBOX_REPORT], &report);
}

// In the child that was forked for an order. The alarm ends it without a word.
static _Noreturn void child(struct sandbox_order *order, const int fds[SANDBOX_FDS])
{
    struct itimerval timer = {.it_value = {.tv_sec = order->milliseconds_max / 1000,
                                           .tv_usec = order->milliseconds_max % 1000 * 1000}};

    (void)close(WARDEN_SOCKET);
    (void)sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)sigaction(SIGALRM, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
    if (order->job)
        do_job(order, fds);
    do_program(order, fds);
}

// The parent's signals are not the warden's: it ends with its socket.
static void settle_down(int socket)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDWR);

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigaction(SIGINT, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)sigaction(SIGHUP, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)sigaction(SIGQUIT, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_IGN},
                    NULL); // none is waited for
    (void)dup2(socket, WARDEN_SOCKET);
    for (int fd = 0; fd < WARDEN_SOCKET && nothing >= 0; fd++)
        if (fd != STDERR_FILENO || !SANDBOX_SANITIZED)
            (void)dup2(nothing, fd);
    (void)close_range(WARDEN_SOCKET + 1, ~0U, 0);
    (void)prctl(PR_SET_NAME, "sheaf-warden");
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void sandbox_warden(int socket, const struct sandbox_job *const *jobs)
{
    static struct sandbox_order order;
    int fds[SANDBOX_FDS];

    settle_down(socket);
    for (size_t i = 0; jobs[i]; i++) {
        for (const struct sandbox_job *job = jobs[i]; job->name; job++)
            if (job->prepare)
                job->prepare();
    }
    while (take_order(&order, fds)) {
        if (fork() == 0)
            child(&order, fds);
        for (int i = 0; i < SANDBOX_FDS; i++)
            (void)close(fds[i]);
    }
    _exit(0);
}
