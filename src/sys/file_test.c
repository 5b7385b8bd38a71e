// Files of the real world, in a folder that vanishes with the test.
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"

#include "test/harness.h"

static struct str in(struct scope *s, struct str folder, const char *name)
{
    return str_format(s, "%.*s/%s", STR(folder), name);
}

TEST(a_file_gives_back_what_was_written_where_it_was_written)
{
    struct world *w = world_real();
    struct str path = in(s, test_directory(s), "a");
    struct file *f = NULL;
    char back[16];
    size_t got = 0;
    uint64_t bytes = 0;

    REQUIRE_OK(file_open(s, w, path, FILE_CREATE, &f));
    EXPECT_OK(file_write_at(s, f, 3, str("hello")));
    EXPECT_OK(file_sync(s, f));
    EXPECT_OK(file_read_at(s, f, 0, back, sizeof back, &got));
    EXPECT(str_equal(str_of(back, got), str_of("\0\0\0hello", 8)));
    EXPECT_OK(file_truncate(s, f, 5));
    EXPECT_OK(file_sync(s, f));
    EXPECT_OK(file_bytes(s, f, &bytes));
    EXPECT_EQUAL(bytes, 5);
    EXPECT_OK(file_read_at(s, f, 4, back, sizeof back, &got));
    EXPECT_STR(str_of(back, got), "e");
    file_close(f);
}

TEST(opening_follows_the_mode)
{
    struct world *w = world_real();
    struct str path = in(s, test_directory(s), "a");
    struct file *f = NULL;

    EXPECT(file_open(s, w, path, FILE_READ, &f) == NOT_FOUND);
    EXPECT(file_open(s, w, path, FILE_EDIT, &f) == NOT_FOUND);
    REQUIRE_OK(file_open(s, w, path, FILE_OPEN_ALWAYS, &f));
    file_close(f);
    f = NULL;
    EXPECT(file_open(s, w, path, FILE_CREATE, &f) == CONFLICT);
    EXPECT(file_open(s, w, str_of("a\0b", 3), FILE_READ, &f) == INTERNAL);
    REQUIRE_OK(file_open(s, w, path, FILE_READ, &f));
    EXPECT(file_write_at(s, f, 0, str("x")) == INTERNAL);
    file_close(f);
}

TEST(a_locked_file_is_busy_for_the_next_who_opens_it)
{
    struct world *w = world_real();
    struct str path = in(s, test_directory(s), "lock");
    struct file *first = NULL;
    struct file *second = NULL;

    REQUIRE_OK(file_open(s, w, path, FILE_OPEN_ALWAYS, &first));
    REQUIRE_OK(file_open(s, w, path, FILE_OPEN_ALWAYS, &second));
    EXPECT_OK(file_lock(s, first));
    EXPECT(file_lock(s, second) == BUSY);
    file_close(first);
    EXPECT_OK(file_lock(s, second));
    file_close(second);
}

TEST(a_folder_lists_its_names_in_order)
{
    struct world *w = world_real();
    struct str folder = in(s, test_directory(s), "folder");
    struct file_info info = {0};
    struct str *names = NULL;
    size_t count = 0;

    REQUIRE_OK(directory_make(s, w, folder));
    EXPECT_OK(directory_make(s, w, folder));
    EXPECT_OK(file_write_whole(s, w, in(s, folder, "b"), str("2")));
    EXPECT_OK(file_write_whole(s, w, in(s, folder, "a"), str("1")));
    EXPECT_OK(path_rename(s, w, in(s, folder, "b"), in(s, folder, "c")));
    EXPECT_OK(directory_sync(s, w, folder));
    EXPECT_OK(directory_list(s, w, folder, &names, &count));
    REQUIRE(count == 2);
    EXPECT_STR(names[0], "a");
    EXPECT_STR(names[1], "c");
    EXPECT_OK(path_info(s, w, folder, &info));
    EXPECT(info.is_directory);
    EXPECT(directory_remove(s, w, folder) == CONFLICT);
    EXPECT_OK(path_remove(s, w, in(s, folder, "a")));
    EXPECT_OK(path_remove(s, w, in(s, folder, "c")));
    EXPECT_OK(directory_remove(s, w, folder));
    EXPECT(!path_exists(w, folder));
    EXPECT(directory_sync(s, w, folder) == NOT_FOUND);
}

TEST(a_file_written_whole_replaces_the_old_one_and_leaves_nothing_else)
{
    struct world *w = world_real();
    struct str folder = test_directory(s);
    struct str path = in(s, folder, "a");
    struct str *names = NULL;
    struct str content = {0};
    size_t count = 0;

    EXPECT_OK(file_write_whole(s, w, path, str("the old one")));
    EXPECT_OK(file_write_whole(s, w, path, str("the new")));
    EXPECT_OK(file_read_whole(s, w, path, 7, &content));
    EXPECT_STR(content, "the new");
    EXPECT(file_read_whole(s, w, path, 6, &content) == TOO_LARGE);
    EXPECT_OK(directory_list(s, w, folder, &names, &count));
    EXPECT_EQUAL(count, 1);
    EXPECT(file_write_whole(s, w, in(s, path, "below"), str("x")) == INTERNAL);
}

TEST(the_folder_of_a_path_is_what_stands_before_its_last_name)
{
    EXPECT_STR(path_folder(str("a/b")), "a");
    EXPECT_STR(path_folder(str("a/b/c")), "a/b");
    EXPECT_STR(path_folder(str("b")), ".");
    EXPECT_STR(path_folder(str("/b")), "/");
}
