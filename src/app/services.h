// The list of services: the one place that names them, and what they stand on together.
#ifndef SHEAF_APP_SERVICES_H
#define SHEAF_APP_SERVICES_H

#include "edge/service.h"

// NULL-terminated.
extern const struct service *const services[];

struct sandbox_job;
struct task_def;

// What runs on documents of strangers, in sandboxed children; lists, NULL-terminated.
extern const struct sandbox_job *const sandbox_jobs[];

// The tasks of all services that flows call by name: lists, NULL-terminated, in the scope. The
// context of a service's tasks is the place of its self in `selves`, which may be NULL for who
// only looks at names.
const struct task_def *const *services_tasks(struct scope *s, void **selves);

// The tables, queues and buckets of all services, of the edge, and of the engine with these tasks,
// in one schema. In the scope.
const struct store_schema *services_schema(struct scope *s, const struct task_def *const *tasks);

// Their queues, as the open store knows them: a list of tasks has queues of its own, and the store
// those of the list that it was opened with. NULL-terminated, in the scope.
const struct queue_def *const *services_queues(struct scope *s, struct store *store);

// The tables of settings of the program and of all services; NULL-terminated, in the scope.
const struct setting_def *const *services_settings(struct scope *s);

#endif
