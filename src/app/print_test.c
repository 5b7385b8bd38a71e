// What commands print for people.
#include "app/print.h"

#include "core/scope.h"
#include "test/harness.h"

#include <stdio.h>

TEST(counts_have_their_thousands_apart)
{
    EXPECT_STR(print_count(s, 0), "0");
    EXPECT_STR(print_count(s, 999), "999");
    EXPECT_STR(print_count(s, 1000), "1,000");
    EXPECT_STR(print_count(s, 1204332), "1,204,332");
    EXPECT_STR(print_count(s, UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(sizes_have_two_or_three_digits_and_a_unit)
{
    EXPECT_STR(print_bytes(s, 0), "0 B");
    EXPECT_STR(print_bytes(s, 999), "999 B");
    EXPECT_STR(print_bytes(s, 1000), "1.0 kB");
    EXPECT_STR(print_bytes(s, 9949), "9.9 kB");
    EXPECT_STR(print_bytes(s, 9950), "10 kB");
    EXPECT_STR(print_bytes(s, 999499), "999 kB");
    EXPECT_STR(print_bytes(s, 999500), "1.0 MB");
    EXPECT_STR(print_bytes(s, 14000000000000), "14 TB");
}

TEST(durations_have_one_or_two_units)
{
    EXPECT_STR(print_duration(s, 0), "0 s");
    EXPECT_STR(print_duration(s, 119), "119 s");
    EXPECT_STR(print_duration(s, 120), "2 min");
    EXPECT_STR(print_duration(s, 3 * 3600 + 12 * 60), "3 h 12 min");
    EXPECT_STR(print_duration(s, 50 * 3600), "2 d 2 h");
}

TEST(moments_names_and_strange_characters_are_made_readable)
{
    EXPECT_STR(print_moment(s, str("2026-11-22T09:05:06.789Z")), "2026-11-22 09:05:06");
    EXPECT_STR(print_moment(s, str("soon")), "soon");
    EXPECT_STR(print_words(s, str("databaseBytes")), "database bytes");
    EXPECT_STR(print_safe(s, str("a\x1b[31mb\nc\x7f\xc2\x9b")), "a?[31mb?c?\xc2?");
    EXPECT_STR(print_safe(s, str("Åsa – ¥ 5")), "Åsa – ¥ 5");
}

static struct str printed(struct scope *s, const struct table *t)
{
    enum { ROOM = 4096 };
    char *data = scope_alloc(s, ROOM);
    FILE *out = fmemopen(data, ROOM, "w");

    table_print(t, out);
    (void)fclose(out);
    return str(data);
}

TEST(a_table_is_aligned_by_characters)
{
    struct table *t = table_new(s, "NAME|>COUNT|MORE");
    static const char *const cells[] = {"å", "1", "x", "beta", "1,000", "", "", "2", "long text"};

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        table_add(t, str(cells[i]));

    EXPECT_STR(printed(s, t), "NAME  COUNT  MORE\n"
                              "å         1  x\n"
                              "beta  1,000  -\n"
                              "-         2  long text\n");
}

TEST(a_table_without_rows_is_nothing)
{
    EXPECT_STR(printed(s, table_new(s, "NAME|>COUNT")), "");
}
