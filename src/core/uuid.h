// UUIDs (RFC 9562). Ids of Sheaf are version 7, so that they sort by the time they were made:
// writes in random key order are what slows a store as it grows. Making one is a pure function of
// the time and of random bytes, which the world gives.
#ifndef SHEAF_CORE_UUID_H
#define SHEAF_CORE_UUID_H

#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

enum {
    UUID_BYTES = 16,
    UUID_TEXT_BYTES = 36,
    UUID_RANDOM_BYTES = 10,
};

struct uuid {
    uint8_t bytes[UUID_BYTES];
};

// Makes a version 7 id; 74 of the random bits are used. Asserts that the time fits 48 bits.
struct uuid uuid_v7(int64_t unix_ms, const uint8_t random[UUID_RANDOM_BYTES]);

// Returns the time in a version 7 id, in ms; -1 when it has another version.
int64_t uuid_unix_ms(struct uuid id);

// Writes "01890a5d-ac96-774b-bcce-b302099a8057", without a NUL.
void uuid_write(struct uuid id, char out[UUID_TEXT_BYTES]);

// Returns the same in the scope.
struct str uuid_to_str(struct scope *s, struct uuid id);

// Reads that form, digits in either case, any version; false when it is another.
bool uuid_read(struct str text, struct uuid *out);

// Orders by bytes: for version 7 by time. Below 0, 0, above 0.
int uuid_compare(struct uuid a, struct uuid b);

#endif
