// RFC 3339: what is read as which moment, and how moments are written.
#include "core/moment.h"

#include "test/harness.h"

TEST(a_moment_is_read_with_its_offset_and_fraction)
{
    static const struct {
        const char *text;
        const char *utc;
    } cases[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
        {"2025-11-04T12:34:56.789Z", "2025-11-04T12:34:56.789000Z"},
        {"2025-11-04t12:34:56.1234567z", "2025-11-04T12:34:56.123456Z"},
        {"2025-11-04T00:30:00+02:00", "2025-11-03T22:30:00.000000Z"},
        {"2025-12-31T23:30:00.5-00:45", "2026-01-01T00:15:00.500000Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
        {"2016-12-31T15:59:60.25-08:00", "2017-01-01T00:00:00.250000Z"},
        {"2025-11-04T12:34:56-00:00", "2025-11-04T12:34:56.000000Z"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at_us = -1;
        EXPECT(moment_read(str(cases[i].text), &at_us));
        EXPECT_STR(moment_to_str(s, at_us, MOMENT_MICROSECONDS), cases[i].utc);
    }
}

TEST(what_is_no_moment_is_refused)
{
    static const char *const texts[] = {
        "",
        "2025-11-04",
        "2025-11-04T12:34",
        "2025-11-04T12:34:56",
        "2025-11-04 12:34:56Z",
        "2025-11-04T24:00:00Z",
        "2025-11-04T12:60:00Z",
        "2025-11-04T12:34:61Z",
        "2025-11-04T12:34:60Z",
        "2016-12-31T23:59:60-08:00",
        "2025-02-29T12:34:56Z",
        "2025-11-04T12:34:56.Z",
        "2025-11-04T12:34:56,5Z",
        "2025-11-04T12:34:56+2:00",
        "2025-11-04T12:34:56+0200",
        "2025-11-04T12:34:56+24:00",
        "2025-11-04T12:34:56+02:60",
        "2025-11-04T12:34:56ZZ",
        "2025-11-04T12:34:56+02:00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "2025-11-04T1 :34:56Z",
    };
    int64_t at_us = 0;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        EXPECT(!moment_read(str(texts[i]), &at_us));
}

TEST(a_moment_is_written_with_the_digits_asked_for)
{
    int64_t at_us = 1762259696789999;

    EXPECT_STR(moment_to_str(s, at_us, MOMENT_SECONDS), "2025-11-04T12:34:56Z");
    EXPECT_STR(moment_to_str(s, at_us, MOMENT_MILLISECONDS), "2025-11-04T12:34:56.789Z");
    EXPECT_STR(moment_to_str(s, -1, MOMENT_MILLISECONDS), "1969-12-31T23:59:59.999Z");
    EXPECT_STR(date_to_str(s, moment_date(at_us)), "2025-11-04");
    EXPECT_EQUAL(moment_of_date(moment_date(at_us)), at_us / MOMENT_DAY_US * MOMENT_DAY_US);
    EXPECT_STR(date_to_str(s, moment_date(-1)), "1969-12-31");
    EXPECT(!moment_valid(INT64_MAX) && !moment_valid(INT64_MIN));
}
