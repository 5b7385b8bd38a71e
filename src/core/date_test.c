// The calendar: every day counts, months have their ends, text has one form.
#include "core/date.h"

#include "test/harness.h"

TEST(every_day_follows_the_one_before)
{
    struct date d = {0, 1, 1};
    unsigned weekday = 6; // 0000-01-01 is a Saturday

    for (int32_t days = date_to_days(d); days <= 2932896; days++) {
        bool right = date_to_days(d) == days && date_compare(date_from_days(days), d) == 0 &&
                     date_weekday(d) == weekday;
        if (!right)
            EXPECT_EQUAL(days, date_to_days(d));
        weekday = weekday % 7 + 1;
        if (d.day < date_month_days(d.year, d.month)) {
            d.day++;
        } else {
            d.day = 1;
            d.year = (int16_t)(d.year + (d.month == 12 ? 1 : 0));
            d.month = (uint8_t)(d.month % 12 + 1);
        }
    }
    EXPECT_EQUAL(d.year, 10000);
}

TEST(days_count_from_1970)
{
    EXPECT_EQUAL(date_to_days((struct date){1970, 1, 1}), 0);
    EXPECT_EQUAL(date_to_days((struct date){1969, 12, 31}), -1);
    EXPECT_EQUAL(date_to_days((struct date){2000, 3, 1}), 11017);
    EXPECT_EQUAL(date_weekday((struct date){1970, 1, 1}), 4);
    EXPECT_EQUAL(date_weekday((struct date){2024, 2, 29}), 4);
}

TEST(a_date_is_read_from_its_one_form)
{
    static const char *const wrong[] = {"",           "2025-2-28",  "2025-02-29",  "2025-13-01",
                                        "2025-00-10", "2025-04-31", "2025-01-00",  "20250228",
                                        "2025/02/28", " 2025-02-2", "+025-02-28",  "2025-02-281",
                                        "1900-02-29", "2025-0a-01", "2025-02-28Z", "-001-01-01"};
    struct date d = {0};

    REQUIRE(date_read(str("2024-02-29"), &d));
    EXPECT_STR(date_to_str(s, d), "2024-02-29");
    REQUIRE(date_read(str("0000-02-29"), &d));
    EXPECT_STR(date_to_str(s, d), "0000-02-29");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(!date_read(str(wrong[i]), &d));
}

TEST(adding_months_keeps_to_the_end_of_the_month)
{
    static const struct {
        const char *from;
        int32_t months;
        const char *to; // NULL: outside the years there are
    } cases[] = {
        {"2024-01-31", 1, "2024-02-29"},  {"2023-01-31", 1, "2023-02-28"},
        {"2024-01-31", 2, "2024-03-31"},  {"2024-03-31", -1, "2024-02-29"},
        {"2024-12-15", 1, "2025-01-15"},  {"2025-01-15", -1, "2024-12-15"},
        {"2024-02-29", 12, "2025-02-28"}, {"2025-05-31", 240, "2045-05-31"},
        {"2025-05-31", 0, "2025-05-31"},  {"9999-12-01", 1, NULL},
        {"0000-01-01", -1, NULL},         {"2000-01-01", INT32_MAX, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct date d = {0};
        REQUIRE(date_read(str(cases[i].from), &d));
        bool there = date_add_months(d, cases[i].months, &d);
        EXPECT_EQUAL(there, cases[i].to != NULL);
        if (there)
            EXPECT_STR(date_to_str(s, d), cases[i].to);
    }
}
