// Contract of blob.h.
#include "test/contract/contract.h"

#include "crypto/digest.h"

static const size_t sizes[] = {0, 1, 1000, 65535, 65536, 65537, 131072, 300001};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

// Bytes that differ from place to place and from one another.
static struct str pattern(struct scope *s, size_t bytes)
{
    char *data = scope_bytes(s, bytes);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i * 31 + i / 251 + i / 65536);
    return str_of(data, bytes);
}

static enum status put_file(struct scope *s, struct fixture *f, const char *key, struct str data)
{
    return blob_put(s, f->store, &files, str(key), data, NULL, NULL);
}

static void expect_file(struct scope *s, struct fixture *f, const char *key, struct str data)
{
    struct str is = {0};

    EXPECT_OK(blob_get(s, f->store, &files, str(key), 0, data.bytes + 1, &is));
    EXPECT(str_equal(is, data));
}

CLAUSE(a_blob_is_read_back_with_all_that_is_known_about_it)
{
    struct blob_options options = {.content_type = str("application/pdf"),
                                   .metadata = str("{\"a\":1}")};
    for (size_t i = 0; i < SIZES; i++) {
        struct str data = pattern(s, sizes[i]);
        struct blob_info put;
        struct blob_info head;
        uint8_t sha256[32];
        struct str key = str_format(s, "a/%zu", sizes[i]);
        REQUIRE_OK(blob_put(s, f->store, &files, key, data, &options, &put));
        REQUIRE_OK(blob_head(s, f->store, &files, key, &head));

        digest_sha256(data, sha256);
        const struct blob_info *infos[] = {&put, &head};
        for (size_t j = 0; j < 2; j++) {
            EXPECT(str_equal(infos[j]->key, key));
            EXPECT_EQUAL(infos[j]->bytes, data.bytes);
            EXPECT(memcmp(infos[j]->sha256, sha256, sizeof sha256) == 0);
            EXPECT_EQUAL(infos[j]->put_at_us, world_now_us(f->world));
            EXPECT_STR(infos[j]->content_type, "application/pdf");
            EXPECT_STR(infos[j]->metadata, "{\"a\":1}");
        }
        expect_file(s, f, str_z(s, key), data);
    }
}

CLAUSE(a_blob_that_is_not_there_is_not_found)
{
    struct blob_info info;
    struct blob_reader *r = NULL;
    struct str data;

    EXPECT_EQUAL(blob_head(s, f->store, &files, str("x"), &info), NOT_FOUND);
    EXPECT_EQUAL(blob_open(s, f->store, &files, str("x"), &r, &info), NOT_FOUND);
    EXPECT_EQUAL(blob_get(s, f->store, &files, str("x"), 0, 1, &data), NOT_FOUND);
    EXPECT_EQUAL(blob_remove(s, f->store, &files, str("x")), NOT_FOUND);
    EXPECT_EQUAL(put_file(s, f, "", str("x")), INVALID);
    EXPECT_EQUAL(blob_head(s, f->store, &files, str_of(pattern(s, 1025).data, 1025), &info),
                 INVALID);
}

CLAUSE(a_blob_is_read_at_any_place)
{
    struct str data = pattern(s, 300001);
    struct blob_reader *r = NULL;
    struct blob_info info;
    REQUIRE_OK(put_file(s, f, "large", data));
    REQUIRE_OK(blob_open(s, f->store, &files, str("large"), &r, &info));

    for (size_t i = 0; i < 200; i++) {
        size_t from = (i * 7919) % data.bytes;
        size_t bytes = (i * 104729) % (data.bytes - from + 1);
        char *out = scope_bytes(s, bytes);
        EXPECT_OK(blob_read_at(s, r, from, out, bytes));
        EXPECT(str_equal(str_of(out, bytes), str_slice(data, from, bytes)));
    }
    char two[2];
    EXPECT_OK(blob_read_at(s, r, data.bytes, two, 0));
    EXPECT_EQUAL(blob_read_at(s, r, data.bytes - 1, two, 2), INVALID);
    EXPECT_EQUAL(blob_read_at(s, r, data.bytes + 1, two, 0), INVALID);

    struct str part;
    EXPECT_OK(blob_get(s, f->store, &files, str("large"), 65530, 12, &part));
    EXPECT(str_equal(part, str_slice(data, 65530, 12)));
    EXPECT_OK(blob_get(s, f->store, &files, str("large"), 300000, 12, &part));
    EXPECT_EQUAL(part.bytes, 1);
    EXPECT_OK(blob_get(s, f->store, &files, str("large"), 400000, 12, &part));
    EXPECT_EQUAL(part.bytes, 0);
}

CLAUSE(a_streamed_blob_is_as_one_put_whole)
{
    struct str data = pattern(s, 300001);
    struct blob_writer *w = NULL;
    struct blob_info info;
    uint8_t sha256[32];
    REQUIRE_OK(blob_create(s, f->store, &files, str("streamed"), NULL, &w));

    for (size_t at = 0, piece = 1; at < data.bytes; at += piece, piece = piece * 3 % 70001)
        EXPECT_OK(blob_append(s, w, str_slice(data, at, piece)));
    EXPECT_EQUAL(blob_head(s, f->store, &files, str("streamed"), &info), NOT_FOUND); // not whole
    REQUIRE_OK(blob_finish(s, w, &info));

    digest_sha256(data, sha256);
    EXPECT(memcmp(info.sha256, sha256, sizeof sha256) == 0);
    expect_file(s, f, "streamed", data);
}

