// The simulated world: its clock, what a power cut may do and what it may not, faults, and that it
// behaves as the real disk does.
#include "sys/sim.h"

#include "core/chance.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

#include "test/harness.h"

#include <stdio.h>

enum { SEEDS = 64 };

static struct str content_of(struct scope *s, struct world *w, const char *path)
{
    struct str content = {0};

    if (file_read_whole(s, w, str(path), 1 << 20, &content) != OK)
        return str("(none)");
    return content;
}

static struct file *open_file(struct scope *s, struct world *w, const char *path)
{
    struct file *f = NULL;

    EXPECT_OK(file_open(s, w, str(path), FILE_OPEN_ALWAYS, &f));
    return f;
}

// A file whose name and content are durable.
static struct file *durable_file(struct scope *s, struct world *w, const char *path,
                                 const char *content)
{
    EXPECT_OK(file_write_whole(s, w, str(path), str(content)));
    return open_file(s, w, path);
}

TEST(the_simulated_clock_moves_only_by_hand)
{
    struct world *w = sim_new(1);

    EXPECT_EQUAL(world_now_us(w), 1767225600000000);
    int64_t before = world_monotonic_us(w);
    sim_advance_us(w, 1500);
    EXPECT_EQUAL(world_now_us(w), 1767225600001500);
    EXPECT_EQUAL(world_monotonic_us(w) - before, 1500);
    sim_free(w);
}

TEST(a_simulated_world_repeats_itself_with_its_seed)
{
    struct world *a = sim_new(5);
    struct world *b = sim_new(5);
    struct world *c = sim_new(6);
    struct str id = world_uuid(a, s);

    EXPECT(str_equal(id, world_uuid(b, s)));
    EXPECT(!str_equal(id, world_uuid(c, s)));
    EXPECT(str_compare(id, world_uuid(a, s)) < 0);
    sim_free(a);
    sim_free(b);
    sim_free(c);
}

// How often, over many seeds, a power cut left each of the outcomes; anything else fails the test.
struct outcome {
    const char *content;
    int times;
};

static void count_outcome(struct outcome *outcomes, size_t count, struct str content)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(content, outcomes[i].content)) {
            outcomes[i].times++;
            return;
        }
    }
    EXPECT_STR(content, "one of the outcomes");
}

static void expect_all(const struct outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT(outcomes[i].times > 0);
}

TEST(an_unflushed_write_is_kept_or_lost)
{
    struct outcome outcomes[] = {{"old", 0}, {"new", 0}};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        struct file *f = durable_file(s, w, "a", "old");
        EXPECT_OK(file_write_at(s, f, 0, str("new")));
        EXPECT_STR(content_of(s, w, "a"), "new");
        sim_power_cut(w);
        count_outcome(outcomes, 2, content_of(s, w, "a"));
        file_close(f);
        sim_free(w);
    }
    expect_all(outcomes, 2);
}

TEST(unflushed_writes_and_truncations_are_kept_or_lost_each_by_itself)
{
    struct outcome outcomes[] = {{"1234", 0}, {"12", 0}, {"AB34", 0}, {"AB", 0},
                                 {"C234", 0}, {"C2", 0}, {"CB34", 0}, {"CB", 0}};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        struct file *f = durable_file(s, w, "a", "1234");
        EXPECT_OK(file_write_at(s, f, 0, str("AB")));
        EXPECT_OK(file_truncate(s, f, 2));
        EXPECT_OK(file_write_at(s, f, 0, str("C")));
        EXPECT_STR(content_of(s, w, "a"), "CB");
        sim_power_cut(w);
        count_outcome(outcomes, 8, content_of(s, w, "a"));
        file_close(f);
        sim_free(w);
    }
    expect_all(outcomes, 8);
}

TEST(a_large_write_is_torn_between_sectors_only)
{
    enum { SECTORS = 8, SECTOR = 512 };
    char old[SECTORS * SECTOR];
    char new[SECTORS * SECTOR];
    bool torn = false;

    memset(old, 'o', sizeof old);
    memset(new, 'n', sizeof new);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        EXPECT_OK(file_write_whole(s, w, str("a"), str_of(old, sizeof old)));
        struct file *f = open_file(s, w, "a");
        EXPECT_OK(file_write_at(s, f, 0, str_of(new, sizeof new)));
        sim_power_cut(w);
        struct str after = content_of(s, w, "a");
        REQUIRE(after.bytes == sizeof old);
        for (size_t i = 0; i < SECTORS; i++) {
            struct str sector = str_slice(after, i * SECTOR, SECTOR);
            EXPECT(str_equal(sector, str_of(old, SECTOR)) ||
                   str_equal(sector, str_of(new, SECTOR)));
            torn |= sector.data[0] != after.data[0];
        }
        file_close(f);
        sim_free(w);
    }
    EXPECT(torn);
}

