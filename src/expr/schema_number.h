// Exact arithmetic on JSON numbers as written, for JSON Schema: money never becomes a double.
#ifndef SHEAF_EXPR_SCHEMA_NUMBER_H
#define SHEAF_EXPR_SCHEMA_NUMBER_H

#include "core/json.h"

#include <stdbool.h>
#include <stdint.h>

// A number of at most eighteen digits without an exponent, as nearly all are: digits / 10^places.
struct small_number {
    int64_t digits;
    uint32_t places;
    bool fits; // false: it is not such a number
};

struct bound {
    struct json value;
    struct small_number small;
};

struct divisor {
    uint64_t digits;
    int64_t exponent; // the divisor is digits * 10^exponent
};

struct bound number_bound(struct json number);
// Compares a number with a bound: below 0, 0, above 0.
int number_compare(struct json number, const struct bound *bound);

// Returns whether a number has no fraction: 1, 1.0 and 1e3 have none.
bool number_is_whole(struct json number);
// Reads a divisor; false when it has more than eighteen digits or is not above 0.
bool number_divisor(struct json number, struct divisor *out);
bool number_is_multiple(struct json number, struct divisor divisor);
// Equal numbers have equal hashes, however they are written.
uint64_t number_hash(struct json number);

#endif