CLAUSE(a_blob_that_was_not_finished_was_never_there)
{
    struct blob_info info;
    struct blob_page page = {0};
    struct blob_writer *w = NULL;
    struct scope *inner = scope_open(1 << 24);
    EXPECT_OK(blob_create(inner, f->store, &files, str("half"), NULL, &w));
    EXPECT_OK(blob_append(inner, w, pattern(s, 100000)));

    scope_close(inner);

    EXPECT_EQUAL(blob_head(s, f->store, &files, str("half"), &info), NOT_FOUND);
    EXPECT_OK(blob_list(s, f->store, &files, str(""), 10, str(""), &page));
    EXPECT_EQUAL(page.count, 0);
}

CLAUSE(a_blob_put_only_if_absent_leaves_the_first)
{
    struct blob_options once = {.if_absent = true};
    REQUIRE_OK(blob_put(s, f->store, &files, str("k"), str("first"), &once, NULL));

    EXPECT_EQUAL(blob_put(s, f->store, &files, str("k"), str("second"), &once, NULL), CONFLICT);

    expect_file(s, f, "k", str("first"));
    EXPECT_OK(put_file(s, f, "k", str("third")));
    expect_file(s, f, "k", str("third"));
}

CLAUSE(a_blob_that_is_open_stays_readable_when_it_is_replaced_or_removed)
{
    struct str data = pattern(s, 200000);
    struct blob_reader *r = NULL;
    struct blob_info info;
    char *out = scope_bytes(s, data.bytes);
    REQUIRE_OK(put_file(s, f, "k", data));
    REQUIRE_OK(blob_open(s, f->store, &files, str("k"), &r, &info));

    EXPECT_OK(put_file(s, f, "k", str("other")));
    EXPECT_OK(blob_read_at(s, r, 0, out, 100000));
    EXPECT_OK(blob_remove(s, f->store, &files, str("k")));
    EXPECT_OK(blob_read_at(s, r, 100000, out + 100000, 100000));

    EXPECT(str_equal(str_of(out, data.bytes), data));
    EXPECT_EQUAL(blob_head(s, f->store, &files, str("k"), &info), NOT_FOUND);
}

static size_t list_all(struct scope *s, struct fixture *f, const char *prefix, size_t limit,
                       struct str *keys)
{
    struct blob_page page = {0};
    size_t count = 0;

    do {
        EXPECT_OK(blob_list(s, f->store, &files, str(prefix), limit, page.cursor, &page));
        EXPECT(page.count <= limit);
        for (size_t i = 0; i < page.count; i++)
            keys[count++] = page.blobs[i].key;
    } while (page.cursor.bytes);
    return count;
}

CLAUSE(blobs_are_listed_by_prefix_in_the_order_of_bytes)
{
    static const char *const keys[] = {"a", "a/1", "a/10", "a/2", "a0", "b/\xC3\xA4", "b/\xFF"};
    static const struct {
        const char *prefix;
        size_t from, to;
    } cases[] = {{"", 0, 7},    {"a", 0, 5},      {"a/", 1, 4},
                 {"a/1", 1, 3}, {"b/\xFF", 6, 7}, {"c", 7, 7}};
    for (size_t i = 0; i < 7; i++)
        EXPECT_OK(put_file(s, f, keys[(i * 3) % 7], str("x")));

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t limit = 1; limit < 4; limit++) {
            struct str found[7];
            size_t count = list_all(s, f, cases[i].prefix, limit, found);
            EXPECT_EQUAL(count, cases[i].to - cases[i].from);
            for (size_t j = 0; j < count; j++)
                EXPECT_STR(found[j], keys[cases[i].from + j]);
        }
    }
}

CLAUSE(a_copy_has_content_and_metadata)
{
    struct blob_options options = {.content_type = str("text/plain"), .metadata = str("{}")};
    struct str data = pattern(s, 300001);
    struct blob_info info;
    REQUIRE_OK(blob_put(s, f->store, &files, str("from"), data, &options, NULL));

    EXPECT_OK(blob_copy(s, f->store, &files, str("from"), &files, str("to")));

    expect_file(s, f, "to", data);
    REQUIRE_OK(blob_head(s, f->store, &files, str("to"), &info));
    EXPECT_STR(info.content_type, "text/plain");
    EXPECT_EQUAL(blob_copy(s, f->store, &files, str("none"), &files, str("to")), NOT_FOUND);
}

CLAUSE(blobs_of_a_prefix_that_has_a_life_end_after_it)
{
    struct blob_info info;
    EXPECT_OK(put_file(s, f, "tmp/a", str("x")));
    EXPECT_OK(put_file(s, f, "kept", str("x")));
    pass_s(f, FILES_TMP_KEEP_S - 1);
    tend(s, f);
    EXPECT_OK(blob_head(s, f->store, &files, str("tmp/a"), &info));
    EXPECT_OK(put_file(s, f, "tmp/b", str("x")));

    pass_s(f, 1);
    enum status e = OK;
    for (int i = 0; i < PATIENCE && e == OK; i++) {
        tend(s, f);
        e = blob_head(s, f->store, &files, str("tmp/a"), &info);
    }

    EXPECT_EQUAL(e, NOT_FOUND);
    EXPECT_OK(blob_head(s, f->store, &files, str("tmp/b"), &info));
    EXPECT_OK(blob_head(s, f->store, &files, str("kept"), &info));
}
