// Tables of calls: what they give, what they refuse, how a failure is worded.
#include "flow/intrinsic.h"

#include "core/chance.h"
#include "core/json.h"
#include "core/scope.h"
#include "flow/eval.h"
#include "test/harness.h"

static const char input_text[] =
    "{\"name\":\"Ann\",\"n\":null,\"t\":true,\"i\":7,\"f\":1.10,\"text\":\"{}x\",\"tpl\":\"n={}\","
    "\"list\":[1,2,2.0,\"2\",[1],[1],{\"a\":1,\"b\":2},{\"b\":2,\"a\":1},null,null],"
    "\"o\":{\"a\":1.0,\"b\":[null,\"x\",{}]},\"p\":{\"b\":3,\"c\":4},\"empty\":\"\","
    "\"json\":\"{\\\"k\\\": 1.0}\",\"five\":[1,2,3,4,5],\"sep\":\",,a,,b,\"}";

static struct eval eval_of(struct scope *s, struct chance *chance)
{
    struct eval eval = {.chance = chance};

    EXPECT_OK(json_parse(s, str(input_text), &json_limits_lenient, &eval.input));
    EXPECT_OK(
        json_parse(s, str("{\"State\":{\"Name\":\"P\"}}"), &json_limits_lenient, &eval.context));
    return eval;
}

TEST(calls_give_what_aws_documents)
{
    static const struct {
        const char *call;
        const char *value;
    } cases[] = {
        {"States.Format('Hello {}, {}!', $.name, 'you')", "\"Hello Ann, you!\""},
        {"States.Format('{} {} {} {} {}', $.n, $.t, $.i, $.f, -1.50)",
         "\"null true 7 1.10 -1.50\""},
        {"States.Format('{}', $.o)", "\"{a=1.0, b=[null, x, {}]}\""},
        {"States.Format('it\\'s \\{\\} \\\\ {}', $.text)", "\"it's {} \\\\ {}x\""},
        {"States.Format($.tpl, 1)", "\"n=1\""},
        {"States.Format('none')", "\"none\""},
        {"States.Format('{}', $$.State.Name)", "\"P\""},
        {"States.Format('a, (b) {}', $.list[?(@.a==1)])", "\"a, (b) [{a=1, b=2}, {b=2, a=1}]\""},
        {"States.StringToJson($.json)", "{\"k\":1.0}"},
        {"States.JsonToString($.o)", "\"{\\\"a\\\":1.0,\\\"b\\\":[null,\\\"x\\\",{}]}\""},
        {"States.Array()", "[]"},
        {"States.Array( 'a' , $.i,null,true, 2e3 )", "[\"a\",7,null,true,2e3]"},
        {"States.ArrayPartition($.five, 2)", "[[1,2],[3,4],[5]]"},
        {"States.ArrayPartition($.five, 2.5)", "[[1,2,3],[4,5]]"},
        {"States.ArrayPartition(States.Array(), 3)", "[]"},
        {"States.ArrayContains($.five, 5.0)", "true"},
        {"States.ArrayContains($.five, '5')", "false"},
        {"States.ArrayContains($.list, $.list[4])", "true"},
        {"States.ArrayRange(1, 9, 2)", "[1,3,5,7,9]"},
        {"States.ArrayRange(3, 1, -1)", "[3,2,1]"},
        {"States.ArrayRange(3, 1, 1)", "[]"},
        {"States.ArrayGetItem($.five, 4)", "5"},
        {"States.ArrayLength($.list)", "10"},
        {"States.ArrayUnique($.list)", "[1,2,\"2\",[1],{\"a\":1,\"b\":2},null]"},
        {"States.Base64Encode('Data to encode')", "\"RGF0YSB0byBlbmNvZGU=\""},
        {"States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "\"Data to encode\""},
        {"States.Base64Decode('YQ')", "\"a\""},
        {"States.Base64Decode($.empty)", "\"\""},
        {"States.Hash('input data', 'SHA-1')", "\"aaff4a450a104cd177d28d18d74485e8cae074b7\""},
        {"States.Hash('input data', 'MD5')", "\"812f45842bc6d66ee14572ce20db8e86\""},
        {"States.JsonMerge($.o, $.p, false)", "{\"a\":1.0,\"b\":3,\"c\":4}"},
        {"States.MathAdd($.i, -1)", "6"},
        {"States.MathAdd(1.5, -1.5)", "1"},
        {"States.MathRandom(5, 6)", "5"},
        {"States.StringSplit('This.is+a,test=string', '.+,=')",
         "[\"This\",\"is\",\"a\",\"test\",\"string\"]"},
        {"States.StringSplit($.sep, ',')", "[\"a\",\"b\"]"},
        {"States.StringSplit($.empty, ',')", "[]"},
        {"States.StringSplit('abc', '')", "[\"abc\"]"},
        {"States.ArrayGetItem(States.StringSplit('a-b', '-'), 1)", "\"b\""},
    };
    struct chance chance = chance_seeded(1);
    struct eval eval = eval_of(s, &chance);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct intrinsic *call = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(intrinsic_compile(s, str(cases[i].call), &call));
        REQUIRE_OK(intrinsic_evaluate(s, call, &eval, &value, &failure));
        (void)test_expect_equal_str(json_to_str(s, value), str(cases[i].value), __FILE__, __LINE__,
                                    cases[i].call);
    }
}

