#include "expr/jsonata_date_picture.h"

#include "test/harness.h"

#include <math.h>

enum { MS_2018 = 0 };

static struct str printed(struct scope *s, double ms, const char *picture, const char *zone)
{
    struct picture_error error = {0};
    struct str out = {0};

    if (date_picture_format(s, ms, str(picture), str(zone), &out, &error) != OK)
        return error.code ? str(error.code) : str("no code");
    return out;
}

static const struct {
    const char *picture;
    const char *zone;
    const char *text;
} print_cases[] = {
    {"[Y]-[M]-[D]", NULL, "2018-3-23"},
    {"[Y]-[M]-[D]", "+0530", "2018-3-23"},
    {"[Y]-[M]-[D]", "-0530", "2018-3-23"},
    {"[M01]/[D01]/[Y0001] [h#1]:[m01][P]", NULL, "03/23/2018 10:33am"},
    {"[M01]/[D01]/[Y0001] [h#1]:[m01][P]", "+0530", "03/23/2018 4:03pm"},
    {"[M01]/[D01]/[Y0001] [h#1]:[m01][P]", "-0530", "03/23/2018 4:03am"},
    {"[D1o] [MNn], [Y]", NULL, "23rd March, 2018"},
    {"[D1o] [MNn], [Y]", "+0530", "23rd March, 2018"},
    {"[D1o] [MNn], [Y]", "-0530", "23rd March, 2018"},
    {"[FNn,3-3] [MN,*-3] [Fn]", NULL, "Fri MAR friday"},
    {"[FNn,3-3] [MN,*-3] [Fn]", "+0530", "Fri MAR friday"},
    {"[FNn,3-3] [MN,*-3] [Fn]", "-0530", "Fri MAR friday"},
    {"[Y,2-2] [Y0,*-2] [YI]", NULL, "18 18 MMXVIII"},
    {"[Y,2-2] [Y0,*-2] [YI]", "+0530", "18 18 MMXVIII"},
    {"[Y,2-2] [Y0,*-2] [YI]", "-0530", "18 18 MMXVIII"},
    {"[X0001]-W[W01]-[F1]", NULL, "2018-W12-5"},
    {"[X0001]-W[W01]-[F1]", "+0530", "2018-W12-5"},
    {"[X0001]-W[W01]-[F1]", "-0530", "2018-W12-5"},
    {"[x]/[w] [xNn]", NULL, "3/4 March"},
    {"[x]/[w] [xNn]", "+0530", "3/4 March"},
    {"[x]/[w] [xNn]", "-0530", "3/4 March"},
    {"[d] [d001]", NULL, "82 082"},
    {"[d] [d001]", "+0530", "82 082"},
    {"[d] [d001]", "-0530", "82 082"},
    {"[H01]:[m01]:[s01].[f001]", NULL, "10:33:36.617"},
    {"[H01]:[m01]:[s01].[f001]", "+0530", "16:03:36.617"},
    {"[H01]:[m01]:[s01].[f001]", "-0530", "04:03:36.617"},
    {"[Z] [z] [Z0] [Z01] [Z0001] [Z01:01t] [Z01t]", NULL, "+00:00 GMT+00:00 +0 +00 +0000 Z Z"},
    {"[Z] [z] [Z0] [Z01] [Z0001] [Z01:01t] [Z01t]", "+0530",
     "+05:30 GMT+05:30 +5:30 +05:30 +0530 +05:30 +05:30"},
    {"[Z] [z] [Z0] [Z01] [Z0001] [Z01:01t] [Z01t]", "-0530",
     "-06:30 GMT-06:30 -6:-30 -06:-30 -0630 -06:30 -06:-30"},
    {"[Dwo] [DW] [Da] [Di]", NULL, "twenty-third TWENTY-THREE w xxiii"},
    {"[Dwo] [DW] [Da] [Di]", "+0530", "twenty-third TWENTY-THREE w xxiii"},
    {"[Dwo] [DW] [Da] [Di]", "-0530", "twenty-third TWENTY-THREE w xxiii"},
    {"[P] [PN] [PNn]", NULL, "am AM am"},
    {"[P] [PN] [PNn]", "+0530", "pm PM pm"},
    {"[P] [PN] [PNn]", "-0530", "am AM am"},
    {"[C] [E]", NULL, "ISO ISO"},
    {"[C] [E]", "+0530", "ISO ISO"},
    {"[C] [E]", "-0530", "ISO ISO"},
    {"[[x]] [ Y 0001 ]", NULL, "[x] 2018"},
    {"[[x]] [ Y 0001 ]", "+0530", "[x] 2018"},
    {"[[x]] [ Y 0001 ]", "-0530", "[x] 2018"},
    {"[f] [f,3-3] [f1]", NULL, "617 617 617"},
    {"[f] [f,3-3] [f1]", "+0530", "617 617 617"},
    {"[f] [f,3-3] [f1]", "-0530", "617 617 617"},
    {"[Y][M01][D01]", NULL, "20180323"},
    {"[Y][M01][D01]", "+0530", "20180323"},
    {"[Y][M01][D01]", "-0530", "20180323"},
    {"[Q]", NULL, "D3132"},
    {"[Q]", "+0530", "D3132"},
    {"[Q]", "-0530", "D3132"},
    {"[Q1]", NULL, "undefined"},
    {"[Q1]", "+0530", "undefined"},
    {"[Q1]", "-0530", "undefined"},
    {"[", NULL, "D3135"},
    {"[", "+0530", "D3135"},
    {"[", "-0530", "D3135"},
    {"[YN]", NULL, "D3133"},
    {"[YN]", "+0530", "D3133"},
    {"[YN]", "-0530", "D3133"},
    {"[Z00000]", NULL, "D3134"},
    {"[Z00000]", "+0530", "D3134"},
    {"[Z00000]", "-0530", "D3134"},
    {"[M,2] [D,3-4]", NULL, "03 023"},
    {"[M,2] [D,3-4]", "+0530", "03 023"},
    {"[M,2] [D,3-4]", "-0530", "03 023"},
    {"[H]h[h]", NULL, "10h10"},
    {"[H]h[h]", "+0530", "16h4"},
    {"[H]h[h]", "-0530", "4h4"},
    {"x]]y]z", NULL, "x]y]z"},
    {"x]]y]z", "+0530", "x]y]z"},
    {"x]]y]z", "-0530", "x]y]z"},
};

