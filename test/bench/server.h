// A `sheaf serve` of its own for a benchmark or a crash test: on a fresh data folder and a free
// loopback port.
#ifndef SHEAF_TEST_BENCH_SERVER_H
#define SHEAF_TEST_BENCH_SERVER_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct http_client;
struct scope;

struct bench_server {
    const char *program;
    const char *data;      // emptied at the start unless `keep`
    bool keep;             // use what is there
    uint16_t wanted_port;  // 0: any
    const char *log;       // file that its lines are added to; NULL: they come out here
    char *const *settings; // --name=value, NULL-terminated
    // Set by the start.
    pid_t pid;
    uint16_t port;
    struct str url;
    struct str key;   // the operator's
    int64_t start_us; // until it answered
    struct http_client *client;
};

struct bench_figures {
    double cpu_s;
    uint64_t resident_bytes;
    uint64_t messages; // that can be taken or are leased, in all queues
    uint64_t requests; // answered
    uint64_t commits;
    uint64_t database_bytes;
    uint64_t blob_bytes;
};

// Starts the program, and waits until it answers.
enum status bench_server_start(struct scope *s, struct bench_server *server);
// Only starts it.
enum status bench_server_launch(struct scope *s, struct bench_server *server);
// Starts it again after a kill, by one of the two, on what is on the disk. Only the server's pid is
// changed, since its url and key are read by clients all the time; `start_us_max` is raised to how
// long the start took, when that is longer.
enum status bench_server_restart(struct scope *s, struct bench_server *server,
                                 enum status (*start)(struct scope *s, struct bench_server *server),
                                 int64_t *start_us_max);
enum status bench_server_figures(struct scope *s, struct bench_server *server,
                                 struct bench_figures *out);
// Ends the process with a signal and waits for it. Safe when it was not started.
void bench_server_kill(struct bench_server *server, int signal);
void bench_server_stop(struct bench_server *server); // SIGTERM

void bench_pause_ms(int ms);

#endif
