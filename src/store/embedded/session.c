// Statements are prepared at their first use and stay prepared as long as the connection.
#include "store/embedded/session.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"

#include <assert.h>
#include <stdlib.h>

enum { STATEMENT_BYTES_MAX = 1000, DATABASE_STEP_BYTES = 2 << 20 };

static const char *const texts[STATEMENT_COUNT] = {
#define STATEMENT(name, text) [name] = (text),
#include "store/embedded/statements.def"
#undef STATEMENT
};

static void tune(sqlite3 *db)
{
    int keep = 1;
    int step = DATABASE_STEP_BYTES;

    // The log keeps its size: a file that was written before flushes faster than one that grows.
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_CHUNK_SIZE, &step);
}

static enum status configure(struct scope *s, sqlite3 *db, const struct session_options *options)
{
    struct str text =
        str_format(s,
                   "PRAGMA cache_size = -%zu; PRAGMA temp_store = MEMORY; "
                   "PRAGMA secure_delete = OFF; PRAGMA trusted_schema = OFF; %s",
                   options->page_cache_bytes / 1024 + 1,
                   options->writer ? "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                                   : "PRAGMA query_only = ON;");

    return sql_run(s, db, str_z(s, text));
}

static enum status open_database(struct scope *s, const struct session_options *options,
                                 sqlite3 **out)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (options->writer)
        flags |= SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(options->path, out, flags, options->vfs) == SQLITE_OK)
        return OK;
    return *out ? sql_fail(s, *out, options->path) : fail(s, INTERNAL, "no memory for a database");
}

enum status session_open(struct scope *s, const struct session_options *options,
                         struct session **out)
{
    sqlite3 *db = NULL;
    enum status e = open_database(s, options, &db);

    if (e == OK)
        e = configure(s, db, options);
    if (e != OK) {
        (void)sqlite3_close(db);
        return e;
    }
    tune(db);
    struct session *session = heap_new(struct session);
    session->db = db;
    session->owner_count = options->owner_count;
    session->statements =
        heap_array(options->owner_count * STATEMENT_COUNT, sizeof *session->statements);
    *out = session;
    return OK;
}

void session_close(struct session *session)
{
    if (!session)
        return;
    for (size_t i = 0; i < session->owner_count * STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(session->statements[i]);
    int code = sqlite3_close(session->db);
    assert(code == SQLITE_OK);
    (void)code;
    free(session->statements);
    free(session);
}

// Puts the owner's name in each place of "%s".
static enum status prepare(struct scope *s, struct session *session, const char *text,
                           const char *name, sqlite3_stmt **out)
{
    struct buf whole = buf_make(s, STATEMENT_BYTES_MAX);
    struct str z = {0};

    for (const char *place = strstr(text, "%s"); place; place = strstr(text, "%s")) {
        buf_put(&whole, str_of(text, (size_t)(place - text)));
        buf_put_z(&whole, name);
        text = place + 2;
    }
    buf_put_z(&whole, text);
    buf_put_byte(&whole, 0);
    TRY(buf_finish(&whole, "a statement", &z));
    return sql_prepare(s, session->db, z.data, out);
}

enum status session_statement(struct scope *s, struct session *session, enum statement kind,
                              struct owner owner, sqlite3_stmt **out)
{
    assert(owner.number < session->owner_count);
    sqlite3_stmt **place = &session->statements[owner.number * STATEMENT_COUNT + kind];

    if (!*place)
        TRY(prepare(s, session, texts[kind], owner.name, place));
    *out = *place;
    return OK;
}

enum status session_run(struct scope *s, struct session *session, enum statement kind)
{
    sqlite3_stmt *statement = NULL;

    TRY(session_statement(s, session, kind, (struct owner){0}, &statement));
    return sql_done(s, statement);
}

enum status session_end_read(struct scope *s, struct session *session, enum status e)
{
    sqlite3_stmt *commit = NULL;

    if (e == OK)
        return session_run(s, session, COMMIT);
    // The sentence about what failed is kept.
    if (session_statement(s, session, COMMIT, (struct owner){0}, &commit) == OK) {
        (void)sqlite3_step(commit);
        (void)sqlite3_reset(commit);
    }
    return e;
}

void sessions_init(struct sessions *sessions, const struct session_options *options)
{
    mutex_init(&sessions->lock);
    sessions->idle = NULL;
    sessions->options = *options;
}

void sessions_fini(struct sessions *sessions)
{
    while (sessions->idle) {
        struct session *session = sessions->idle;
        sessions->idle = session->next;
        session_close(session);
    }
    mutex_fini(&sessions->lock);
}

enum status sessions_take(struct scope *s, struct sessions *sessions, struct session **out)
{
    mutex_lock(&sessions->lock);
    struct session *session = sessions->idle;
    if (session)
        sessions->idle = session->next;
    mutex_unlock(&sessions->lock);
    if (!session)
        return session_open(s, &sessions->options, out);
    *out = session;
    return OK;
}

void sessions_give(struct sessions *sessions, struct session *session)
{
    mutex_lock(&sessions->lock);
    session->next = sessions->idle;
    sessions->idle = session;
    mutex_unlock(&sessions->lock);
}
