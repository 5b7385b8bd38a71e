// An office: the tax office's or the warehouse's side of the registration API that
// services/receipts/partner.h describes. It remembers everything it was told, makes faults as its
// switches say, and has callbacks to make. It has no sockets and no thread: the program (partner.h)
// and simulations drive it with calls, and its clock is the world's.
//
// Outcomes follow from the seed and the id, so a registration that is sent again fares the same.
// Any thread.
#ifndef SHEAF_PARTNERS_OFFICE_H
#define SHEAF_PARTNERS_OFFICE_H

#include "partners/faults.h"

#include <stddef.h>

struct buf;
struct office;
struct scope;
struct world;

struct office_options {
    struct world *world;
    const char *name; // "tax": how its references begin
    uint64_t seed;
    struct faults faults;
    bool silent_on_callbacks; // it makes none: nobody could take them
};

struct office_counts {
#define OFFICE_COUNT(name, meaning) uint64_t name;
#define HOOKS_COUNT(name, meaning)
#include "partners/counts.def"
#undef OFFICE_COUNT
#undef HOOKS_COUNT
};

struct office *office_new(const struct office_options *options);
// NULL is fine.
void office_free(struct office *o);

// From now on it behaves so. What is under way is not changed.
void office_set_faults(struct office *o, const struct faults *faults);

struct office_reply {
    int code;         // 0: it never answers
    struct str body;  // in the scope
    uint32_t late_ms; // answered after this time
};

// Answers a call: POST /registrations, GET /registrations/{id}. `path` is decoded, without query.
void office_call(struct scope *s, struct office *o, struct str method, struct str path,
                 struct str body, struct office_reply *out);
// A caller that did not prove who it is.
void office_count_stranger(struct office *o);

struct office_callback;

// Takes a callback that is due, with the body to send (in the scope); NULL: none is. It must be
// given back with office_called_back().
struct office_callback *office_take_callback(struct scope *s, struct office *o, struct str *body);
// How it went: the code of the answer, 0 when there was none. What failed is made again, for some
// hours.
void office_called_back(struct office *o, struct office_callback *callback, int code);

// When the next callback is due, microseconds of the world's clock; INT64_MAX: none waits.
int64_t office_next_us(struct office *o);

struct office_counts office_counts(struct office *o);
// What it decided about a registration: "confirmed", "refused"; NULL: it does not know it. Static.
const char *office_outcome(struct office *o, struct str registration_id);
// Appends the counts as a JSON object.
void office_report(struct office *o, struct buf *out);

#endif
