// Token keys: made from secrets and PEM, described as JSON.
#include "crypto/jwk.h"

#include "core/base64.h"
#include "core/scope.h"
#include "crypto/jwk_impl.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { GROUP_NAME_BYTES_MAX = 64 };

static void wipe(void *thing)
{
    struct jwk *k = thing;

    digest_wipe(&k->secret, sizeof k->secret);
}

enum status jwk_from_secret(struct scope *s, struct str id, struct str secret, struct jwk **out)
{
    if (secret.bytes < JWK_SECRET_BYTES_MIN)
        return fail(s, INVALID, "a secret that signs tokens has at least %d bytes",
                    JWK_SECRET_BYTES_MIN);
    struct jwk *k = scope_new(s, struct jwk);
    *k = (struct jwk){.id = str_copy(s, id), .algorithm = JWK_HS256, .can_sign = true};
    hmac_key_init(&k->secret, secret);
    scope_defer(s, wipe, k);
    *out = k;
    return OK;
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char group[GROUP_NAME_BYTES_MAX] = "";

    return EVP_PKEY_is_a(pkey, "EC") &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           str_is(str("prime256v1"), group);
}

static enum status find_algorithm(struct scope *s, const EVP_PKEY *pkey, enum jwk_algorithm *out)
{
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        int bits = EVP_PKEY_get_bits(pkey);
        *out = JWK_RS256;
        if (bits < JWK_RSA_BITS_MIN || bits > JWK_RSA_BITS_MAX)
            return fail(s, INVALID, "an RSA key of %d bits is not used: %d to %d are", bits,
                        JWK_RSA_BITS_MIN, JWK_RSA_BITS_MAX);
        return OK;
    }
    if (is_p256(pkey)) {
        *out = JWK_ES256;
        return OK;
    }
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        *out = JWK_EDDSA;
        return OK;
    }
    return fail(s, INVALID, "a key of this kind is not used: RSA, P-256 and Ed25519 are");
}

// Returns the base64url of the key's hash (RFC 7638).
static struct str thumbprint(struct scope *s, const struct jwk *k)
{
    uint8_t hash[SHA256_BYTES];

    digest_sha256(json_to_str(s, jwk_public_members(s, k)), hash);
    return base64url_encode(s, str_of(hash, sizeof hash));
}

enum status jwk_take(struct scope *s, struct str id, EVP_PKEY *pkey, bool can_sign,
                     struct jwk **out)
{
    struct jwk *k = scope_new(s, struct jwk);

    *k = (struct jwk){.pkey = pkey, .can_sign = can_sign};
    scope_defer(s, crypto_free_pkey, pkey);
    TRY(find_algorithm(s, pkey, &k->algorithm));
    k->id = id.bytes ? str_copy(s, id) : thumbprint(s, k);
    *out = k;
    return OK;
}

enum status jwk_from_pem(struct scope *s, struct str id, struct str pem, struct jwk **out)
{
    if (pem.bytes > JWK_PEM_BYTES_MAX)
        return fail(s, INVALID, "the key is longer than %d bytes", JWK_PEM_BYTES_MAX);
    EVP_PKEY *pkey =
        PEM_read_bio_PrivateKey(crypto_open_text(s, pem), NULL, crypto_no_passphrase, NULL);
    bool is_private = pkey != NULL;

    if (!pkey)
        pkey = PEM_read_bio_PUBKEY(crypto_open_text(s, pem), NULL, crypto_no_passphrase, NULL);
    if (!pkey)
        return crypto_fail(s, INVALID, "the text holds no private or public key in PEM");
    ERR_clear_error(); // what the first attempt left
    return jwk_take(s, id, pkey, is_private, out);
}

enum status jwk_generate(struct scope *s, struct jwk **out)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");

    if (!pkey)
        return crypto_fail(s, INTERNAL, "a P-256 key was not made");
    return jwk_take(s, str(""), pkey, true, out);
}

enum status jwk_to_pem(struct scope *s, const struct jwk *k, struct str *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    enum status e = OK;
    char *text = NULL;

    assert(bio);
    if (!k->pkey || !k->can_sign ||
        PEM_write_bio_PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        e = crypto_fail(s, INVALID, "the key has no private part to be written as PEM");
        goto out;
    }
    long bytes = BIO_get_mem_data(bio, &text);
    *out = str_copy(s, str_of(text, (size_t)bytes));
out:
    BIO_free(bio);
    return e;
}

struct str jwk_id(const struct jwk *k)
{
    return k->id;
}

enum jwk_algorithm jwk_algorithm(const struct jwk *k)
{
    return k->algorithm;
}

const char *jwk_algorithm_name(enum jwk_algorithm a)
{
    static const char *const names[JWK_ALGORITHMS] = {
        [JWK_HS256] = "HS256",
        [JWK_RS256] = "RS256",
        [JWK_ES256] = "ES256",
        [JWK_EDDSA] = "EdDSA",
    };

    assert(a < JWK_ALGORITHMS);
    return names[a];
}

bool jwk_can_sign(const struct jwk *k)
{
    return k->can_sign;
}

// Returns a number of the key as base64url of its big-endian bytes, `bytes` long, or as short as
// it is when `bytes` is 0 (RFC 7518, 2: Base64urlUInt).
static struct json key_number(struct scope *s, const EVP_PKEY *pkey, const char *name, int bytes)
{
    BIGNUM *number = NULL;
    uint8_t text[JWK_RSA_BITS_MAX / 8];

    int got = EVP_PKEY_get_bn_param(pkey, name, &number);
    assert(got == 1 && BN_num_bytes(number) <= (int)sizeof text);
    if (bytes == 0)
        bytes = BN_num_bytes(number);
    int written = BN_bn2binpad(number, text, bytes);
    assert(written == bytes);
    BN_free(number);
    return json_string(base64url_encode(s, str_of(text, (size_t)bytes)));
}

static struct json ed25519_point(struct scope *s, const EVP_PKEY *pkey)
{
    uint8_t point[ED25519_BYTES];
    size_t bytes = sizeof point;

    int got = EVP_PKEY_get_raw_public_key(pkey, point, &bytes);
    assert(got == 1 && bytes == sizeof point);
    return json_string(base64url_encode(s, str_of(point, bytes)));
}

static void add(struct json_member *members, size_t *count, const char *name, struct json value)
{
    members[(*count)++] = (struct json_member){str(name), value};
}

struct json jwk_public_members(struct scope *s, const struct jwk *k)
{
    struct json_member *members = scope_array(s, 4, sizeof *members);
    size_t count = 0;

    switch (k->algorithm) {
    case JWK_RS256:
        add(members, &count, "e", key_number(s, k->pkey, OSSL_PKEY_PARAM_RSA_E, 0));
        add(members, &count, "kty", json_string(str("RSA")));
        add(members, &count, "n", key_number(s, k->pkey, OSSL_PKEY_PARAM_RSA_N, 0));
        break;
    case JWK_ES256:
        add(members, &count, "crv", json_string(str("P-256")));
        add(members, &count, "kty", json_string(str("EC")));
        add(members, &count, "x", key_number(s, k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, P256_BYTES));
        add(members, &count, "y", key_number(s, k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, P256_BYTES));
        break;
    case JWK_EDDSA:
        add(members, &count, "crv", json_string(str("Ed25519")));
        add(members, &count, "kty", json_string(str("OKP")));
        add(members, &count, "x", ed25519_point(s, k->pkey));
        break;
    case JWK_HS256:
    case JWK_ALGORITHMS:
        assert(false); // a secret has no public part
    }
    return json_object(members, count);
}
