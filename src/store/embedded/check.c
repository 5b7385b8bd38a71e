// The check of a whole database, by SQLite's own means.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"

static enum status check(struct scope *s, struct session *session)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;

    TRY(sql_prepare(s, session->db, "PRAGMA integrity_check", &statement));
    enum status e = sql_step(s, statement, &row);
    if (e == OK && (!row || !str_is(sql_column(statement, 0), "ok")))
        e = fail(s, CORRUPT, "database: %.*s", STR(sql_column(statement, 0)));
    (void)sqlite3_finalize(statement);
    return e;
}

enum status embedded_check(struct scope *s, struct store *store)
{
    struct embedded *e = embedded_of(store);
    struct session *session = NULL;

    TRY(sessions_take(s, &e->readers, &session));
    enum status status = check(s, session);
    sessions_give(&e->readers, session);
    return status;
}
