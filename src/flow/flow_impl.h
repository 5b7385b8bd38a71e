// What the files of the engine share. `struct live` (live_impl.h) is an execution under the hands
// of one event; everything else is reached from here.
#ifndef SHEAF_FLOW_FLOW_IMPL_H
#define SHEAF_FLOW_FLOW_IMPL_H

#include "core/json.h"
#include "crypto/digest.h"
#include "flow/flow.h"
#include "flow/frame.h"
#include "flow/objects.h"
#include "store/change.h"
#include "store/queue.h"

#include <stdatomic.h>

struct definition;
struct definitions;
struct gates;
struct metric;
struct outcomes;
struct turns;
struct timers;
struct world;

enum {
    EXECUTION_NAME_CHARACTERS_MAX = 80,
    KEY_BYTES = 32, // of a machine in indexes
    FLOW_SCOPE_BYTES_MAX = 64 << 20,
    TOKEN_KEY_BYTES = 32,
    BLOB_FROM_BYTES = 300000, // payloads and definitions of more lie in a blob
};

// Tables. Partitions: of machines and activities the tenant, of everything of an execution its id.
extern const struct table_def flow_machines_table;    // sort: name
extern const struct table_def flow_versions_table;    // partition: TENANT/NAME, sort: number
extern const struct table_def flow_definitions_table; // partition: digest
extern const struct table_def flow_executions_table;
extern const struct table_def flow_names_table;    // partition: key of the machine, sort: name
extern const struct table_def flow_frames_table;   // sort: 8 hex digits of the frame
extern const struct table_def flow_payloads_table; // sort: digest
extern const struct table_def flow_history_table; // sort: 8 hex digits of the first event; 1: empty
extern const struct table_def flow_pending_table; // partition: key of the machine, sort: order
extern const struct table_def flow_timers_table;  // partition: "t", sort: see timers.c
extern const struct table_def flow_outside_table; // partition: whose work, sort: see take.c
extern const struct table_def flow_activities_table; // sort: name
extern const struct table_def flow_functions_table;  // of those outside; sort: name

// Queues. What a message holds stands with who takes it: events.c, task_run.c.
extern const struct queue_def flow_events_queue;
extern const struct queue_def flow_tasks_queue;
extern const struct queue_def flow_quick_queue;

// Makes the definition of the queue that a task's messages go to.
const struct queue_def *flow_task_queue(struct scope *s, const struct task_def *task);

extern const struct bucket_def flow_blobs_bucket;

struct counters {
    struct metric *started, *ended, *advances, *tasks, *timer_late, *waiting, *oldest_wait;
};

struct task_entry {
    const struct task_def *def;
    const struct queue_def *queue;
};

struct flow {
    struct scope *scope; // lives as long as the flow
    struct store *store;
    struct world *world;
    const struct settings *settings;
    struct str region;
    struct hmac_key token_key;
    int64_t keep_us;
    size_t payload_bytes_max;
    uint64_t events_max;
    uint64_t executions_max; // of one machine; 0: no limit
    bool require_token_timeout;
    struct task_entry *tasks; // by name
    size_t task_count;
    struct definitions *definitions;
    struct turns *turns;
    struct timers *timers;
    struct gates *gates;
    int64_t waits_measured_us; // when; of flow_tend()
    struct outcomes *outcomes;
    struct counters counters;
    void (*changed)(void *context, struct str what);
    void *changed_context;
};

// Returns the task of that name, NULL when there is none.
const struct task_entry *flow_task(const struct flow *f, struct str name);

// definitions.c
// Puts a definition's text where executions find it, and returns its key.
struct str definition_put(struct scope *s, struct flow *f, struct change *c, struct str text,
                          bool express);
enum status definition_text(struct scope *s, struct flow *f, struct str key, struct str *out);
// Gives the compiled definition, borrowed as long as the scope. Errors: NOT_FOUND; INVALID.
enum status definition_take(struct scope *s, struct flow *f, struct str key,
                            const struct definition **out);
struct definitions *definitions_new(void);
void definitions_free(struct definitions *d);

// Reads a record that is no part of a running execution; OK with version 0 when there is none.
enum status record_find(struct scope *s, struct store *store, const struct table_def *table,
                        struct str partition, struct str sort, struct record *out);

// JSON members, left out when they are empty or 0.
struct members {
    struct scope *scope;
    struct json_member *items;
    size_t count;
    size_t room;
};
struct members members_make(struct scope *s, size_t room);
void members_add(struct members *m, const char *name, struct json value);
void members_str(struct members *m, const char *name, struct str text);
void members_i64(struct members *m, const char *name, int64_t number);
struct json members_object(const struct members *m);
int64_t member_i64(struct json object, const char *name);
struct str member_str(struct json object, const char *name);

// Parses what the store kept. Errors: CORRUPT.
enum status json_read_stored(struct scope *s, struct str text, struct json *out);
// Parses what a client sent. Errors: INVALID.
enum status json_read_given(struct scope *s, struct str text, struct json *out);

void flow_audit(struct change *c, const struct owner *owner, const char *action,
                struct str subject);

#endif
