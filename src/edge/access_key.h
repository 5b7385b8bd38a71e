// AWS-style credentials of an API key, for clients that sign with SigV4. The access key id is the
// key's id spelled as AWS spells them; the secret is derived from the installation's root, so that
// nothing of it is stored. Tenant, scopes, rate, expiry and revocation are the key's.
#ifndef SHEAF_EDGE_ACCESS_KEY_H
#define SHEAF_EDGE_ACCESS_KEY_H

#include "core/str.h"

#include <stdbool.h>

struct scope;
struct secrets;

struct access_key {
    struct str id;     // "SHEA" and the key's id in upper case
    struct str secret; // 40 characters; shown to whoever made the key, never logged
};

// Returns the credentials of a key, in the scope.
struct access_key access_key_of(struct scope *s, const struct secrets *secrets, struct str key_id);

// Finds the key's id in an access key id; false when it is none of ours.
bool access_key_read(struct scope *s, struct str access_key_id, struct str *key_id);

#endif
