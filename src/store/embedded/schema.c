// The tables of the database. What the declared schema lacks is made at every start; what it no
// longer declares stays where it is.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"
#include "store/embedded/hours.h"
#include "store/embedded/index.h"
#include "store/embedded/runs.h"

static const char *const STORE_TABLES =
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS content_key (number INTEGER PRIMARY KEY, made_at_us INTEGER,"
    " wrapped BLOB);"
    "CREATE TABLE IF NOT EXISTS dictionary (number INTEGER PRIMARY KEY, sample BLOB);"
    "CREATE TABLE IF NOT EXISTS expiry (at_s INTEGER, owner TEXT, p BLOB, s BLOB,"
    " PRIMARY KEY (at_s, owner, p, s)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS hour (owner TEXT, slot INTEGER, span INTEGER,"
    " PRIMARY KEY (owner, slot)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS run (owner TEXT, number INTEGER, blocks INTEGER, greatest BLOB,"
    " firsts BLOB, PRIMARY KEY (owner, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS definition (owner BLOB PRIMARY KEY, text BLOB) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS feed (id INTEGER PRIMARY KEY, at_us INTEGER, entries BLOB);"
    "CREATE TABLE IF NOT EXISTS audit (first INTEGER PRIMARY KEY, count INTEGER, at_us INTEGER,"
    " entries BLOB);";

static const char *const PLAIN_TABLE =
    "CREATE TABLE IF NOT EXISTS record_%s (p BLOB NOT NULL, s BLOB NOT NULL, version INTEGER,"
    " expires INTEGER, attributes BLOB, content BLOB, PRIMARY KEY (p, s)) WITHOUT ROWID";
static const char *const ARRIVAL_TABLE =
    "CREATE TABLE IF NOT EXISTS arrival_%s (id INTEGER PRIMARY KEY, p BLOB NOT NULL,"
    " version INTEGER, expires INTEGER, attributes BLOB, content BLOB)";

static const char *const INDEX_TABLE =
    "CREATE TABLE IF NOT EXISTS index_%s (ip BLOB NOT NULL, attribute BLOB NOT NULL,"
    " p BLOB NOT NULL, s BLOB NOT NULL, PRIMARY KEY (ip, attribute, p, s)) WITHOUT ROWID";

static const char *const BLOCK_TABLE =
    "CREATE TABLE IF NOT EXISTS block_%s (id INTEGER PRIMARY KEY, entries BLOB)";
static const char *const LATE_TABLE =
    "CREATE TABLE IF NOT EXISTS late_%s (id INTEGER PRIMARY KEY AUTOINCREMENT, ip BLOB NOT NULL,"
    " attribute BLOB NOT NULL, p BLOB NOT NULL, s BLOB NOT NULL)";

static const char *const QUEUE_TABLES[] = {
    "CREATE TABLE IF NOT EXISTS fresh_%s (id INTEGER PRIMARY KEY, sent_at_us INTEGER, body BLOB)",
    "CREATE TABLE IF NOT EXISTS later_%s (due_at_us INTEGER, id INTEGER, sent_at_us INTEGER,"
    " receives INTEGER, error BLOB, body BLOB, PRIMARY KEY (due_at_us, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS dead_%s (id INTEGER PRIMARY KEY, dead_at_us INTEGER,"
    " sent_at_us INTEGER, receives INTEGER, error BLOB, body BLOB)",
};

static enum status check_format(struct scope *s, struct session *session)
{
    int64_t format = 0;

    TRY(sql_number(s, session->db, "PRAGMA user_version", &format));
    if (format > EMBEDDED_FORMAT) {
        return fail(s, UNSUPPORTED,
                    "the data folder has format %lld, and this version knows up to %d: start the "
                    "newer version that wrote it",
                    (long long)format, EMBEDDED_FORMAT);
    }
    struct str text = str_format(s, "PRAGMA user_version = %d", EMBEDDED_FORMAT);
    return format == EMBEDDED_FORMAT ? OK : sql_run(s, session->db, str_z(s, text));
}

// Runs a statement about the owner, whose name takes the place of "%s".
static enum status run_for(struct scope *s, struct session *session, const char *text,
                           struct owner owner)
{
    size_t place = str_find(str(text), str("%s"));
    struct str whole =
        str_concat(s, 3, str_of(text, place), str(owner.name), str(text + place + 2));

    return sql_run(s, session->db, str_z(s, whole));
}

static enum status make_hours(struct scope *s, struct session *session, struct table *t)
{
    for (size_t i = 0; i < hours_slots(t->def); i++)
        TRY(run_for(s, session, PLAIN_TABLE, t->slots[i].owner));
    return hours_load(s, session, t);
}

static struct str index_definition(struct scope *s, const struct index *index)
{
    const struct index_def *def = index->def;

    return str_format(s, "%s %s %s", index->runs ? "runs" : "tree", def->partition_attribute,
                      def->sort_attribute ? def->sort_attribute : "");
}

static enum status read_definition(struct scope *s, struct session *session,
                                   const struct index *index, struct str *out)
{
    sqlite3_stmt *find = NULL;
    bool row = false;

    TRY(session_statement(s, session, DEFINITION_FIND, (struct owner){0}, &find));
    sql_bind(find, 1, str(index->owner.name));
    TRY(sql_step(s, find, &row));
    if (row)
        *out = str_copy(s, sql_column(find, 0));
    (void)sqlite3_reset(find);
    return OK;
}

static enum status note_definition(struct scope *s, struct session *session,
                                   const struct index *index, struct str definition)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(s, session, DEFINITION_PUT, (struct owner){0}, &put));
    sql_bind(put, 1, str(index->owner.name));
    sql_bind(put, 2, definition);
    return sql_done(s, put);
}

