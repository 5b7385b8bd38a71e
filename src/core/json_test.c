// JSON: what is accepted and refused, with which sentence, and that values survive.
#include "core/json.h"

#include "core/buf.h"
#include "test/harness.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static struct json parsed(struct scope *s, const char *text)
{
    struct json j = {0};

    EXPECT_OK(json_parse(s, str(text), &json_limits_lenient, &j));
    return j;
}

TEST(a_document_is_written_as_it_was_read)
{
    static const char *const documents[] = {
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "\"\"",
        "-0",
        "12.50",
        "1E+2",
        "[1,[2,[3,{}]],[]]",
        "{\"a\":1,\"b\":{\"c\":[true,false,null]},\"\":\"\"}",
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"",
        "\"чек № 1 — 10 €, \xF0\x9F\x98\x80\"",
        "{\"назва\":\"Кава\\n\"}",
    };

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        EXPECT_STR(json_to_str(s, parsed(s, documents[i])), documents[i]);
}

TEST(escapes_are_decoded)
{
    static const struct {
        const char *text;
        const char *is;
    } cases[] = {
        {"\"a\\/b\"", "a/b"},
        {"\"\\u0041\\u00e4\\u20AC\"", "Aä€"},
        {"\"\\ud83d\\uDE00!\"", "\xF0\x9F\x98\x80!"},
        {"\"ä\\\"ö\\\\ü\\n\"", "ä\"ö\\ü\n"},
        {"\"twelve bytes\\u0020and more of them\"", "twelve bytes and more of them"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(json_text(parsed(s, cases[i].text)), cases[i].is);
    EXPECT(str_equal(json_text(parsed(s, "\"a\\u0000b\"")), str_of("a\0b", 3)));
}

TEST(a_malformed_document_is_refused_with_place_and_reason)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "line 1, column 1: found the end of the text, expected a value"},
        {" \n  ?", "line 2, column 3: found '?', expected a value"},
        {"\"ключ\" \"x\"", "line 1, column 8: found '\"', expected nothing more"},
        {"{\"a\" 1}", "line 1, column 6: found '1', expected ':' after a member's name"},
        {"{\"a\":1,}", "line 1, column 8: found '}', expected a member's name in quotes"},
        {"{\"a\":1]", "line 1, column 7: found ']', expected ',' or '}' after a member"},
        {"[1,]", "line 1, column 4: found ']', expected a value"},
        {"[1 2]", "line 1, column 4: found '2', expected ',' or ']' after an item"},
        {"[nul]", "line 1, column 2: found 'n', expected a value"},
        {"-x", "line 1, column 2: found 'x', expected a digit that the number lacks"},
        {"1.", "line 1, column 3: found the end of the text, "
               "expected a digit that the number lacks"},
        {"012", "line 1, column 2: found '1', expected nothing more"},
        {"\"a\tb\"",
         "line 1, column 3: found byte 0x09, expected control characters to be escaped"},
        {"\"ab", "line 1, column 4: found the end of the text, "
                 "expected a quote at the end of the string"},
        {"\"\\x\"", "line 1, column 3: found 'x', "
                    "expected one of \" \\ / b f n r t u after a backslash"},
        {"\"\\u12g4\"", "line 1, column 6: found 'g', "
                        "expected four hexadecimal digits after \\u"},
        {"\"\\udc00\"", "line 1, column 2: found '\\', "
                        "expected no surrogate without its other half"},
        {"\"\\ud800\\n\"", "line 1, column 2: found '\\', "
                           "expected no surrogate without its other half"},
        {"\"\xC0\x80\"", "line 1, column 2: found byte 0xC0, expected well-formed UTF-8"},
        {"\"\\n\xFF\"", "line 1, column 4: found byte 0xFF, expected well-formed UTF-8"},
        {"\xEF\xBB\xBF{}", "line 1, column 1: found '\xEF\xBB\xBF', expected a value"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json j = {0};
        EXPECT(json_parse(s, str(cases[i].text), &json_limits_lenient, &j) == INVALID);
        EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(a_name_that_stands_twice_is_refused_or_the_last_value_is_kept)
{
    const char *text = "{\"a\":1,\"b\":2,\"a\":3,\"c\":4,\"\\u0061\":5}";
    struct json j = {0};

    EXPECT(json_parse(s, str(text), &json_limits_strict, &j) == INVALID);
    EXPECT_STR(scope_why(s), "line 1, column 14: found the member \"a\" a second time, "
                             "expected each name once");
    EXPECT_STR(json_to_str(s, parsed(s, text)), "{\"a\":5,\"b\":2,\"c\":4}");
}

// {"n0":0,"n1":1,...}; the last name may be a copy of the first.
static struct str large_object(struct scope *s, unsigned count, bool twice)
{
    struct buf text = buf_make(s, 1 << 24);

    buf_put_byte(&text, '{');
    for (unsigned i = 0; i < count; i++)
        buf_format(&text, "%s\"n%u\":%u", i ? "," : "", i, i);
    buf_put_z(&text, twice ? ",\"n0\":7}" : "}");
    return buf_str(&text);
}

TEST(large_objects_find_their_members_and_their_duplicates)
{
    struct json j = {0};

    for (unsigned count = 30; count < 40; count++) {
        EXPECT_OK(json_parse(s, large_object(s, count, false), &json_limits_strict, &j));
        for (unsigned i = 0; i < count; i++) {
            struct str name = str_format(s, "n%u", i);
            int64_t value = -1;
            EXPECT(json_to_i64(json_get(j, name), &value) && value == i);
        }
        EXPECT(json_is(json_member(j, "n99"), JSON_NONE));
        EXPECT(json_parse(s, large_object(s, count, true), &json_limits_strict, &j) == INVALID);
        EXPECT_OK(json_parse(s, large_object(s, count, true), &json_limits_lenient, &j));
        EXPECT_EQUAL(j.count, count);
        EXPECT_STR(json_text(json_member(j, "n0")), "7");
        EXPECT_STR(json_text(json_member(j, "n29")), "29");
    }
    EXPECT_OK(json_parse(s, large_object(s, 50000, false), &json_limits_strict, &j));
    EXPECT_STR(json_text(json_member(j, "n49999")), "49999");
    EXPECT(json_equal(j, json_copy(s, j)));
    EXPECT_STR(json_text(json_member(json_copy(s, j), "n31234")), "31234");
}

static enum status parse_repeated(struct scope *s, const char *part, size_t count,
                                  const struct json_limits *limits)
{
    struct buf text = buf_make(s, 1 << 26);
    struct json j = {0};

    for (size_t i = 0; i < count; i++)
        buf_put_z(&text, part);
    return json_parse(s, buf_str(&text), limits, &j);
}

TEST(a_document_beyond_a_limit_is_too_large)
{
    const struct json_limits limits = {
        .bytes_max = 100, .depth_max = 3, .values_max = 5, .duplicates = JSON_REFUSE};
    struct json j = {0};

    EXPECT_OK(json_parse(s, str("[[[1,2]]]"), &limits, &j));
    EXPECT_EQUAL(json_depth(j), 3);
    EXPECT(json_parse(s, str("[[[[]]]]"), &limits, &j) == TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document nests arrays and objects deeper than 3");
    EXPECT(json_parse(s, str("[1,2,3,4,5]"), &limits, &j) == TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document holds more than 5 values");
    EXPECT(parse_repeated(s, "          ", 11, &limits) == TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document has 110 bytes; the most is 100");
    EXPECT(parse_repeated(s, "[", 1 << 20, &json_limits_lenient) == TOO_LARGE);
    EXPECT(parse_repeated(s, "{\"a\":", 1 << 17, &json_limits_strict) == TOO_LARGE);
}

// Whatever the document, a scope without room for it gets an answer and not the end of the process.
TEST(a_scope_without_room_answers_too_large)
{
    static const char *const parts[] = {"[[],",         "{\"a\":[", "[{},",
                                        "\"\\u0041\",", "1,",       "[1,2,3,4],"};
    const struct json_limits limits = {
        .bytes_max = 1 << 24, .depth_max = 1 << 20, .values_max = 1 << 24};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct buf text = buf_make(s, 1 << 24);
        buf_put_byte(&text, '[');
        for (size_t n = 0; n < 10000; n++)
            buf_put_z(&text, parts[i]);
        for (size_t budget = 0; budget < 600000; budget += 23456) {
            struct json j = {0};
            struct scope *tight = scope_open(budget);
            enum status e = json_parse(tight, buf_str(&text), &limits, &j);
            EXPECT(e == TOO_LARGE || e == INVALID);
            scope_close(tight);
        }
    }
}

TEST(look_ups_in_what_is_not_there_give_nothing)
{
    struct json j = parsed(s, "{\"totals\":{\"currency\":\"EUR\",\"lines\":[10,20]}}");

    EXPECT_STR(json_text(json_path(j, "totals.currency")), "EUR");
    EXPECT_STR(json_text(json_at(json_path(j, "totals.lines"), 1)), "20");
    EXPECT(json_is(json_at(json_path(j, "totals.lines"), 2), JSON_NONE));
    EXPECT(json_is(json_path(j, "totals.currency.code"), JSON_NONE));
    EXPECT(json_is(json_path(j, "no.such.thing"), JSON_NONE));
    EXPECT_STR(json_text(json_path(j, "no")), "");
    EXPECT_STR(str(json_type_name(json_path(j, "totals.lines"))), "array");
}

TEST(whole_numbers_are_read_exactly_or_not_at_all)
{
    static const struct {
        const char *text;
        bool fits;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0.0e7", true, 0},
        {"1.0", true, 1},
        {"1e3", true, 1000},
        {"-12.50e1", true, -125},
        {"1200e-2", true, 12},
        {"0.0005E4", true, 5},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775.808e3", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"9.223372036854775808e18", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"12e-1", false, 0},
        {"1e19", false, 0},
        {"1e99999999999999999999", false, 0},
        {"0e99999999999999999999", true, 0},
        {"\"1\"", false, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 0;
        bool fits = json_to_i64(parsed(s, cases[i].text), &value);
        EXPECT_EQUAL(fits, cases[i].fits);
        if (fits)
            EXPECT_EQUAL(value, cases[i].value);
    }
}

TEST(numbers_are_read_as_the_nearest_double)
{
    static const char *const texts[] = {
        "0.1",
        "1e22",
        "1e23",
        "123456789012345678",
        "9007199254740993",
        "9007199254740993.00000000000000000000000000000000000000000000000000000001",
        "1.7976931348623157e308",
        "4.9e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "-179.769e-3",
        "0.000001",
        "1e-400",
        "3.14159265358979323846264338327950288419716939937510582097494459",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value = -1;
        EXPECT(json_to_double(parsed(s, texts[i]), &value));
        EXPECT(value == strtod(texts[i], NULL));
    }
    double unchanged = 7;
    EXPECT(!json_to_double(parsed(s, "1e400"), &unchanged));
    EXPECT(!json_to_double(parsed(s, "true"), &unchanged));
    EXPECT(unchanged == 7);
}

TEST(doubles_are_written_as_javascript_prints_them)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {100, "100"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {123456789012345680000.0, "123456789012345680000"},
        {-1e-6, "-0.000001"},
        {1.5e-6, "0.0000015"},
        {1e-7, "1e-7"},
        {1.25e-7, "1.25e-7"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {9007199254740992, "9007199254740992"},
        {618970019642690137449562112.0, "6.189700196426902e+26"}, // 2^89
        {4.35, "4.35"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(json_text(json_double(s, cases[i].value)), cases[i].text);
}

TEST(any_double_survives_being_written)
{
    uint64_t seed = 88172645463325252U;

    for (int i = 0; i < 20000; i++) {
        double value = 0;
        double back = 0;
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof value);
        if (isfinite(value))
            EXPECT(json_to_double(json_double(s, value), &back) && back == value);
    }
}

TEST(equality_is_of_values_and_not_of_text)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {"1", "1.0", true},
        {"100", "1e2", true},
        {"0.001", "1E-3", true},
        {"-0", "0.0", true},
        {"1", "-1", false},
        {"12", "1.2", false},
        {"1", "true", false},
        {"10000000000000000000000001", "10000000000000000000000002", false},
        {"{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}", true},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"{\"a\":1,\"c\":2}", "{\"a\":1,\"b\":2}", false},
        {"[1,2]", "[2,1]", false},
        {"[]", "{}", false},
        {"\"\\u0061\"", "\"a\"", true},
        {"null", "false", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json a = parsed(s, cases[i].a);
        struct json b = parsed(s, cases[i].b);
        EXPECT_EQUAL(json_equal(a, b), cases[i].equal);
        EXPECT_EQUAL(json_equal(b, a), cases[i].equal);
    }
}

TEST(numbers_have_an_order)
{
    static const char *const rising[] = {"-1e9",   "-10",   "-9.99", "-0.1",  "-1e-400", "0",
                                         "1e-400", "0.099", "0.1",   "1",     "1.01",    "2",
                                         "9.9",    "10",    "100",   "1e400", "1.1e400"};

    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
        for (size_t j = 0; j < sizeof rising / sizeof *rising; j++) {
            int order = json_compare_numbers(parsed(s, rising[i]), parsed(s, rising[j]));
            EXPECT_EQUAL((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

TEST(copies_are_changed_and_originals_are_not)
{
    struct json j = parsed(s, "{\"a\":1,\"b\":2}");

    EXPECT_STR(json_to_str(s, json_with(s, j, str("c"), json_bool(true))),
               "{\"a\":1,\"b\":2,\"c\":true}");
    EXPECT_STR(json_to_str(s, json_with(s, j, str("a"), json_null())), "{\"a\":null,\"b\":2}");
    EXPECT_STR(json_to_str(s, json_with(s, json_null(), str("x"), json_i64(s, INT64_MIN))),
               "{\"x\":-9223372036854775808}");
    EXPECT_STR(json_to_str(s, json_without(s, j, str("a"))), "{\"b\":2}");
    EXPECT_STR(json_to_str(s, json_without(s, j, str("z"))), "{\"a\":1,\"b\":2}");
    EXPECT_STR(json_to_str(s, j), "{\"a\":1,\"b\":2}");
}

TEST(a_copy_outlives_the_text_it_came_from)
{
    struct scope *inner = scope_open(10000);
    struct str text = str_copy(inner, str("{\"a\":[1.50,\"x\\n\",\"y\"],\"b\":{}}"));
    struct json j = {0};
    EXPECT_OK(json_parse(inner, text, &json_limits_strict, &j));

    struct json copy = json_copy(s, j);
    scope_close(inner);

    EXPECT_STR(json_to_str(s, copy), "{\"a\":[1.50,\"x\\n\",\"y\"],\"b\":{}}");
}

TEST(pretty_json_is_indented)
{
    struct buf out = buf_make(s, 1000);

    json_write_pretty(&out, parsed(s, "{\"a\":[1,{}],\"b\":{\"c\":\"\"},\"d\":[]}"));

    EXPECT_STR(buf_str(&out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n"
                              "  \"b\": {\n    \"c\": \"\"\n  },\n  \"d\": []\n}");
}

TEST(a_value_deeper_than_any_document_is_not_written)
{
    struct json j = json_null();
    struct str text = {0};

    for (int i = 0; i < 100000; i++) {
        struct json *item = scope_new(s, struct json);
        *item = j;
        j = json_array(item, 1);
    }
    struct buf out = buf_make(s, 1 << 20);
    json_write(&out, j);

    EXPECT_EQUAL(json_depth(j), UINT16_MAX);
    EXPECT(buf_finish(&out, "the value", &text) == TOO_LARGE);
    EXPECT(!json_equal(j, j));
}
