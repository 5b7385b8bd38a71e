// HKDF on our HMAC: shorter than describing it to OpenSSL's KDF interface.
#include "crypto/hkdf.h"

#include "crypto/digest.h"

#include <assert.h>

// RFC 5869, 2.3: T(n) = HMAC(key, T(n-1) | info | n), T(0) is empty.
static void expand(const struct hmac_key *key, struct str info, uint8_t *out, size_t bytes)
{
    uint8_t block[SHA256_BYTES];
    struct str before = {0};

    for (uint8_t n = 1; bytes > 0; n++) {
        struct str parts[] = {before, info, str_of(&n, 1)};
        hmac_sha256(key, parts, 3, block);
        size_t part = bytes < sizeof block ? bytes : sizeof block;
        memcpy(out, block, part);
        out += part;
        bytes -= part;
        before = str_of(block, sizeof block);
    }
    digest_wipe(block, sizeof block);
}

void hkdf_sha256(struct str salt, struct str secret, struct str info, uint8_t *out, size_t bytes)
{
    uint8_t extracted[SHA256_BYTES];
    struct hmac_key key;

    assert(bytes <= HKDF_BYTES_MAX);
    hmac_sha256_once(salt, secret, extracted); // an empty HMAC key is a block of zeros
    hmac_key_init(&key, str_of(extracted, sizeof extracted));
    expand(&key, info, out, bytes);
    digest_wipe(extracted, sizeof extracted);
    digest_wipe(&key, sizeof key);
}

void hkdf_key(struct str secret, struct str purpose, uint8_t out[HKDF_KEY_BYTES])
{
    assert(secret.bytes >= HKDF_KEY_BYTES && purpose.bytes > 0);
    hkdf_sha256((struct str){0}, secret, purpose, out, HKDF_KEY_BYTES);
}
