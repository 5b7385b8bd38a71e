// Opening and closing the data folder, and which function does what of the ports.
#include "store/embedded/embedded.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/blobs.h"
#include "store/embedded/hours.h"
#include "store/embedded/index.h"
#include "store/embedded/keeper.h"
#include "store/embedded/runs.h"
#include "store/embedded/vfs.h"
#include "store/embedded/writer.h"
#include "sys/file.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SCOPE_BYTES_MAX = 64 << 20,
    BRIEF_BYTES_MAX = 1 << 20,
    CACHE_BYTES_DEFAULT = 16 << 20,
    PAGES_BYTES_DEFAULT = 16 << 20,
    READER_PAGES_BYTES = 512 << 10,
};

struct table *embedded_table(struct embedded *e, const struct table_def *def)
{
    for (size_t i = 0; i < e->table_count; i++)
        if (e->tables[i].def == def)
            return &e->tables[i];
    assert(0 && "the table is in the schema");
    return NULL;
}

struct queue *embedded_queue(struct embedded *e, const struct queue_def *def)
{
    for (size_t i = 0; i < e->queue_count; i++)
        if (e->queues[i].def == def)
            return &e->queues[i];
    assert(0 && "the queue is in the schema");
    return NULL;
}

struct blobs *blobs_of(struct store *store)
{
    return embedded_of(store)->blobs;
}

static void submit(struct store *store, struct change *c)
{
    struct embedded *e = embedded_of(store);

    if (atomic_load(&e->closing)) {
        c->status = BUSY;
        c->why = str("the store is closing");
        change_answer(c);
        return;
    }
    change_hold(e, c);
    writer_submit(e->writer, c);
}

static void release_table(struct table *t)
{
    for (size_t i = 0; i < t->index_count; i++)
        runs_free(t->indexes[i].runs);
    hours_free(t->hours);
}

// Frees everything; what was not opened yet is NULL.
static void release(struct embedded *e)
{
    keeper_stop(e->keeper);
    writer_stop(e->writer);
    keeper_free(e->keeper);
    sessions_fini(&e->readers);
    for (size_t i = 0; i < e->queue_count; i++) {
        mail_list_fini(&e->queues[i].sent); // of a batch whose flush failed
        mailbox_fini(&e->queues[i].box);
    }
    for (size_t i = 0; i < e->table_count; i++)
        release_table(&e->tables[i]);
    blobs_free(e->blobs);
    cache_free(e->cache);
    sealer_free(e->sealer);
    vfs_free(e->vfs);
    file_close(e->lock);
    struct scope *scope = e->scope;
    free(e);
    scope_close(scope);
}

static void embedded_close(struct store *store)
{
    struct embedded *e = embedded_of(store);
    struct scope *s = scope_open(BRIEF_BYTES_MAX);

    atomic_store(&e->closing, true);
    embedded_queue_wake(store);
    (void)queues_close(s, e); // else the next start takes messages for received
    scope_close(s);
    release(e);
}

static uint64_t file_size(struct scope *s, struct embedded *e, const char *suffix)
{
    struct file_info info = {0};
    struct str path = str_concat(s, 2, str(e->path), str(suffix));

    return path_info(s, e->store.world, path, &info) == OK ? info.bytes : 0;
}

static void stats(struct store *store, struct store_stats *out)
{
    struct embedded *e = embedded_of(store);
    struct scope *s = scope_open(BRIEF_BYTES_MAX);

    writer_stats(e->writer, out);
    out->database_bytes = file_size(s, e, "");
    out->log_bytes = file_size(s, e, "-wal");
    out->blob_bytes = blobs_bytes(e->blobs);
    scope_close(s);
}

static enum status backup(struct scope *s, struct store *store, struct str directory,
                          void (*progress)(void *context, uint64_t done, uint64_t all),
                          void *context)
{
    struct embedded_backup_options options = {
        .directory = directory, .progress = progress, .context = context};

    return embedded_backup(s, store, &options);
}

