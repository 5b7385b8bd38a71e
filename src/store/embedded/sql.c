// SQLite's result codes become statuses here and nowhere else.
#include "store/embedded/sql.h"

#include "core/scope.h"

#include <assert.h>

static enum status status_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
        return TEMPORARY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return CORRUPT;
    default:
        return INTERNAL;
    }
}

enum status sql_fail(struct scope *s, sqlite3 *db, const char *what)
{
    int code = sqlite3_extended_errcode(db);

    return fail(s, status_of(code), "database: %s: %s (%d)", what, sqlite3_errmsg(db), code);
}

enum status sql_run(struct scope *s, sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? OK : sql_fail(s, db, text);
}

enum status sql_prepare(struct scope *s, sqlite3 *db, const char *text, sqlite3_stmt **out)
{
    int code = sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return code == SQLITE_OK ? OK : sql_fail(s, db, text);
}

enum status sql_step(struct scope *s, sqlite3_stmt *statement, bool *row)
{
    int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return OK;
    enum status e = sql_fail(s, sqlite3_db_handle(statement), sqlite3_sql(statement));
    (void)sqlite3_reset(statement);
    return e;
}

enum status sql_done(struct scope *s, sqlite3_stmt *statement)
{
    bool row = false;

    TRY(sql_step(s, statement, &row));
    assert(!row);
    (void)sqlite3_reset(statement);
    return OK;
}

void sql_bind(sqlite3_stmt *statement, int place, struct str bytes)
{
    int code =
        sqlite3_bind_blob64(statement, place, bytes.bytes ? bytes.data : "", bytes.bytes, NULL);

    assert(code == SQLITE_OK);
    (void)code;
}

struct str sql_column(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);

    return str_of(data, (size_t)sqlite3_column_bytes(statement, column));
}

enum status sql_number(struct scope *s, sqlite3 *db, const char *text, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;

    TRY(sql_prepare(s, db, text, &statement));
    enum status e = sql_step(s, statement, &row);
    *out = row ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    return e;
}
