// The few calls of SQLite that the store needs, with a status and one sentence each. Full disk and
// I/O errors are TEMPORARY, a damaged file is CORRUPT, anything else is INTERNAL.
#ifndef SHEAF_STORE_EMBEDDED_SQL_H
#define SHEAF_STORE_EMBEDDED_SQL_H

#include "core/status.h"
#include "core/str.h"

#include <sqlite3.h>
#include <stdbool.h>

struct scope;

// Keeps SQLite's sentence for its newest error code on this connection.
enum status sql_fail(struct scope *s, sqlite3 *db, const char *what);

// Runs statements that give no rows.
enum status sql_run(struct scope *s, sqlite3 *db, const char *text);

// Prepares a statement that lives long; the caller finalizes it.
enum status sql_prepare(struct scope *s, sqlite3 *db, const char *text, sqlite3_stmt **out);

// Steps; `*row` says whether there is one. After an error the statement has been reset.
enum status sql_step(struct scope *s, sqlite3_stmt *statement, bool *row);

// Runs a statement that gives no row, and resets it.
enum status sql_done(struct scope *s, sqlite3_stmt *statement);

// Binds bytes that stay where they are until the statement has run; NULL data is bound as NULL
// only when it is not empty text.
void sql_bind(sqlite3_stmt *statement, int place, struct str bytes);

// Views a column's bytes until the next step.
struct str sql_column(sqlite3_stmt *statement, int column);

// Runs a query that gives one number; 0 when there is no row or it is NULL.
enum status sql_number(struct scope *s, sqlite3 *db, const char *text, int64_t *out);

#endif
