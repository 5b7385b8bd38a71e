// A service: a folder with routes, tasks, settings and templates that exports one symbol, a struct
// service. It is data; the edge and the workers read it. Adding a service means adding its symbol
// to the list in app/services.c and its operations to docs/openapi.json.
#ifndef SHEAF_EDGE_SERVICE_H
#define SHEAF_EDGE_SERVICE_H

#include "core/status.h"
#include "store/store.h"
#include "store/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct call;
struct flow;
struct http_client;
struct scope;
struct metric_def;
struct metrics;
struct protocol_def;
struct sandbox;
struct secrets;
struct setting_def;
struct settings;
struct task_def;

// What every service stands on. Lives as long as the program.
struct platform {
    struct world *world;
    struct store *store;
    struct http_client *client;
    const struct secrets *secrets; // edge/secrets.h
    const struct settings *settings;
    struct metrics *metrics; // NULL: nothing is counted
    const char *data_directory;
    struct sandbox *sandbox; // sys/sandbox.h: for documents of strangers; NULL: there is none
    struct flow *flow;       // the engine of executions; NULL: there is none
    struct str public_url;   // how people outside reach this server: links in mails begin with it
};

struct handler_def {
    const char *operation; // operationId in docs/openapi.json; NULL ends the list
    enum status (*run)(struct scope *s, struct call *call);
    // Runs on a worker thread because it reads much or waits for something. Others run on the
    // event loop and must return within a millisecond.
    bool blocking;
    // Above 0: also runs on a worker thread when the body is longer than this.
    size_t blocking_bytes;
};

struct service {
    const char *name;
    const struct handler_def *handlers;
    const struct protocol_def *protocols; // edge/protocol.h; NULL: none
    struct store_schema schema;           // its tables, queues and buckets
    const struct setting_def *settings;   // sys/settings.h; NULL: none
    const struct metric_def *metrics;     // sys/metrics.h; NULL: none
    // Prepares what handlers and tasks need; `*self` is given to them. The scope is the program's.
    enum status (*open)(struct scope *s, const struct platform *platform, void **self);
    // Lists the tasks on its queues, ended by one without a queue. NULL: none.
    const struct worker_def *(*workers)(struct scope *s, void *self);
    // What flows call by name (flow/task.h); their context is filled in when the program starts: it
    // is the place where `*self` stands. NULL: none.
    const struct task_def *tasks;
    // Called about once a second on a thread of its own: what is due by the clock. Returns true
    // when more is waiting. NULL: nothing.
    bool (*tend)(struct scope *s, void *self);
    // Appends a JSON object for `sheaf status`. NULL: none.
    void (*status)(struct buf *out, void *self);
    void (*close)(void *self);
};

#endif
