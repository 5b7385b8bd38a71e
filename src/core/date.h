// Days of the Gregorian calendar, without a clock or a zone. Years are 0000 to 9999, as in ISO 8601
// text; the calendar is used for years before it was invented, too.
#ifndef SHEAF_CORE_DATE_H
#define SHEAF_CORE_DATE_H

#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

enum {
    DATE_TEXT_BYTES = 10,
    DATE_YEAR_MAX = 9999,
};

struct date {
    int16_t year;
    uint8_t month; // 1 to 12
    uint8_t day;   // 1 to 31
};

// Returns whether there is such a day.
bool date_valid(struct date d);

// Counts the days from 1970-01-01; negative before. Asserts that the date is valid.
int32_t date_to_days(struct date d);

// The way back. Asserts that the year is within 0000 to 9999.
struct date date_from_days(int32_t days);

// Reads "2025-02-28" and nothing else; false when it has another form or there is no such day.
bool date_read(struct str text, struct date *out);

// Writes that form, without a NUL.
void date_write(struct date d, char out[DATE_TEXT_BYTES]);

// Returns it in the scope.
struct str date_to_str(struct scope *s, struct date d);

// Returns how many days the month has.
unsigned date_month_days(int year, unsigned month);

// Returns the day of the week as ISO 8601 counts it: 1 is Monday, 7 is Sunday.
unsigned date_weekday(struct date d);

// Moves by months, forwards or back; a day that the month lacks becomes its last one: 2024-01-31
// plus 1 is 2024-02-29. False when the year would leave 0000 to 9999.
bool date_add_months(struct date d, int32_t months, struct date *out);

// Orders by time: below 0, 0, above 0.
int date_compare(struct date a, struct date b);

#endif
