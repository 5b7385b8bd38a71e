// Starts the program, finds where it listens, reads its metrics.
#include "test/bench/server.h"

#include "core/scope.h"
#include "http/client.h"
#include "sys/file.h"
#include "sys/world.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, START_TRIES = 20000, RESTART_BYTES_MAX = 1 << 30 };

void bench_pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_data(const char *data)
{
    (void)nftw(data, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static char **arguments_of(struct scope *s, const struct bench_server *server)
{
    char **arguments = scope_array(s, ARGUMENTS_MAX, sizeof *arguments);
    size_t count = 0;

    arguments[count++] = str_z(s, str(server->program));
    arguments[count++] = str_z(s, str("serve"));
    arguments[count++] = str_z(s, str_format(s, "--data=%s", server->data));
    arguments[count++] = str_z(s, str_format(s, "--http.port=%u", server->wanted_port));
    for (size_t i = 0; server->settings && server->settings[i] && count < ARGUMENTS_MAX - 1; i++)
        arguments[count++] = server->settings[i];
    return arguments;
}

// In the child, where other threads may have held any lock: system calls only.
static void run_program(char **arguments, const char *log)
{
    int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

    if (fd >= 0)
        (void)dup2(fd, STDERR_FILENO);
    (void)execv(arguments[0], arguments);
    _exit(127);
}

static bool answers(struct scope *s, struct bench_server *server)
{
    struct http_request request = {.url = str_concat(s, 2, server->url, str("/readyz")),
                                   .allow_private = true};
    struct http_reply reply = {0};

    return http_call(s, server->client, &request, &reply) == OK && reply.code == 200;
}

// Reads where it listens, and the operator's key; false: it has not said so yet.
static bool read_address(struct scope *s, struct bench_server *server)
{
    struct str address = str_format(s, "%s/address", server->data);
    struct str key = str_format(s, "%s/keys/operator", server->data);
    struct str lines = {0};
    uint64_t port = 0;

    if (file_read_whole(s, world_real(), address, 1000, &lines) != OK ||
        file_read_whole(s, world_real(), key, 1000, &server->key) != OK)
        return false;
    server->url = str_cut(&lines, '\n'); // the local listener's comes first
    struct str rest = server->url;
    while (str_find_byte(rest, ':') < rest.bytes)
        (void)str_cut(&rest, ':');
    (void)str_to_u64(rest, 65535, &port);
    server->port = (uint16_t)port;
    return true;
}

// Waits until it has said where it listens, and answers there.
static enum status find(struct scope *s, struct bench_server *server)
{
    for (int i = 0; i < START_TRIES; i++) {
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            return fail(s, INTERNAL, "the server ended at its start");
        }
        if (read_address(s, server) && answers(s, server))
            return OK;
        bench_pause_ms(1);
    }
    return fail(s, TIMEOUT, "the server does not answer");
}

enum status bench_server_launch(struct scope *s, struct bench_server *server)
{
    struct str address = str_format(s, "%s/address", server->data);

    if (!server->keep)
        remove_data(server->data);
    (void)path_remove(s, world_real(), address);
    if (!server->client)
        server->client = http_client_new(&(struct http_client_options){0});
    char **arguments = arguments_of(s, server);
    server->pid = fork();
    if (server->pid < 0)
        return fail_errno(s, "fork");
    if (server->pid == 0)
        run_program(arguments, server->log);
    return OK;
}

enum status bench_server_start(struct scope *s, struct bench_server *server)
{
    int64_t from_us = world_monotonic_us(world_real());

    TRY(bench_server_launch(s, server));
    TRY(find(s, server));
    server->start_us = world_monotonic_us(world_real()) - from_us;
    return OK;
}

// Adds up the samples of a metric.
static double sum_metric(struct str text, const char *name)
{
    double sum = 0;

    while (text.bytes) {
        struct str line = str_cut(&text, '\n');
        if (!str_starts(line, str(name)))
            continue;
        struct str rest = str_slice(line, strlen(name), line.bytes);
        if (rest.bytes == 0 || (rest.data[0] != ' ' && rest.data[0] != '{'))
            continue;
        while (str_find_byte(rest, ' ') < rest.bytes)
            (void)str_cut(&rest, ' ');
        sum += strtod(rest.data, NULL);
    }
    return sum;
}

enum status bench_server_figures(struct scope *s, struct bench_server *server,
                                 struct bench_figures *out)
{
    struct http_request request = {.url = str_concat(s, 2, server->url, str("/metrics")),
                                   .allow_private = true};
    struct http_reply reply = {0};

    TRY(http_call(s, server->client, &request, &reply));
    if (reply.code != 200)
        return fail(s, INTERNAL, "/metrics answered %d", reply.code);
    out->cpu_s = sum_metric(reply.body, "process_cpu_seconds_total");
    out->resident_bytes = (uint64_t)sum_metric(reply.body, "process_resident_memory_bytes");
    out->messages = (uint64_t)(sum_metric(reply.body, "sheaf_queue_ready_messages") +
                               sum_metric(reply.body, "sheaf_queue_leased_messages"));
    out->requests = (uint64_t)sum_metric(reply.body, "sheaf_http_requests_total");
    out->commits = (uint64_t)sum_metric(reply.body, "sheaf_store_commits_total");
    out->database_bytes = (uint64_t)sum_metric(reply.body, "sheaf_store_database_bytes");
    out->blob_bytes = (uint64_t)sum_metric(reply.body, "sheaf_store_blobs_bytes");
    return OK;
}

enum status bench_server_restart(struct scope *s, struct bench_server *server,
                                 enum status (*start)(struct scope *s, struct bench_server *server),
                                 int64_t *start_us_max)
{
    struct scope *own = scope_open(RESTART_BYTES_MAX);
    struct bench_server next = *server;

    next.start_us = 0;
    enum status e = start(own, &next);
    server->pid = next.pid;
    if (next.start_us > *start_us_max)
        *start_us_max = next.start_us;
    if (e != OK)
        (void)fail(s, e, "after a kill: %.*s", STR(scope_why(own)));
    scope_close(own);
    return e;
}

void bench_server_kill(struct bench_server *server, int signal)
{
    if (server->pid > 0) {
        (void)kill(server->pid, signal);
        (void)waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

void bench_server_stop(struct bench_server *server)
{
    bench_server_kill(server, SIGTERM);
    http_client_free(server->client);
    server->client = NULL;
}