TEST(calls_with_wrong_arguments_fail)
{
    static const char *const calls[] = {
        "States.Format('{}')",
        "States.Format('{}', 1, 2)",
        "States.Format('{', 1)",
        "States.Format('}')",
        "States.Format(1)",
        "States.StringToJson('{')",
        "States.StringToJson('')",
        "States.StringToJson($.i)",
        "States.ArrayPartition($.i, 2)",
        "States.ArrayPartition($.five, 0)",
        "States.ArrayPartition($.five, 'x')",
        "States.ArrayContains($.o, 1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayRange(0, 1000, 1)",
        "States.ArrayRange('a', 2, 1)",
        "States.ArrayGetItem($.five, 5)",
        "States.ArrayGetItem($.five, -1)",
        "States.ArrayGetItem($.five, 1.5)",
        "States.ArrayLength($.o)",
        "States.ArrayUnique($.name)",
        "States.Base64Encode($.i)",
        "States.Base64Decode('not base64!')",
        "States.Base64Decode('/w==')",
        "States.Hash('a', 'SHA256')",
        "States.Hash($.i, 'MD5')",
        "States.JsonMerge($.o, $.p, true)",
        "States.JsonMerge($.o, $.list, false)",
        "States.MathRandom(1, 1)",
        "States.MathRandom(5, 1)",
        "States.MathRandom(1, 10, 'seed')",
        "States.MathAdd('1', 2)",
        "States.MathAdd(2147483647, 1)",
        "States.MathAdd(3000000000, 1)",
        "States.StringSplit($.i, ',')",
    };
    struct chance chance = chance_seeded(1);
    struct eval eval = eval_of(s, &chance);

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct intrinsic *call = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(intrinsic_compile(s, str(calls[i]), &call));
        (void)test_expect(intrinsic_evaluate(s, call, &eval, &value, &failure) == REFUSED &&
                              failure.error.bytes > 0,
                          __FILE__, __LINE__, calls[i]);
    }
}

TEST(a_failure_quotes_the_whole_call_and_the_path)
{
    static const struct {
        const char *call;
        const char *cause;
    } cases[] = {
        {"States.MathAdd('x', 1)", "The function 'States.MathAdd('x', 1)' had the following error: "
                                   "Invalid arguments in States.MathAdd"},
        {"States.Format('{}',States.Array($.nope))",
         "The function 'States.Format('{}',States.Array($.nope))' had the following error: The "
         "JsonPath argument for the field '$.nope' could not be found in the input '{\"a\":[1]}'"},
        {"States.Format('{}', $$.Nope.Deep)",
         "The function 'States.Format('{}', $$.Nope.Deep)' had the following error: The JsonPath "
         "argument for the field '$.Nope.Deep' could not be found in the input '{\"a\":[1]}'"},
        {"States.Array($.a[1])",
         "The function 'States.Array($.a[1])' had the following error: The JsonPath argument for "
         "the field '$.a[1]' could not be found in the input '{\"a\":[1]}'"},
    };
    struct eval eval = {0};

    EXPECT_OK(json_parse(s, str("{\"a\":[1]}"), &json_limits_lenient, &eval.input));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct intrinsic *call = NULL;
        struct eval_failure failure = {0};
        struct json value = {0};
        REQUIRE_OK(intrinsic_compile(s, str(cases[i].call), &call));
        EXPECT_EQUAL(intrinsic_evaluate(s, call, &eval, &value, &failure), REFUSED);
        EXPECT_STR(failure.cause, cases[i].cause);
        EXPECT_STR(failure.error, "States.Runtime");
    }
}

