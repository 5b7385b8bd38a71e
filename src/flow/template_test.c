// Tables of templates: payload templates of JSONPath, values of JSONata, how each of them fails.
#include "flow/template.h"

#include "core/chance.h"
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
    struct chance chance;
    struct eval eval;
};

static const struct eval *sight(struct scope *s)
{
    struct sight *sight = scope_new(s, struct sight);

    sight->outer.values = parsed(s, "{\"v\":1,\"far\":[1.0]}");
    sight->inner = (struct eval_variables){parsed(s, "{\"v\":2}"), &sight->outer};
    sight->chance = chance_seeded(3);
    sight->eval = (struct eval){
        .input = parsed(s, "{\"a\":1.0,\"list\":[1,2,3],\"name\":\"Ann\"}"),
        .context = parsed(s, "{\"State\":{\"Name\":\"P\"}}"),
        .variables = &sight->inner,
        .result = parsed(s, "{\"ok\":true}"),
        .chance = &sight->chance,
    };
    return &sight->eval;
}

struct filled {
    const char *template;
    const char *value;
};

static void check_filled(struct scope *s, enum template_kind kind, const struct filled *c)
{
    const struct template *template = NULL;
    struct eval_failure failure = {0};
    struct json value = {0};

    REQUIRE_OK(
        template_compile_value(s, kind, str("Output"), parsed(s, c->template), &template, NULL));
    REQUIRE_OK(template_evaluate(s, template, sight(s), &value, &failure));
    (void)test_expect_equal_str(json_to_str(s, value), str(c->value), __FILE__, __LINE__,
                                c->template);
}

