#include "core/json.h"
#include "core/str.h"
#include "expr/jsonata.h"
#include "test/harness.h"

#define NOW_MS INT64_C(1700000000000)

enum { OWN_BYTES_MAX = 32 << 20 };

// Returns what an expression gives, in words: JSON, "undefined", or an error's code and position.
static struct str outcome(struct scope *s, const char *text,
                          const struct jsonata_environment *environment)
{
    const struct jsonata *compiled = NULL;
    struct jsonata_error error = {0};
    struct json out = {0};
    enum status e = jsonata_compile(s, str(text), &compiled, &error);

    if (e == OK)
        e = jsonata_evaluate(s, compiled, json_null(), environment, &out, &error);
    if (e != OK)
        return str_format(s, "%s@%zu", error.code, error.position);
    return out.type == JSON_NONE ? str("undefined") : json_to_str(s, out);
}

TEST(functions_give_what_the_reference_gives)
{
    static const struct {
        const char *expression;
        const char *expected;
    } cases[] = {
#define CASE(expression, expected) {expression, expected},
#include "expr/jsonata_functions_cases.def"
#undef CASE
    };
    struct jsonata_environment environment = {.now_ms = NOW_MS, .random_seed = 7};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scope *own = scope_open(OWN_BYTES_MAX);
        (void)test_expect_equal_str(outcome(own, cases[i].expression, &environment),
                                    str(cases[i].expected), __FILE__, __LINE__,
                                    cases[i].expression);
        scope_close(own);
    }
}

TEST(functions_of_the_states_language_follow_its_intrinsics)
{
    static const struct {
        const char *expression;
        const char *expected;
    } cases[] = {
        {"$partition([1,2,3,4,5], 2)", "[[1,2],[3,4],[5]]"},
        {"$partition([1], 9)", "[[1]]"},
        {"$partition([], 2)", "[]"},
        {"$partition([1,2], 0)", "D3137@11"},
        {"$partition([1,2], -1)", "D3137@11"},
        {"$range(1, 9, 2)", "[1,3,5,7,9]"},
        {"$range(5, 1, -2)", "[5,3,1]"},
        {"$range(1, 1, 1)", "[1]"},
        {"$range(5, 1, 1)", "[]"},
        {"$count($range(1, 1000, 1))", "1000"},
        {"$range(0, 1000, 1)", "D3137@7"},
        {"$range(1, 2, 0)", "D3137@7"},
        {"$hash(\"input data\", \"SHA-1\")", "\"aaff4a450a104cd177d28d18d74485e8cae074b7\""},
        {"$hash(\"\", \"MD5\")", "\"d41d8cd98f00b204e9800998ecf8427e\""},
        {"$length($hash(\"a\", \"SHA-256\"))", "64"},
        {"$length($hash(\"a\", \"SHA-384\"))", "96"},
        {"$length($hash(\"a\", \"SHA-512\"))", "128"},
        {"$hash(\"a\", \"SHA-3\")", "D3137@6"},
        {"$uuid() ~> $contains(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)",
         "true"},
        {"$uuid() = $uuid()", "false"},
        {"$parse(\"{\\\"a\\\":[1,2.50,null,{\\\"b\\\":true}]}\")",
         "{\"a\":[1,2.50,null,{\"b\":true}]}"},
        {"$parse(\"5\") + 1", "6"},
        {"$parse(\"{\")", "D3137@7"},
        {"$parse(nothing)", "undefined"},
        {"$random(5) = $random(5)", "true"},
        {"$random(5) = $random(6)", "false"},
        {"$random() = $random()", "false"},
        {"$eval(\"1\")", "T1006@6"},
    };
    struct jsonata_environment environment = {.random_seed = 7, .states_language = true};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)test_expect_equal_str(outcome(s, cases[i].expression, &environment),
                                    str(cases[i].expected), __FILE__, __LINE__,
                                    cases[i].expression);
    }
}

TEST(without_the_states_language_its_functions_are_not_there)
{
    struct jsonata_environment environment = {.random_seed = 7};

    EXPECT_STR(outcome(s, "$uuid()", &environment), "T1006@6");
    EXPECT_STR(outcome(s, "$range(1,2,1)", &environment), "T1006@7");
    EXPECT_STR(outcome(s, "$random(1)", &environment), "T0410@8");
}

// What a stranger's expression makes large must meet a limit, whichever function does it.
TEST(functions_meet_the_limits_of_an_evaluation)
{
    static const char *const expressions[] = {
        "$pad(\"a\", 1e12)",
        "($d := function($s) { $d($s & $s) }; $d(\"abc\"))",
        "$reduce([1..40], function($a, $i) { $append($a, $a) }, [1, 2])",
        "$reduce([1..40], function($s, $i) { $join([$s, $s]) }, \"abc\")",
        "$reduce([1..40], function($s, $i) { $replace($s, \"a\", \"aa\") }, \"aaaa\")",
        "$reduce([1..40], function($s, $i) { $replace($s, /a/, \"$0$0\") }, \"aaaa\")",
        "$reduce([1..60], function($s, $i) { $base64encode($s) }, \"aaaa\")",
        "$map([1..1e6], function($x) { $formatNumber($x, \"#,##0.00\") })",
        "$map([1..1e6], function($x) { $fromMillis($x) })",
        "$zip([1..1e6], [1..1e6], [1..1e6], [1..1e6], [1..1e6])",
        "$sort([1..1e6], function($a, $b) { true })",
        "$map([1..1e6], function($x) { $shuffle([1..100]) })",
        "$formatInteger(1e9, \"I\")",
        "$fromMillis(0, $pad(\"\", 2000, \"[Y]\"))",
        "$toMillis($pad(\"\", 9000, \"1\"), \"[Y]\")",
        "$formatNumber(1, $pad(\"\", 9000, \"0\"))",
        "$formatInteger(1, $pad(\"\", 9000, \"0\"))",
        "$formatNumber(1, \".\" & $pad(\"\", 200, \"0\"))",
    };
    struct jsonata_environment environment = {.steps_max = 300000, .bytes_max = 4 << 20};

    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct scope *own = scope_open(OWN_BYTES_MAX);
        struct str is = outcome(own, expressions[i], &environment);
        (void)test_expect(str_starts(is, str("U1001")) || str_starts(is, str("D1012")) ||
                              str_starts(is, str("D1011")),
                          __FILE__, __LINE__, expressions[i]);
        scope_close(own);
    }
}
