#include "expr/jsonata_number_picture.h"

#include "test/harness.h"

static struct str printed(struct scope *s, double value, const char *picture,
                          const struct number_symbols *symbols)
{
    struct picture_error error = {0};
    struct str out = {0};

    if (number_picture_format(s, value, str(picture), symbols, &out, &error) != OK)
        return error.code ? str(error.code) : str("no code");
    return out;
}

TEST(number_pictures_print_as_the_reference_does)
{
    static const struct {
        double value;
        const char *picture;
        const char *text;
    } cases[] = {
        {12345.6, "#,###.00", "12,345.60"},
        {12345678.9, "9,999.99", "12,345,678.90"},
        {123412345, "00,0000,00", "123,4123,45"},
        {0.14, "01%", "14%"},
        {0.14, "###pm", "0pm"},
        {-6, "000", "-006"},
        {1234.5678, "00.000e0", "12.346e2"},
        {34.555, "#0.00;(#0.00)", "34.56"},
        {-34.555, "#0.00;(#0.00)", "(34.56)"},
        {0.00012, "0.0e00", "1.2e-04"},
        {0, "0.0e0", "0.0e0"},
        {-0.5, "#", "-0"},
        {1234, "#,##,00", "12,34"},
        {12, "0,0,000", "0,0,012"},
        {0.4857, "###.###‰", "485.7‰"},
        {1e21, "#,##0.00", "1e,+21.00"},
        {1.5, "#", "2"},
        {2.5, "#", "2"},
        {1234567, "$#,##0", "$1,234,567"},
        {5, "€0.0e0", "D3093"},
        {1234.5, "#e0", "0.e4"},
        {0.00000123, "#.##e0", "0.12e-5"},
        {12.3456, "0.0,0,0", "12.3,46"},
        {12.3, "0.###,#", "12.3,"},
        {123, "abc", "D3086"},
        {1, "0;0;0", "D3080"},
        {1, "0.0.0", "D3081"},
        {1, "0%%", "D3082"},
        {1, "0‰‰", "D3083"},
        {1, "0%‰", "D3084"},
        {1, "0a0", "D3086"},
        {1, "0,.0", "D3087"},
        {1, "0,", "D3088"},
        {1, "0,,0", "D3089"},
        {1, "0#", "D3090"},
        {1, ".#0", "D3091"},
        {1, "0e0%", "D3092"},
        {1, "0e#", "D3093"},
        {-1234.5, "0.0;n0.0e0", "D3093"},
        {0.005, ".00", ".00"},
        {0.5, "#.#", ".5"},
        {0, "#", "0"},
        {0, "#.#", ".0"},
        {1, "#e0", "1.e0"},
        {123.9, ".00", "123.90"},
        {-0, "0", "0"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(printed(s, cases[i].value, cases[i].picture, &number_symbols_default),
                   cases[i].text);
}

TEST(number_pictures_take_other_symbols)
{
    static const struct {
        const char *name;
        const char *value;
        double number;
        const char *picture;
        const char *text;
    } cases[] = {
        {"decimal-separator", "!", 12.5, "0!00", "12!50"},
        {"grouping-separator", " ", 1234567, "# ##0", "1 234 567"},
        {"minus-sign", "\u2212", -5, "0", "\u22125"},
        {"zero-digit", "\u0660", 123, "\u0660", "\u0661\u0662\u0663"},
        {"zero-digit", "\U0010ffff", 1, "0", "D3086"},
        {"zero-digit", "", 1, "0", "D3086"},
        {"digit", "*", 1.5, "0.*", "1.5"},
        {"percent", "pc", 0.5, "0pc", "50pc"},
        {"pattern-separator", "|", -5, "0|(0)", "(5)"},
        {"exponent-separator", "E", 12345, "0.0E0", "1.2E4"},
        {"exponent-separator", "", 12345, "0", "D3093"},
        {"decimal-separator", "", 12345, "0", "D3081"},
        {"grouping-separator", "", 12345, "0", "D3089"},
        {"of-no-kind", "x", 1, "0", "1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number_symbols symbols = number_symbols_default;
        number_symbols_set(&symbols, str(cases[i].name), str(cases[i].value));
        EXPECT_STR(printed(s, cases[i].number, cases[i].picture, &symbols), cases[i].text);
    }
}

TEST(number_pictures_have_a_largest_size)
{
    struct picture_error error = {0};
    struct str out = {0};
    char *long_picture = scope_bytes(s, NUMBER_PICTURE_BYTES_MAX + 1);
    char places[NUMBER_PICTURE_PLACES_MAX + 3];

    memset(long_picture, '0', NUMBER_PICTURE_BYTES_MAX + 1);
    memset(places, '0', sizeof places);
    places[0] = '.';
    EXPECT_EQUAL(number_picture_format(s, 1, str_of(long_picture, NUMBER_PICTURE_BYTES_MAX + 1),
                                       &number_symbols_default, &out, &error),
                 TOO_LARGE);
    EXPECT_EQUAL(number_picture_format(s, 1, str_of(places, sizeof places), &number_symbols_default,
                                       &out, &error),
                 TOO_LARGE);
    EXPECT_OK(number_picture_format(s, 1, str_of(long_picture, NUMBER_PICTURE_BYTES_MAX),
                                    &number_symbols_default, &out, &error));
    EXPECT_EQUAL(out.bytes, NUMBER_PICTURE_BYTES_MAX);
}
