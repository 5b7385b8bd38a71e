// The task of the worker for flow_events_queue.
#ifndef SHEAF_FLOW_EVENTS_IMPL_H
#define SHEAF_FLOW_EVENTS_IMPL_H

#include "store/worker.h"

enum status event_message_run(struct scope *s, struct work *work);

#endif
