#include "expr/jsonata_number.h"

#include "test/harness.h"

#include <math.h>

TEST(numbers_round_half_to_even)
{
    static const struct {
        double value;
        double places;
        double rounded;
    } cases[] = {
        {2.5, 0, 2},
        {3.5, 0, 4},
        {-2.5, 0, -2},
        {1.005, 2, 1},
        {12345, -2, 12300},
        {12350, -2, 12400},
        {0.5, 0, 0},
        {1e-7, 8, 1e-7},
        {4.515, 2, 4.52},
        {1.5, 0.5, (double)NAN},
        {1.5, 1e22, (double)NAN},
        {1.5e300, 400, (double)NAN},
        {-0.2, 0, 0},
        {123.456, (double)NAN, 123},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double rounded = number_round(s, cases[i].value, cases[i].places);
        EXPECT(isnan(cases[i].rounded) ? isnan(rounded) : rounded == cases[i].rounded);
        EXPECT(!signbit(rounded) || rounded < 0 || isnan(rounded));
    }
}

TEST(numbers_have_fifteen_digits_when_printed)
{
    EXPECT(number_fifteen_digits(0.1 + 0.2) == 0.3);
    EXPECT(number_fifteen_digits(1.0 / 3) == 0.333333333333333);
    EXPECT(number_fifteen_digits(123456789012345678.0) == 123456789012345678.0);
    EXPECT(number_fifteen_digits(1234567890123.125) == 1234567890123.13);
    EXPECT(number_fifteen_digits(-1234567890123.125) == -1234567890123.13);
    EXPECT(number_fifteen_digits(5e-324) == 5e-324);
    EXPECT_STR(number_text(s, 1e21), "1e+21");
    EXPECT_STR(number_text(s, (double)NAN), "NaN");
}

TEST(numbers_are_read_as_the_reference_does)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0x1F", 31},
        {"0b101", 5},
        {"0o17", 15},
        {"abc0o7", (double)NAN},
        {" 0o7 ", 7},
        {"007", 7},
        {"-0", 0},
        {"1e3", 1000},
        {"-1.5E-2", -0.015},
        {"0XfF", 255},
        {"0x1Fg", (double)NAN},
        {"z0b1", (double)NAN},
        {"0xFFFFFFFFFFFFFFFFFF", 4.722366482869645e+21},
        {"0b100000000000000000000000000000000000000000000000000001", 9007199254740992},
        {"0b100000000000000000000000000000000000000000000000000011", 9007199254740996},
    };
    static const char *const others[] = {"",   "x",  "1.", "0b",   "1e400", "0b12", "+1",
                                         " 1", ".5", "0x", "-0x1", "1e",    "0b1 ", "Infinity"};
    double value = 0;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT(number_read(s, str(cases[i].text), &value));
        EXPECT(isnan(cases[i].value) ? isnan(value) : value == cases[i].value);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT(!number_read(s, str(others[i]), &value));
}

TEST(numbers_are_printed_in_other_bases)
{
    EXPECT_STR(number_in_base(s, 255, 16), "ff");
    EXPECT_STR(number_in_base(s, -255, 2), "-11111111");
    EXPECT_STR(number_in_base(s, 0, 2), "0");
    EXPECT_STR(number_in_base(s, 1e21, 10), "1e+21");
    EXPECT_STR(number_in_base(s, 1e21, 36), "5v1j4f4ds7c000");
    EXPECT_STR(number_in_base(s, 9007199254740992, 7), "5350140446150306054");
    EXPECT_EQUAL(number_in_base(s, 1.7e308, 2).bytes, 1024);
}
