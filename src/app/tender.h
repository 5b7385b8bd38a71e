// The tender: one thread that calls what is due by the clock: the services' tend() about once a
// second, the store's about once a minute.
#ifndef SHEAF_APP_TENDER_H
#define SHEAF_APP_TENDER_H

#include "edge/service.h"

struct tender;

struct tender *tender_start(const struct platform *platform, const struct service *const *services,
                            void *const *selves);
// Waits until what runs has ended. NULL is fine.
void tender_stop(struct tender *t);

#endif