static const struct store_ops embedded_ops = {
    .close = embedded_close,
    .submit = submit,
    .record_get = embedded_record_get,
    .record_get_many = embedded_record_get_many,
    .record_query = embedded_record_query,
    .record_scan = embedded_record_scan,
    .queue_take = embedded_queue_take,
    .queue_wake = embedded_queue_wake,
    .queue_extend = embedded_queue_extend,
    .queue_stats = embedded_queue_stats,
    .queue_browse = embedded_queue_browse,
    .queue_redrive = embedded_queue_redrive,
    .queue_discard = embedded_queue_discard,
    .feed_read = embedded_feed_read,
    .audit_read = embedded_audit_read,
    .blob_create = blobs_create,
    .blob_append = blobs_append,
    .blob_finish = blobs_finish,
    .blob_head = blobs_head,
    .blob_open = blobs_open,
    .blob_read_at = blobs_read_at,
    .blob_list = blobs_list,
    .blob_remove = blobs_remove,
    .backup = backup,
    .tend = embedded_tend,
    .stats = stats,
};

static void declare_indexes(struct embedded *e, struct table *t)
{
    while (t->def->indexes[t->index_count].name)
        t->index_count++;
    t->indexes = scope_array(e->scope, t->index_count, sizeof *t->indexes);
    for (size_t i = 0; i < t->index_count; i++) {
        struct index *index = &t->indexes[i];
        struct str name = str_format(e->scope, "%s_%s", t->def->name, t->def->indexes[i].name);
        index->def = &t->def->indexes[i];
        index->owner = (struct owner){(unsigned)e->owner_count++, str_z(e->scope, name)};
        if (index->def->steady && t->def->arrival)
            index->runs = runs_new(t, index, e->options.run_rows);
    }
}

// The slots are tables of their own, plain and of the same definition.
static void declare_hours(struct embedded *e, struct table *t)
{
    size_t count = hours_slots(t->def);

    t->slots = scope_array(e->scope, count, sizeof *t->slots);
    for (size_t i = 0; i < count; i++) {
        struct str name = str_format(e->scope, "%s_%zu", t->def->name, i);
        t->slots[i].def = t->def;
        t->slots[i].owner = (struct owner){(unsigned)e->owner_count++, str_z(e->scope, name)};
    }
    t->hours = hours_new(e->store.world, t->def, t->slots);
}

static void declare_tables(struct embedded *e, const struct store_schema *schema)
{
    size_t declared = 0;

    while (schema->tables && schema->tables[declared])
        declared++;
    e->tables = scope_array(e->scope, declared + 1, sizeof *e->tables);
    for (size_t i = 0; i < declared + 1; i++) {
        struct table *t = &e->tables[i];
        t->def = i < declared ? schema->tables[i] : &blob_catalogue;
        t->owner = (struct owner){(unsigned)e->owner_count++, t->def->name};
        declare_indexes(e, t);
        if (t->def->keep_s > 0)
            declare_hours(e, t);
    }
    e->table_count = declared + 1;
}

static void declare_queues(struct embedded *e, const struct store_schema *schema)
{
    size_t count = 0;

    while (schema->queues && schema->queues[count])
        count++;
    e->queues = scope_array(e->scope, count, sizeof *e->queues);
    for (size_t i = 0; i < count; i++) {
        struct queue *q = &e->queues[i];
        q->def = schema->queues[i];
        q->owner = (struct owner){(unsigned)e->owner_count++, q->def->name};
        mailbox_init(&q->box);
    }
    e->queue_count = count;
}

static struct str path_in(struct embedded *e, const char *name)
{
    return str_concat(e->scope, 3, e->options.directory, str("/"), str(name));
}

static enum status make_folders(struct scope *s, struct embedded *e)
{
    struct world *w = e->store.world;