TEST(what_is_no_call_is_refused)
{
    static const char *const calls[] = {
        "",
        "$.a",
        "States.",
        "States.Nosuch()",
        "States.format('a')",
        "States.Format",
        "States.Format(",
        "States.Format()",
        "States.Format('a'",
        "States.Format('a)",
        "States.Format('a',)",
        "States.Format('a' 'b')",
        "States.Format(\"a\")",
        "States.Format(a)",
        "States.Format($.)",
        "States.Format($.a[)",
        "States.Format('a') x",
        "States.UUID(1)",
        "States.MathAdd(1)",
        "States.MathAdd(01, 1)",
        "States.MathAdd([1], 1)",
        "States.StringSplit('a-b','-')[0]",
    };

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct intrinsic *call = NULL;
        (void)test_expect(intrinsic_compile(s, str(calls[i]), &call) == INVALID, __FILE__, __LINE__,
                          calls[i]);
    }
}

TEST(calls_nest_ten_deep_and_no_deeper)
{
    struct str text = str("States.Array()");
    const struct intrinsic *call = NULL;

    for (int i = 0; i < INTRINSIC_NESTING_MAX; i++)
        text = str_concat(s, 3, str("States.Array("), text, str(")"));
    EXPECT_OK(intrinsic_compile(s, text, &call));
    text = str_concat(s, 3, str("States.Array("), text, str(")"));
    EXPECT_EQUAL(intrinsic_compile(s, text, &call), TOO_LARGE);
}

TEST(chance_is_the_callers_and_a_seed_decides)
{
    struct chance first = chance_seeded(7);
    struct chance again = chance_seeded(7);
    struct eval eval = {.chance = &first};
    struct eval same = {.chance = &again};
    struct eval_failure failure = {0};
    const struct intrinsic *uuids = NULL;
    const struct intrinsic *seeded = NULL;
    struct json a = {0};
    struct json b = {0};

    REQUIRE_OK(intrinsic_compile(s, str("States.Array(States.UUID(), States.UUID())"), &uuids));
    REQUIRE_OK(intrinsic_evaluate(s, uuids, &eval, &a, &failure));
    REQUIRE_OK(intrinsic_evaluate(s, uuids, &same, &b, &failure));
    EXPECT(json_equal(a, b));
    EXPECT(!json_equal(json_at(a, 0), json_at(a, 1)));
    EXPECT_EQUAL(json_text(json_at(a, 0)).data[14], '4');
    REQUIRE_OK(intrinsic_compile(s, str("States.MathRandom(1, 1000000, 42)"), &seeded));
    REQUIRE_OK(intrinsic_evaluate(s, seeded, &eval, &a, &failure));
    REQUIRE_OK(intrinsic_evaluate(s, seeded, &eval, &b, &failure));
    EXPECT(json_equal(a, b));
}

TEST(long_texts_are_neither_hashed_nor_coded)
{
    char *text = scope_bytes(s, INTRINSIC_TEXT_CHARACTERS_MAX + 1);
    const struct intrinsic *call = NULL;
    struct eval_failure failure = {0};
    struct json value = {0};

    memset(text, 'a', INTRINSIC_TEXT_CHARACTERS_MAX + 1);
    REQUIRE_OK(intrinsic_compile(s, str("States.Base64Encode($)"), &call));
    struct eval eval = {.input = json_string(str_of(text, INTRINSIC_TEXT_CHARACTERS_MAX))};
    EXPECT_OK(intrinsic_evaluate(s, call, &eval, &value, &failure));
    eval.input = json_string(str_of(text, INTRINSIC_TEXT_CHARACTERS_MAX + 1));
    EXPECT_EQUAL(intrinsic_evaluate(s, call, &eval, &value, &failure), REFUSED);
}
