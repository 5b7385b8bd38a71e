// Hexadecimal digits.
#include "core/hex.h"

#include "test/harness.h"

TEST(bytes_are_written_as_digits_and_read_back)
{
    char bytes[256];
    struct str back = {0};

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    struct str text = hex_encode(s, str_of(bytes, sizeof bytes));

    EXPECT_STR(str_slice(text, 0, 8), "00010203");
    EXPECT_STR(str_slice(text, 504, 8), "fcfdfeff");
    EXPECT_OK(hex_decode(s, text, &back));
    EXPECT(str_equal(back, str_of(bytes, sizeof bytes)));
    EXPECT_OK(hex_decode(s, str("aBCdEf"), &back));
    EXPECT_STR(hex_encode(s, back), "abcdef");
}

TEST(what_is_not_hexadecimal_is_refused)
{
    static const char *const texts[] = {"0", "0g", "g0", " 00", "0x00", "00 ", "\xC3\xA4"};
    struct str out = {0};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        EXPECT(hex_decode(s, str(texts[i]), &out) == INVALID);
    EXPECT_OK(hex_decode(s, str(""), &out));
    EXPECT_EQUAL(out.bytes, 0);
}
