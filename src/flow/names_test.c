#include "flow/names.h"

#include "test/harness.h"

static const struct {
    const char *name, *refusal, *label_refusal;
} cases[] = {
    {"nightly-run_2", "", ""},
    {"Übertragung.1", "", ""},
    {"a/b", "contains invalid character: '/'", ""},
    {"a b", "contains invalid character: ' '", "contains invalid character: ' '"},
    {"a<", "contains invalid character: '<'", "contains invalid character: '<'"},
    {"a\"b", "contains invalid character: '\"'", "contains invalid character: '\"'"},
    {"a:b", "contains invalid character: ':'", "contains invalid character: ':'"},
    {"a\nb", "contains invalid character: '\\u000a'", "contains invalid character: '\\u000a'"},
    {"a\xC2\x85", "contains invalid character: '\xC2\x85'",
     "contains invalid character: '\xC2\x85'"},
    {"a\xE3\x80\x80", "contains invalid character: '\xE3\x80\x80'",
     "contains invalid character: '\xE3\x80\x80'"},
    {"a\xFF", "is no UTF-8", "is no UTF-8"},
    {"", "must be between 1 and 80 characters long, and has 0",
     "must be between 1 and 40 characters long, and has 0"},
    {"12345678901234567890123456789012345678901", "",
     "must be between 1 and 40 characters long, and has 41"},
    {"123456789012345678901234567890123456789012345678901234567890123456789012345678901",
     "must be between 1 and 80 characters long, and has 81",
     "must be between 1 and 40 characters long, and has 81"},
};

TEST(names_and_labels_hold_no_white_space_brackets_or_wildcards)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_STR(name_refusal(s, str(cases[i].name)), cases[i].refusal);
        EXPECT_STR(label_refusal(s, str(cases[i].name)), cases[i].label_refusal);
    }
}

static const struct {
    const char *tags, *refusal;
} tag_cases[] = {
    {"[]", ""},
    {"[{\"key\":\"team\",\"value\":\"\"},{\"key\":\"cost\"}]", ""},
    {"[{\"key\":\"\",\"value\":\"x\"}]",
     "must have keys between 1 and 128 characters long, and one has 0"},
    {"[{\"value\":\"x\"}]", "must have keys between 1 and 128 characters long, and one has 0"},
    {"[{\"key\":\"aws:x\",\"value\":\"x\"}]", "must not have keys that begin with \"aws:\""},
    {"[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"2\"}]",
     "must not have the key 'a' twice"},
    {"[{\"key\":\"a\",\"value\":1}]", "must be objects of \"key\" and \"value\", which are texts"},
    {"[1]", "must be objects of \"key\" and \"value\", which are texts"},
    {"{}", "must be an array"},
};

TEST(tags_have_keys_that_differ)
{
    struct json tags = {0};

    EXPECT_STR(tags_refusal(s, tags), "");
    for (size_t i = 0; i < sizeof tag_cases / sizeof *tag_cases; i++) {
        REQUIRE_OK(json_parse(s, str(tag_cases[i].tags), &json_limits_strict, &tags));
        EXPECT_STR(tags_refusal(s, tags), tag_cases[i].refusal);
    }
}
