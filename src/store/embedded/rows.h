// Rows of one table in the database. There are two layouts. A plain table is a b-tree by
// (partition, sort). An arrival table has a second part beside it, a b-tree by a number made of the
// time and counter of a UUIDv7: what is new lies at its right edge, where SQLite appends without
// splitting pages, and what is old leaves at the left. A record belongs there when its partition
// begins with a UUIDv7 in canonical form, its sort key is empty, and no other record with the same
// number was there first; else it lies in the plain part. Both parts together are in key order.
#ifndef SHEAF_STORE_EMBEDDED_ROWS_H
#define SHEAF_STORE_EMBEDDED_ROWS_H

#include "store/embedded/cache.h"
#include "store/embedded/session.h"

#include <stdatomic.h>

struct index;
struct hours;

struct table {
    const struct table_def *def;
    struct owner owner;
    unsigned dictionary; // to pack with; 0: none
    // The plain part of an arrival table has, or had, rows. Set before they are committed.
    _Atomic bool has_plain;
    // The writer's: the greatest number that the arrival part ever had since the start. A record
    // with a greater one is in neither part.
    int64_t newest_id;
    struct index *indexes; // as in the definition
    size_t index_count;
    // Of a table with keep_s: it has no rows itself, but tables that take turns.
    struct hours *hours;
    struct table *slots;
};

// A row as it lies at rest; borrowed from a statement until row_end().
struct row {
    struct str partition;
    struct str sort;
    struct str attributes; // packed, see rows_attributes()
    struct str content;    // sealed
    int64_t expires_at_s;
    struct standing standing;
    sqlite3_stmt *statement;
};

// Returns the number of a record in the arrival part; 0: it does not belong there.
int64_t arrival_id(const struct table *t, struct str partition, struct str sort);

// Finds a row; version 0 when there is none. To be ended in either case.
enum status rows_find(struct scope *s, struct session *session, struct table *t,
                      struct str partition, struct str sort, struct row *out);
void row_end(struct row *r);

// Writes a row where it stands, or into the part it belongs to when there is none yet; sets
// `standing.in_arrival`. Attributes are packed.
enum status rows_put(struct scope *s, struct session *session, struct table *t, struct row *r);
enum status rows_remove(struct scope *s, struct session *session, struct table *t,
                        struct str partition, struct str sort, bool in_arrival);

// Rows of one partition whose sort key is at least `from` and below `to` (data NULL: no end).
struct range {
    struct str partition;
    struct str from;
    struct str to;
    bool descending;
};

// Returns text greater than every sort key and attribute.
struct str rows_sort_end(void);

// One part of a cursor: a statement that steps through its rows.
struct strand {
    sqlite3_stmt *statement; // NULL: ended
    bool stands;             // on a row that was not given yet
    struct row row;
    int64_t number;  // in the arrival part
    struct str only; // ends at rows of another partition; data NULL: does not
};

// Walks rows in key order. Valid until cursor_end(), which must be called; holds a read
// transaction, so not for longer than a page.
struct cursor {
    bool descending;
    struct strand plain;
    struct strand arrival;
};
enum status cursor_range(struct scope *s, struct session *session, struct table *t,
                         const struct range *range, struct cursor *out);
// Where a scan of the whole table stands.
struct scan_position {
    int64_t arrival_number; // the last one read
    struct str partition;   // of the last one read in the plain part
    struct str sort;
};
enum status cursor_scan(struct scope *s, struct session *session, struct table *t,
                        const struct scan_position *after, struct cursor *out);
// Gives the next row, borrowed until the next call, and steps past it; false: there is none.
// `*number` is the row's in the arrival part, 0 for the plain part.
enum status cursor_next(struct scope *s, struct cursor *c, struct row *out, int64_t *number,
                        bool *got);
void cursor_end(struct cursor *c);

// Packed attributes: writes one and returns where it ends; at most 4 bytes longer than its texts.
char *rows_write_attribute(char *at, const struct attribute *a);
// Unpacks into the scope. Errors: CORRUPT.
enum status rows_attributes(struct scope *s, const struct table *t, struct str packed,
                            const struct attribute **out, size_t *count);

#endif
