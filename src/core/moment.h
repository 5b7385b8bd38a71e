// A moment is an int64_t, microseconds from 1970-01-01T00:00:00Z (names end with _at_us), and here
// is its text form: RFC 3339, years 0000 to 9999. Nothing here reads a clock.
#ifndef SHEAF_CORE_MOMENT_H
#define SHEAF_CORE_MOMENT_H

#include "core/date.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

#define MOMENT_MS_US 1000LL
#define MOMENT_SECOND_US 1000000LL
#define MOMENT_MINUTE_US (60 * MOMENT_SECOND_US)
#define MOMENT_HOUR_US (60 * MOMENT_MINUTE_US)
#define MOMENT_DAY_US (24 * MOMENT_HOUR_US)

// How many digits stand behind the seconds.
enum moment_digits {
    MOMENT_SECONDS = 0,
    MOMENT_MILLISECONDS = 3,
    MOMENT_MICROSECONDS = 6,
};

enum { MOMENT_TEXT_BYTES_MAX = 27 };

// Reads "2025-11-04T12:34:56.789+02:00": any offset or Z, any number of fraction digits, of which
// those behind the sixth are cut off; a leap second, where there can be one, is the second after
// it. False when it has another form, there is no such time, or its UTC year is outside 0000 to
// 9999.
bool moment_read(struct str text, int64_t *out);

// Writes "2025-11-04T12:34:56.789Z" without a NUL and returns its length; what the digits cannot
// show is cut off. Asserts that the year is within 0000 to 9999.
size_t moment_write(int64_t at_us, enum moment_digits digits, char out[MOMENT_TEXT_BYTES_MAX]);

// Returns it in the scope.
struct str moment_to_str(struct scope *s, int64_t at_us, enum moment_digits digits);

// Returns whether moment_write() can write it.
bool moment_valid(int64_t at_us);

// Returns the day in UTC.
struct date moment_date(int64_t at_us);

// Returns when the day begins in UTC.
int64_t moment_of_date(struct date d);

#endif
