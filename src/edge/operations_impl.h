// Handlers for operators: status, queues, backup, audit, metrics.
#ifndef SHEAF_EDGE_OPERATIONS_IMPL_H
#define SHEAF_EDGE_OPERATIONS_IMPL_H

#include "edge/call.h"

// Whether an operator may see what belongs to a tenant: its own, or with the scope "admin" all.
bool operator_sees(const struct principal *who, struct str tenant);

enum status operations_metrics(struct scope *s, struct call *c);
enum status operations_status(struct scope *s, struct call *c);
enum status operations_queues(struct scope *s, struct call *c);
enum status operations_browse(struct scope *s, struct call *c);
enum status operations_redrive(struct scope *s, struct call *c);
enum status operations_discard(struct scope *s, struct call *c);
enum status operations_backup(struct scope *s, struct call *c);
enum status operations_audit(struct scope *s, struct call *c);

#endif
