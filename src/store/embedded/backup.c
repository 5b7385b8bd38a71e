// A consistent copy of everything while the store serves: the database from one snapshot, then the
// blobs that the copy names.
//
// SQLite's backup functions copy the pages within one read transaction (measured: 420 MB/s, where
// VACUUM INTO made 310, and only the first can tell how far it is). As long as it lasts the log
// cannot be begun anew, so it grows by what is written meanwhile: at 10,000 receipts a second and
// 12 GB of database about 30 s and 0.8 GB, and readers are somewhat slower. That is the one
// exception from the rule that no read transaction lasts over 2 s. Copying the blobs holds no
// transaction: they are immutable, and none is removed before the backup ends.
#include "core/scope.h"
#include "store/embedded/blobs_impl.h"
#include "store/embedded/copy.h"
#include "store/embedded/embedded_impl.h"
#include "store/embedded/manifest.h"
#include "store/embedded/vfs.h"
#include "sys/file.h"
#include "sys/world.h"

enum {
    STEP_PAGES = 1024,
    PAGE_CACHE_BYTES = 1 << 20,
    BLOB_SCOPE_BYTES_MAX = 16 << 20,
    BACKUP_SCOPE_BYTES_MAX = 1 << 30,
};

struct backup {
    struct embedded *e;
    const struct embedded_backup_options *options;
    struct session *copy; // of the database
    struct sums_writer *sums;
    struct manifest manifest;
    struct progress progress;
    bool made[SHARDS]; // folders of blobs
};

static struct world *world_of(const struct backup *b)
{
    return b->e->store.world;
}

static struct str path_in(struct scope *s, const struct backup *b, const char *name)
{
    return str_concat(s, 3, b->options->directory, str("/"), str(name));
}

static enum status make_folder(struct scope *s, struct backup *b)
{
    struct world *w = world_of(b);
    struct str folder = b->options->directory;
    struct str *names = NULL;
    size_t count = 0;

    TRY(directory_make(s, w, folder));
    TRY(directory_list(s, w, folder, &names, &count));
    if (count > 0)
        return fail(s, CONFLICT, "%.*s is not empty", STR(folder));
    TRY(directory_make(s, w, path_in(s, b, "blobs")));
    return directory_sync(s, w, path_folder(folder));
}

static enum status open_copy(struct scope *s, struct backup *b)
{
    struct session_options options = {
        .path = str_z(s, path_in(s, b, "sheaf.db")),
        .vfs = vfs_name(b->e->vfs),
        .owner_count = b->e->owner_count,
        .page_cache_bytes = PAGE_CACHE_BYTES,
        .writer = true,
    };
    int no = 0;

    TRY(session_open(s, &options, &b->copy));
    (void)sqlite3_file_control(b->copy->db, "main", SQLITE_FCNTL_PERSIST_WAL, &no);
    (void)sqlite3_file_control(b->copy->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &no);
    // It is flushed once, at the end, and worth nothing before.
    return sql_run(s, b->copy->db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
}

static void tell_pages(struct backup *b, int all, int left)
{
    b->progress.all = (uint64_t)all * SESSION_PAGE_BYTES + blobs_bytes(b->e->blobs);
    b->progress.done = (uint64_t)(all - left) * SESSION_PAGE_BYTES;
    progress_add(&b->progress, 0);
}

static enum status copy_pages(struct scope *s, struct backup *b, struct session *source)
{
    sqlite3_backup *pages = sqlite3_backup_init(b->copy->db, "main", source->db, "main");
    int code = SQLITE_OK;

    if (!pages)
        return sql_fail(s, b->copy->db, "backup");
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(pages, STEP_PAGES);
        tell_pages(b, sqlite3_backup_pagecount(pages), sqlite3_backup_remaining(pages));
    }
    if (sqlite3_backup_finish(pages) != SQLITE_OK || code != SQLITE_DONE)
        return sql_fail(s, b->copy->db, "backup");
    return OK;
}

// Takes the snapshot: what is committed from here on is not in the backup.
static enum status copy_database(struct scope *s, struct backup *b)
{
    struct session *source = NULL;
    int64_t ignored = 0;

    TRY(sessions_take(s, &b->e->readers, &source));
    enum status status = session_run(s, source, BEGIN_READ);
    if (status == OK) {
        status = sql_number(s, source->db, "SELECT count(*) FROM meta", &ignored);
        b->manifest.made_at_us = world_now_us(world_of(b));
        if (status == OK)
            status = copy_pages(s, b, source);
        status = session_end_read(s, source, status);
    }
    sessions_give(&b->e->readers, source);
    TRY(status);
    // The copy says that it has a log, as its original does. It can be told otherwise only when it
    // has been read, and so has found that out.
    TRY(sql_number(s, b->copy->db, "SELECT count(*) FROM meta", &ignored));
    return sql_run(s, b->copy->db, "PRAGMA journal_mode = DELETE");
}

static enum status make_shard(struct scope *s, struct backup *b, unsigned shard)
{
    if (b->made[shard])
        return OK;
    b->made[shard] = true;
    return directory_make(s, world_of(b),
                          path_in(s, b, str_z(s, str_format(s, "blobs/%02x", shard))));
}

