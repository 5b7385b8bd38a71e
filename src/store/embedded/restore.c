// A data folder of a backup. It is made under another name beside its own, and gets its own when
// all is there: a restore that was interrupted leaves nothing that could be taken for a data
// folder.
#include "core/scope.h"
#include "store/embedded/copy.h"
#include "store/embedded/embedded.h"
#include "store/embedded/manifest.h"
#include "sys/file.h"

struct restore {
    struct world *world;
    struct str backup;
    struct str folder; // its other name
    uint64_t blobs;
    bool has_database;
};

enum { FILE_SCOPE_BYTES_MAX = 8 << 20, RESTORE_SCOPE_BYTES_MAX = 1 << 30 };

static struct str path_in(struct scope *s, struct str folder, struct str name)
{
    return str_concat(s, 3, folder, str("/"), name);
}

// The target must be new, or an empty folder, which is removed.
static enum status clear_target(struct scope *s, struct world *w, struct str target)
{
    struct str *names = NULL;
    size_t count = 0;
    enum status e = directory_list(s, w, target, &names, &count);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    if (count > 0)
        return fail(s, CONFLICT, "%.*s is not empty", STR(target));
    return directory_remove(s, w, target);
}

static void remove_tree(struct scope *s, struct world *w, struct str path)
{
    struct str *names = NULL;
    size_t count = 0;

    if (directory_list(s, w, path, &names, &count) != OK)
        return;
    for (size_t i = 0; i < count; i++) {
        struct str inner = path_in(s, path, names[i]);
        if (path_remove(s, w, inner) != OK)
            remove_tree(s, w, inner);
    }
    (void)directory_remove(s, w, path);
}

static enum status restore_file(struct scope *s, struct restore *r, struct str path,
                                const uint8_t wanted[MANIFEST_DIGEST_BYTES])
{
    struct str to = path_in(s, r->folder, path);
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    TRY(directory_make(s, r->world, path_folder(path_folder(to))));
    TRY(directory_make(s, r->world, path_folder(to)));
    enum status e = copy_file(s, r->world, path_in(s, r->backup, path), to, NULL, digest);
    if (e == NOT_FOUND)
        return fail(s, CORRUPT, "the backup lacks %.*s", STR(path));
    TRY(e);
    if (memcmp(digest, wanted, sizeof digest) != 0)
        return fail(s, CORRUPT, "%.*s in the backup is not what was written", STR(path));
    r->blobs += str_starts(path, str("blobs/"));
    r->has_database |= str_is(path, "sheaf.db");
    return OK;
}

static enum status restore_files(struct scope *s, struct restore *r)
{
    struct sums_reader *sums = NULL;
    struct scope *each = scope_open(FILE_SCOPE_BYTES_MAX);
    enum status e = sums_open(s, r->world, r->backup, &sums);
    bool got = true;

    while (e == OK && got) {
        struct str path = {0};
        uint8_t digest[MANIFEST_DIGEST_BYTES];
        e = sums_next(each, sums, &path, digest, &got);
        if (e == OK && got)
            e = restore_file(each, r, path, digest);
        if (e != OK)
            e = fail(s, e, "%.*s", STR(scope_why(each)));
        scope_reset(each);
    }
    scope_close(each);
    return e;
}

// Flushes the names in the folders of a folder, and in itself.
static enum status flush_folders(struct scope *s, struct world *w, struct str folder)
{
    struct str *names = NULL;
    size_t count = 0;

    TRY(directory_list(s, w, folder, &names, &count));
    for (size_t i = 0; i < count; i++)
        TRY(directory_sync(s, w, path_in(s, folder, names[i])));
    return directory_sync(s, w, folder);
}

static enum status restore_all(struct scope *s, struct restore *r, const struct manifest *m)
{
    struct str blobs = path_in(s, r->folder, str("blobs"));

    TRY(directory_make(s, r->world, r->folder));
    TRY(directory_make(s, r->world, blobs));
    TRY(restore_files(s, r));
    if (r->blobs != m->blobs || !r->has_database)
        return fail(s, CORRUPT, "the backup has %llu blobs, and should have %llu",
                    (unsigned long long)r->blobs, (unsigned long long)m->blobs);
    TRY(flush_folders(s, r->world, blobs));
    struct str keys = path_in(s, r->folder, str("keys"));
    TRY(directory_make(s, r->world, keys));
    TRY(directory_sync(s, r->world, keys));
    return directory_sync(s, r->world, r->folder);
}

static enum status restore(struct scope *s, struct world *w, struct str backup, struct str target)
{
    struct restore r = {
        .world = w,
        .backup = backup,
        .folder = str_concat(s, 2, target, str(".restoring")),
    };
    struct manifest m;

    TRY(manifest_read(s, w, backup, &m));
    TRY(clear_target(s, w, target));
    remove_tree(s, w, r.folder); // of a restore that was interrupted
    enum status e = restore_all(s, &r, &m);
    if (e == OK)
        e = path_rename(s, w, r.folder, target);
    if (e == OK)
        return directory_sync(s, w, path_folder(target));
    struct scope *inner = scope_open(FILE_SCOPE_BYTES_MAX); // keeps the sentence of `s`
    remove_tree(inner, w, r.folder);
    scope_close(inner);
    return e;
}

enum status embedded_restore(struct scope *s, struct world *w, struct str backup,
                             struct str directory)
{
    struct scope *inner = scope_open(RESTORE_SCOPE_BYTES_MAX); // closes what was opened
    enum status e = restore(inner, w, backup, directory);

    if (e != OK)
        e = fail(s, e, "%.*s", STR(scope_why(inner)));
    scope_close(inner);
    return e;
}