TEST(a_flush_makes_bytes_and_length_durable_but_not_the_name)
{
    struct outcome outcomes[] = {{"(none)", 0}, {"whole", 0}};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        struct file *f = open_file(s, w, "a");
        EXPECT_OK(file_write_at(s, f, 0, str("whole and more")));
        EXPECT_OK(file_truncate(s, f, 5));
        EXPECT_OK(file_sync(s, f));
        sim_power_cut(w);
        count_outcome(outcomes, 2, content_of(s, w, "a"));
        file_close(f);
        sim_free(w);
    }
    expect_all(outcomes, 2);
}

TEST(a_durable_name_says_nothing_about_the_bytes)
{
    struct outcome outcomes[] = {{"", 0}, {"bytes", 0}};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        struct file *f = open_file(s, w, "a");
        EXPECT_OK(directory_sync(s, w, str(".")));
        EXPECT_OK(file_write_at(s, f, 0, str("bytes")));
        sim_power_cut(w);
        struct str after = content_of(s, w, "a");
        if (!str_equal(after, str_of("\0\0\0\0\0", 5))) // longer, but the sector was lost
            count_outcome(outcomes, 2, after);
        file_close(f);
        sim_free(w);
    }
    expect_all(outcomes, 2);
}

TEST(a_rename_leaves_the_old_name_the_new_one_or_both_until_its_folder_is_flushed)
{
    int counts[2][2] = {0};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        EXPECT_OK(directory_make(s, w, str("d")));
        EXPECT_OK(directory_sync(s, w, str(".")));
        file_close(durable_file(s, w, "a", "content"));
        EXPECT_OK(path_rename(s, w, str("a"), str("d/b")));
        EXPECT(!path_exists(w, str("a")));
        if (seed % 2) // a durable end of the old name means a durable new one
            EXPECT_OK(directory_sync(s, w, str(seed % 4 == 1 ? "d" : ".")));
        sim_power_cut(w);
        bool old = path_exists(w, str("a"));
        bool new = path_exists(w, str("d/b"));
        EXPECT(old || new);
        EXPECT(seed % 4 != 1 || new);
        EXPECT(seed % 4 != 3 || (new && !old));
        EXPECT_STR(content_of(s, w, new ? "d/b" : "a"), "content");
        counts[old][new] += seed % 2 == 0;
        sim_free(w);
    }
    EXPECT(counts[1][0] > 0 && counts[0][1] > 0 && counts[1][1] > 0);
}

TEST(a_removed_file_may_come_back_until_its_folder_is_flushed)
{
    struct outcome outcomes[] = {{"(none)", 0}, {"content", 0}};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        file_close(durable_file(s, w, "a", "content"));
        file_close(durable_file(s, w, "b", "content"));
        EXPECT_OK(path_remove(s, w, str("b")));
        EXPECT_OK(directory_sync(s, w, str(".")));
        EXPECT_OK(path_remove(s, w, str("a")));
        sim_power_cut(w);
        count_outcome(outcomes, 2, content_of(s, w, "a"));
        EXPECT(!path_exists(w, str("b")));
        sim_free(w);
    }
    expect_all(outcomes, 2);
}

TEST(a_removed_folder_never_takes_a_file_with_it_whose_move_was_lost)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world *w = sim_new(seed);
        EXPECT_OK(directory_make(s, w, str("d")));
        EXPECT_OK(directory_sync(s, w, str(".")));
        file_close(durable_file(s, w, "d/a", "content"));
        EXPECT_OK(path_rename(s, w, str("d/a"), str("a")));
        EXPECT_OK(directory_remove(s, w, str("d")));
        sim_power_cut(w);
        EXPECT(path_exists(w, str("a")) || path_exists(w, str("d/a")));
        sim_free(w);
    }
}

TEST(a_killed_process_loses_its_open_files_and_locks_and_the_disk_nothing)
{
    struct world *w = sim_new(3);
    struct file *f = open_file(s, w, "a");
    struct file *again = NULL;

    EXPECT_OK(file_lock(s, f));
    EXPECT_OK(file_write_at(s, f, 0, str("written")));
    sim_kill(w);
    EXPECT(file_write_at(s, f, 0, str("late")) == INTERNAL);
    EXPECT(file_sync(s, f) == INTERNAL);
    again = open_file(s, w, "a");
    EXPECT_OK(file_lock(s, again));
    EXPECT_STR(content_of(s, w, "a"), "written");
    file_close(f);
    file_close(again);
    sim_free(w);
}

TEST(a_fault_strikes_the_nth_operation_and_only_that)
{
    struct world *w = sim_new(4);
    struct file *f = open_file(s, w, "a");
    uint64_t before = sim_operations(w);

    sim_fail_nth(w, 2);
    EXPECT_OK(file_write_at(s, f, 0, str("one")));
    EXPECT(file_sync(s, f) == TEMPORARY);
    EXPECT_STR(scope_why(s), "cannot flush a: Input/output error");
    EXPECT_OK(file_sync(s, f));
    EXPECT(sim_mend(w));
    EXPECT(!sim_mend(w));
    EXPECT_EQUAL(sim_operations(w) - before, 3);
    file_close(f);
    sim_free(w);
}

