// Idempotency keys: the answer to a request that carried one is kept for 24 hours, written in the
// change it tells of, so that a repeat gets the same answer and does nothing. The key belongs to
// the principal; the fingerprint is over method, path, query and body.
#ifndef SHEAF_EDGE_IDEMPOTENCY_IMPL_H
#define SHEAF_EDGE_IDEMPOTENCY_IMPL_H

#include "edge/call_impl.h"

extern const struct table_def idempotency_table;

enum { IDEMPOTENCY_KEEP_S = 86400, IDEMPOTENCY_KEY_BYTES_MAX = 255 };

// Looks whether the request has a key and was answered before: then the answer is in the call and
// `*replayed` is true. Errors: REFUSED the key was used for another request; INVALID the key.
enum status idempotency_begin(struct call *c, bool *replayed);

// Adds the answer to the call's change, when the request has a key.
void idempotency_keep(struct call *c);

// After a CONFLICT: whether it was the key, which another request has used meanwhile; then
// idempotency_begin() tells its answer.
bool idempotency_lost(const struct call *c, size_t failed_item);

#endif
