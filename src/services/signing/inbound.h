// Files that came in: by the API or the watched folder, contract files (`interface`) and invoices
// (`invoice`). A file is kept as a blob with a record under its name; its bytes, its record and the
// message that has it read are there together or not at all, whoever crashes. The same file again
// is harmless; another one of the same name is refused, unless the first was refused.
#ifndef SHEAF_SERVICES_SIGNING_INBOUND_H
#define SHEAF_SERVICES_SIGNING_INBOUND_H

#include "core/json.h"
#include "store/change.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct signing;

enum {
    INBOUND_NAME_BYTES_MAX = 128,
    INBOUND_BYTES_MAX = 64 << 20,
    INBOUND_REPORT_BYTES_MAX = 16 << 20,
};

enum inbound_kind { INBOUND_INTERFACE, INBOUND_INVOICE, INBOUND_KINDS };

enum inbound_state {
#define STATE(name, moves, meaning) INBOUND_##name,
#include "services/signing/inbound_states.def"
#undef STATE
    INBOUND_STATES
};

// The table `signing_files`: partition TENANT; sort KIND/NAME, and sequence/COUNTRY/NUMBER for
// which contract file had which number of its country.
extern const struct table_def signing_files_table;

struct inbound_file {
    struct str tenant;
    enum inbound_kind kind;
    struct str name;
    enum inbound_state state;
    struct str sha256; // 64 hex digits
    uint64_t size_bytes;
    // The other members: blob, received_at, ended_at, source, repeats, why, header, counts, report
    // or report_blob, held.
    struct json more;
    uint64_t version; // 0: not stored yet
};

const char *inbound_kind_name(enum inbound_kind kind); // "interface"
bool inbound_kind_parse(struct str name, enum inbound_kind *out);
const char *inbound_state_name(enum inbound_state state); // "ACCEPTED"
// Whether it was read: every state but RECEIVED.
bool inbound_is_read(const struct inbound_file *f);
// Letters, digits, '.', '_' and '-', not '.' first.
bool inbound_name_valid(struct str name);

// Errors: NOT_FOUND; CORRUPT.
enum status inbound_get(struct scope *s, struct store *store, struct str tenant,
                        enum inbound_kind kind, struct str name, struct inbound_file *out);
// Reads what a query of the table found.
enum status inbound_read(struct scope *s, const struct record *r, struct inbound_file *out);

// What somebody offers.
struct inbound_offer {
    struct str tenant;
    enum inbound_kind kind;
    struct str name;
    struct str bytes;
    const char *source; // "api", "folder"
    struct str actor;   // for the audit log
};

// Takes it in: puts the blob, then the record and the message into the change, to be committed
// under the record's version. What is there already is counted as a repetition, unless it is the
// very file in the watched folder. `*out` is how it stands after the change. Blocks.
// Errors: INVALID the name; TOO_LARGE; CONFLICT the name is taken by another file.
enum status inbound_take(struct scope *s, struct signing *self, struct change *c,
                         const struct inbound_offer *offer, int64_t now_us,
                         struct inbound_file *out);

// The bytes of a file. Errors: NOT_FOUND; CORRUPT they are not what the record says.
enum status inbound_bytes(struct scope *s, struct store *store, const struct inbound_file *f,
                          struct str *out);

// Ends the reading of a file: its state, why (a refused one), what it held (`header`, `counts`:
// objects) and the report (the problems and bundles: objects and arrays by name). A large report
// becomes a blob. Any of the three may be absent.
struct inbound_outcome {
    enum inbound_state state;
    struct str why;
    struct json header, counts, report;
};
enum status inbound_end(struct scope *s, struct store *store, struct change *c,
                        struct inbound_file *f, const struct inbound_outcome *outcome,
                        int64_t now_us);

// Puts a member and the record, under its version.
void inbound_set(struct scope *s, struct inbound_file *f, const char *name, struct json value);
void inbound_put(struct scope *s, struct change *c, const struct inbound_file *f);

// All that may be told about a file, as the API and the report beside a file have it; `full`: with
// its report. No personal value. Errors: of reading the report's blob.
enum status inbound_tell(struct scope *s, struct store *store, const struct inbound_file *f,
                         bool full, struct json *out);

#endif
