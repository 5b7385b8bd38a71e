// A backup made while the store is written to holds what was answered before it began, and of
// everything else all or nothing; what is damaged is not restored.
#include "core/scope.h"
#include "store/embedded/embedded.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/fault/life.h"
#include "test/harness.h"

static void live_beside(void *l)
{
    life_live(l, 60);
}

// What was sure stays so; what was not may be in the backup by now.
static void expect_at_least(struct life *now, const struct life *before)
{
    for (size_t i = 0; i < now->item_count; i++) {
        bool is_old = i < before->item_count;
        if (!is_old && now->made[i] == FATE_SURE)
            now->made[i] = FATE_MAYBE;
        if (!is_old || before->settled[i] != FATE_SURE)
            now->settled[i] = FATE_MAYBE;
    }
    for (size_t i = before->blob_count; i < now->blob_count; i++)
        now->blobs[i] = FATE_MAYBE;
}

static enum status back_up(struct scope *s, struct life *l, const char *directory, bool with_keys)
{
    struct embedded_backup_options options = {.directory = str(directory), .with_keys = with_keys};

    return embedded_backup(s, l->store, &options);
}

static void back_up_and_restore(uint64_t seed)
{
    struct scope *s = scope_open(1 << 24);
    struct world *w = sim_new(seed);
    struct life l;
    life_init(&l, w, seed);
    EXPECT_OK(life_open(s, &l));
    life_live(&l, 30);
    struct life before = l;

    struct thread *beside = thread_start("beside", live_beside, &l);
    EXPECT_OK(back_up(s, &l, "copy", true));
    thread_join(beside);
    life_close(&l);
    EXPECT_OK(embedded_restore(s, w, str("copy"), str("restored")));

    expect_at_least(&l, &before);
    l.directory = "restored";
    life_verify(&l);
    life_live(&l, 10); // and it goes on
    life_verify(&l);
    life_fini(&l);
    sim_free(w);
    scope_close(s);
}

TEST(a_backup_under_load_is_whole_and_can_be_restored)
{
    for (uint64_t seed = 1; seed <= 5 && !test_failed(); seed++)
        back_up_and_restore(seed);
}

struct kept {
    struct world *world;
    struct life life;
};

// A store with a life behind it and its backup "copy".
static void keep_backup(struct scope *s, struct kept *k, bool with_keys)
{
    k->world = sim_new(1);
    life_init(&k->life, k->world, 1);
    EXPECT_OK(life_open(s, &k->life));
    life_live(&k->life, 40);
    EXPECT_OK(back_up(s, &k->life, "copy", with_keys));
    life_close(&k->life);
}

static void drop_backup(struct kept *k)
{
    life_fini(&k->life);
    sim_free(k->world);
}

TEST(a_backup_has_the_key_only_when_asked_for)
{
    struct kept k;
    struct str key = {0};
    keep_backup(s, &k, false);
    EXPECT(!path_exists(k.world, str("copy/keys")));
    EXPECT_OK(embedded_restore(s, k.world, str("copy"), str("restored")));
    k.life.directory = "restored";
    EXPECT_EQUAL(life_open(s, &k.life), NOT_FOUND);

    EXPECT_OK(file_read_whole(s, k.world, str("data/keys/master.key"), 1000, &key));
    EXPECT_OK(file_write_whole(s, k.world, str("restored/keys/master.key"), key));
    life_verify(&k.life);
    drop_backup(&k);
}

TEST(a_backup_wants_a_new_folder_and_so_does_a_restore)
{
    struct kept k;
    keep_backup(s, &k, true);
    EXPECT_OK(life_open(s, &k.life));
    EXPECT_EQUAL(back_up(s, &k.life, "copy", true), CONFLICT);
    life_close(&k.life);
    EXPECT_EQUAL(embedded_restore(s, k.world, str("copy"), str("data")), CONFLICT);
    EXPECT_EQUAL(embedded_restore(s, k.world, str("nowhere"), str("restored")), NOT_FOUND);

    EXPECT_OK(directory_make(s, k.world, str("restored")));
    EXPECT_OK(embedded_restore(s, k.world, str("copy"), str("restored")));
    drop_backup(&k);
}

