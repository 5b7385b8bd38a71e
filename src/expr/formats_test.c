#include "expr/formats.h"

#include "test/harness.h"

static const struct {
    const char *format;
    const char *text;
    bool valid;
} cases[] = {
    {"date", "2024-02-29", true},
    {"date", "2023-02-29", false},
    {"date", "2000-02-29", true},
    {"date", "1900-02-29", false},
    {"date", "2023-13-01", false},
    {"date", "2023-1-01", false},
    {"date", "2023-04-31", false},
    {"date", "2023-04-30 ", false},
    {"date", "", false},
    {"time", "08:30:06Z", true},
    {"time", "08:30:06.283185+01:30", true},
    {"time", "23:59:60Z", true},
    {"time", "22:59:60-01:00", true},
    {"time", "22:59:60Z", false},
    {"time", "08:30:06", false},
    {"time", "24:00:00Z", false},
    {"time", "08:60:00Z", false},
    {"time", "08:30:06.Z", false},
    {"time", "08:30:06+24:00", false},
    {"date-time", "1963-06-19T08:30:06.283185Z", true},
    {"date-time", "1963-06-19t08:30:06z", true},
    {"date-time", "1998-12-31T23:59:60Z", true},
    {"date-time", "1963-06-19 08:30:06Z", false},
    {"date-time", "1963-06-19T08:30:06", false},
    {"date-time",
     "1963-06-1\u09ea"
     "T00:00:00Z",
     false},
    {"duration", "P4DT12H30M5S", true},
    {"duration", "P1Y", true},
    {"duration", "P2W", true},
    {"duration", "PT36H", true},
    {"duration", "P1Y2W", false},
    {"duration", "P1YT", false},
    {"duration", "P1Y2D", false},
    {"duration", "PT1H2S", false},
    {"duration", "P", false},
    {"duration", "PT", false},
    {"duration", "4D", false},
    {"duration", "P2D1Y", false},
    {"email", "joe.bloggs@example.com", true},
    {"email", "te~st@example.com", true},
    {"email", "\"joe bloggs\"@example.com", true},
    {"email", "\"joe@bloggs\"@example.com", true},
    {"email", "joe@[127.0.0.1]", true},
    {"email", "joe@[IPv6:::1]", true},
    {"email", ".test@example.com", false},
    {"email", "te..st@example.com", false},
    {"email", "joe@", false},
    {"email", "@example.com", false},
    {"email", "2962", false},
    {"email", "joe@inv=alid", false},
    {"email", "\"joe\\\"@example.com", false},
    {"email", "a@b@c", false},
    {"idn-email", "\uc2e4\ub840@\uc2e4\ub840.\ud14c\uc2a4\ud2b8", true},
    {"email", "\uc2e4\ub840@example.com", false},
    {"hostname", "www.example.com", true},
    {"hostname", "xn--4gbwdl.xn--wgbh1c", true},
    {"hostname", "a", true},
    {"hostname", "-a", false},
    {"hostname", "a-", false},
    {"hostname", "a..b", false},
    {"hostname", "a.", false},
    {"hostname", "a_b", false},
    {"hostname", "", false},
    {"hostname", "ab--cd", false},
    {"ipv4", "192.168.0.1", true},
    {"ipv4", "256.0.0.1", false},
    {"ipv4", "127.0.0", false},
    {"ipv4", "127.0.0.0.1", false},
    {"ipv4", "087.10.0.1", false},
    {"ipv4", "0x7f000001", false},
    {"ipv4", "1.2.3.", false},
    {"ipv6", "::1", true},
    {"ipv6", "::", true},
    {"ipv6", "1::", true},
    {"ipv6", "1:2:3:4:5:6:7:8", true},
    {"ipv6", "::ffff:192.168.0.1", true},
    {"ipv6", "1:2:3:4:5:6:1.2.3.4", true},
    {"ipv6", "1:2:3:4:5:6:7::", true},
    {"ipv6", "1:2:3:4:5:6:7:8::", false},
    {"ipv6", "12345::", false},
    {"ipv6", "1::2::3", false},
    {"ipv6", ":1::", false},
    {"ipv6", "1:2:3:4:5:6:7", false},
    {"ipv6", "::1.2.3.4:5", false},
    {"ipv6", "fe80::a%eth1", false},
    {"ipv6", ":::", false},
    {"uuid", "2EB8AA08-aa98-11ea-b4aa-73b441d16380", true},
    {"uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", false},
    {"uuid", "2eb8aa08aa98-11ea-b4aa73b441d16380--", false},
    {"json-pointer", "/a~1b/~0", true},
    {"json-pointer", "/a~", false},
    {"relative-json-pointer", "0#", true},
    {"relative-json-pointer", "12/a", true},
    {"relative-json-pointer", "01", false},
    {"relative-json-pointer", "-1/a", false},
    {"relative-json-pointer", "0##", false},
    {"uri", "http://example.com/a", true},
    {"uri", "/a", false},
    {"uri-reference", "/a", true},
    {"iri", "http://\u0192\u00f8\u00f8.\u00df\u00e5r/", true},
};

TEST(every_format_accepts_and_refuses_what_its_grammar_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum format format = format_find(str(cases[i].format));
        REQUIRE(format < FORMAT_COUNT);
        (void)test_expect(format_check(format, str(cases[i].text)) == cases[i].valid, __FILE__,
                          __LINE__, cases[i].text);
    }
}

TEST(an_unknown_format_is_not_found)
{
    EXPECT_EQUAL(format_find(str("unheard-of")), FORMAT_COUNT);
    EXPECT_EQUAL(format_find(str("")), FORMAT_COUNT);
}
