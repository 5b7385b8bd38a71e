// Digests against the examples of their standards.
#include "crypto/digest.h"

#include "core/hex.h"
#include "core/scope.h"

#include "test/harness.h"

static struct str repeat(struct scope *s, int byte, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    memset(text, byte, bytes);
    return str_of(text, bytes);
}

// RFC 1321, A.5; FIPS 180-2, appendices A to D: the digests of "abc".
TEST(the_digests_of_abc_are_the_standards)
{
    static const char *const cases[DIGEST_KINDS] = {
        [DIGEST_MD5] = "900150983cd24fb0d6963f7d28e17f72",
        [DIGEST_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
        [DIGEST_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        [DIGEST_SHA384] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                          "8086072ba1e7cc2358baeca134c825a7",
        [DIGEST_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    };

    for (int kind = 0; kind < DIGEST_KINDS; kind++) {
        uint8_t out[DIGEST_BYTES_MAX];
        digest_of((enum digest_kind)kind, str("abc"), out);
        EXPECT_STR(hex_encode(s, str_of(out, digest_bytes((enum digest_kind)kind))), cases[kind]);
    }
}

TEST(the_digest_of_nothing_is_known)
{
    EXPECT_STR(digest_sha256_hex(s, str("")),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// FIPS 180-2, B.3: a million times the letter a.
TEST(a_digest_in_pieces_is_the_digest_of_the_whole)
{
    struct digest *d = digest_open(s, DIGEST_SHA256);
    struct str piece = repeat(s, 'a', 1000);
    uint8_t out[SHA256_BYTES];

    for (int i = 0; i < 1000; i++)
        digest_add(d, piece);
    digest_finish(d, out);
    EXPECT_STR(hex_encode(s, str_of(out, sizeof out)),
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

    digest_add(d, str("ab"));
    digest_add(d, str("c"));
    digest_finish(d, out);
    EXPECT_STR(hex_encode(s, str_of(out, sizeof out)),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, 4.2, 4.3 and 4.7.
TEST(the_hmacs_of_rfc_4231_come_out)
{
    const struct {
        struct str secret;
        const char *data;
        const char *should;
    } cases[] = {
        {repeat(s, 0x0b, 20), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {str("Jefe"), "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeat(s, 0xaa, 131), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[SHA256_BYTES];
        hmac_sha256_once(cases[i].secret, str(cases[i].data), out);
        EXPECT_STR(hex_encode(s, str_of(out, sizeof out)), cases[i].should);
    }
}

TEST(an_hmac_of_parts_is_the_hmac_of_the_whole)
{
    const struct str parts[] = {str("what do ya "), str(""), str("want for nothing?")};
    struct hmac_key key;
    uint8_t out[SHA256_BYTES];
    hmac_key_init(&key, str("Jefe"));

    hmac_sha256(&key, parts, 3, out);

    EXPECT_STR(hex_encode(s, str_of(out, sizeof out)),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(digests_compare_whole)
{
    EXPECT(digest_equal("abc", "abc", 3));
    EXPECT(!digest_equal("abc", "abd", 3));
    EXPECT(digest_equal_str(str(""), str("")));
    EXPECT(!digest_equal_str(str("abc"), str("ab")));
}
