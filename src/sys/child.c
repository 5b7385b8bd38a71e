// Between fork and exec only system calls: other threads may have held any lock.
#include "sys/child.h"

#include "core/scope.h"
#include "sys/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NO_EXEC = 127 };

// In the child. `why` is closed by exec; else it is told the error.
static void become(char *const *arguments, char *const *environment, pid_t parent, int why)
{
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) // it ended before that was asked for
        _exit(EXIT_NO_EXEC);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        (void)dup2(nothing, STDIN_FILENO);
    (void)execvpe(arguments[0], arguments, environment);
    int error = errno;
    (void)!write(why, &error, sizeof error);
    _exit(EXIT_NO_EXEC);
}

// Gives 0 when the program runs, else the error of its exec.
static int read_error(int fd)
{
    int error = 0;
    ssize_t got = -1;

    do
        got = read(fd, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    return got == sizeof error ? error : 0;
}

enum status child_start(struct scope *s, char *const *arguments, char *const *environment,
                        struct child *out)
{
    enum status e = OK;
    int ends[2];
    pid_t parent = getpid();

    *out = (struct child){0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(s, "a pipe");
    pid_t pid = fork();
    if (pid == 0)
        become(arguments, environment, parent, ends[1]);
    (void)close(ends[1]);
    if (pid < 0) {
        e = fail_errno(s, "a process");
        goto out;
    }
    (void)setpgid(pid, pid); // whoever comes first
    errno = read_error(ends[0]);
    if (errno) {
        e = fail_errno(s, "%s", arguments[0]);
        (void)waitpid(pid, NULL, 0);
        goto out;
    }
    *out = (struct child){pid, pidfd_open(pid, 0)};
    assert(out->fd >= 0); // it is there until it is waited for
out:
    (void)close(ends[0]);
    return e;
}

void child_signal(const struct child *c, int signal)
{
    if (child_runs(c))
        (void)kill(-c->pid, signal);
}

static struct str end_of(struct scope *s, int status)
{
    if (WIFSIGNALED(status)) {
        const char *name = sigdescr_np(WTERMSIG(status));
        struct str text = str_copy(s, str(name ? name : "unknown"));
        char *first = (char *)(uintptr_t)text.data;
        if (*first >= 'A' && *first <= 'Z')
            *first = (char)(*first - 'A' + 'a');
        return str_concat(s, 2, str("signal: "), text);
    }
    return WEXITSTATUS(status) ? str_format(s, "exit status %d", WEXITSTATUS(status))
                               : (struct str){0};
}

struct str child_end(struct scope *s, struct child *c)
{
    siginfo_t info = {0};
    int status = 0;

    assert(child_runs(c));
    while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    (void)kill(-c->pid, SIGKILL); // while its number is still its own
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)close(c->fd);
    *c = (struct child){0};
    return end_of(s, status);
}

char **environment_with(struct scope *s, char *const *environment, const char *name,
                        struct str value, bool keep)
{
    struct str before = str_concat(s, 2, str(name), str("="));
    size_t count = 0;
    size_t all = 0;

    while (environment[all])
        all++;
    char **out = scope_array(s, all + 2, sizeof *out);
    keep = keep && environment_get(environment, name).data;
    for (size_t i = 0; i < all; i++)
        if (keep || !str_starts(str(environment[i]), before))
            out[count++] = environment[i];
    if (!keep)
        out[count++] = str_z(s, str_concat(s, 2, before, value));
    return out;
}
