#include "test/bench/parties.h"

#include "core/scope.h"
#include "http/server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES_MAX = 4096, ARGUMENTS_MAX = 64 };

enum status parties_free_port(struct scope *s, uint16_t *out)
{
    struct http_server *server = NULL;

    TRY(http_server_new(s, &(struct http_server_options){.inherited_fd = -1}, &server));
    *out = http_server_port(server);
    http_server_free(server);
    return OK;
}

// All are told at once; Signicat is always among the last.
static struct str read_lines(struct scope *s, int fd)
{
    char *text = scope_bytes(s, LINES_MAX);
    size_t bytes = 0;
    ssize_t got = 1;

    while (got > 0 && bytes < LINES_MAX &&
           str_find(str_of(text, bytes), str("signicat ")) == bytes) {
        got = read(fd, text + bytes, LINES_MAX - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    return str_of(text, bytes);
}

enum status parties_start(struct scope *s, const char *program, char *const *flags,
                          struct parties *out)
{
    char *arguments[ARGUMENTS_MAX] = {str_z(s, str(program))};
    int ends[2];

    for (size_t i = 0; i < ARGUMENTS_MAX - 2 && flags[i]; i++)
        arguments[i + 1] = flags[i];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(s, "a pipe");
    out->pid = fork();
    if (out->pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execv(arguments[0], arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    out->lines = read_lines(s, ends[0]);
    (void)close(ends[0]);
    return parties_address(out, "signicat").bytes ? OK
                                                  : fail(s, INTERNAL, "the partners did not start");
}

struct str parties_address(const struct parties *p, const char *name)
{
    struct str rest = p->lines;

    while (rest.bytes) {
        struct str line = str_cut(&rest, '\n');
        struct str first = str_cut(&line, ' ');
        if (str_is(first, name))
            return line;
    }
    return (struct str){0};
}

void parties_stop(struct parties *p)
{
    if (p->pid <= 0)
        return;
    (void)kill(p->pid, SIGTERM);
    (void)waitpid(p->pid, NULL, 0);
    p->pid = 0;
}