TEST(date_pictures_print_as_the_reference_does)
{
    for (size_t i = 0; i < sizeof print_cases / sizeof *print_cases; i++)
        EXPECT_STR(printed(s, 1521801216617, print_cases[i].picture, print_cases[i].zone),
                   print_cases[i].text);
}

TEST(date_pictures_know_weeks_and_far_years)
{
    static const struct {
        double ms;
        const char *text;
    } cases[] = {
        {0, "1970 1 1 1 thursday 1 1 1970 1 0 00 00 0"},
        {-1, "1969 12 31 365 wednesday 1 1 1970 1 23 59 59 999"},
        {1104537600000, "2005 1 1 1 saturday 53 5 2004 12 0 00 00 0"},
        {1230768000000, "2009 1 1 1 thursday 1 1 2009 1 0 00 00 0"},
        {1293840000000, "2011 1 1 1 saturday 52 5 2010 12 0 00 00 0"},
        {1356998400000, "2013 1 1 1 tuesday 1 1 2013 1 0 00 00 0"},
        {-62135596800000, "1 1 1 1 monday 1 1 0 12 0 00 00 0"},
        {253402300799999, "9999 12 31 365 friday 52 5 9999 12 23 59 59 999"},
        {-62167219200001, "-1 12 31 365 friday 52 5 -1 12 23 59 59 999"},
        {8640000000000000, "275760 9 13 257 saturday 37 2 275760 9 0 00 00 0"},
    };
    const char *picture = "[Y] [M] [D] [d] [F] [W] [w] [X] [x] [H] [m] [s] [f]";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(printed(s, cases[i].ms, picture, NULL), cases[i].text);
}

TEST(a_time_without_a_picture_is_printed_as_iso_8601)
{
    EXPECT_STR(printed(s, 1521801216617, NULL, NULL), "2018-03-23T10:33:36.617Z");
    EXPECT_STR(printed(s, 1521801216617, NULL, "+0100"), "2018-03-23T11:33:36.617+01:00");
}

