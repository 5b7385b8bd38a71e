// A session is one connection to the database with its prepared statements: the writer has one,
// and readers take an idle one for a call. One thread at a time.
#ifndef SHEAF_STORE_EMBEDDED_SESSION_H
#define SHEAF_STORE_EMBEDDED_SESSION_H

#include "store/embedded/sql.h"
#include "sys/thread.h"

#include <stddef.h>

enum { SESSION_PAGE_BYTES = 8192 }; // of the database

enum statement {
#define STATEMENT(name, text) name,
#include "store/embedded/statements.def"
#undef STATEMENT
    STATEMENT_COUNT
};

// What a statement can be about: a table, an index, a queue. Number 0 is the store itself.
struct owner {
    unsigned number;
    const char *name;
};

struct session {
    sqlite3 *db;
    struct session *next;      // in the list of idle ones
    sqlite3_stmt **statements; // by owner, then by kind; NULL until first used
    size_t owner_count;
};

struct session_options {
    const char *path;
    const char *vfs; // NULL: SQLite's own
    size_t owner_count;
    size_t page_cache_bytes;
    bool writer;
};

// Opens a connection; the caller owns it until session_close().
enum status session_open(struct scope *s, const struct session_options *options,
                         struct session **out);
// NULL is fine.
void session_close(struct session *session);

// Returns the statement, prepared at its first use; it has been reset.
enum status session_statement(struct scope *s, struct session *session, enum statement kind,
                              struct owner owner, sqlite3_stmt **out);

// Runs one of the statements without values and rows.
enum status session_run(struct scope *s, struct session *session, enum statement kind);

// Ends a transaction that only read, whatever became of it, and passes `e` on.
enum status session_end_read(struct scope *s, struct session *session, enum status e);

// Idle sessions of readers. Any thread.
struct sessions {
    struct mutex lock;
    struct session *idle;
    struct session_options options;
};
void sessions_init(struct sessions *sessions, const struct session_options *options);
// All that were taken must have been given back.
void sessions_fini(struct sessions *sessions);
enum status sessions_take(struct scope *s, struct sessions *sessions, struct session **out);
void sessions_give(struct sessions *sessions, struct session *session);

#endif
