// Exact decimals: tables of results that were worked out elsewhere, and what must not fit.
#include "core/decimal.h"

#include "test/harness.h"

#define NINES "99999999999999999999999999999999999999" // 38 of them
#define MINUS_NINES ("-" NINES)

static struct decimal number(struct scope *s, const char *text)
{
    struct decimal d = {0};

    EXPECT_OK(decimal_parse(s, str(text), &d));
    return d;
}

TEST(a_number_is_read_exactly_with_the_zeros_that_were_written)
{
    static const struct {
        const char *text;
        const char *is;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.00", "0.00"},
        {"12.50", "12.50"},
        {"-0.05", "-0.05"},
        {"100", "100"},
        {"1e3", "1000"},
        {"1.5E+2", "150"},
        {"100e-2", "1.00"},
        {"25e-4", "0.0025"},
        {"0e5", "0"},
        {"0e99999999999999", "0"},
        {NINES, NINES},
        {"-" NINES, "-" NINES},
        {"0." NINES, "0." NINES},
        {"1e37", "10000000000000000000000000000000000000"},
        {"1e-38", "0.00000000000000000000000000000000000001"},
        {"10e-39", "0.00000000000000000000000000000000000001"},
        {"5.00000000000000000000000000000000000000000000000000",
         "5.0000000000000000000000000000000000000"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(decimal_to_str(s, number(s, cases[i].text)), cases[i].is);
}

TEST(a_number_that_does_not_fit_or_is_none_is_refused)
{
    static const char *const too_large[] = {"1e38",
                                            NINES "0",
                                            NINES ".1",
                                            "1e-39",
                                            "0.1e-38",
                                            "1e9999999",
                                            "1e99999999999999999999",
                                            "1e-99999999999"};
    static const char *const wrong[] = {"",    "-",   "+1", ".5",   "1.",  "01",    "1e",
                                        "1e+", "1,5", " 1", "1.5 ", "0x1", "1.5.1", "NaN"};
    struct decimal d = {0};

    for (size_t i = 0; i < sizeof too_large / sizeof *too_large; i++)
        EXPECT(decimal_parse(s, str(too_large[i]), &d) == TOO_LARGE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(decimal_parse(s, str(wrong[i]), &d) == INVALID);
}

// What a function gave, as text, or "too large".
static struct str shown(struct scope *s, enum status e, struct decimal d)
{
    if (e != OK)
        return str(e == TOO_LARGE ? "too large" : status_name(e));
    return decimal_to_str(s, d);
}

TEST(sums_and_products_are_exact)
{
    static const struct {
        const char *a;
        const char *b;
        const char *sum;
        const char *difference;
        const char *product;
    } cases[] = {
        {"0.1", "0.2", "0.3", "-0.1", "0.02"},
        {"1.10", "2.20", "3.30", "-1.10", "2.4200"},
        {"5", "-5", "0", "10", "-25"},
        {"19.99", "3", "22.99", "16.99", "59.97"},
        {"-0.005", "100", "99.995", "-100.005", "-0.500"},
        {NINES, "1", "too large", "99999999999999999999999999999999999998", NINES},
        {NINES, "-" NINES, "0", "too large", "too large"},
        {"0", NINES, NINES, "-" NINES, "0"},
        {"9999999999999999999999999999999999999.9", "9999999999999999999999999999999999999.1",
         "19999999999999999999999999999999999999", "0.8", "too large"},
        {"9999999999999999999999999999999999999.9", "9999999999999999999999999999999999999.2",
         "too large", "0.7", "too large"},
        {"1e37", "0.00", "10000000000000000000000000000000000000",
         "10000000000000000000000000000000000000", "0.00"},
        {"1e37", "0.10", "too large", "too large", "1000000000000000000000000000000000000"},
        {"1e20", "1e-20", "too large", "too large", "1.00000000000000000000"},
        {"10000000000000000000", "10000000000000000000", "20000000000000000000", "0", "too large"},
        {"9223372036854775808", "10000000000000000000", "19223372036854775808",
         "-776627963145224192", "92233720368547758080000000000000000000"},
        {"5", "9.1216857286736031330120431602062418592", "too large",
         "-4.1216857286736031330120431602062418592", "45.608428643368015665060215801031209296"},
        {"1e-20", "1e-20", "0.00000000000000000002", "0.00000000000000000000", "too large"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decimal a = number(s, cases[i].a);
        struct decimal b = number(s, cases[i].b);
        struct decimal r = {0};
        enum status e = decimal_add(s, a, b, &r);
        EXPECT_STR(shown(s, e, r), cases[i].sum);
        e = decimal_subtract(s, a, b, &r);
        EXPECT_STR(shown(s, e, r), cases[i].difference);
        e = decimal_multiply(s, a, b, &r);
        EXPECT_STR(shown(s, e, r), cases[i].product);
        e = decimal_multiply(s, b, a, &r);
        EXPECT_STR(shown(s, e, r), cases[i].product);
    }
}

TEST(rounding_is_half_up_or_half_to_even)
{
    static const struct {
        const char *from;
        uint32_t places;
        const char *up;
        const char *even;
    } cases[] = {
        {"2.5", 0, "3", "2"},
        {"3.5", 0, "4", "4"},
        {"-2.5", 0, "-3", "-2"},
        {"2.4999", 0, "2", "2"},
        {"2.5001", 0, "3", "3"},
        {"0.125", 2, "0.13", "0.12"},
        {"0.135", 2, "0.14", "0.14"},
        {"0.005", 2, "0.01", "0.00"},
        {"-0.005", 2, "-0.01", "0.00"},
        {"9.995", 2, "10.00", "10.00"},
        {"7", 2, "7.00", "7.00"},
        {"0." NINES, 0, "1", "1"},
        {"0." NINES, 37, "1.0000000000000000000000000000000000000",
         "1.0000000000000000000000000000000000000"},
        {"1e-38", 0, "0", "0"},
        {NINES, 1, "too large", "too large"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decimal d = number(s, cases[i].from);
        struct decimal r = {0};
        enum status e = decimal_round(s, d, cases[i].places, DECIMAL_HALF_UP, &r);
        EXPECT_STR(shown(s, e, r), cases[i].up);
        e = decimal_round(s, d, cases[i].places, DECIMAL_HALF_EVEN, &r);
        EXPECT_STR(shown(s, e, r), cases[i].even);
    }
}

TEST(a_quotient_is_rounded_once)
{
    static const struct {
        const char *a;
        const char *b;
        uint32_t places;
        const char *quotient;
    } cases[] = {
        {"1", "3", 5, "0.33333"},
        {"2", "3", 5, "0.66667"},
        {"-2", "3", 2, "-0.67"},
        {"120.00", "1.20", 2, "100.00"},
        {"100", "8", 2, "12.50"},
        {"0.05", "10", 2, "0.01"},
        {"0.049", "10", 2, "0.00"},
        {"12.345", "1", 0, "12"},
        {"0", "7", 3, "0.000"},
        {"7", "0", 3, "INVALID"},
        {"1", "1e-37", 0, "10000000000000000000000000000000000000"},
        {"1", "1e-37", 1, "too large"},
        {"1", NINES, 38, "0.00000000000000000000000000000000000001"},
        {NINES, NINES, 10, "1.0000000000"},
        {"50000000000000000000000000000000000000", NINES, 37,
         "0.5000000000000000000000000000000000000"},
        {"77777777777777777777777777777777777777", NINES, 38,
         "0.77777777777777777777777777777777777778"},

        {"1e37", "1e37", 37, "1.0000000000000000000000000000000000000"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decimal r = {0};
        enum status e = decimal_divide(s, number(s, cases[i].a), number(s, cases[i].b),
                                       cases[i].places, DECIMAL_HALF_UP, &r);
        EXPECT_STR(shown(s, e, r), cases[i].quotient);
    }
}

TEST(decimals_have_an_order)
{
    static const char *const rising[] = {MINUS_NINES, "-1e20", "-10",  "-9.999", "-1e-38",
                                         "0",         "1e-38", "0.1",  "0.11",   "1",
                                         "9.999",     "10",    "1e20", NINES};

    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
        for (size_t j = 0; j < sizeof rising / sizeof *rising; j++) {
            int order = decimal_compare(number(s, rising[i]), number(s, rising[j]));
            EXPECT_EQUAL(order, (i > j) - (i < j));
        }
    }
    EXPECT(decimal_compare(number(s, "1.0"), number(s, "1.00")) == 0);
    EXPECT(decimal_compare(number(s, "0.000"), number(s, "0")) == 0);
    EXPECT_EQUAL(decimal_sign(number(s, "-0.01")), -1);
    EXPECT_STR(decimal_to_str(s, decimal_of(-1250, 3)), "-1.250");
    EXPECT_STR(decimal_to_str(s, decimal_of(INT64_MIN, 0)), "-9223372036854775808");
}

// The products of random numbers of up to 18 digits fit 128 bits and are computed both ways.
TEST(small_numbers_compute_as_integers_do)
{
    uint64_t seed = 88172645463325252U;

    for (int i = 0; i < 5000; i++) {
        int64_t n[2];
        for (int k = 0; k < 2; k++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            n[k] = (int64_t)(seed % 1000000000) - 500000000;
        }
        struct decimal a = decimal_of(n[0], 2);
        struct decimal b = decimal_of(n[1], 2);
        struct decimal r = {0};
        EXPECT_OK(decimal_add(s, a, b, &r));
        EXPECT(decimal_compare(r, decimal_of(n[0] + n[1], 2)) == 0);
        EXPECT_OK(decimal_multiply(s, a, b, &r));
        EXPECT(decimal_compare(r, decimal_of(n[0] * n[1], 4)) == 0);
        EXPECT(decimal_compare(a, b) == (n[0] > n[1]) - (n[0] < n[1]));
        EXPECT_STR(decimal_to_str(s, number(s, str_z(s, decimal_to_str(s, r)))),
                   str_z(s, decimal_to_str(s, r)));
    }
}
