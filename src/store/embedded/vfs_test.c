// SQLite on a simulated disk: it works, several connections keep out of one another's way, and what
// was committed outlives a power cut.
#include "store/embedded/vfs.h"

#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <sqlite3.h>

static sqlite3 *connect(struct vfs *vfs)
{
    static const char setup[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;";
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    EXPECT_EQUAL(sqlite3_open_v2("test.db", &db, flags, vfs_name(vfs)), SQLITE_OK);
    (void)sqlite3_exec(db, setup, NULL, NULL, NULL);
    return db;
}

static int run(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static int64_t number(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int64_t is = -1;

    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        is = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return is;
}

static bool is_sound(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW &&
              str_is(str((const char *)sqlite3_column_text(statement, 0)), "ok");

    (void)sqlite3_finalize(statement);
    return ok;
}

TEST(a_database_on_a_simulated_disk_is_shared_by_connections)
{
    struct world *w = sim_new(1);
    struct vfs *vfs = vfs_new(w);
    sqlite3 *writer = connect(vfs);
    sqlite3 *reader = connect(vfs);
    EXPECT_EQUAL(run(writer, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)"), SQLITE_OK);
    EXPECT_EQUAL(number(reader, "SELECT count(*) FROM t"), 0);

    EXPECT_EQUAL(run(reader, "BEGIN; SELECT * FROM t"), SQLITE_OK); // a snapshot
    EXPECT_EQUAL(run(writer, "INSERT INTO t VALUES (1, randomblob(50000))"), SQLITE_OK);
    EXPECT_EQUAL(number(reader, "SELECT count(*) FROM t"), 0);
    EXPECT_EQUAL(run(reader, "COMMIT"), SQLITE_OK);
    EXPECT_EQUAL(number(reader, "SELECT count(*) FROM t"), 1);

    EXPECT_EQUAL(run(writer, "BEGIN IMMEDIATE"), SQLITE_OK);
    EXPECT_EQUAL(run(reader, "INSERT INTO t VALUES (2, NULL)"), SQLITE_BUSY);
    EXPECT_EQUAL(run(writer, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
    EXPECT_EQUAL(number(reader, "SELECT count(*) FROM t"), 1);
    EXPECT(is_sound(reader));

    EXPECT_EQUAL(sqlite3_close(writer), SQLITE_OK);
    EXPECT_EQUAL(sqlite3_close(reader), SQLITE_OK);
    vfs_free(vfs);
    sim_free(w);
}

TEST(a_database_in_rollback_mode_works_too)
{
    struct world *w = sim_new(1);
    struct vfs *vfs = vfs_new(w);
    sqlite3 *a = connect(vfs);
    EXPECT_EQUAL(run(a, "PRAGMA journal_mode = DELETE; CREATE TABLE t(a)"), SQLITE_OK);
    sqlite3 *b = NULL;
    EXPECT_EQUAL(sqlite3_open_v2("test.db", &b, SQLITE_OPEN_READWRITE, vfs_name(vfs)), SQLITE_OK);

    EXPECT_EQUAL(run(a, "BEGIN; INSERT INTO t VALUES (1)"), SQLITE_OK);
    EXPECT_EQUAL(run(b, "INSERT INTO t VALUES (2)"), SQLITE_BUSY);
    EXPECT_EQUAL(run(b, "BEGIN; SELECT * FROM t"), SQLITE_OK);
    EXPECT_EQUAL(run(a, "COMMIT"), SQLITE_BUSY); // b still reads
    EXPECT_EQUAL(run(b, "COMMIT"), SQLITE_OK);
    EXPECT_EQUAL(run(a, "COMMIT"), SQLITE_OK);
    EXPECT_EQUAL(number(b, "SELECT count(*) FROM t"), 1);

    EXPECT_EQUAL(sqlite3_close(a), SQLITE_OK);
    EXPECT_EQUAL(sqlite3_close(b), SQLITE_OK);
    vfs_free(vfs);
    sim_free(w);
}

// Inserts rows 1, 2, 3… each its own commit, until the plug is pulled; returns how many commits
// were answered.
static int64_t insert_until_dead(sqlite3 *db, unsigned rows)
{
    int64_t done = 0;

    for (unsigned i = 1; i <= rows; i++) {
        char text[100];
        (void)sqlite3_snprintf(sizeof text, text, "INSERT INTO t VALUES (%u, randomblob(%u))", i,
                               (i * 997) % 9000);
        if (run(db, text) != SQLITE_OK)
            break;
        done = i;
        if (i % 7 == 0)
            (void)run(db, "PRAGMA wal_checkpoint(RESTART)");
    }
    return done;
}

TEST(what_was_committed_outlives_a_power_cut)
{
    enum { ROWS = 40 };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = sim_new(seed);
        struct vfs *vfs = vfs_new(w);
        sqlite3 *db = connect(vfs);
        EXPECT_EQUAL(run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)"), SQLITE_OK);
        sim_halt_nth(w, (unsigned)(seed * 7));

        int64_t done = insert_until_dead(db, ROWS);
        EXPECT_EQUAL(sqlite3_close(db), SQLITE_OK);
        sim_power_cut(w);
        vfs_free(vfs);

        vfs = vfs_new(w);
        db = connect(vfs);
        EXPECT(is_sound(db));
        int64_t there = number(db, "SELECT count(*) FROM t");
        EXPECT(there == done || there == done + 1); // the last may be whole and unanswered
        EXPECT_EQUAL(number(db, "SELECT max(a) FROM t"), there ? there : 0);
        EXPECT_EQUAL(sqlite3_close(db), SQLITE_OK);
        vfs_free(vfs);
        sim_free(w);
    }
}
