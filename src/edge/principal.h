// Who is calling. A principal belongs to a tenant and, when it acts for one client only, to that
// client; the client's contract says whether it may read or also write, and its limits. It sees its
// own tenant's data and no other: what it may not see is NOT_FOUND.
#ifndef SHEAF_EDGE_PRINCIPAL_H
#define SHEAF_EDGE_PRINCIPAL_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

enum { TENANT_BYTES_MAX = 40 };

struct principal {
    struct str id;      // of the key, or the token's subject
    struct str tenant;  // [a-z0-9-]{1,40}
    struct str account; // 12 digits, for ARNs
    struct str client;  // empty: acts for every client of its tenant
    struct str scopes;  // words separated by spaces, sorted: "receipts:read receipts:write"
    bool read_only;     // the client's contract allows reading only
    uint32_t requests_per_second; // 0: the setting's default
    struct str webhook_hosts; // words: hosts that the tenant's webhooks may go to; "*.x.org" too
    int64_t expires_at_us;    // of the credential; 0: never
};

// Whether it can be a tenant's name.
bool tenant_is_valid(struct str name);

// Returns the 12-digit account id of a tenant, for ARNs: it follows from the name.
struct str tenant_account(struct scope *s, struct str tenant);

// Whether the principal was given the scope, as "receipts:write". A scope that ends in ":write"
// is not given to one whose contract is read-only; "admin" implies every scope.
bool principal_may(const struct principal *p, struct str scope);

// Errors: DENIED with the scope that is missing.
enum status principal_require(struct scope *s, const struct principal *p, struct str scope);

// Decides for which client a request acts: `named` when the principal may act for it, its own when
// `named` is empty. Errors: NOT_FOUND another client's; INVALID none is named and it has none.
enum status principal_client(struct scope *s, const struct principal *p, struct str named,
                             struct str *out);

#endif