TEST(date_pictures_read_what_the_reference_does)
{
    static const struct {
        const char *text;
        const char *picture;
        const char *code; // or the time
        double ms;        // NaN: the text does not fit
    } cases[] = {
        {"2018-03-23", "[Y]-[M]-[D]", NULL, 1521763200000},
        {"23rd March, 2018", "[D1o] [MNn], [Y]", NULL, 1521763200000},
        {"20180323", "[Y0001][M01][D01]", NULL, 1521763200000},
        {"2018-082", "[Y]-[d001]", NULL, 1521763200000},
        {"2018-400", "[Y]-[d001]", NULL, 1517702400000},
        {"12:30pm 01/02/2018", "[h]:[m][P] [D]/[M]/[Y]", NULL, 1517488200000},
        {"12:30am 01/02/2018", "[h]:[m][P] [D]/[M]/[Y]", NULL, 1517445000000},
        {"2018-03-23T10:33:36.617+05:30", "[Y]-[M]-[D]T[H]:[m]:[s].[f][Z]", NULL, 1521781416617},
        {"2018-03-23 GMT-5", "[Y]-[M]-[D] [z0]", NULL, 1521781200000},
        {"2018-03-23 +0530", "[Y]-[M]-[D] [Z0001]", NULL, 1521743400000},
        {"MMXVIII", "[YI]", NULL, 1514764800000},
        {"Mon 2018", "[FNn,3-3] [Y]", NULL, 1514764800000},
        {"x", "[Y]", NULL, (double)NAN},
        {"lit", "lit", NULL, (double)NAN},
        {"2018 10", "[Y] [m]", "D3136", 0},
        {"2018-W12", "[X]-W[W]", "D3136", 0},
        {"2018 3 2", "[X] [x] [w]", "D3136", 0},
        {"99", "[Y]", NULL, 915148800000},
        {"march 2018", "[MNn] [Y]", NULL, 1514764800000},
        {"Mar 2018", "[MNn,3-3] [Y]", NULL, 1519862400000},
        {"10 Mar 2018", "[D] [MNn,3-3] [Y]", NULL, 1520640000000},
        {"2018-00-10", "[Y]-[M]-[D]", NULL, 1515542400000},
        {"x", "[CN]", "D3133", 0},
        {"5", "[YN]", "D3133", 0},
        {"2018.069", "[Y].[f]", "D3136", 0},
        {"(2018)", "([Y])", NULL, 1514764800000},
        {"twenty-third of March", "[Dwo] of [MNn]", NULL, 1521763200000},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture_error error = {0};
        bool found = false;
        double ms = 0;
        enum status e = date_picture_parse(s, str(cases[i].text), str(cases[i].picture),
                                           1521801216617, &found, &ms, &error);
        EXPECT_STR(error.code ? str(error.code) : str(""), cases[i].code ? cases[i].code : "");
        EXPECT_EQUAL(e, cases[i].code ? INVALID : OK);
        EXPECT(cases[i].code || found == !isnan(cases[i].ms));
        EXPECT(cases[i].code || !found || ms == cases[i].ms);
    }
}

TEST(long_pictures_and_times_are_refused)
{
    struct picture_error error = {0};
    struct str out = {0};
    bool found = false;
    double ms = 0;
    char *text = scope_bytes(s, DATE_TIMESTAMP_BYTES_MAX + 1);
    struct str long_picture = str_of(text, DATE_PICTURE_BYTES_MAX + 1);

    memset(text, '1', DATE_TIMESTAMP_BYTES_MAX + 1);
    EXPECT_EQUAL(date_picture_format(s, 0, long_picture, str(NULL), &out, &error), TOO_LARGE);
    EXPECT_EQUAL(date_picture_format(s, 0, str("[Y,5000]"), str(NULL), &out, &error), TOO_LARGE);
    EXPECT_EQUAL(date_picture_parse(s, str_of(text, DATE_TIMESTAMP_BYTES_MAX + 1), str("[Y]"), 0,
                                    &found, &ms, &error),
                 TOO_LARGE);
}
