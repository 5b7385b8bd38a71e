#include "expr/jsonata_integer_picture.h"

#include "test/harness.h"

#include <math.h>

static struct str printed(struct scope *s, double value, struct str picture)
{
    struct integer_picture p = {0};
    struct picture_error error = {0};
    struct str out = {0};

    if (integer_picture_read(s, picture, &p, &error) != OK ||
        integer_picture_format(s, value, &p, &out, &error) != OK)
        return error.code ? str(error.code) : str("no code");
    return out;
}

TEST(integer_pictures_print_as_the_reference_does)
{
    static const struct {
        double value;
        const char *picture;
        const char *text;
    } cases[] = {
        {12345678, "#,##0", "12,345,678"},
        {12, "000", "012"},
        {7, "#;o", "D3130"},
        {11, "0;o", "11th"},
        {22, "0;o", "22nd"},
        {112, "0;o", "112th"},
        {1234, "0;o", "1234th"},
        {0, "w", "zero"},
        {21, "Ww", "Twenty-One"},
        {100, "w;o", "one hundredth"},
        {1999, "w", "one thousand, nine hundred and ninety-nine"},
        {-7, "W", "-SEVEN"},
        {1000001, "w", "one million and one"},
        {3000000000000, "Ww;o", "Three Trillionth"},
        {1000000000000000, "w", "one thousand trillion"},
        {1000000000000000000, "w", "one million trillion"},
        {40, "w;o", "fortieth"},
        {1999, "I", "MCMXCIX"},
        {4, "i", "iv"},
        {0, "I", ""},
        {27, "A", "AA"},
        {703, "a", "aaa"},
        {0, "a", ""},
        {123, "٠٠٠٠", "٠١٢٣"},
        {123456, "#:###,00", "1:234,56"},
        {5, "#:#,00", ",:5"},
        {1e+21, "0", "1e+21"},
        {1234567, "#,###,##0;x", "1,234,567"},
        {1, "x", "D3130"},
        {1, "", "D3130"},
        {1, "1٠", "D3131"},
        {12.7, "0", "12"},
        {-12.2, "0", "-13"},
        {1234567, "#.###.##0", "1.234.567"},
        {12345, "0,00:00", "1,23:45"},
        {15, "００;o", "１５th"},
    };

    // The picture comes first with the value rounded down, as $formatInteger() does.
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(printed(s, floor(cases[i].value), str(cases[i].picture)), cases[i].text);
}

TEST(integer_pictures_read_what_the_reference_does)
{
    static const struct {
        const char *text;
        const char *picture;
        double value;
    } cases[] = {
        {"12,345", "#,##0", 12345},
        {"twenty-one", "w", 21},
        {"one thousand, two hundred and three", "w", 1203},
        {"One Hundred Trillion", "Ww", 100000000000000},
        {"two million, one hundred and five thousand and six", "w", 2105006},
        {"third", "w;o", 3},
        {"xx", "w", (double)NAN},
        {"MCMXCIX", "I", 1999},
        {"iv", "i", 4},
        {"AB", "A", 28},
        {"aaa", "a", 703},
        {"12th", "0;o", 12},
        {"١٢", "٠٠", 12},
        {"1:2,34", "#:#,00", 1234},
        {"0x1F", "0", 31},
        {" 42abc", "0", 42},
        {"-5", "0", -5},
        {"abc", "0", (double)NAN},
        {"hundred", "w", 0},
        {"five thousand thousand", "w", 5000000},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct integer_picture p = {0};
        struct picture_error error = {0};
        double value = 0;
        REQUIRE_OK(integer_picture_read(s, str(cases[i].picture), &p, &error));
        EXPECT_OK(integer_picture_parse(s, str(cases[i].text), &p, &value, &error));
        EXPECT(isnan(cases[i].value) ? isnan(value) : value == cases[i].value);
    }
}

TEST(integers_beyond_every_picture_are_refused_or_printed_as_they_are)
{
    struct integer_picture p = {0};
    struct picture_error error = {0};
    struct str out = {0};

    REQUIRE_OK(integer_picture_read(s, str("I"), &p, &error));
    EXPECT_EQUAL(integer_picture_format(s, 1e8, &p, &out, &error), TOO_LARGE);
    EXPECT_STR(printed(s, (double)INFINITY, str("w")), "Infinity");
    EXPECT_STR(printed(s, (double)NAN, str("I")), "");
    EXPECT_STR(printed(s, (double)NAN, str("0000")), "0NaN");
    EXPECT(printed(s, 1.7976931348623157e308, str("w")).bytes > 100);
    EXPECT(printed(s, 1.7976931348623157e308, str("A")).bytes > 100);
}
