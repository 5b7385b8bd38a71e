// What commands print for people: aligned tables, and figures as one reads them.
#ifndef SHEAF_APP_PRINT_H
#define SHEAF_APP_PRINT_H

#include "core/json.h"
#include "core/str.h"

#include <stdint.h>
#include <stdio.h>

struct scope;
struct table;

// Starts a table. Titles are separated by '|'; a column whose title begins with '>' is aligned to
// the right.
struct table *table_new(struct scope *s, const char *titles);
// Fills the next cell, row by row; the text is borrowed. An empty one is shown as "-".
void table_add(struct table *t, struct str cell);
// Prints it, and nothing when it has no rows.
void table_print(const struct table *t, FILE *out);

// All in the scope.
struct str print_count(struct scope *s, uint64_t number);     // 1,204,332
struct str print_bytes(struct scope *s, uint64_t bytes);      // 512 B, 1.2 GB
struct str print_duration(struct scope *s, uint64_t seconds); // 45 s, 3 h 12 min, 2 d 4 h
// A moment of the API as people want it: 2026-11-22 09:05:06, in UTC.
struct str print_moment(struct scope *s, struct str moment);
// "databaseBytes" and "database_bytes" as "database bytes".
struct str print_words(struct scope *s, struct str name);

// One line of JSON.
void print_json(struct scope *s, struct json j);
// JSON over several lines.
void print_pretty(struct scope *s, struct json j);
// Each item of an array in a line of its own.
void print_items(struct scope *s, struct json items);
// What a terminal could take as a command of its own is shown as '?'.
struct str print_safe(struct scope *s, struct str text);

#endif
