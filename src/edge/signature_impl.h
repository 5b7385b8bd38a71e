// SigV4 and the protocols that are chosen by it.
#ifndef SHEAF_EDGE_SIGNATURE_IMPL_H
#define SHEAF_EDGE_SIGNATURE_IMPL_H

#include "core/status.h"

struct call;
struct operation;

// Reads what a signed request claims into call->claim, and leaves it NULL where there is no
// signature. Errors: UNAUTHENTICATED it is malformed.
enum status signature_read(struct call *c);

// Finds the protocol that a request belongs to, by its claim or its X-Amz-Target; NULL: none.
const struct operation *protocol_find(const struct call *c);

// Finds the principal whose access key is claimed. Errors: UNAUTHENTICATED.
enum status signature_identify(struct call *c);

// Verifies the claim, when the body is there. Errors: UNAUTHENTICATED.
enum status signature_check(struct call *c);

#endif