    TRY(directory_make(s, w, e->options.directory));
    TRY(directory_sync(s, w, path_folder(e->options.directory)));
    TRY(directory_make(s, w, path_in(e, "blobs")));
    TRY(directory_make(s, w, path_in(e, "keys")));
    return directory_sync(s, w, e->options.directory);
}

static enum status lock_folder(struct scope *s, struct embedded *e)
{
    TRY(file_open(s, e->store.world, path_in(e, "lock"), FILE_OPEN_ALWAYS, &e->lock));
    if (file_lock(s, e->lock) == OK)
        return OK;
    return fail(s, BUSY, "the data folder %.*s is in use by another process",
                STR(e->options.directory));
}

static enum status start_keeper(struct scope *s, struct embedded *e)
{
    struct session_options options = e->readers.options;
    struct session *session = NULL;

    options.writer = true;
    TRY(session_open(s, &options, &session));
    e->keeper = keeper_start(e, session);
    return OK;
}

static enum status open_with(struct scope *s, struct embedded *e, struct session *session)
{
    TRY(schema_open(s, e, session));
    TRY(directory_sync(s, e->store.world, e->options.directory));
    TRY(keys_open(s, e, session, &e->sealer));
    TRY(dictionaries_open(s, e, session));
    TRY(queues_open(s, e, session));
    TRY(journal_open(s, e, session));
    TRY(start_keeper(s, e));
    writer_start(e, session);
    keeper_sort(e->keeper); // what was found at the start and is enough for a run
    return OK;
}

// SQLite would make the file readable by others.
static enum status make_database(struct scope *s, struct embedded *e)
{
    struct file *f = NULL;

    TRY(file_open(s, e->store.world, str(e->path), FILE_OPEN_ALWAYS, &f));
    file_close(f);
    return OK;
}

static enum status open_database(struct scope *s, struct embedded *e)
{
    const struct embedded_options *o = &e->options;
    struct session_options options = {
        .path = e->path,
        .vfs = vfs_name(e->vfs),
        .owner_count = e->owner_count,
        .page_cache_bytes = o->page_cache_bytes ? o->page_cache_bytes : PAGES_BYTES_DEFAULT,
        .writer = true,
    };
    struct session *session = NULL;

    TRY(session_open(s, &options, &session));
    options.writer = false;
    options.page_cache_bytes = READER_PAGES_BYTES;
    sessions_init(&e->readers, &options);
    enum status status = open_with(s, e, session);
    if (status != OK)
        session_close(session);
    return status;
}

static struct embedded *embedded_new(struct world *w, const struct embedded_options *options)
{
    struct embedded *e = heap_new(struct embedded);

    e->store = (struct store){&embedded_ops, w, options->schema};
    e->scope = scope_open(SCOPE_BYTES_MAX);
    e->options = *options;
    e->options.directory = str_copy(e->scope, options->directory);
    e->options.master_key = NULL;
    e->options.master_key_path = str_copy(e->scope, options->master_key_path);
    e->path = str_z(e->scope, path_in(e, "sheaf.db"));
    e->vfs = w == world_real() ? NULL : vfs_new(w);
    e->owner_count = 1; // number 0 is the store's
    e->cache =
        cache_new(options->record_cache_bytes ? options->record_cache_bytes : CACHE_BYTES_DEFAULT);
    e->blobs = blobs_new(&e->store, e->options.directory);
    declare_tables(e, options->schema);
    declare_queues(e, options->schema);
    return e;
}

static enum status open_folder(struct scope *s, struct embedded *e)
{
    TRY(make_folders(s, e));
    TRY(lock_folder(s, e));
    TRY(make_database(s, e));
    return open_database(s, e);
}

enum status embedded_open(struct scope *s, struct world *w, const struct embedded_options *options,
                          struct store **out)
{
    struct embedded *e = embedded_new(w, options);

    e->options.master_key = options->master_key;
    enum status status = open_folder(s, e);
    e->options.master_key = NULL; // the caller's, and not to be kept
    if (status != OK) {
        release(e);
        return status;
    }
    *out = &e->store;
    return OK;
}
