// What is inside a token key, for the files that use it.
#ifndef SHEAF_CRYPTO_JWK_IMPL_H
#define SHEAF_CRYPTO_JWK_IMPL_H

#include "crypto/digest.h"
#include "crypto/jwk.h"

#include <openssl/evp.h>

enum {
    P256_BYTES = 32,
    ED25519_BYTES = 32,
};

struct jwk {
    struct str id;
    enum jwk_algorithm algorithm;
    bool can_sign;
    struct hmac_key secret; // HS256
    EVP_PKEY *pkey;         // the others; the scope frees it
};

// Makes a key around `pkey`, which it takes, also when it fails. An empty id becomes the
// thumbprint. Errors: INVALID a kind or size that is not used here.
enum status jwk_take(struct scope *s, struct str id, EVP_PKEY *pkey, bool can_sign,
                     struct jwk **out);

// Returns the members that make the public key, in the order of RFC 7638, 3.3.
struct json jwk_public_members(struct scope *s, const struct jwk *k);

#endif
