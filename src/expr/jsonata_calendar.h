// Time as ECMAScript counts it: milliseconds since 1970 UTC in a double, to 100 million days either
// way; NaN is no time, and everything made from it is NaN too. core/moment.h has the years 0000 to
// 9999 only, and exactly.
#ifndef SHEAF_EXPR_JSONATA_CALENDAR_H
#define SHEAF_EXPR_JSONATA_CALENDAR_H

#include "core/str.h"

#include <stdbool.h>

// A day and a time; months are 0 to 11. Parts may lie outside their range and carry over.
struct calendar {
    double year;
    double month;
    double day;
    double hour;
    double minute;
    double second;
    double millisecond;
};

#define CALENDAR_DAY_MS 86400000.0

// ECMA-262, Date.UTC: fractions are cut off, the years 0 to 99 mean 1900 to 1999.
double calendar_ms(struct calendar c);
// The way back.
struct calendar calendar_of(double ms);

// Returns what a component of a date picture says about a time: 'Y' 'M' 'D' 'd' 'F' 'W' 'w' 'X' 'x'
// 'H' 'h' 'm' 's' 'f', months and days counted from 1, Monday being 1; 'P' is 1 after noon. Weeks
// are those of ISO 8601; 'w' and 'x' apply its rule to months.
double calendar_part(double ms, char component);

// Reads an ISO 8601 time: a year and as much of "-MM-DDThh:mm:ss.fff+hh:mm" as there is, also
// "+hhmm" and 'Z'; without an offset UTC. False when the text has another form; NaN when there is
// no such time.
bool calendar_read_iso(struct str text, double *out);

#endif
