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
    BUNDLE_MOVES_MAX = 32,
};

enum bundle_status {
#define BUNDLE_STATUS(name, moves, meaning) BUNDLE_##name,
#define VEHICLE_STATUS(name, moves, meaning)
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
    BUNDLE_STATUSES
};

enum vehicle_status {
#define BUNDLE_STATUS(name, moves, meaning)
#define VEHICLE_STATUS(name, moves, meaning) VEHICLE_##name,
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
    VEHICLE_STATUSES
};

const char *bundle_status_name(enum bundle_status status); // "NEW"
const char *vehicle_status_name(enum vehicle_status status);
// Reads a name as written; false when there is no such status.
bool bundle_status_parse(struct str name, enum bundle_status *out);
// Whether only a runbook moves it on: DELIVERED, PARTIAL_FAILED, FAILED.
bool bundle_status_is_final(enum bundle_status status);
// Whether bundle_statuses.def lets it go there.
bool bundle_may_move(enum bundle_status from, enum bundle_status to);
bool vehicle_may_move(enum vehicle_status from, enum vehicle_status to);

// The table `bundles`: partition TENANT/BUNDLE_ID; sort HEADER#0 and VEHICLE#<contract_id>; of
// headers an index by TENANT/STATUS and one by TENANT, both in order of creation.
extern const struct table_def bundles_table;

struct bundle {
    struct str tenant;
    struct str bundle_id;      // "2025-09-15-DEALER123"
    enum bundle_status status; // of what is stored only bundle_move() changes it
    // The other members of the record, by their names in the requirement and in README.md:
    // execution, attempt, sign_request_id, wait_task_token, signed_uri, marks, ... Text, numbers
    // and objects; what a file of this service owns, it reads and writes with bundle_set().
    struct json more;
    uint64_t version; // 0: not stored yet
};

struct vehicle {
    struct str tenant, bundle_id;
    struct str contract_id;     // "35972395"; leading zeros count
    uint32_t sequence_no;       // order within the bundle, then by contract_id
    enum vehicle_status status; // as in a bundle: vehicle_move()
    struct json more;           // the contract's row (`row`), enrichment, pages, receipt, ...
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

struct bundle_query {
    struct str tenant;
    enum bundle_status status; // BUNDLE_STATUSES: any
    size_t limit;
    struct str cursor; // from the page before
};
struct bundle_page {
    struct bundle *bundles; // the newest first
    size_t count;
    struct str cursor; // empty: nothing follows
};
// Errors: INVALID the cursor.
enum status bundle_list(struct scope *s, struct store *store, const struct bundle_query *query,
                        struct bundle_page *out);
// A page of a bundle's vehicles, by contract_id. Errors: INVALID the cursor.
enum status bundle_vehicle_page(struct scope *s, struct store *store, const struct bundle *b,
                                size_t limit, struct str cursor, struct vehicle **out,
                                size_t *count, struct str *next);

// Where the vehicle of a contract lies in the table.
struct record_key vehicle_key(struct scope *s, const struct bundle *b, struct str contract_id);

// Reads a header that a query of the table found.
enum status bundle_read(struct scope *s, const struct record *r, struct bundle *out);

// Moves it to where bundle_statuses.def lets it go (asserted); to where it is already does nothing.
// The move (to, at, cause) is kept in the header's `moves`, of which the newest BUNDLE_MOVES_MAX
// stay. `cause` goes into the audit log, too: no personal value.
void bundle_move(struct scope *s, struct bundle *b, enum bundle_status to, int64_t now_us,
                 struct str cause);
// As bundle_move(); a vehicle keeps its last move only, as `moved`.
void vehicle_move(struct scope *s, struct vehicle *v, enum vehicle_status to, int64_t now_us,
                  struct str cause);

// Puts it, with its version as the condition (0: must not exist), `updated_at` set, and an audit
// entry when the status is another than what is stored (of a vehicle: not for its first put, since
// one entry tells of the whole file). Asserts that a stored status was changed by a move.
void bundle_put(struct scope *s, struct change *c, const struct bundle *b, int64_t now_us);
void vehicle_put(struct scope *s, struct change *c, const struct vehicle *v, int64_t now_us);

// A member of `more`; missing: JSON missing. Setting null removes it.
struct json bundle_member(const struct bundle *b, const char *name);
void bundle_set(struct scope *s, struct bundle *b, const char *name, struct json value);
struct json vehicle_member(const struct vehicle *v, const char *name);
void vehicle_set(struct scope *s, struct vehicle *v, const char *name, struct json value);

#endif
