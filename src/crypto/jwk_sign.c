// Signatures as JSON Web Algorithms have them (RFC 7518, 3; RFC 8037, 3.1).
#include "crypto/jwk.h"

#include "core/scope.h"
#include "crypto/jwk_impl.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

enum {
    P256_SIGNATURE_BYTES = 2 * P256_BYTES, // r and s, big-endian
    P256_DER_BYTES_MAX = 80,
};

// Ed25519 hashes by itself; the others sign a SHA-256.
static const EVP_MD *digest_for(const struct jwk *k)
{
    return k->algorithm == JWK_EDDSA ? NULL : crypto_digest(DIGEST_SHA256);
}

// Writes r and s of the DER form (RFC 3279, 2.2.3) one behind the other.
static void write_p256(const uint8_t *der, size_t der_bytes, uint8_t out[P256_SIGNATURE_BYTES])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_bytes);

    assert(pair);
    int r_bytes = BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, P256_BYTES);
    int s_bytes = BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + P256_BYTES, P256_BYTES);
    assert(r_bytes == P256_BYTES && s_bytes == P256_BYTES);
    ECDSA_SIG_free(pair);
}

// Makes the DER form of r and s; returns its size.
static size_t read_p256(struct str pair, uint8_t out[P256_DER_BYTES_MAX])
{
    const unsigned char *bytes = (const unsigned char *)pair.data;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, P256_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(bytes + P256_BYTES, P256_BYTES, NULL);
    unsigned char *at = out;

    assert(signature && r && s);
    int set = ECDSA_SIG_set0(signature, r, s); // takes both
    int der_bytes = i2d_ECDSA_SIG(signature, NULL);
    assert(set == 1 && der_bytes > 0 && der_bytes <= P256_DER_BYTES_MAX);
    der_bytes = i2d_ECDSA_SIG(signature, &at);
    ECDSA_SIG_free(signature);
    return (size_t)der_bytes;
}

static enum status sign_with_pkey(struct scope *s, const struct jwk *k, struct str bytes,
                                  struct str *signature)
{
    EVP_MD_CTX *context = crypto_thread()->signature;
    size_t size = (size_t)EVP_PKEY_get_size(k->pkey);
    uint8_t *out = scope_alloc(s, size);

    bool done =
        EVP_DigestSignInit(context, NULL, digest_for(k), NULL, k->pkey) == 1 &&
        EVP_DigestSign(context, out, &size, (const unsigned char *)bytes.data, bytes.bytes) == 1;
    EVP_MD_CTX_reset(context); // it holds on to the key
    if (!done)
        return crypto_fail(s, INTERNAL, "signing failed");
    *signature = str_of(out, size);
    return OK;
}

enum status jwk_sign(struct scope *s, const struct jwk *k, struct str bytes, struct str *signature)
{
    struct str der = {0};

    if (!k->can_sign)
        return fail(s, INVALID, "the key %.*s only verifies", STR(k->id));
    if (k->algorithm == JWK_HS256) {
        uint8_t *out = scope_alloc(s, SHA256_BYTES);
        hmac_sha256(&k->secret, &bytes, 1, out);
        *signature = str_of(out, SHA256_BYTES);
        return OK;
    }
    if (k->algorithm != JWK_ES256)
        return sign_with_pkey(s, k, bytes, signature);
    TRY(sign_with_pkey(s, k, bytes, &der));
    uint8_t *out = scope_alloc(s, P256_SIGNATURE_BYTES);
    write_p256((const uint8_t *)der.data, der.bytes, out);
    *signature = str_of(out, P256_SIGNATURE_BYTES);
    return OK;
}

static bool verify_with_pkey(const struct jwk *k, struct str bytes, const uint8_t *signature,
                             size_t signature_bytes)
{
    EVP_MD_CTX *context = crypto_thread()->signature;

    bool right = EVP_DigestVerifyInit(context, NULL, digest_for(k), NULL, k->pkey) == 1 &&
                 EVP_DigestVerify(context, signature, signature_bytes,
                                  (const unsigned char *)bytes.data, bytes.bytes) == 1;
    EVP_MD_CTX_reset(context);
    ERR_clear_error();
    return right;
}

bool jwk_verify(const struct jwk *k, struct str bytes, struct str signature)
{
    uint8_t buffer[P256_DER_BYTES_MAX];

    if (k->algorithm == JWK_HS256) {
        hmac_sha256(&k->secret, &bytes, 1, buffer);
        return digest_equal_str(str_of(buffer, SHA256_BYTES), signature);
    }
    if (k->algorithm != JWK_ES256)
        return verify_with_pkey(k, bytes, (const uint8_t *)signature.data, signature.bytes);
    if (signature.bytes != P256_SIGNATURE_BYTES)
        return false;
    return verify_with_pkey(k, bytes, buffer, read_p256(signature, buffer));
}
