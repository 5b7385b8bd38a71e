// The table of queues that `sheaf status` and `sheaf queues list` print.
#ifndef SHEAF_APP_QUEUE_TABLE_H
#define SHEAF_APP_QUEUE_TABLE_H

#include "core/json.h"

struct scope;

void queue_table_print(struct scope *s, struct json queues);

#endif
