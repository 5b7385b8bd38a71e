// Strict UTF-8: what is well formed, what is not, and that every code point survives.
#include "core/utf8.h"

#include "test/harness.h"

TEST(every_code_point_is_written_and_read_back)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c == 0xD800)
            c = 0xE000;
        char bytes[UTF8_BYTES_MAX];
        size_t length = utf8_encode(c, bytes);
        uint32_t back = 0;
        if (utf8_decode(str_of(bytes, length), &back) != length || back != c)
            EXPECT_EQUAL(back, c);
    }
}

TEST(malformed_utf8_is_found_where_it_starts)
{
    static const struct {
        const char *text;
        size_t bytes;
        size_t error_at;
    } cases[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"a\xC3\xA4z", 4, 4},
        {"12345678\xD0\xBF", 10, 10},
        {"12345678\x80", 9, 8},
        {"a\xC0\xAF", 3, 1},                 // overlong
        {"\xC1\xBF", 2, 0},                  // overlong
        {"\xE0\x9F\xBF", 3, 0},              // overlong
        {"\xE0\xA0\x80", 3, 3},              // U+0800
        {"\xED\x9F\xBF", 3, 3},              // U+D7FF
        {"\xED\xA0\x80", 3, 0},              // surrogate
        {"\xEE\x80\x80", 3, 3},              // U+E000
        {"\xF0\x8F\xBF\xBF", 4, 0},          // overlong
        {"\xF0\x90\x80\x80", 4, 4},          // U+10000
        {"\xF4\x8F\xBF\xBF", 4, 4},          // U+10FFFF
        {"\xF4\x90\x80\x80", 4, 0},          // above
        {"\xF5\x80\x80\x80", 4, 0},          // above
        {"\xFF", 1, 0},                      //
        {"ab\xE2\x82", 4, 2},                // cut short
        {"\xE2\x28\xA1", 3, 0},              // second byte
        {"\xE2\x82\x28", 3, 0},              // third byte
        {"x\xF0\x9F\x98\x80\xF0\x9F", 7, 5}, // whole, then cut short
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_EQUAL(utf8_find_error(str_of(cases[i].text, cases[i].bytes)), cases[i].error_at);
}

TEST(code_points_are_counted)
{
    EXPECT_EQUAL(utf8_count(str("чек \xF0\x9F\x98\x80")), 5);
    EXPECT_EQUAL(utf8_count(str_of("a\xFF\xFE", 3)), 3);
    EXPECT(utf8_valid(str("чек")));
    EXPECT(!utf8_valid(str("\xFF")));
}

TEST(a_cut_never_splits_a_code_point)
{
    EXPECT_STR(utf8_cut(str("чек"), 6), "чек");
    EXPECT_STR(utf8_cut(str("чек"), 5), "че");
    EXPECT_STR(utf8_cut(str("чек"), 4), "че");
    EXPECT_STR(utf8_cut(str("чек"), 1), "");
    EXPECT_STR(utf8_cut(str("a\xF0\x9F\x98\x80z"), 4), "a");
}
