// The engine: keeps state machines, runs executions of them durably, and answers for what
// happened. Everything that changes an execution goes through a `struct change` of the caller, so
// that it becomes durable together with whatever else the caller does, and an execution's state
// moves exactly once for each event.
//
// Any thread may call. What the flow needs of others (tasks of services, integrations) is
// registered when it is opened; it knows tasks by name and no service.
//
// What it answers for stands in machines.h, executions.h and outside.h.
#ifndef SHEAF_FLOW_FLOW_H
#define SHEAF_FLOW_FLOW_H

#include "flow/task.h"
#include "store/store.h"
#include "store/worker.h"
#include "sys/metrics.h"
#include "sys/settings.h"

struct flow;

// Whose it is; every call names it, and sees nothing of others.
struct owner {
    struct str tenant;
    struct str account; // 12 digits, in ARNs
    struct str actor;   // principal's id, for the audit log; empty: "system"
};

struct flow_options {
    struct store *store;
    const struct settings *settings;     // flow.* (settings.def of this folder)
    struct metrics *metrics;             // NULL: nothing is counted
    const struct task_def *const *tasks; // NULL-terminated list of lists
    uint8_t token_key[32];               // seals task tokens
    const char *region;                  // in ARNs
};

// What the engine keeps in the store, with a queue for each task that has a concurrent_max. Lives
// as long as the scope.
const struct store_schema *flow_schema(struct scope *s, const struct task_def *const *tasks);
// What it can be set to, and what it counts.
extern const struct setting_def flow_settings[];
extern const struct metric_def flow_metrics[];

// Lives until flow_close(), in memory of its own; `options` are borrowed as long.
enum status flow_open(struct scope *s, const struct flow_options *options, struct flow **out);
// What stands for the region in ARNs.
struct str flow_region(const struct flow *f);
// Workers to be started with workers_start(); ended by one without a queue.
const struct worker_def *flow_workers(struct scope *s, struct flow *f);
// Does what is due by the clock: called by the timer thread of flow_run_timers(), or by a
// simulation. Returns when the next timer is due, in microseconds since 1970; INT64_MAX: none.
int64_t flow_tend(struct scope *s, struct flow *f);
// Runs flow_tend() on a thread of its own until flow_close().
void flow_run_timers(struct flow *f);
// The workers have stopped, and the scopes of all calls have ended. NULL is fine.
void flow_close(struct flow *f);

#endif
