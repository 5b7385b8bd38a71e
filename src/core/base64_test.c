// Base64: the vectors of RFC 4648, and what strict decoding refuses.
#include "core/base64.h"

#include "test/harness.h"

TEST(base64_follows_the_vectors_of_rfc_4648)
{
    static const struct {
        const char *bytes;
        const char *text;
        const char *url;
    } cases[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xEF\xFF\xFA", "++//+g==", "--__-g"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str back = {0};
        EXPECT_STR(base64_encode(s, str(cases[i].bytes)), cases[i].text);
        EXPECT_STR(base64url_encode(s, str(cases[i].bytes)), cases[i].url);
        EXPECT_OK(base64_decode(s, str(cases[i].text), &back));
        EXPECT_STR(back, cases[i].bytes);
        EXPECT_OK(base64url_decode(s, str(cases[i].url), &back));
        EXPECT_STR(back, cases[i].bytes);
    }
}

TEST(all_bytes_survive_base64_at_all_lengths)
{
    char bytes[256];

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)(255 - i);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct str is = str_of(bytes, length);
        struct str back = {0};
        EXPECT_OK(base64_decode(s, base64_encode(s, is), &back));
        EXPECT(str_equal(back, is));
        EXPECT_OK(base64url_decode(s, base64url_encode(s, is), &back));
        EXPECT(str_equal(back, is));
    }
}

TEST(malformed_base64_is_refused)
{
    static const char *const standard[] = {"Zg",   "Zg=",      "Zg===", "=",          "====",
                                           "Z===", "Zh==",     "Zm9=",  "Zm 9v",      "Zm9v\n",
                                           "--__", "Zg==Zg==", "Zm9vY", "Z\xC3\xA4=", "Zm=v"};
    static const char *const url[] = {"Z", "Zh", "Zm9", "++//", "Zg=", "Zm9vY", "Zg==="};
    struct str out = {0};

    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        EXPECT(base64_decode(s, str(standard[i]), &out) == INVALID);
    for (size_t i = 0; i < sizeof url / sizeof *url; i++)
        EXPECT(base64url_decode(s, str(url[i]), &out) == INVALID);
    EXPECT_OK(base64url_decode(s, str("Zg=="), &out));
    EXPECT_STR(out, "f");
}
