#include "expr/jsonata_calendar.h"

#include "test/harness.h"

#include <math.h>

TEST(iso_8601_is_read_as_the_reference_does)
{
    static const struct {
        const char *text;
        double ms;
    } cases[] = {
        {"2018", 1514764800000},
        {"2018-05", 1525132800000},
        {"2018-05-04", 1525392000000},
        {"2018-15", (double)NAN},
        {"2018-30", (double)NAN},
        {"2018-02-31", 1520035200000},
        {"2018-05-04T10:11:12", 1525428672000},
        {"2018-05-04T10:11:12Z", 1525428672000},
        {"2018-05-04T10:11:12.1234567+01:00", 1525425072123},
        {"2018-05-04T10:11:12+0130", 1525423272000},
        {"2018T10:11:12", 1514801472000},
        {"2018-05T10:11:12Z", 1525169472000},
        {"2018Z", 1514764800000},
        {"2018-05-04.5", (double)NAN},
        {"2018-05-04+01:00", (double)NAN},
        {"2018+01:00", (double)NAN},
        {"2018-05-04T24:00:00", 1525478400000},
        {"2018-05-04T24:00:01", (double)NAN},
        {"2018-05-04T25:00:00", (double)NAN},
        {"0001-01-01", -62135596800000},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"2018-00-10", (double)NAN},
        {"2018-05-00", (double)NAN},
        {"2018-05-04T10:11:12-23:59", 1525515012000},
        {"2018-05-04T10:11:12+25:00", (double)NAN},
        {"2018-31", (double)NAN},
        {"2018-32", (double)NAN},
        {"2018-31T00:00:00", (double)NAN},
        {"2018-12-32", (double)NAN},
        {"2018-05-04Z", 1525392000000},
        {"0049-01-01T00:00:00.5+0100", -60620835599500},
        {"0049+0100", (double)NAN},
        {"2018-05-04T10:11:12+24:00", (double)NAN},
        {"2018-05-04T24:00:00+0100", 1525474800000},
        {"2018-05-04T24:00:00.001Z", (double)NAN},
    };
    static const char *const others[] = {"2018-05-45", "2018-05-04T10:11", "x", "", "201", "2018-"};
    double ms = 0;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT(calendar_read_iso(str(cases[i].text), &ms));
        EXPECT(isnan(cases[i].ms) ? isnan(ms) : ms == cases[i].ms);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT(!calendar_read_iso(str(others[i]), &ms));
}

TEST(days_come_back_over_the_whole_range)
{
    for (int day = -100000000; day <= 100000000; day += 99991) {
        double ms = (double)day * CALENDAR_DAY_MS;
        struct calendar c = calendar_of(ms);
        if (c.year < 0 || c.year > 99)
            EXPECT(calendar_ms(c) == ms);
    }
}

TEST(what_is_beyond_the_range_is_no_time)
{
    EXPECT(isnan(calendar_ms((struct calendar){.year = 275760, .month = 8, .day = 14})));
    EXPECT(isnan(calendar_ms((struct calendar){.year = (double)NAN, .day = 1})));
    EXPECT(isnan(calendar_ms((struct calendar){.year = 1e300, .day = 1})));
    EXPECT(isnan(calendar_ms((struct calendar){.year = 2000, .month = 1e300, .day = 1})));
    EXPECT(isnan(calendar_ms((struct calendar){.year = 2000, .day = (double)INFINITY})));
    EXPECT(isnan(calendar_of((double)NAN).year));
    EXPECT(isnan(calendar_part(8640000000000001, 'Y')));
    EXPECT(calendar_ms((struct calendar){.year = 49, .day = 1}) < 0); // 1949
    EXPECT(calendar_ms((struct calendar){.year = 2018, .month = 13, .day = 1}) ==
           calendar_ms((struct calendar){.year = 2019, .month = 1, .day = 1}));
}
