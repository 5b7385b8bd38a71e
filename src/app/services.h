// The list of services: the one place that names them, and what they stand on together.
#ifndef SHEAF_APP_SERVICES_H
#define SHEAF_APP_SERVICES_H

#include "edge/service.h"

// NULL-terminated.
extern const struct service *const services[];

// The tables, queues and buckets of all services and of the edge, in one schema. In the scope.
const struct store_schema *services_schema(struct scope *s);

// The tables of settings of the program and of all services; NULL-terminated, in the scope.
const struct setting_def *const *services_settings(struct scope *s);

#endif
