// A receipt: an immutable document and a small state that moves. The two are records of their own,
// so that a step writes 300 bytes and not the document again:
//   receipts        partition = receipt id (UUIDv7), content = the document as it was sent,
//                   attributes client ("tenant/client") and date (business date): steady index
//   receipt_states  partition = receipt id, content = JSON of struct receipt
// A ticket id is the receipt id: one id to lose less.
//
// receipt_move() is the only code that changes the state; it asserts that receipt_states.def
// allows the move and adds it to the history.
#ifndef SHEAF_SERVICES_RECEIPTS_RECEIPT_H
#define SHEAF_SERVICES_RECEIPTS_RECEIPT_H

#include "core/json.h"
#include "store/change.h"

struct buf;
struct scope;

enum receipt_state {
#define STATE(name, moves, meaning) RECEIPT_##name,
#include "services/receipts/receipt_states.def"
#undef STATE
    RECEIPT_STATE_COUNT
};

enum partner { PARTNER_TAX, PARTNER_WAREHOUSE, PARTNER_COUNT };

// How far the registration with a partner is. UNKNOWN: sent, and no answer came; the partner is
// asked before it is sent again, with the same registration id.
enum registration_state {
    REGISTRATION_PENDING,
    REGISTRATION_SENT, // the partner has had it for a while and has not called back
    REGISTRATION_UNKNOWN,
    REGISTRATION_CONFIRMED,
    REGISTRATION_REFUSED,
};

struct registration {
    enum registration_state state;
    unsigned redrives;    // after refusals; each is a new registration at the partner
    struct str reference; // the partner's, when confirmed
    struct str reason;    // why it was refused, or is unknown
    int64_t at_us;
};

enum {
    RECEIPT_HISTORY_MAX = 32,
    RECEIPT_BYTES_MAX = 1 << 20,
    RECEIPT_INLINE_BYTES_MAX = 300000,
    // What others say (a cause, a reason, a part of a finding) is cut to this, so that a state
    // always fits its record.
    RECEIPT_TEXT_BYTES_MAX = 300,
    // Of the state record's content: findings, history and reasons at their limits, every byte of
    // them escaped.
    RECEIPT_STATE_BYTES_MAX = 256 << 10,
};

struct receipt_event {
    enum receipt_state state;
    int64_t at_us;
    struct str cause;
};

struct receipt {
    struct str id;
    struct str tenant;
    struct str client;
    struct str type;
    struct str date; // business date, YYYY-MM-DD
    struct str number;
    struct str total; // exact decimal text
    struct str currency;
    struct str webhook_url; // empty: none
    struct str media_type;
    struct str document_blob; // key of the blob above RECEIPT_INLINE_BYTES_MAX; empty: inline
    uint64_t document_bytes;
    enum receipt_state state;
    struct registration registrations[PARTNER_COUNT];
    struct json findings; // why it is invalid: array of {at, message, rule}; JSON_NONE: none
    struct receipt_event history[RECEIPT_HISTORY_MAX];
    size_t history_count;
    uint64_t moves;   // ever made; the history keeps the first and the newest
    uint64_t version; // of the state record it was read from; 0: new
};

extern const struct bucket_def receipt_documents_bucket; // documents above RECEIPT_INLINE_BYTES_MAX
extern const struct table_def receipts_table;
extern const struct table_def receipt_states_table;

const char *receipt_state_name(enum receipt_state state);
bool receipt_state_parse(struct str name, enum receipt_state *out);
bool receipt_is_final(const struct receipt *r);
const char *registration_state_name(enum registration_state state);
const char *partner_name(enum partner p); // "tax", "warehouse"

// The id under which a receipt is registered with a partner: follows from the receipt's id (and how
// often it was redriven after a refusal, which is for good under its id), so a repeat carries the
// same. In the scope. registration_id_read() reads it back; false: not one of ours.
struct str receipt_registration_id(struct scope *s, const struct receipt *r, enum partner p);
bool registration_id_read(struct str registration_id, enum partner p, struct str *receipt_id,
                          unsigned *redrives);

// Moves the state. The cause is one sentence or empty, and is cut to RECEIPT_TEXT_BYTES_MAX.
void receipt_move(struct receipt *r, enum receipt_state to, int64_t at_us, struct str cause);

// Reads the state of a hot receipt. Errors: NOT_FOUND; CORRUPT.
enum status receipt_load(struct scope *s, struct store *store, struct str id, struct receipt *out);
// Reads a state record's content, as of a query or a CONFLICT's obstacle.
enum status receipt_parse(struct scope *s, const struct record *state, struct receipt *out);
// As receipt_parse(), of an archived state.
enum status receipt_parse_state(struct scope *s, struct str id, struct str content,
                                uint64_t version, struct receipt *out);
// What lists and the archive look at in every state, several times faster than parsing it.
struct receipt_glance {
    enum receipt_state state;
    struct str tenant;
    struct str client;
    struct str date;
};
enum status receipt_glance(struct scope *s, const struct record *state, struct receipt_glance *out);
bool receipt_state_is_final(enum receipt_state state);
// The content of the state record.
struct str receipt_state_content(struct scope *s, const struct receipt *r);
// Reads the document exactly as it was sent: of a hot receipt from its record, of any from its blob
// when it lies in one. Errors: NOT_FOUND; CORRUPT.
enum status receipt_document(struct scope *s, struct store *store, const struct receipt *r,
                             struct str *out);

// The document as text in UTF-8, for JSON to carry: XML may be in another encoding. Errors: as of
// xml_text().
enum status receipt_text(struct scope *s, const struct receipt *r, struct str document,
                         struct str *out);

// Adds the puts of a new receipt (document and state, both if absent) to the change.
void receipt_put_new(struct scope *s, struct change *c, const struct receipt *r,
                     struct str document);
// Adds the put of the moved state, on condition that it has not changed since it was loaded.
void receipt_put_state(struct scope *s, struct change *c, const struct receipt *r);

// What clients see, as the members of a JSON object without its braces: the common fields
// (summary), or all of ReceiptStatus in docs/openapi.json.
void receipt_write_summary(struct buf *out, const struct receipt *r);
void receipt_write_status(struct scope *s, struct buf *out, const struct receipt *r);

#endif
