#include "expr/jsonata_text.h"

#include "expr/jsonata_case.h"
#include "test/harness.h"

TEST(texts_have_code_points_and_utf16_units)
{
    struct str text = str("a\u00e5\U0001F600b");

    EXPECT_EQUAL(text_length(text), 4);
    EXPECT_EQUAL(text_units(text), 5);
    EXPECT_EQUAL(text_offset(text, 2), 3);
    EXPECT_EQUAL(text_offset(text, 9), text.bytes);
    EXPECT_EQUAL(text_offset_of_unit(text, 2), 3);
    EXPECT_EQUAL(text_offset_of_unit(text, 3), 3);
    EXPECT_EQUAL(text_offset_of_unit(text, 4), 7);
    EXPECT_EQUAL(text_offset_of_unit(text, 99), text.bytes);
}

TEST(lone_surrogates_are_kept_and_found)
{
    struct str text = str("a\xed\xa0\x80z\xff");
    struct points points = points_of(s, text);

    EXPECT_EQUAL(points.count, 4);
    EXPECT_EQUAL(points.at[1], 0xD800);
    EXPECT_EQUAL(points.at[3], 0xFFFD);
    EXPECT_STR(points_text(s, points_slice(points, 0, 3)), "a\xed\xa0\x80z");
    EXPECT_EQUAL(text_find_surrogate(text), 1);
    EXPECT_EQUAL(text_find_surrogate(str("a\u00e5")), 3);
}

TEST(space_is_what_ecmascript_calls_it)
{
    EXPECT_STR(text_trim_space(str(" \t\u00a0\ufeffa b\u2003\n")), "a b");
    EXPECT_STR(text_trim_space(str(" ")), "");
    EXPECT_STR(text_trim_space(str("")), "");
}

TEST(upper_case_may_be_longer)
{
    static const struct {
        const char *text;
        const char *upper;
        const char *lower;
    } cases[] = {
        {"Hello", "HELLO", "hello"},
        {"stra\u00dfe", "STRASSE", "stra\u00dfe"},
        {"\u00c5\u00e4\u00f6", "\u00c5\u00c4\u00d6", "\u00e5\u00e4\u00f6"},
        {"\u0390", "\u0399\u0308\u0301", "\u0390"},
        {"\u0130", "\u0130", "i\u0307"},
        {"\u039f\u0394\u039f\u03a3 \u03a3", "\u039f\u0394\u039f\u03a3 \u03a3",
         "\u03bf\u03b4\u03bf\u03c2 \u03c3"},
        {"\u03a3\u0391", "\u03a3\u0391", "\u03c3\u03b1"},
        {"\ufb03", "FFI", "\ufb03"},
        {"\u0101\u0102", "\u0100\u0102", "\u0101\u0103"},
        {"\U00010428", "\U00010400", "\U00010428"},
        {"\u0436\u0416", "\u0416\u0416", "\u0436\u0436"},
        {"\u01c5", "\u01c4", "\u01c6"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_STR(text_upper(s, str(cases[i].text)), cases[i].upper);
        EXPECT_STR(text_lower(s, str(cases[i].text)), cases[i].lower);
    }
}
