#include "flow/choice.h"

#include "core/json.h"
#include "flow/definition.h"
#include "flow/definition_impl.h"
#include "flow/eval.h"

#include "test/harness.h"

// Evaluates the members of a rule on an input: 'T', 'F', or 'E' for an error; '?' when the rule
// does not compile.
static char outcome(struct scope *s, const char *rule, const char *input)
{
    struct str text = str_format(s,
                                 "{\"Type\":\"Choice\",\"Choices\":[{%s,\"Next\":\"N\"}],"
                                 "\"Default\":\"D\"}",
                                 rule);
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    struct eval_failure failure = {0};
    struct eval eval = {0};
    size_t count = 0;
    bool holds = false;

    if (json_parse(s, str(input), &json_limits_strict, &eval.input) != OK ||
        definition_compile(s, text, &(struct definition_options){.single_state = true}, &d, &found,
                           &count) != OK)
        return '?';
    enum status e =
        choice_evaluate(s, d->machines[0].states[0].choice.rules[0].test, &eval, &holds, &failure);
    scope_forgive(s);
    if (e == REFUSED)
        return str_is(failure.error, "States.Runtime") ? 'E' : '?';
    return holds ? 'T' : 'F';
}

// Source of the answers: the States Language, and what AWS recorded for values of other types.
static const struct {
    const char *rule, *input;
    char outcome;
} cases[] = {
    // Strings, by UTF-16 code units
    {"\"Variable\":\"$.x\",\"StringEquals\":\"a\"", "{\"x\":\"a\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringEquals\":\"a\"", "{\"x\":\"A\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringEquals\":\"1\"", "{\"x\":1}", 'F'},
    {"\"Variable\":\"$.x\",\"StringEquals\":\"a\"", "{\"x\":null}", 'F'},
    {"\"Variable\":\"$.x\",\"StringEquals\":\"a\"", "{}", 'E'},
    {"\"Variable\":\"$.x\",\"StringLessThan\":\"AB\"", "{\"x\":\"A\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringLessThan\":\"A\"", "{\"x\":\"A\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringLessThanEquals\":\"A\"", "{\"x\":\"A\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringGreaterThan\":\"A\"", "{\"x\":\"a\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringGreaterThanEquals\":\"b\"", "{\"x\":\"a\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringLessThan\":\"\\uFF01\"", "{\"x\":\"\\uD83D\\uDE00\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringLessThan\":\"\\uD7FF\"", "{\"x\":\"\\uD83D\\uDE00\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringEqualsPath\":\"$.y\"", "{\"x\":\"a\",\"y\":\"a\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringEqualsPath\":\"$.y\"", "{\"x\":\"1\",\"y\":1}", 'F'},
    {"\"Variable\":\"$.x\",\"StringEqualsPath\":\"$.y\"", "{\"x\":\"1\"}", 'E'},
    {"\"Variable\":\"$.x\",\"StringGreaterThanEqualsPath\":\"$.y\"", "{\"x\":\"b\",\"y\":\"a\"}",
     'T'},
    // Wildcards
    {"\"Variable\":\"$.x\",\"StringMatches\":\"log-*.txt\"", "{\"x\":\"log-a.b.txt\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"log-*.txt\"", "{\"x\":\"log-.txt\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"log-*.txt\"", "{\"x\":\"log-.txt2\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"*\"", "{\"x\":\"\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"\"", "{\"x\":\"\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"a*b*c\"", "{\"x\":\"aXbYbZc\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"a*b*c\"", "{\"x\":\"acb\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"a\\\\*b\"", "{\"x\":\"a*b\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"a\\\\*b\"", "{\"x\":\"aXb\"}", 'F'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"a\\\\\\\\*\"", "{\"x\":\"a\\\\z\"}", 'T'},
    {"\"Variable\":\"$.x\",\"StringMatches\":\"*\"", "{\"x\":1}", 'F'},
    // Numbers, exactly
    {"\"Variable\":\"$.x\",\"NumericEquals\":1", "{\"x\":1.0}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericEquals\":1", "{\"x\":\"1\"}", 'F'},
    {"\"Variable\":\"$.x\",\"NumericEquals\":1", "{\"x\":true}", 'F'},
    {"\"Variable\":\"$.x\",\"NumericEquals\":1e2", "{\"x\":100}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericLessThan\":9007199254740993", "{\"x\":9007199254740992}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericLessThanEquals\":-1", "{\"x\":-1}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericGreaterThan\":0.1", "{\"x\":0.2}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericGreaterThanEquals\":3", "{\"x\":2}", 'F'},
    {"\"Variable\":\"$.x\",\"NumericGreaterThanPath\":\"$.y\"", "{\"x\":2,\"y\":1}", 'T'},
    {"\"Variable\":\"$.x\",\"NumericEqualsPath\":\"$.y\"", "{\"x\":2,\"y\":\"2\"}", 'F'},
    // Booleans
    {"\"Variable\":\"$.x\",\"BooleanEquals\":true", "{\"x\":true}", 'T'},
    {"\"Variable\":\"$.x\",\"BooleanEquals\":false", "{\"x\":true}", 'F'},
    {"\"Variable\":\"$.x\",\"BooleanEquals\":false", "{\"x\":0}", 'F'},
    {"\"Variable\":\"$.x\",\"BooleanEqualsPath\":\"$.y\"", "{\"x\":false,\"y\":false}", 'T'},
    // Timestamps, as moments
    {"\"Variable\":\"$.x\",\"TimestampEquals\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2012-10-09T20:00:55+01:00\"}", 'T'},
    {"\"Variable\":\"$.x\",\"TimestampEquals\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2012-10-09T19:00:55.001Z\"}", 'F'},
    {"\"Variable\":\"$.x\",\"TimestampEquals\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2023-02-24 12:15:56.832957\"}", 'F'},
    {"\"Variable\":\"$.x\",\"TimestampEquals\":\"2012-10-09T19:00:55Z\"", "{\"x\":0}", 'F'},
    {"\"Variable\":\"$.x\",\"TimestampLessThan\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2012-10-09T19:00:54Z\"}", 'T'},
    {"\"Variable\":\"$.x\",\"TimestampLessThanEquals\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2012-10-09T19:00:56Z\"}", 'F'},
    {"\"Variable\":\"$.x\",\"TimestampGreaterThan\":\"2012-10-09T19:00:55Z\"",
     "{\"x\":\"2012-10-09T19:00:56Z\"}", 'T'},
    {"\"Variable\":\"$.x\",\"TimestampGreaterThanEqualsPath\":\"$.y\"",
     "{\"x\":\"2012-10-09T19:00:56Z\",\"y\":\"2012-10-09T19:00:56Z\"}", 'T'},
    // Types
    {"\"Variable\":\"$.x\",\"IsNull\":true", "{\"x\":null}", 'T'},
    {"\"Variable\":\"$.x\",\"IsNull\":false", "{\"x\":null}", 'F'},
    {"\"Variable\":\"$.x\",\"IsNull\":true", "{}", 'E'},
    {"\"Variable\":\"$.x\",\"IsPresent\":true", "{\"x\":null}", 'T'},
    {"\"Variable\":\"$.x\",\"IsPresent\":true", "{}", 'F'},
    {"\"Variable\":\"$.x\",\"IsPresent\":false", "{}", 'T'},
    {"\"Variable\":\"$.x.y\",\"IsPresent\":false", "{\"x\":1}", 'T'},
    {"\"Variable\":\"$.x\",\"IsNumeric\":true", "{\"x\":1.1}", 'T'},
    {"\"Variable\":\"$.x\",\"IsNumeric\":true", "{\"x\":\"1\"}", 'F'},
    {"\"Variable\":\"$.x\",\"IsString\":true", "{\"x\":\"\"}", 'T'},
    {"\"Variable\":\"$.x\",\"IsString\":false", "{\"x\":[]}", 'T'},
    {"\"Variable\":\"$.x\",\"IsBoolean\":true", "{\"x\":false}", 'T'},
    {"\"Variable\":\"$.x\",\"IsBoolean\":false", "{\"x\":null}", 'T'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":true", "{\"x\":\"2012-10-09T19:00:55Z\"}", 'T'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":true", "{\"x\":\"2012-10-09T19:00:55+01:00\"}", 'T'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":true", "{\"x\":\"2012-10-09T19:00:55\"}", 'F'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":true", "{\"x\":\"2012-10-09t19:00:55Z\"}", 'F'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":true", "{\"x\":\"2023-02-24\"}", 'F'},
    {"\"Variable\":\"$.x\",\"IsTimestamp\":false", "{\"x\":1}", 'T'},
    // Combinations end as soon as they are known
    {"\"And\":[{\"Variable\":\"$.x\",\"IsNull\":true},{\"Variable\":\"$.y\",\"IsNull\":true}]",
     "{\"x\":null,\"y\":null}", 'T'},
    {"\"And\":[{\"Variable\":\"$.x\",\"IsNull\":true},{\"Variable\":\"$.y\",\"IsNull\":true}]",
     "{\"x\":1}", 'F'},
    {"\"Or\":[{\"Variable\":\"$.x\",\"IsNull\":true},{\"Variable\":\"$.y\",\"IsNull\":true}]",
     "{\"x\":null}", 'T'},
    {"\"Or\":[{\"Variable\":\"$.x\",\"IsNull\":true},{\"Variable\":\"$.y\",\"IsNull\":true}]",
     "{\"x\":1}", 'E'},
    {"\"Or\":[{\"Variable\":\"$.x\",\"IsNull\":true},{\"Not\":{\"Variable\":\"$.y\","
     "\"IsNull\":true}}]",
     "{\"x\":1,\"y\":null}", 'F'},
    {"\"Not\":{\"Variable\":\"$.x\",\"StringEquals\":\"a\"}", "{\"x\":\"b\"}", 'T'},
    {"\"Not\":{\"Variable\":\"$.x\",\"StringEquals\":\"a\"}", "{}", 'E'},
};

TEST(each_operator_compares_as_the_language_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char is[2] = {outcome(s, cases[i].rule, cases[i].input), 0};
        char should[2] = {cases[i].outcome, 0};
        if (is[0] != should[0])
            EXPECT_STR(str(cases[i].rule), cases[i].input);
        EXPECT_STR(str(is), should);
    }
}
