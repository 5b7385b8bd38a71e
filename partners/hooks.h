// A client that receives webhooks (Standard Webhooks): verifies every delivery, remembers event ids
// with their content, and answers with errors when its switches say so. Without sockets, as
// office.h. Any thread.
#ifndef SHEAF_PARTNERS_HOOKS_H
#define SHEAF_PARTNERS_HOOKS_H

#include "core/status.h"
#include "partners/faults.h"

struct buf;
struct hooks;
struct scope;
struct webhook_received;
struct world;

struct hooks_counts {
#define OFFICE_COUNT(name, meaning)
#define HOOKS_COUNT(name, meaning) uint64_t name;
#include "partners/counts.def"
#undef OFFICE_COUNT
#undef HOOKS_COUNT
};

struct hooks *hooks_new(struct world *w, uint64_t seed, const struct faults *faults);
// NULL is fine.
void hooks_free(struct hooks *h);

void hooks_set_faults(struct hooks *h, const struct faults *faults);
// Sets the secret ("whsec_...") that deliveries are signed with; until then each counts as
// unsigned and is answered 503. Errors: INVALID.
enum status hooks_set_secret(struct scope *s, struct hooks *h, struct str secret);

// Takes a delivery and returns the code to answer with; 0: it is never answered.
int hooks_take(struct scope *s, struct hooks *h, const struct webhook_received *delivery);

struct hooks_counts hooks_counts(struct hooks *h);
// Appends the counts as a JSON object.
void hooks_report(struct hooks *h, struct buf *out);

#endif
