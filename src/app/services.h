// The list of services: the one place that names them, and what they stand on together.
#ifndef SHEAF_APP_SERVICES_H
#define SHEAF_APP_SERVICES_H

#include "edge/service.h"

// NULL-terminated.
extern const struct service *const services[];

struct task_def;

// The tasks that flows call by name: lists, NULL-terminated.
extern const struct task_def *const flow_tasks[];

// The tables, queues and buckets of all services, of the edge, and of the engine with these tasks,
// in one schema. In the scope.
const struct store_schema *services_schema(struct scope *s, const struct task_def *const *tasks);

// The tables of settings of the program and of all services; NULL-terminated, in the scope.
const struct setting_def *const *services_settings(struct scope *s);

#endif
