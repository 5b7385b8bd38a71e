// Tables of paths: what they give, how AWS words it when nothing is there, and putting values.
#include "flow/path.h"

#include "core/json.h"
#include "core/scope.h"
#include "flow/eval.h"
#include "test/harness.h"

static struct json parsed(struct scope *s, const char *text)
{
    struct json out = {0};
    enum status e = json_parse(s, str(text), &json_limits_lenient, &out);

    EXPECT_EQUAL(e, OK);
    return out;
}

struct sight {
    struct eval_variables outer;
    struct eval_variables inner;
    struct eval eval;
};

static const struct eval *sight(struct scope *s)
{
    struct sight *sight = scope_new(s, struct sight);

    sight->outer.values = parsed(s, "{\"a\":1,\"deep\":{\"b\":[1.50,2]}}");
    sight->inner.values = parsed(s, "{\"a\":2}");
    sight->inner.outer = &sight->outer;
    sight->eval = (struct eval){
        .input = parsed(s, "{\"x\":{\"y\":[10,20.0]},\"n\":null,\"t\":\"u\"}"),
        .context = parsed(s, "{\"Execution\":{\"Id\":\"e1\"}}"),
        .variables = &sight->inner,
    };
    return &sight->eval;
}

TEST(a_path_starts_from_the_input_the_context_or_a_variable)
{
    static const struct {
        const char *path;
        const char *value;
    } cases[] = {
        {"$", "{\"x\":{\"y\":[10,20.0]},\"n\":null,\"t\":\"u\"}"},
        {"$.x.y[1]", "20.0"},
        {"$.x.y[-1]", "20.0"},
        {"$.n", "null"},
        {"$.x.y[*]", "[10,20.0]"},
        {"$.nosuch[*]", "[]"},
        {"$.nosuch[1:]", "[]"},
        {"$.x.y[7]", "null"},
        {"$$.Execution.Id", "\"e1\""},
        {"$$", "{\"Execution\":{\"Id\":\"e1\"}}"},
        {"$a", "2"},
        {"$deep.b[0]", "1.50"},
        {"$deep['b']", "[1.50,2]"},
        {"$deep.b[?(@.x)]", "[]"},
    };
    const struct eval *eval = sight(s);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct path *path = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(path_compile(s, str(cases[i].path), PATH_TEMPLATE, str("f.$"), &path));
        REQUIRE_OK(path_evaluate(s, path, eval, &value, &failure));
        (void)test_expect_equal_str(json_to_str(s, value), str(cases[i].value), __FILE__, __LINE__,
                                    cases[i].path);
    }
}

TEST(a_path_that_leads_nowhere_is_worded_as_aws_does)
{
    static const struct {
        enum path_use use;
        const char *path;
        const char *error;
        const char *cause;
    } cases[] = {
        {PATH_TEMPLATE, "$.no", "States.Runtime",
         "The JSONPath '$.no' specified for the field 'f' could not be found in the input "
         "'{\"a\":{\"b\":1}}'"},
        {PATH_TEMPLATE, "$$.no.such", "States.Runtime",
         "The JSONPath '$$.no.such' specified for the field 'f' could not be found in the input "
         "'{\"c\":2}'"},
        {PATH_TEMPLATE, "$no", "States.Runtime",
         "The JSONPath '$no' specified for the field 'f' could not be found in the input "
         "'{\"a\":{\"b\":1}}'"},
        {PATH_FILTER, "$.no", "States.Runtime",
         "Invalid path '$.no' : No results for path: $['no']"},
        {PATH_FILTER, "$.a.no", "States.Runtime",
         "Invalid path '$.a.no' : No results for path: $['a']['no']"},
        {PATH_FILTER, "$.no.b", "States.Runtime",
         "Invalid path '$.no.b' : Missing property in path $['no']"},
        {PATH_FILTER, "$.a.b[0]", "States.Runtime",
         "Invalid path '$.a.b[0]' : Filter: [0] can only be applied to arrays. Current context "
         "is: 1"},
        {PATH_CHOICE, "$.no", "States.Runtime",
         "Invalid path '$.no': The choice state's condition path references an invalid value."},
        {PATH_VALUE, "$.no", "States.Runtime",
         "The f parameter does not reference an input value: $.no"},
        {PATH_ITEMS, "$.a.no", "States.ReferencePathConflict",
         "Unable to apply step \"no\" to input {\"a\":{\"b\":1}}"},
    };
    struct eval eval = {.input = parsed(s, "{\"a\":{\"b\":1}}"), .context = parsed(s, "{\"c\":2}")};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct path *path = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(path_compile(s, str(cases[i].path), cases[i].use, str("f"), &path));
        EXPECT_EQUAL(path_evaluate(s, path, &eval, &value, &failure), REFUSED);
        EXPECT_STR(failure.error, cases[i].error);
        EXPECT_STR(failure.cause, cases[i].cause);
        EXPECT_OK(path_find(s, path, &eval, &value, &failure));
        EXPECT(json_is(value, JSON_NONE));
    }
}

