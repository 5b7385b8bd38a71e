// Exact arithmetic on JSON numbers as written, for JSON Schema: money never becomes a double.
#ifndef SHEAF_EXPR_SCHEMA_NUMBER_H
#define SHEAF_EXPR_SCHEMA_NUMBER_H

#include "core/json.h"

#include <stdbool.h>
#include <stdint.h>

struct divisor {
    uint64_t digits;
    int64_t exponent; // the divisor is digits * 10^exponent
};

// Returns whether a number has no fraction: 1, 1.0 and 1e3 have none.
bool number_is_whole(struct json number);
// Reads a divisor; false when it has more than eighteen digits or is not above 0.
bool number_divisor(struct json number, struct divisor *out);
bool number_is_multiple(struct json number, struct divisor divisor);
// Equal numbers have equal hashes, however they are written.
uint64_t number_hash(struct json number);

#endif
