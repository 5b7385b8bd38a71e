// Secrets of this installation, one for each purpose and tenant, all derived (HKDF) from one root
// that is made at the first start and kept, encrypted, in the store. Backups carry it.
#ifndef SHEAF_EDGE_SECRETS_H
#define SHEAF_EDGE_SECRETS_H

#include "core/status.h"
#include "core/str.h"
#include "store/store.h"

#include <stdint.h>

enum { SECRET_BYTES = 32 };

extern const struct table_def secrets_table;

struct secrets;

// Reads or makes the root. Lives as long as `s`; any thread may use it.
enum status secrets_open(struct scope *s, struct store *store, struct secrets **out);

// Derives the secret of a purpose ("webhook", "token") and a tenant (empty: none).
void secrets_derive(const struct secrets *secrets, const char *purpose, struct str tenant,
                    uint8_t out[SECRET_BYTES]);

// The secret with which a tenant's outbound webhooks are signed: "whsec_" and base64.
struct str secrets_webhook(struct scope *s, const struct secrets *secrets, struct str tenant);

#endif
