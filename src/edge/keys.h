// API keys and clients. A client is a program that a tenant lets in; its contract says read or
// read-and-write, its rate, and where its webhooks may go. A key belongs to a client, or to the
// whole tenant. The secret is shown once, when the key is made; what is stored is its digest.
#ifndef SHEAF_EDGE_KEYS_H
#define SHEAF_EDGE_KEYS_H

#include "edge/principal.h"
#include "store/store.h"

struct key_order {
    struct str tenant;
    struct str client; // empty: the whole tenant
    struct str scopes;
    struct str name;      // for people
    int64_t expires_in_s; // 0: never
    bool read_only;
    uint32_t requests_per_second; // 0: the setting's default
    struct str webhook_hosts;
};

struct key_made {
    struct str id;
    struct str secret; // the whole token, "sk_…": Authorization: Bearer sk_…; also client_secret
};

// Makes a key. Errors: INVALID which field and why.
enum status key_create(struct scope *s, struct store *store, const struct key_order *order,
                       struct str actor, struct key_made *out);

// Revokes a key: it is refused within a minute at the latest, at once by this process.
// Errors: NOT_FOUND.
enum status key_revoke(struct scope *s, struct store *store, struct str tenant, struct str id,
                       struct str actor);

// Whether the text is the secret of a key that may be used now.
bool key_is_valid(struct scope *s, struct store *store, struct str secret);

#endif
