// Digests against the examples of their standards.
#include "crypto/digest.h"

#include "core/scope.h"

#include "test/harness.h"

TEST(the_digest_of_nothing_is_known)
{
    EXPECT_STR(digest_sha256_hex(s, str("")),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_STR(digest_sha256_hex(s, str("abc")),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