static enum status copy_blob(struct scope *s, struct backup *b, const struct record *r)
{
    struct entry entry;
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    TRY(catalogue_read(s, r, &entry));
    struct str from = blob_path(s, b->e->blobs, entry.key.id);
    struct str name = str_slice(from, b->e->options.directory.bytes + 1, from.bytes);
    TRY(make_shard(s, b, entry.key.id[FRAME_ID_BYTES - 1]));
    enum status e =
        copy_file(s, world_of(b), from, path_in(s, b, str_z(s, name)), &b->progress, digest);
    if (e == NOT_FOUND)
        return fail(s, CORRUPT, "%.*s: the file of blob %.*s is missing", STR(r->partition),
                    STR(r->sort));
    TRY(e);
    b->manifest.blobs++;
    b->manifest.blob_bytes += frames_file_bytes(entry.info.bytes);
    return sums_add(s, b->sums, name, digest);
}

static enum status copy_listed(struct scope *s, struct backup *b, struct table *t,
                               struct cursor *rows)
{
    struct scope *each = scope_open(BLOB_SCOPE_BYTES_MAX);
    enum status e = OK;
    bool got = true;

    while (e == OK && got) {
        struct row row;
        struct record r;
        int64_t number = 0;
        e = cursor_next(each, rows, &row, &number, &got);
        if (e == OK && got)
            e = record_of_row(each, b->e, t, &row, &r);
        if (e == OK && got)
            e = copy_blob(each, b, &r);
        if (e != OK)
            e = fail(s, e, "%.*s", STR(scope_why(each)));
        scope_reset(each);
    }
    scope_close(each);
    return e;
}

// By the catalogue of the copy, which nobody changes.
static enum status copy_blobs(struct scope *s, struct backup *b)
{
    struct table *t = embedded_table(b->e, &blob_catalogue);
    struct scan_position start = {.arrival_number = INT64_MIN};
    struct cursor rows;

    enum status e = cursor_scan(s, b->copy, t, &start, &rows);
    if (e == OK)
        e = copy_listed(s, b, t, &rows);
    cursor_end(&rows);
    return e;
}

static enum status copy_keys(struct scope *s, struct backup *b)
{
    struct world *w = world_of(b);
    struct str from = str_concat(s, 2, b->e->options.directory, str("/keys/master.key"));
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    if (!b->options->with_keys || !path_exists(w, from))
        return OK;
    TRY(directory_make(s, w, path_in(s, b, "keys")));
    TRY(copy_file(s, w, from, path_in(s, b, "keys/master.key"), NULL, digest));
    TRY(sums_add(s, b->sums, str("keys/master.key"), digest));
    return directory_sync(s, w, path_in(s, b, "keys"));
}

static enum status flush_file(struct scope *s, struct world *w, struct str path, uint64_t *bytes)
{
    struct file *f = NULL;

    TRY(file_open(s, w, path, FILE_EDIT, &f));
    enum status e = file_sync(s, f);
    if (e == OK)
        e = file_bytes(s, f, bytes);
    file_close(f);
    return e;
}

// Flushes the database and all names, and writes what makes it a backup.
static enum status seal(struct scope *s, struct backup *b)
{
    struct world *w = world_of(b);
    struct str database = path_in(s, b, "sheaf.db");
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    TRY(flush_file(s, w, database, &b->manifest.database_bytes));
    TRY(digest_file(s, w, database, digest));
    TRY(sums_add(s, b->sums, str("sheaf.db"), digest));
    for (unsigned i = 0; i < SHARDS; i++)
        if (b->made[i])
            TRY(directory_sync(s, w, path_in(s, b, str_z(s, str_format(s, "blobs/%02x", i)))));
    TRY(directory_sync(s, w, path_in(s, b, "blobs")));
    return manifest_write(s, b->sums, &b->manifest);
}

static enum status copy_all(struct scope *s, struct backup *b)
{
    TRY(make_folder(s, b));
    TRY(sums_create(s, world_of(b), b->options->directory, &b->sums));
    TRY(open_copy(s, b));
    TRY(copy_database(s, b));
    return copy_blobs(s, b);
}

static enum status back_up(struct scope *s, struct backup *b)
{
    struct blobs *blobs = b->e->blobs;

    blobs_hold(blobs); // before the snapshot
    enum status status = copy_all(s, b);
    session_close(b->copy);
    blobs_release(blobs);
    TRY(status);
    TRY(copy_keys(s, b));
    return seal(s, b);
}

enum status embedded_backup(struct scope *s, struct store *store,
                            const struct embedded_backup_options *options)
{
    struct backup b = {
        .e = embedded_of(store),
        .options = options,
        .progress = {.tell = options->progress, .context = options->context},
    };
    struct scope *inner = scope_open(BACKUP_SCOPE_BYTES_MAX); // closes what was opened
    enum status e = back_up(inner, &b);

    if (e != OK)
        e = fail(s, e, "%.*s", STR(scope_why(inner)));
    scope_close(inner);
    return e;
}
