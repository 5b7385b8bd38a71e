#include "expr/pointer.h"

#include "core/buf.h"
#include "test/harness.h"

// RFC 6901, 5: the document and what each pointer leads to.
static const char rfc_document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
    "\"k\\\"l\":6,\" \":7,\"m~n\":8}";

TEST(every_pointer_of_the_rfc_leads_where_it_says)
{
    static const struct {
        const char *pointer;
        const char *value;
    } cases[] = {
        {"", rfc_document},    {"/foo", "[\"bar\",\"baz\"]"},
        {"/foo/0", "\"bar\""}, {"/", "0"},
        {"/a~1b", "1"},        {"/c%d", "2"},
        {"/e^f", "3"},         {"/g|h", "4"},
        {"/i\\j", "5"},        {"/k\"l", "6"},
        {"/ ", "7"},           {"/m~0n", "8"},
    };
    struct json document = {0};
    REQUIRE_OK(json_parse(s, str(rfc_document), &json_limits_strict, &document));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json found = {0};
        REQUIRE_OK(pointer_resolve(s, document, str(cases[i].pointer), &found));
        EXPECT_STR(json_to_str(s, found), cases[i].value);
    }
}

TEST(a_pointer_that_leads_nowhere_says_how_far_it_came)
{
    struct json document = {0};
    struct json found = {0};

    REQUIRE_OK(json_parse(s, str("{\"a\":{\"b\":[1]}}"), &json_limits_strict, &document));
    EXPECT_EQUAL(pointer_resolve(s, document, str("/a/b/1/c"), &found), NOT_FOUND);
    EXPECT_STR(scope_why(s), "there is no /a/b/1 in the document");
    EXPECT_EQUAL(pointer_resolve(s, document, str("/a/b/0/c"), &found), NOT_FOUND);
    EXPECT_EQUAL(pointer_resolve(s, document, str("/a/b/00"), &found), NOT_FOUND);
    EXPECT_EQUAL(pointer_resolve(s, document, str("/a/b/-"), &found), NOT_FOUND);
}

TEST(a_malformed_pointer_is_refused)
{
    static const char *const cases[] = {"a", "a/b", "/~", "/~2", "/a~", "#/a", " "};
    struct json found = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT(!pointer_is_valid(str(cases[i])));
        EXPECT_EQUAL(pointer_resolve(s, json_null(), str(cases[i]), &found), INVALID);
    }
}

TEST(an_appended_name_reads_back)
{
    struct buf out = buf_make(s, 100);
    struct str rest;
    struct str token = {0};

    pointer_append(&out, str("a/b~c"));
    pointer_append(&out, str(""));
    pointer_append_index(&out, 17);
    pointer_append(&out, str("~~//"));
    EXPECT_STR(buf_str(&out), "/a~1b~0c//17/~0~0~1~1");

    rest = buf_str(&out);
    EXPECT(pointer_next(&rest, &token));
    EXPECT_STR(pointer_unescape(s, token), "a/b~c");
    EXPECT(pointer_next(&rest, &token));
    EXPECT_STR(token, "");
    EXPECT(pointer_next(&rest, &token) && pointer_next(&rest, &token));
    EXPECT_STR(pointer_unescape(s, token), "~~//");
    EXPECT(!pointer_next(&rest, &token));
}