TEST(fields_of_one_place_take_reference_paths_only)
{
    static const struct {
        enum path_use use;
        const char *path;
        enum status status;
    } cases[] = {
        {PATH_VALUE, "$.a[0]", OK},
        {PATH_VALUE, "$a", OK},
        {PATH_VALUE, "$$.a", OK},
        {PATH_VALUE, "$.a[*]", INVALID},
        {PATH_ITEMS, "$..a", INVALID},
        {PATH_ITEMS, "$.a[0:1]", INVALID},
        {PATH_RESULT, "$.a['b'][1]", OK},
        {PATH_RESULT, "$", OK},
        {PATH_RESULT, "$$.a", INVALID},
        {PATH_RESULT, "$a", INVALID},
        {PATH_RESULT, "$.a[?(@.b)]", INVALID},
        {PATH_TEMPLATE, "$.a[?(@.b)]", OK},
        {PATH_TEMPLATE, "a", INVALID},
        {PATH_TEMPLATE, "$.", INVALID},
        {PATH_TEMPLATE, "", INVALID},
        {PATH_TEMPLATE, "$a\xff", INVALID},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct path *path = NULL;
        (void)test_expect(path_compile(s, str(cases[i].path), cases[i].use, str("f"), &path) ==
                              cases[i].status,
                          __FILE__, __LINE__, cases[i].path);
    }
}

TEST(a_value_is_put_where_a_result_path_points)
{
    static const struct {
        const char *into;
        const char *path;
        const char *result; // "": it cannot be put there
    } cases[] = {
        {"{\"a\":1}", "$", "7.0"},
        {"{\"a\":1}", "$.b", "{\"a\":1,\"b\":7.0}"},
        {"{\"a\":1,\"b\":2}", "$.a", "{\"a\":7.0,\"b\":2}"},
        {"{}", "$.a.b['c d']", "{\"a\":{\"b\":{\"c d\":7.0}}}"},
        {"{\"a\":[1,2]}", "$.a[1]", "{\"a\":[1,7.0]}"},
        {"[{\"a\":1},{}]", "$[1].b", "[{\"a\":1},{\"b\":7.0}]"},
        {"{\"a\":[1,2]}", "$.a[-1]", "{\"a\":[1,7.0]}"},
        {"{\"a\":[1,2]}", "$.a[2]", ""},
        {"{}", "$.a[0]", ""},
        {"{\"a\":1}", "$.a.b", ""},
        {"{\"a\":null}", "$.a.b", ""},
        {"\"text\"", "$.a", ""},
        {"[1]", "$.a", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct path *path = NULL;
        struct eval_failure failure = {0};
        struct json into = parsed(s, cases[i].into);
        struct json out = {0};
        REQUIRE_OK(path_compile(s, str(cases[i].path), PATH_RESULT, str("ResultPath"), &path));
        enum status e = path_put(s, path, into, json_number(str("7.0")), &out, &failure);
        struct str is = e == OK ? json_to_str(s, out) : str("");
        (void)test_expect_equal_str(is, str(cases[i].result), __FILE__, __LINE__, cases[i].path);
        if (e != OK)
            EXPECT_STR(failure.error, "States.ResultPathMatchFailure");
        EXPECT_STR(json_to_str(s, into), cases[i].into);
    }
}
