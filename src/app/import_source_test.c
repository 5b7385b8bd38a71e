// Reading what an import is given.
#include "app/import_source.h"

#include "core/buf.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"

static char *put(struct scope *s, struct str folder, const char *name, struct str content)
{
    char *path = str_z(s, str_format(s, "%.*s/%s", STR(folder), name));

    (void)test_expect_ok(file_write_whole(s, world_real(), str(path), content), s, __FILE__,
                         __LINE__, name);
    return path;
}

// All documents as "line xml? text" lines.
static struct str read_all(struct scope *s, struct import_source *source)
{
    struct buf out = buf_make(s, 4 << 20);
    bool more = true;

    for (;;) {
        struct import_document d = {0};
        if (!test_expect_ok(import_source_next(s, source, &d, &more), s, __FILE__, __LINE__,
                            "the next document") ||
            !more)
            return buf_str(&out);
        buf_format(&out, "%llu%s %.*s\n", (unsigned long long)d.line, d.xml ? " xml" : "",
                   STR(d.text));
    }
}

static struct str read_paths(struct scope *s, char *const *paths, size_t count)
{
    struct import_source *source = NULL;

    if (!test_expect_ok(import_source_new(s, paths, count, &source), s, __FILE__, __LINE__, "open"))
        return (struct str){0};
    return read_all(s, source);
}

TEST(a_file_of_lines_has_a_document_in_each_that_is_not_blank)
{
    struct str folder = test_directory(s);
    char *path = put(s, folder, "a.ndjson", str("{\"a\":1}\r\n\n  \n <x/>\n{\"b\":2}"));

    EXPECT_STR(read_paths(s, &path, 1), "1 {\"a\":1}\n4 xml <x/>\n5 {\"b\":2}\n");
}

TEST(a_json_or_xml_file_is_one_document)
{
    struct str folder = test_directory(s);
    char *paths[] = {put(s, folder, "a.json", str("{\n\"a\":1\n}\n")),
                     put(s, folder, "b.xml", str("\n<a>\n</a>")),
                     put(s, folder, "empty.json", str("\n"))};

    EXPECT_STR(read_paths(s, paths, 3), "0 {\n\"a\":1\n}\n0 xml <a>\n</a>\n");
}

TEST(a_folder_stands_for_the_receipts_in_it_and_below)
{
    struct str folder = test_directory(s);
    char *path = str_z(s, folder);
    REQUIRE_OK(directory_make(s, world_real(), str_concat(s, 2, folder, str("/deep"))));
    (void)put(s, folder, "b.json", str("2"));
    (void)put(s, folder, "a.jsonl", str("1"));
    (void)put(s, folder, "deep/c.xml", str("<c/>"));
    (void)put(s, folder, "README", str("not a receipt"));

    EXPECT_STR(read_paths(s, &path, 1), "1 1\n0 2\n0 xml <c/>\n");
}

TEST(lines_that_lie_across_what_is_read_at_once_are_whole)
{
    struct str folder = test_directory(s);
    struct buf content = buf_make(s, 4 << 20);
    size_t sum = 0;
    for (int i = 0; i < 700; i++)
        buf_format(&content, "%01500d\n", i);
    char *path = put(s, folder, "many", buf_str(&content));
    struct import_source *source = NULL;
    REQUIRE_OK(import_source_new(s, &path, 1, &source));

    for (uint64_t line = 1;; line++) {
        struct import_document d = {0};
        bool more = true;
        REQUIRE_OK(import_source_next(s, source, &d, &more));
        if (!more)
            break;
        EXPECT_EQUAL(d.text.bytes, 1500);
        EXPECT_EQUAL(d.line, line);
        sum++;
    }
    EXPECT_EQUAL(sum, 700);
    uint64_t done = 0;
    uint64_t all = 0;
    import_source_progress(source, &done, &all);
    EXPECT_EQUAL(done, 700 * 1501);
    EXPECT_EQUAL(all, 700 * 1501);
}

TEST(a_receipt_that_is_too_long_ends_the_reading_with_its_place)
{
    struct str folder = test_directory(s);
    struct buf content = buf_make(s, 4 << 20);
    buf_put_z(&content, "{}\n");
    for (int i = 0; i < 2000; i++)
        buf_format(&content, "%01000d", i);
    char *path = put(s, folder, "long", buf_str(&content));
    struct import_source *source = NULL;
    struct import_document d = {0};
    bool more = true;
    REQUIRE_OK(import_source_new(s, &path, 1, &source));
    REQUIRE_OK(import_source_next(s, source, &d, &more));

    EXPECT(import_source_next(s, source, &d, &more) == TOO_LARGE);
    EXPECT(str_find(scope_why(s), str("long:2: ")) < scope_why(s).bytes);
}

TEST(a_file_that_is_not_there_is_told_before_anything_is_read)
{
    struct str folder = test_directory(s);
    char *paths[] = {put(s, folder, "a", str("{}")), str_z(s, str_concat(s, 2, folder, str("/b")))};
    struct import_source *source = NULL;

    EXPECT(import_source_new(s, paths, 2, &source) == NOT_FOUND);
}
