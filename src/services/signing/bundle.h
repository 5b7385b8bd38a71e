// Bundles: the vehicles of one dealer and day that are signed together. A header record and one
// record a vehicle, in one partition; every write has a version condition, so a status moves once.
#ifndef SHEAF_SERVICES_SIGNING_BUNDLE_H
#define SHEAF_SERVICES_SIGNING_BUNDLE_H

#include "core/json.h"
#include "store/change.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

enum {
    BUNDLE_VEHICLES_MAX = 20000,
    BUNDLE_ID_BYTES_MAX = 64,
    CONTRACT_ID_BYTES_MAX = 32,
};

enum bundle_status {
#define BUNDLE_STATUS(name, final, meaning) BUNDLE_##name,
#define VEHICLE_STATUS(name, final, meaning)
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
    BUNDLE_STATUSES
};

enum vehicle_status {
#define BUNDLE_STATUS(name, final, meaning)
#define VEHICLE_STATUS(name, final, meaning) VEHICLE_##name,
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
    VEHICLE_STATUSES
};

const char *bundle_status_name(enum bundle_status status); // "NEW"
const char *vehicle_status_name(enum vehicle_status status);

// The table `bundles`: partition TENANT/BUNDLE_ID; sort HEADER#0 and VEHICLE#<contract_id>; of
// headers an index by TENANT/STATUS and one by TENANT, both in order of creation.
extern const struct table_def bundles_table;

struct bundle {
    struct str tenant;
    struct str bundle_id; // "2025-09-15-DEALER123"
    enum bundle_status status;
    // The other members of the record, by their names in the requirement and in README.md:
    // execution, attempt, sign_request_id, wait_task_token, signed_uri, marks, ... Text, numbers
    // and objects; what a file of this service owns, it reads and writes with bundle_set().
    struct json more;
    uint64_t version; // 0: not stored yet
};

struct vehicle {
    struct str tenant, bundle_id;
    struct str contract_id; // "35972395"; leading zeros count
    uint32_t sequence_no;   // order within the bundle, then by contract_id
    enum vehicle_status status;
    struct json more; // the contract's row (`row`), enrichment, pages, receipt, ...
    uint64_t version;
};

// Errors: NOT_FOUND; CORRUPT.
enum status bundle_get(struct scope *s, struct store *store, struct str tenant,
                       struct str bundle_id, struct bundle *out);
enum status vehicle_get(struct scope *s, struct store *store, struct str tenant,
                        struct str bundle_id, struct str contract_id, struct vehicle *out);

// All vehicles of a bundle, ordered by sequence_no, then contract_id.
enum status bundle_vehicles(struct scope *s, struct store *store, struct str tenant,
                            struct str bundle_id, struct vehicle **out, size_t *count);

// Reads a header that a query of the table found.
enum status bundle_read(struct scope *s, const struct record *r, struct bundle *out);

// Puts it, with its version as the condition (0: must not exist), `updated_at` set, and an audit
// entry when the status is another than before.
void bundle_put(struct scope *s, struct change *c, const struct bundle *b, int64_t now_us);
void vehicle_put(struct scope *s, struct change *c, const struct vehicle *v, int64_t now_us);

// A member of `more`; missing: JSON missing. Setting null removes it.
struct json bundle_member(const struct bundle *b, const char *name);
void bundle_set(struct scope *s, struct bundle *b, const char *name, struct json value);
struct json vehicle_member(const struct vehicle *v, const char *name);
void vehicle_set(struct scope *s, struct vehicle *v, const char *name, struct json value);

#endif
