// Rules: what they say of a document, and what is wrong with rules.
#include "services/receipts/rule.h"

#include "core/scope.h"
#include "test/harness.h"

static const char document[] = "{\"total\":10.50,\"lines\":[{\"amount\":4},{\"amount\":6}],"
                               "\"who\":\"Maja\"}";
enum { RECEIVED_AT_US = 1000000 };

// Returns the sentence, empty when the rule holds.
static struct str judge(struct scope *s, const char *check, const char *message)
{
    const struct rule *r = NULL;
    struct json parsed = {0};
    struct str why = {0};

    (void)test_expect_ok(rule_compile(s, str("r"), str(check), str(message), &r), s, __FILE__,
                         __LINE__, check);
    (void)test_expect_ok(json_parse(s, str(document), &json_limits_strict, &parsed), s, __FILE__,
                         __LINE__, document);
    if (!r || rule_holds(s, r, parsed, RECEIVED_AT_US, &why))
        return str("");
    return why;
}

// clang-format off
static const struct {
    const char *check, *message, *says;
} cases[] = {
    {"total = 10.5",             "never",                                  ""},
    {"$sum(lines.amount) = total", "the lines add up to {{ $sum(lines.amount) }}, not {{total}}",
     "the lines add up to 10, not 10.50"},
    {"total < 5",                "{{ who }}: too much",                    "Maja: too much"},
    {"total < 5",                "{{ nothing }}{{ $sum('a') }}!",          "T0412!"},
    {"lines[0].amount",          "never",       "the rule gives number and neither true nor false"},
    {"nothing",                  "never",       "the rule gives nothing and neither true nor false"},
    {"$millis() = 1000",         "never",                                  ""},
    {"total < 5",                "a brace } and {",                        "a brace } and {"},
};
// clang-format on

TEST(a_rule_holds_or_says_its_sentence)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_STR(judge(s, cases[i].check, cases[i].message), cases[i].says);
}

TEST(a_rule_that_fails_or_never_ends_is_a_finding)
{
    struct str failed = judge(s, "total + who = 1", "never");
    struct str endless = judge(s, "($f := function($n) { $f($n + 1) }; $f(1))", "never");

    EXPECT(str_starts(failed, str("the rule cannot be applied: T2002 ")));
    EXPECT(str_starts(endless, str("the rule cannot be applied: ")));
    EXPECT_EQUAL(scope_status(s), OK);
}

TEST(a_rule_that_is_no_expression_is_refused_with_its_place)
{
    const struct rule *r = NULL;

    EXPECT_EQUAL(rule_compile(s, str("r"), str("total ="), str("x"), &r), INVALID);
    EXPECT(str_find(scope_why(s), str("total =: S0207 at character 7")) == 0);
    EXPECT_EQUAL(rule_compile(s, str("r"), str("true"), str("a {{ b"), &r), INVALID);
    EXPECT_EQUAL(rule_compile(s, str("r"), str("true"), str("a {{ (b }}"), &r), INVALID);
}
