// What lies in blobs/: only ciphertext, one file a blob, and nothing for long that no record names.
// That blobs read back as they were put, test/contract/ shows.
#include "store/embedded/blobs.h"

#include "core/scope.h"
#include "store/embedded/embedded.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { SHARDS = 256, US_PER_S = 1000000 };

static const struct bucket_def files = {.name = "files"};
static const struct store_schema schema = {
    .buckets = (const struct bucket_def *const[]){&files, NULL},
};

struct folder {
    struct world *world;
    struct store *store;
};

static struct folder folder_open(struct scope *s)
{
    struct embedded_options options = {.directory = str("data"), .schema = &schema};
    struct folder f = {sim_new(1), NULL};

    EXPECT_OK(embedded_open(s, f.world, &options, &f.store));
    return f;
}

static void folder_close(struct folder *f)
{
    store_close(f->store);
    sim_free(f->world);
}

// Returns the paths of all files in blobs/.
static struct str *find_files(struct scope *s, struct folder *f, size_t *count)
{
    enum { ROOM = 100 };
    struct str *found = scope_array(s, ROOM, sizeof *found);

    *count = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct str *names = NULL;
        size_t in_shard = 0;
        struct str shard = str_format(s, "data/blobs/%02x", i);
        if (!path_exists(f->world, shard))
            continue;
        EXPECT_OK(directory_list(s, f->world, shard, &names, &in_shard));
        for (size_t j = 0; j < in_shard && *count < ROOM; j++)
            found[(*count)++] = str_concat(s, 3, shard, str("/"), names[j]);
    }
    return found;
}

static size_t count_files(struct scope *s, struct folder *f)
{
    size_t count = 0;

    (void)find_files(s, f, &count);
    return count;
}

static enum status put(struct scope *s, struct folder *f, const char *key, struct str data)
{
    return blob_put(s, f->store, &files, str(key), data, NULL, NULL);
}

static void sweep_all(struct scope *s, struct folder *f)
{
    for (int i = 0; i < SHARDS; i++)
        (void)store_tend(s, f->store);
}

TEST(a_file_of_a_blob_shows_nothing_of_it)
{
    struct folder f = folder_open(s);
    struct str content = {0};
    size_t count = 0;
    EXPECT_OK(put(s, &f, "secret-key-name", str("the plain text of a document")));

    struct str *paths = find_files(s, &f, &count);

    EXPECT_EQUAL(count, 1);
    EXPECT_OK(file_read_whole(s, f.world, paths[0], 1 << 20, &content));
    EXPECT(str_find(content, str("plain")) == content.bytes);
    EXPECT(str_find(paths[0], str("secret")) == paths[0].bytes);
    folder_close(&f);
}

TEST(a_blob_that_is_replaced_or_removed_leaves_no_file)
{
    struct folder f = folder_open(s);
    struct store_stats stats;
    EXPECT_OK(put(s, &f, "k", str("first")));
    EXPECT_OK(put(s, &f, "k", str("second")));
    EXPECT_EQUAL(count_files(s, &f), 1);
    store_stats(f.store, &stats);
    EXPECT(stats.blob_bytes > 6 && stats.blob_bytes < 100);

    EXPECT_OK(blob_remove(s, f.store, &files, str("k")));

    EXPECT_EQUAL(count_files(s, &f), 0);
    store_stats(f.store, &stats);
    EXPECT_EQUAL(stats.blob_bytes, 0);
    folder_close(&f);
}

TEST(a_blob_refused_as_not_absent_leaves_no_file)
{
    struct folder f = folder_open(s);
    struct blob_options once = {.if_absent = true};
    EXPECT_OK(put(s, &f, "k", str("first")));

    EXPECT_EQUAL(blob_put(s, f.store, &files, str("k"), str("x"), &once, NULL), CONFLICT);

    EXPECT_EQUAL(count_files(s, &f), 1);
    folder_close(&f);
}

TEST(files_that_no_record_names_are_swept_after_the_grace)
{
    struct folder f = folder_open(s);
    struct blob_writer *w = NULL;
    EXPECT_OK(put(s, &f, "named", str("x")));
    EXPECT_OK(directory_make(s, f.world, str("data/blobs/aa")));
    EXPECT_OK(file_write_whole(s, f.world, str("data/blobs/aa/019b7a5d0000700000000000000000aa"),
                               str("x")));
    EXPECT_OK(file_write_whole(s, f.world, str("data/blobs/aa/of-somebody-else"), str("x")));
    sweep_all(s, &f);
    EXPECT_EQUAL(count_files(s, &f), 3); // too young

    struct scope *inner = scope_open(1 << 20);
    EXPECT_OK(blob_create(inner, f.store, &files, str("slow"), NULL, &w));
    sim_advance_us(f.world, ((int64_t)BLOB_GRACE_S + 1) * US_PER_S);
    sweep_all(s, &f);

    EXPECT(!path_exists(f.world, str("data/blobs/aa/019b7a5d0000700000000000000000aa")));
    EXPECT(path_exists(f.world, str("data/blobs/aa/of-somebody-else")));
    EXPECT_OK(blob_append(inner, w, str("still here")));
    EXPECT_OK(blob_finish(inner, w, NULL));
    scope_close(inner);
    struct str content = {0};
    EXPECT_OK(blob_get(s, f.store, &files, str("slow"), 0, 100, &content));
    EXPECT_STR(content, "still here");
    EXPECT_OK(blob_get(s, f.store, &files, str("named"), 0, 100, &content));
    folder_close(&f);
}

TEST(what_a_backup_needs_is_not_removed_while_it_holds)
{
    struct folder f = folder_open(s);
    EXPECT_OK(put(s, &f, "k", str("first")));
    blobs_hold(blobs_of(f.store));
    EXPECT_OK(put(s, &f, "k", str("second")));
    EXPECT_EQUAL(count_files(s, &f), 2);
    blobs_release(blobs_of(f.store));

    sim_advance_us(f.world, ((int64_t)BLOB_GRACE_S + 1) * US_PER_S);
    sweep_all(s, &f);

    EXPECT_EQUAL(count_files(s, &f), 1);
    folder_close(&f);
}

TEST(a_blob_whose_file_is_gone_or_cut_is_corrupt)
{
    struct folder f = folder_open(s);
    struct str content = {0};
    struct file *file = NULL;
    size_t count = 0;
    EXPECT_OK(put(s, &f, "k", str("content")));
    struct str *paths = find_files(s, &f, &count);
    EXPECT_OK(file_open(s, f.world, paths[0], FILE_EDIT, &file));
    EXPECT_OK(file_truncate(s, file, 30));
    file_close(file);
    EXPECT_EQUAL(blob_get(s, f.store, &files, str("k"), 0, 100, &content), CORRUPT);

    EXPECT_OK(path_remove(s, f.world, paths[0]));

    EXPECT_EQUAL(blob_get(s, f.store, &files, str("k"), 0, 100, &content), CORRUPT);
    folder_close(&f);
}
