#include "expr/jsonata.h"

#include "core/buf.h"
#include "core/json.h"
#include "test/harness.h"

static const char *const document =
#define DOCUMENT(text) text
#define CASE(expression, expected)
#include "expr/jsonata_cases.def"
#undef DOCUMENT
#undef CASE
    ;

// Returns what an expression gives, in words: JSON, "undefined", or code, position and token.
static struct str outcome(struct scope *s, const char *text, struct json input,
                          const struct jsonata_environment *environment)
{
    const struct jsonata *compiled = NULL;
    struct jsonata_error error = {0};
    struct json out = {0};
    enum status e = jsonata_compile(s, str(text), &compiled, &error);

    if (e == OK)
        e = jsonata_evaluate(s, compiled, input, environment, &out, &error);
    if (e != OK)
        return str_trim(str_format(s, "%s@%zu %.*s", error.code, error.position, STR(error.token)));
    return out.type == JSON_NONE ? str("undefined") : json_to_str(s, out);
}

static struct json parsed(struct scope *s, const char *text)
{
    struct json out = {0};

    (void)json_parse(s, str(text), &json_limits_lenient, &out);
    return out;
}

TEST(expressions_give_what_the_reference_gives)
{
    static const struct {
        const char *expression;
        const char *expected;
    } cases[] = {
#define DOCUMENT(text)
#define CASE(expression, expected) {expression, expected},
#include "expr/jsonata_cases.def"
#undef DOCUMENT
#undef CASE
    };
    struct json input = parsed(s, document);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scope *own = scope_open(16 << 20);
        struct str is = outcome(own, cases[i].expression, input, NULL);
        (void)test_expect_equal_str(is, str(cases[i].expected), __FILE__, __LINE__,
                                    cases[i].expression);
        scope_close(own);
    }
}

static const char tail_recursion[] =
    "($count := function($n, $sum) { $n = 0 ? $sum : $count($n - 1, $sum + $n) };"
    " $count(100000, 0))";

TEST(tail_calls_need_no_depth)
{
    struct scope *own = scope_open(128 << 20);
    struct jsonata_environment environment = {.depth_max = 3};

    EXPECT_STR(outcome(own, tail_recursion, json_null(), &environment), "5000050000");
    scope_close(own);
}

TEST(what_a_call_made_for_itself_is_given_back)
{
    struct scope *own = scope_open(4 << 20);
    struct jsonata_environment environment = {.steps_max = 100000000};

    EXPECT_STR(outcome(own, tail_recursion, json_null(), &environment), "5000050000");
    EXPECT_STR(outcome(own, "$sum($map([1..20000], function($v) { $sum([$v, 1, 2]) }))",
                       json_null(), &environment),
               "200070000");
    EXPECT_STR(outcome(own, "($x := 0; $map([1..9], function($v) { ($y := [$v]; $y = 5) }); $x)",
                       json_null(), &environment),
               "0");
    EXPECT_STR(outcome(own, "([1, 2, 3][$x := [$, $]]; $x)", json_null(), &environment), "[3,3]");
    EXPECT_STR(outcome(own, "($f := 1; [1, 2, 3][($exists($f := function() { [$, 7] }))]; $f)",
                       json_null(), &environment),
               "1");
    EXPECT_STR(outcome(own, "($exists($x := [4, 5, 6]); [1..9]; $x)", json_null(), &environment),
               "[4,5,6]");
    scope_close(own);
}

TEST(endless_recursion_and_endless_loops_end)
{
    struct scope *own = scope_open(128 << 20);
    struct jsonata_environment environment = {.steps_max = 100000};
    struct jsonata_environment small = {.bytes_max = 100000};

    EXPECT_STR(outcome(own, "($f := function($x) { 1 + $f($x) }; $f(1))", json_null(), NULL),
               "D1011@0");
    EXPECT_STR(outcome(own, "($f := function($x) { $f($x) }; $f(1))", json_null(), &environment),
               "D1012@0");
    EXPECT_STR(outcome(own, "[1..100000]", json_null(), &small), "U1001@0");
    EXPECT_STR(outcome(own, "($f := function($s) { $f($s & $s) }; $f('abc'))", json_null(), &small),
               "U1001@0");
    scope_close(own);
}

TEST(recursion_through_any_construct_is_bounded)
{
    static const char *const cases[] = {
        "($f := function($x){ $map([1], function($y){ 1 + $f($x) }) }; $f(1))",
        "($f := function($x){ [1].{'a': ($x ? (1 + (2 * (3 - $f($x)))) : 2)} }; $f(1))",
        "($f := function($x){ $eval('1+$f(1)') }; $f(1))",
        "($f := function($x){ $sort([1,2], function($a,$b){$f($x) > 1}) }; $f(1))",
        "($f := function($x){ $x ~> |$|{'a':$f($)}| }; $f({}))",
        "($f := function($x){ [1,2]^($f($x)) }; $f({}))",
        "($f := function($x){ [1,2]#$i[$f($x)] }; $f({}))",
        "($f := function($x){ $replace('a', /a/, function($m){ $f($m) & '' }) }; $f({}))",
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scope *own = scope_open(128 << 20);
        EXPECT_STR(outcome(own, cases[i], json_object(NULL, 0), NULL), "D1011@0");
        scope_close(own);
    }
}

