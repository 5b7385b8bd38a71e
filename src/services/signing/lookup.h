// Lookup tables: what a contract's row is enriched with before it is set. A table is a file, CSV
// (',' or ';') or JSON (an array of objects), whose first column is a field of the row and the key:
// dealers.csv by dealer_id, models.csv by model. What the other columns say is added to the row
// under their names; a name with points makes an object: brand.name. Shipped tables stand in
// lookups/; a table of the same name in the folder of the setting signing.lookups replaces one.
// Compiled when the service opens; constant afterwards, so any thread.
#ifndef SHEAF_SERVICES_SIGNING_LOOKUP_H
#define SHEAF_SERVICES_SIGNING_LOOKUP_H

#include "core/json.h"

struct lookups;
struct platform;
struct scope;

enum {
    LOOKUP_TABLES_MAX = 32,
    LOOKUP_ROWS_MAX = 100000,
    LOOKUP_FILE_BYTES_MAX = 16 << 20,
    LOOKUP_COLUMNS_MAX = 100,
};

// Errors: INVALID a table is none, with its file and line; NOT_FOUND there is no such folder.
enum status lookups_open(struct scope *s, const struct platform *platform, struct lookups **out);

// The row with what the tables add; what the row says itself stands. Errors: REFUSED a table lacks
// the key and signing.lookups_strict is on.
enum status lookup_enrich(struct scope *s, const struct lookups *all, struct json row,
                          struct json *out);

#endif