static enum status drop_index(struct scope *s, struct session *session, const struct index *index)
{
    static const char *const drops[] = {
        "DROP TABLE IF EXISTS index_%s", "DROP TABLE IF EXISTS block_%s",
        "DROP TABLE IF EXISTS late_%s", "DELETE FROM run WHERE owner = CAST('%s' AS BLOB)"};

    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        TRY(run_for(s, session, drops[i], index->owner));
    return OK;
}

// An index that is new, or declared otherwise than before, is made of the records there are: a
// b-tree now, runs as they are opened.
static enum status make_index(struct scope *s, struct session *session, struct table *t,
                              struct index *index)
{
    struct str definition = index_definition(s, index);
    struct str before = {0};

    TRY(read_definition(s, session, index, &before));
    bool is_new = !str_equal(before, definition);
    if (is_new)
        TRY(drop_index(s, session, index));
    if (index->runs) {
        TRY(run_for(s, session, BLOCK_TABLE, index->owner));
        TRY(run_for(s, session, LATE_TABLE, index->owner));
    } else {
        TRY(run_for(s, session, INDEX_TABLE, index->owner));
        if (is_new)
            TRY(index_build(s, session, t, index));
    }
    return is_new ? note_definition(s, session, index, definition) : OK;
}

static enum status make_indexes(struct scope *s, struct session *session, struct table *t)
{
    for (size_t i = 0; i < t->index_count; i++)
        TRY(make_index(s, session, t, &t->indexes[i]));
    for (size_t i = 0; i < t->index_count; i++)
        if (t->indexes[i].runs)
            TRY(runs_open(s, session, t->indexes[i].runs));
    return OK;
}

static enum status make_arrival(struct scope *s, struct session *session, struct table *t)
{
    int64_t plain_rows = 0;

    TRY(run_for(s, session, ARRIVAL_TABLE, t->owner));
    struct str any = str_format(s, "SELECT EXISTS (SELECT 1 FROM record_%s)", t->owner.name);
    TRY(sql_number(s, session->db, str_z(s, any), &plain_rows));
    atomic_store(&t->has_plain, plain_rows != 0);
    struct str newest = str_format(s, "SELECT max(id) FROM arrival_%s", t->owner.name);
    return sql_number(s, session->db, str_z(s, newest), &t->newest_id);
}

// A table that was once declared in arrival order keeps its records.
static enum status leave_arrival(struct scope *s, struct session *session, struct table *t)
{
    int64_t was_arrival = 0;
    struct str query = str_format(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'arrival_%s'",
                                  t->owner.name);

    TRY(sql_number(s, session->db, str_z(s, query), &was_arrival));
    if (!was_arrival)
        return OK;
    struct str move = str_format(s,
                                 "INSERT INTO record_%s SELECT p, x'', version, expires,"
                                 " attributes, content FROM arrival_%s",
                                 t->owner.name, t->owner.name);
    TRY(sql_run(s, session->db, str_z(s, move)));
    return run_for(s, session, "DROP TABLE arrival_%s", t->owner);
}

static enum status make_table(struct scope *s, struct session *session, struct table *t)
{
    if (t->hours)
        return make_hours(s, session, t);
    TRY(run_for(s, session, PLAIN_TABLE, t->owner));
    if (t->def->arrival)
        TRY(make_arrival(s, session, t));
    else
        TRY(leave_arrival(s, session, t));
    return make_indexes(s, session, t);
}

static enum status make_tables(struct scope *s, struct embedded *e, struct session *session)
{
    TRY(check_format(s, session));
    TRY(sql_run(s, session->db, STORE_TABLES));
    for (size_t i = 0; i < e->table_count; i++)
        TRY(make_table(s, session, &e->tables[i]));
    for (size_t i = 0; i < e->queue_count; i++)
        for (size_t j = 0; j < sizeof QUEUE_TABLES / sizeof *QUEUE_TABLES; j++)
            TRY(run_for(s, session, QUEUE_TABLES[j], e->queues[i].owner));
    return OK;
}

// SQLite keeps the mode it had, and says so, when it cannot change it.
static enum status begin_log(struct scope *s, struct session *session)
{
    sqlite3_stmt *mode = NULL;
    bool row = false;

    TRY(sql_run(s, session->db, "PRAGMA page_size = 8192"));
    TRY(sql_prepare(s, session->db, "PRAGMA journal_mode = WAL", &mode));
    enum status e = sql_step(s, mode, &row);
    bool is_log = row && str_equal_nocase(sql_column(mode, 0), str("wal"));
    (void)sqlite3_finalize(mode);
    if (e == OK && !is_log)
        return fail(s, TEMPORARY, "the database does not take a write-ahead log");
    return e;
}

enum status schema_open(struct scope *s, struct embedded *e, struct session *session)
{
    TRY(begin_log(s, session));
    TRY(sql_run(s, session->db, "BEGIN IMMEDIATE"));
    enum status status = make_tables(s, e, session);
    if (status == OK)
        return sql_run(s, session->db, "COMMIT");
    (void)sqlite3_exec(session->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