TEST(an_evaluation_meets_its_limit_before_the_scope_does)
{
    struct scope *own = scope_open(300 << 10);

    EXPECT_STR(outcome(own, "[1..1000000]", json_null(), NULL), "U1001@0");
    EXPECT_STR(
        outcome(own, "$reduce([1..9999], function($a, $v) { $append($a, $v) })", json_null(), NULL),
        "U1001@0");
    scope_close(own);
}

TEST(nesting_is_bounded_while_compiling_and_while_running)
{
    struct buf text = buf_make(s, 1 << 20);
    struct jsonata_error error = {0};
    const struct jsonata *compiled = NULL;

    for (int i = 0; i < 20000; i++)
        buf_put_byte(&text, '(');
    EXPECT_EQUAL(jsonata_compile(s, buf_str(&text), &compiled, &error), TOO_LARGE);
    EXPECT_STR(str(error.code), "D1011");
    buf_clear(&text);
    for (int i = 0; i < 5000; i++)
        buf_put_z(&text, "1+");
    EXPECT_EQUAL(jsonata_compile(s, buf_str(&text), &compiled, &error), TOO_LARGE);
    EXPECT_STR(outcome(s,
                       "($f := function($x, $n) { $n = 0 ? $x : $f({'a': $x}, $n - 1) };"
                       " $f(1, 5000))",
                       json_null(), NULL),
               "D1011@0");
}

TEST(what_is_passed_on_keeps_its_digits)
{
    struct json input =
        parsed(s, "{\"a\":1.10,\"b\":12345678901234567890,\"c\":[0.30000000000000000]}");

    EXPECT_STR(outcome(s, "{\"x\": a, \"y\": b, \"z\": c}", input, NULL),
               "{\"x\":1.10,\"y\":12345678901234567890,\"z\":[0.30000000000000000]}");
    EXPECT_STR(outcome(s, "a + 1", input, NULL), "2.1");
    EXPECT_STR(outcome(s, "b + 0", input, NULL), "12345678901234567000");
}

TEST(bindings_are_variables_and_hide_functions)
{
    struct json input = parsed(s, "{\"total\":5}");
    struct json bindings = parsed(s, "{\"states\":{\"input\":{\"x\":3}},\"sum\":4}");
    struct jsonata_environment environment = {.bindings = bindings.members,
                                              .binding_count = bindings.count};

    EXPECT_STR(outcome(s, "$states.input.x + total + $sum", input, &environment), "12");
    EXPECT_STR(outcome(s, "($states := 1; $states)", input, &environment), "1");
    EXPECT_STR(outcome(s, "$sum(1)", input, &environment), "T1006@5 sum");
}

TEST(a_message_shows_what_was_wrong)
{
    const struct jsonata *compiled = NULL;
    struct jsonata_error error = {0};
    struct json out = {0};

    REQUIRE_OK(jsonata_compile(s, str("{1: 2}"), &compiled, &error));
    EXPECT_EQUAL(jsonata_evaluate(s, compiled, json_null(), NULL, &out, &error), INVALID);
    EXPECT_STR(error.message, "Key in object structure must evaluate to a string; got: 1");
    EXPECT_EQUAL(jsonata_compile(s, str("1 + "), &compiled, &error), INVALID);
    EXPECT_STR(error.message, "Unexpected end of expression");
}

TEST(the_states_language_adds_functions_and_has_no_eval)
{
    const struct jsonata_environment states = {.states_language = true, .random_seed = 7};

    EXPECT_STR(outcome(s, "$partition([1..5], 2)", json_null(), &states), "[[1,2],[3,4],[5]]");
    EXPECT_STR(outcome(s, "$range(1, 9, 4)", json_null(), &states), "[1,5,9]");
    EXPECT_STR(outcome(s, "$parse('{\"a\":[1]}').a", json_null(), &states), "[1]");
    EXPECT_STR(outcome(s, "$random(3) = $random(3)", json_null(), &states), "true");
    EXPECT_STR(outcome(s, "$eval('1')", json_null(), &states), "T1006@6 eval");
    EXPECT_STR(outcome(s, "$partition([1..5], 2)", json_null(), NULL), "T1006@11 partition");
    EXPECT_STR(outcome(s, "$random(3)", json_null(), NULL), "T0410@8 random");
    EXPECT_STR(outcome(s, "$eval('1 + $x', {'x': 2})", json_null(), NULL), "undefined");
}