TEST(a_halted_program_does_nothing_more_until_it_starts_again)
{
    struct world *w = sim_new(4);
    struct file *f = durable_file(s, w, "a", "old");

    sim_halt_nth(w, 1);
    EXPECT(file_truncate(s, f, 0) == TEMPORARY);
    EXPECT(file_write_at(s, f, 0, str("new")) == INTERNAL);
    EXPECT(path_remove(s, w, str("a")) == INTERNAL);
    EXPECT(path_exists(w, str("nothing"))); // for all that it knows
    sim_kill(w);
    EXPECT(sim_mend(w));
    EXPECT_STR(content_of(s, w, "a"), "old");
    file_close(f);
    sim_free(w);
}

struct writer {
    struct world *world;
    struct str path;
};

static void write_often(void *argument)
{
    const struct writer *writer = argument;
    struct scope *s = scope_open(1 << 20);

    for (int i = 0; i < 50; i++)
        EXPECT_OK(file_write_whole(s, writer->world, writer->path, writer->path));
    scope_close(s);
}

TEST(several_threads_may_use_a_simulated_world_at_once)
{
    struct world *w = sim_new(1);
    struct writer writers[] = {{w, str("a")}, {w, str("b")}, {w, str("c")}};
    struct thread *threads[3];

    for (size_t i = 0; i < 3; i++)
        threads[i] = thread_start("writer", write_often, &writers[i]);
    for (size_t i = 0; i < 3; i++)
        thread_join(threads[i]);
    sim_power_cut(w);
    for (size_t i = 0; i < 3; i++)
        EXPECT(str_equal(content_of(s, w, writers[i].path.data), writers[i].path));
    sim_free(w);
}

// What a random operation did, in one world.
struct deed {
    enum status status;
    struct str content;
};

static struct str pick_path(struct scope *s, struct chance *c, struct str folder)
{
    static const char *const paths[] = {"a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "a/x"};

    return str_format(s, "%.*s/%s", STR(folder), paths[chance_below(c, 8)]);
}

static struct str listing(struct scope *s, struct world *w, struct str path)
{
    struct str *names = NULL;
    size_t count = 0;
    struct str all = {0};

    if (directory_list(s, w, path, &names, &count) != OK)
        return str("(none)");
    for (size_t i = 0; i < count; i++)
        all = str_concat(s, 3, all, names[i], str(" "));
    return all;
}

static enum status edit(struct scope *s, struct world *w, struct str path, struct chance *c)
{
    struct file *f = NULL;
    enum status e = file_open(s, w, path, (enum file_mode)(1 + chance_below(c, 3)), &f);
    uint64_t offset = chance_below(c, 2000);
    char bytes[700];

    memset(bytes, (int)('a' + chance_below(c, 26)), sizeof bytes);
    size_t length = (size_t)chance_below(c, sizeof bytes);
    bool truncates = chance_coin(c);
    if (e == OK)
        e = truncates ? file_truncate(s, f, offset)
                      : file_write_at(s, f, offset, str_of(bytes, length));
    file_close(f);
    return e;
}

static struct deed random_deed(struct scope *s, struct world *w, struct str folder,
                               struct chance *c)
{
    struct str path = pick_path(s, c, folder);
    struct str other = pick_path(s, c, folder);
    struct deed deed = {.content = {0}};

    switch (chance_below(c, 7)) {
    case 0:
        deed.status = directory_make(s, w, path);
        break;
    case 1:
        deed.status = path_remove(s, w, path);
        break;
    case 2:
        deed.status = directory_remove(s, w, path);
        break;
    case 3:
        deed.status = path_rename(s, w, path, other);
        break;
    case 4:
        deed.status = file_read_whole(s, w, path, 10000, &deed.content);
        break;
    default:
        deed.status = edit(s, w, path, c);
        break;
    }
    if (deed.status != OK)
        deed.content = str_copy(s, scope_why(s)); // the listings below may fail too
    deed.content = str_concat(s, 3, deed.content, listing(s, w, folder), listing(s, w, path));
    return deed;
}

// The same random operations on the real disk and on a simulated one end alike, to the word.
TEST(the_simulated_disk_behaves_as_the_real_one)
{
    struct str folder = test_directory(s);
    struct world *w = sim_new(0);
    struct chance here = chance_seeded(11);
    struct chance there = here;

    EXPECT_OK(directory_make(s, w, path_folder(folder)));
    EXPECT_OK(directory_make(s, w, folder));
    for (int i = 0; i < 3000; i++) {
        struct scope *step = scope_open(1 << 20);
        struct deed real = random_deed(step, world_real(), folder, &here);
        struct deed simulated = random_deed(step, w, folder, &there);
        bool same = real.status == simulated.status && str_equal(real.content, simulated.content);
        EXPECT(same);
        if (!same) {
            (void)fprintf(stderr, "step %d: real %s %.*s\nsimulated %s %.*s\n", i,
                          status_name(real.status), STR(real.content),
                          status_name(simulated.status), STR(simulated.content));
        }
        scope_close(step);
        REQUIRE(same);
    }
    sim_free(w);
}
