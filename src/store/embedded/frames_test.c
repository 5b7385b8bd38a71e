// Files of encrypted frames: what was written comes back, and what was altered does not.
#include "store/embedded/frames.h"

#include "core/scope.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static const struct frame_key first_key = {{1}, {2}};
static const struct frame_key second_key = {{2}, {2}}; // only the id differs

static struct str pattern(struct scope *s, size_t bytes)
{
    char *data = scope_bytes(s, bytes);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i * 31 + i / 65536);
    return str_of(data, bytes);
}

static void write_frames(struct scope *s, struct world *w, const char *path,
                         const struct frame_key *key, struct str data)
{
    struct frame_writer *f = NULL;

    EXPECT_OK(frames_create(s, w, str(path), key, &f));
    EXPECT_OK(frames_append(s, f, data));
    EXPECT_EQUAL(frames_bytes(f), data.bytes);
    EXPECT_OK(frames_finish(s, f));
}

static enum status read_frames(struct scope *s, struct world *w, const char *path,
                               const struct frame_key *key, uint64_t bytes, struct str *out)
{
    struct frame_reader *f = NULL;
    char *data = scope_bytes(s, bytes);

    TRY(frames_open(s, w, str(path), key, bytes, &f));
    TRY(frames_read(s, f, 0, data, bytes));
    *out = str_of(data, bytes);
    return OK;
}

static void free_world(void *w)
{
    sim_free(w);
}

static struct world *world_in(struct scope *s)
{
    struct world *w = sim_new(1);

    scope_defer(s, free_world, w);
    return w;
}

TEST(frames_give_back_what_was_written)
{
    static const size_t sizes[] = {
        0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES};
    struct world *w = world_in(s);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *path = str_z(s, str_format(s, "f%zu", i));
        struct str data = pattern(s, sizes[i]);
        struct str is = {0};
        struct file_info info = {0};
        write_frames(s, w, path, &first_key, data);
        EXPECT_OK(read_frames(s, w, path, &first_key, data.bytes, &is));
        EXPECT(str_equal(is, data));
        EXPECT_OK(path_info(s, w, str(path), &info));
        EXPECT_EQUAL(info.bytes, frames_file_bytes(data.bytes));
    }
}

// Copies bytes of a file over bytes of another, or the same.
static void copy_part(struct scope *s, struct world *w, const char *from, uint64_t from_offset,
                      const char *to, uint64_t to_offset, size_t bytes)
{
    struct file *source = NULL;
    struct file *target = NULL;
    char *part = scope_bytes(s, bytes);
    size_t got = 0;

    EXPECT_OK(file_open(s, w, str(from), FILE_READ, &source));
    EXPECT_OK(file_read_at(s, source, from_offset, part, bytes, &got));
    file_close(source);
    EXPECT_OK(file_open(s, w, str(to), FILE_EDIT, &target));
    EXPECT_OK(file_write_at(s, target, to_offset, str_of(part, got)));
    file_close(target);
}

static void cut_short(struct scope *s, struct world *w, const char *path, uint64_t bytes)
{
    struct file *f = NULL;

    EXPECT_OK(file_open(s, w, str(path), FILE_EDIT, &f));
    EXPECT_OK(file_truncate(s, f, bytes));
    file_close(f);
}

TEST(altered_swapped_foreign_and_missing_frames_are_refused)
{
    struct world *w = world_in(s);
    struct str data = pattern(s, 3 * FRAME_BYTES);
    struct str is = {0};

    write_frames(s, w, "flipped", &first_key, data);
    copy_part(s, w, "flipped", 100, "flipped", FRAME_FILE_BYTES + 20, 1);
    EXPECT_EQUAL(read_frames(s, w, "flipped", &first_key, data.bytes, &is), CORRUPT);

    write_frames(s, w, "swapped", &first_key, data);
    copy_part(s, w, "swapped", 0, "swapped", FRAME_FILE_BYTES, FRAME_FILE_BYTES);
    EXPECT_EQUAL(read_frames(s, w, "swapped", &first_key, data.bytes, &is), CORRUPT);

    write_frames(s, w, "other", &second_key, data);
    write_frames(s, w, "mixed", &first_key, data);
    copy_part(s, w, "other", FRAME_FILE_BYTES, "mixed", FRAME_FILE_BYTES, FRAME_FILE_BYTES);
    EXPECT_EQUAL(read_frames(s, w, "mixed", &first_key, data.bytes, &is), CORRUPT);

    write_frames(s, w, "cut", &first_key, data);
    cut_short(s, w, "cut", 2L * FRAME_FILE_BYTES);
    EXPECT_EQUAL(read_frames(s, w, "cut", &first_key, data.bytes, &is), CORRUPT);
    // Where frames end, a shorter length reads well: that is why the length is kept elsewhere.
    EXPECT_OK(read_frames(s, w, "cut", &first_key, 2L * FRAME_BYTES, &is));
    EXPECT_EQUAL(read_frames(s, w, "cut", &first_key, 2L * FRAME_BYTES - 1, &is), CORRUPT);
}

TEST(a_file_of_frames_that_was_not_finished_is_removed)
{
    struct world *w = world_in(s);
    struct scope *inner = scope_open(1 << 20);
    struct frame_writer *f = NULL;
    EXPECT_OK(frames_create(inner, w, str("half"), &first_key, &f));
    EXPECT_OK(frames_append(inner, f, pattern(s, 100000)));
    EXPECT(path_exists(w, str("half")));

    scope_close(inner);

    EXPECT(!path_exists(w, str("half")));
}