TEST(payload_templates_are_filled_in)
{
    static const struct filled cases[] = {
        {"{\"x.$\":\"$.a\",\"y\":\"$.a\"}", "{\"x\":1.0,\"y\":\"$.a\"}"},
        {"{\"x\":{\"y.$\":\"$$.State.Name\"},\"z\":[{\"w.$\":\"$v\"},\"$.a\",1.50]}",
         "{\"x\":{\"y\":\"P\"},\"z\":[{\"w\":2},\"$.a\",1.50]}"},
        {"{\"x.$\":\"States.Format('{}-{}', $.name, $far[0])\"}", "{\"x\":\"Ann-1.0\"}"},
        {"{\"x.$\":\"$.list[1:]\",\"y.$\":\"$.none[*]\",\"z.$\":\"$.list[9]\"}",
         "{\"x\":[2,3],\"y\":[],\"z\":null}"},
        {"{\"x\":1,\"x.$\":\"$.a\"}", "{\"x\":1.0}"},
        {"{\"x.$\":\"$.a\",\"x\":1}", "{\"x\":1}"},
        {"{}", "{}"},
        {"{\"x\":\"{% $v %}\"}", "{\"x\":\"{% $v %}\"}"},
        {"\"$.a\"", "\"$.a\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_filled(s, TEMPLATE_JSONPATH, &cases[i]);
}

TEST(values_of_jsonata_are_computed)
{
    static const struct filled cases[] = {
        {"\"{% $states.input.a %}\"", "1.0"},
        {"{\"x\":\"{% $v + $far[0] %}\",\"y\":[null,\"{% $states.context.State.Name %}\"]}",
         "{\"x\":3,\"y\":[null,\"P\"]}"},
        {"\"{% $states.result.ok %}\"", "true"},
        {"\"{%$sum($states.input.list)%}\"", "6"},
        {"{\"x.$\":\"$.a\",\"y\":\" {% 1 %}\",\"z\":\"{% 1 %} \",\"{% 2 %}\":\"{%\"}",
         "{\"x.$\":\"$.a\",\"y\":\" {% 1 %}\",\"z\":\"{% 1 %} \",\"{% 2 %}\":\"{%\"}"},
        {"\"{% null %}\"", "null"},
        {"\"{% [] %}\"", "[]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_filled(s, TEMPLATE_JSONATA, &cases[i]);
}

TEST(a_template_that_cannot_be_filled_in_says_why)
{
    static const struct {
        enum template_kind kind;
        const char *template;
        const char *error;
        const char *cause;
        const char *location;
    } cases[] = {
        {TEMPLATE_JSONPATH, "{\"a\":{\"x.$\":\"$.no\"}}", "States.Runtime",
         "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input "
         "'{\"a\":1.0,\"list\":[1,2,3],\"name\":\"Ann\"}'",
         ""},
        {TEMPLATE_JSONPATH, "{\"x.$\":\"States.ArrayLength($.a)\"}", "States.Runtime",
         "The function 'States.ArrayLength($.a)' had the following error: Invalid arguments in "
         "States.ArrayLength",
         ""},
        {TEMPLATE_JSONATA, "{\"v\":\"{% $states.input.missing %}\"}", "States.QueryEvaluationError",
         "The JSONata expression '$states.input.missing' specified for the field 'Output/v' "
         "returned nothing (undefined).",
         "Output/v"},
        {TEMPLATE_JSONATA, "{\"k\":[1,\"{% 1 + {} %}\"]}", "States.QueryEvaluationError",
         "The JSONata expression '1 + {}' specified for the field 'Output/k[1]' threw an error "
         "during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number",
         "Output/k[1]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct template *template = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(template_compile_value(s, cases[i].kind, str("Output"),
                                          parsed(s, cases[i].template), &template, NULL));
        EXPECT_EQUAL(template_evaluate(s, template, sight(s), &value, &failure), REFUSED);
        EXPECT_STR(failure.error, cases[i].error);
        EXPECT_STR(failure.cause, cases[i].cause);
        EXPECT_STR(failure.location, cases[i].location);
    }
}

TEST(a_template_that_is_wrong_is_refused_with_its_place)
{
    static const struct {
        enum template_kind kind;
        const char *template;
        const char *pointer;
        const char *field;
    } cases[] = {
        {TEMPLATE_JSONPATH, "{\"x.$\":\"a\"}", "", "x.$"},
        {TEMPLATE_JSONPATH, "{\"x.$\":1}", "", "x.$"},
        {TEMPLATE_JSONPATH, "{\"a\":[0,{\"b\":{\"x.$\":\"$.\"}}]}", "/a/1/b", "x.$"},
        {TEMPLATE_JSONPATH, "{\"x.$\":\"States.Nosuch()\"}", "", "x.$"},
        {TEMPLATE_JSONATA, "{\"a\":[0,\"{% 1 + %}\"]}", "", "Output/a[1]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct template *template = NULL;
        struct template_error error = {0};
        EXPECT_EQUAL(template_compile_value(s, cases[i].kind, str("Output"),
                                            parsed(s, cases[i].template), &template, &error),
                     INVALID);
        EXPECT_STR(error.pointer, cases[i].pointer);
        EXPECT_STR(error.field, cases[i].field);
        EXPECT(error.message.bytes > 0);
    }
}

TEST(what_holds_no_expression_is_given_out_as_it_stands)
{
    static const char text[] = "{\"a\":[1.0,{\"b\":\"$.c\"}]}";
    const struct template *template = NULL;
    struct eval_failure failure = {0};
    struct json value = {0};

    REQUIRE_OK(template_compile_value(s, TEMPLATE_JSONPATH, str("Parameters"), parsed(s, text),
                                      &template, NULL));
    EXPECT(template_is_constant(template));
    const struct eval *eval = sight(s);
    size_t before = scope_used(s);
    EXPECT_OK(template_evaluate(s, template, eval, &value, &failure));
    EXPECT_EQUAL(scope_used(s), before);
    EXPECT_STR(json_to_str(s, value), text);
}

TEST(cause_paths_take_a_path_or_a_call)
{
    const struct template *template = NULL;
    struct eval_failure failure = {0};
    struct json value = {0};

    REQUIRE_OK(template_compile_path(s, str("CausePath"), str("$.name"), &template));
    EXPECT_OK(template_evaluate(s, template, sight(s), &value, &failure));
    EXPECT_STR(json_text(value), "Ann");
    REQUIRE_OK(
        template_compile_path(s, str("CausePath"), str("States.Format('{}!', $.name)"), &template));
    EXPECT_OK(template_evaluate(s, template, sight(s), &value, &failure));
    EXPECT_STR(json_text(value), "Ann!");
    REQUIRE_OK(template_compile_path(s, str("CausePath"), str("$.no"), &template));
    EXPECT_EQUAL(template_evaluate(s, template, sight(s), &value, &failure), REFUSED);
    EXPECT(str_starts(failure.cause,
                      str("The JSONPath '$.no' specified for the field 'CausePath' could")));
    EXPECT_EQUAL(template_compile_path(s, str("CausePath"), str("no"), &template), INVALID);
}

TEST(a_result_of_another_type_is_refused_as_aws_does)
{
    static const struct {
        const char *expression;
        const char *value;
        enum json_type type;
        const char *cause; // "": it fits
    } cases[] = {
        {"\"{% 'string' %}\"", "\"string\"", JSON_ARRAY,
         "The JSONata expression ''string'' specified for the field 'Items' returned an unexpected "
         "result type. Expected 'array', but was 'string' for value: \"string\""},
        {"\"{% {'foo': 'bar'} %}\"", "{\"foo\":\"bar\"}", JSON_ARRAY,
         "The JSONata expression '{'foo': 'bar'}' specified for the field 'Items' returned an "
         "unexpected result type. Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"},
        {"\"{% true %}\"", "true", JSON_ARRAY,
         "The JSONata expression 'true' specified for the field 'Items' returned an unexpected "
         "result type. Expected 'array', but was 'boolean' for value: true"},
        {"\"{% [1] %}\"", "[1]", JSON_ARRAY, ""},
        {"\"{% false %}\"", "false", JSON_TRUE, ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct template *template = NULL;
        struct eval_failure failure = {0};
        REQUIRE_OK(template_compile_value(s, TEMPLATE_JSONATA, str("Items"),
                                          parsed(s, cases[i].expression), &template, NULL));
        enum status e =
            template_expect(s, template, parsed(s, cases[i].value), cases[i].type, &failure);
        EXPECT_EQUAL(e, *cases[i].cause ? REFUSED : OK);
        EXPECT_STR(failure.cause, cases[i].cause);
        EXPECT_STR(failure.location, *cases[i].cause ? "Items" : "");
    }
}