// Changes one byte somewhere in the file, or appends one.
static void damage(struct scope *s, struct world *w, struct str path)
{
    struct file *f = NULL;
    uint64_t bytes = 0;
    char c = 0;
    size_t got = 0;

    EXPECT_OK(file_open(s, w, path, FILE_EDIT, &f));
    EXPECT_OK(file_bytes(s, f, &bytes));
    EXPECT_OK(file_read_at(s, f, bytes / 2, &c, 1, &got));
    c ^= 1;
    EXPECT_OK(file_write_at(s, f, bytes / 2, str_of(&c, 1)));
    file_close(f);
}

static struct str any_blob(struct scope *s, struct world *w)
{
    struct str *shards = NULL;
    struct str *names = NULL;
    size_t count = 0;

    EXPECT_OK(directory_list(s, w, str("copy/blobs"), &shards, &count));
    struct str folder = str_concat(s, 2, str("copy/blobs/"), shards[0]);
    EXPECT_OK(directory_list(s, w, folder, &names, &count));
    return str_concat(s, 3, folder, str("/"), names[0]);
}

TEST(a_damaged_backup_is_not_restored_and_leaves_nothing)
{
    static const char *const files[] = {"copy/sheaf.db", "copy/SHA256SUMS", "copy/keys/master.key",
                                        "blob"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct kept k;
        keep_backup(s, &k, true);
        damage(s, k.world, str_is(str(files[i]), "blob") ? any_blob(s, k.world) : str(files[i]));

        EXPECT_EQUAL(embedded_restore(s, k.world, str("copy"), str("restored")), CORRUPT);

        EXPECT(!path_exists(k.world, str("restored")));
        EXPECT(!path_exists(k.world, str("restored.restoring")));
        drop_backup(&k);
    }
}

TEST(a_backup_that_lacks_a_blob_is_not_restored)
{
    struct kept k;
    keep_backup(s, &k, true);
    EXPECT_OK(path_remove(s, k.world, any_blob(s, k.world)));

    EXPECT_EQUAL(embedded_restore(s, k.world, str("copy"), str("restored")), CORRUPT);
    drop_backup(&k);
}

TEST(a_backup_on_a_real_disk_has_what_it_should_and_nothing_more)
{
    static const char *const wanted[] = {"SHA256SUMS", "backup.json", "blobs", "keys", "sheaf.db"};
    struct str folder = test_directory(s);
    struct str copy = str_concat(s, 2, folder, str("/copy"));
    struct str *names = NULL;
    size_t count = 0;
    struct life l;
    life_init(&l, world_real(), 1);
    l.directory = str_z(s, str_concat(s, 2, folder, str("/data")));
    EXPECT_OK(life_open(s, &l));
    life_live(&l, 30);

    EXPECT_OK(back_up(s, &l, str_z(s, copy), true));

    EXPECT_OK(directory_list(s, world_real(), copy, &names, &count));
    EXPECT_EQUAL(count, 5);
    for (size_t i = 0; i < count && i < 5; i++)
        EXPECT_STR(names[i], wanted[i]);
    life_close(&l);
    l.directory = str_z(s, str_concat(s, 2, folder, str("/restored")));
    EXPECT_OK(embedded_restore(s, world_real(), copy, str(l.directory)));
    life_verify(&l);
    life_fini(&l);
}

// At any operation: the backup is there whole, or it is none.
TEST(a_backup_that_fails_on_its_way_is_no_backup)
{
    for (unsigned nth = 1;; nth += 7) {
        struct world *w = sim_new(nth);
        struct life l;
        life_init(&l, w, 1);
        EXPECT_OK(life_open(s, &l));
        life_live(&l, 20);
        sim_fail_nth(w, nth);
        enum status e = back_up(s, &l, "copy", true);
        bool struck = sim_mend(w);
        life_close(&l);
        sim_power_cut(w);

        enum status restored = embedded_restore(s, w, str("copy"), str("restored"));
        EXPECT_EQUAL(restored, e == OK ? OK : restored);
        if (restored == OK) {
            l.directory = "restored";
            life_verify(&l);
        }
        life_fini(&l);
        sim_free(w);
        if (!struck || test_failed())
            return;
    }
}
