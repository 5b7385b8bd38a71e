// A server: the store, the services, their workers and the HTTP listener, joined. `sheaf serve`
// runs one until it is told to stop; commands that find no server running start one for themselves
// on a free loopback port, so that there is one way to do each thing.
#ifndef SHEAF_APP_SERVER_H
#define SHEAF_APP_SERVER_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct server;
struct task_def;
struct settings;

struct server_options {
    const struct settings *settings;
    bool private; // any free loopback port: for one command
    // Of a private one: the queue whose tasks run; NULL: none. It does no other work by itself.
    const char *queue;
    const struct task_def *const *tasks; // that flows call; NULL: those of services.h
};

// Starts. Errors: what settings, store or listener say; BUSY a server has the data folder open.
enum status server_start(struct scope *s, const struct server_options *options,
                         struct server **out);

// "http://127.0.0.1:8080". Lives as long as the server.
struct str server_url(const struct server *server);

// The operator's key, kept in the data folder (keys/operator, mode 0600) for the command line.
struct str server_operator_key(const struct server *server);

// Stops: no new connections, requests under way are answered, workers finish what they hold, the
// store is closed. Safe at any time; killing the process instead loses nothing either.
void server_stop(struct server *server);

#endif
