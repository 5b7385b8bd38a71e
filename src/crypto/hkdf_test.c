// HKDF against the examples of its RFC.
#include "crypto/hkdf.h"

#include "core/hex.h"
#include "core/scope.h"

#include "test/harness.h"

// RFC 5869, A.1 and A.3.
TEST(the_keys_of_rfc_5869_come_out)
{
    static const struct {
        const char *salt, *info, *should;
    } cases[] = {
        {"000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    uint8_t secret[22];
    memset(secret, 0x0b, sizeof secret);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str salt, info;
        uint8_t out[42];
        REQUIRE_OK(hex_decode(s, str(cases[i].salt), &salt));
        REQUIRE_OK(hex_decode(s, str(cases[i].info), &info));
        hkdf_sha256(salt, str_of(secret, sizeof secret), info, out, sizeof out);
        EXPECT_STR(hex_encode(s, str_of(out, sizeof out)), cases[i].should);
    }
}

TEST(each_purpose_has_a_key_of_its_own)
{
    struct str secret = str("0123456789abcdef0123456789abcdef");
    uint8_t a[HKDF_KEY_BYTES], b[HKDF_KEY_BYTES], again[HKDF_KEY_BYTES];

    hkdf_key(secret, str("records"), a);
    hkdf_key(secret, str("blobs"), b);
    hkdf_key(secret, str("records"), again);

    EXPECT(memcmp(a, b, sizeof a) != 0);
    EXPECT(memcmp(a, again, sizeof a) == 0);
}
