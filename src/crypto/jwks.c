// Key sets: reading those of others, publishing our own.
#include "crypto/jwk.h"

#include "core/base64.h"
#include "core/scope.h"
#include "crypto/jwk_impl.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

static const struct json_limits limits = {
    .bytes_max = JWKS_BYTES_MAX,
    .depth_max = 8,
    .values_max = 8192,
    .duplicates = JSON_REFUSE,
};

// Imports a public key; NULL when OpenSSL refuses the values: a point that is not on the curve.
static EVP_PKEY *import(const char *kind, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY *pkey = NULL;

    assert(context);
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return pkey;
}

// Decodes a member; false when it is not there, not base64url, or not `bytes` long (0: any).
static bool read_bytes(struct scope *s, struct json key, const char *name, size_t bytes,
                       struct str *out)
{
    struct json j = json_member(key, name);

    return json_is(j, JSON_STRING) && base64url_decode(s, json_text(j), out) == OK &&
           out->bytes > 0 && (bytes == 0 || out->bytes == bytes);
}

static EVP_PKEY *import_rsa_numbers(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();

    assert(builder);
    int pushed = OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    assert(pushed && params);
    EVP_PKEY *pkey = import("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

static EVP_PKEY *import_rsa(struct scope *s, struct json key)
{
    struct str modulus = {0};
    struct str exponent = {0};

    if (!read_bytes(s, key, "n", 0, &modulus) || !read_bytes(s, key, "e", 0, &exponent) ||
        modulus.bytes > JWK_RSA_BITS_MAX / 8 || exponent.bytes > sizeof(uint64_t))
        return NULL;
    BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.data, (int)modulus.bytes, NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)exponent.data, (int)exponent.bytes, NULL);
    assert(n && e);
    bool sensible = BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e);
    EVP_PKEY *pkey = sensible ? import_rsa_numbers(n, e) : NULL;
    BN_free(n);
    BN_free(e);
    return pkey;
}

static EVP_PKEY *import_p256(struct scope *s, struct json key)
{
    struct str x = {0};
    struct str y = {0};
    uint8_t point[1 + 2 * P256_BYTES] = {4}; // SEC 1, 2.3.3: uncompressed
    char group[] = "prime256v1";

    if (!str_is(json_text(json_member(key, "crv")), "P-256") ||
        !read_bytes(s, key, "x", P256_BYTES, &x) || !read_bytes(s, key, "y", P256_BYTES, &y))
        return NULL;
    memcpy(point + 1, x.data, P256_BYTES);
    memcpy(point + 1 + P256_BYTES, y.data, P256_BYTES);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    return import("EC", params);
}

static EVP_PKEY *import_ed25519(struct scope *s, struct json key)
{
    struct str x = {0};

    if (!str_is(json_text(json_member(key, "crv")), "Ed25519") ||
        !read_bytes(s, key, "x", ED25519_BYTES, &x))
        return NULL;
    return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)x.data,
                                          x.bytes);
}

static EVP_PKEY *import_key(struct scope *s, struct json key)
{
    struct str kind = json_text(json_member(key, "kty"));

    if (str_is(kind, "RSA"))
        return import_rsa(s, key);
    if (str_is(kind, "EC"))
        return import_p256(s, key);
    if (str_is(kind, "OKP"))
        return import_ed25519(s, key);
    return NULL;
}

static bool lists(struct json array, const char *word)
{
    for (size_t i = 0; json_is(array, JSON_ARRAY) && i < array.count; i++)
        if (str_is(json_text(json_at(array, i)), word))
            return true;
    return false;
}

// RFC 7517, 4.2 and 4.3: what a key is for, when it says so.
static bool is_for_verifying(struct json key)
{
    struct json use = json_member(key, "use");
    struct json operations = json_member(key, "key_ops");

    return (json_is(use, JSON_NONE) || str_is(json_text(use), "sig")) &&
           (json_is(operations, JSON_NONE) || lists(operations, "verify"));
}

// Returns the key, or NULL when it is none that is used here.
static const struct jwk *read_key(struct scope *s, struct json key)
{
    struct json algorithm = json_member(key, "alg");
    struct json id = json_member(key, "kid");
    struct jwk *k = NULL;

    if (!json_is(key, JSON_OBJECT) || !is_for_verifying(key) ||
        (!json_is(id, JSON_NONE) && !json_is(id, JSON_STRING)) ||
        json_text(id).bytes > JWK_ID_BYTES_MAX)
        return NULL;
    EVP_PKEY *pkey = import_key(s, key);
    if (!pkey || jwk_take(s, json_text(id), pkey, false, &k) != OK)
        return NULL;
    if (!json_is(algorithm, JSON_NONE) &&
        !str_is(json_text(algorithm), jwk_algorithm_name(k->algorithm)))
        return NULL;
    return k;
}

enum status jwks_parse(struct scope *s, struct str text, struct jwks *out)
{
    struct json set = {0};
    size_t count = 0;

    TRY(json_parse(s, text, &limits, &set));
    struct json keys = json_member(set, "keys");
    if (!json_is(keys, JSON_ARRAY))
        return fail(s, INVALID, "a key set is an object with an array of keys");
    if (keys.count > JWKS_KEYS_MAX)
        return fail(s, TOO_LARGE, "the key set has more than %d keys", JWKS_KEYS_MAX);
    const struct jwk **all = scope_array(s, keys.count, sizeof *all);
    for (size_t i = 0; i < keys.count; i++) {
        all[count] = read_key(s, json_at(keys, i));
        count += all[count] != NULL;
    }
    if (count == 0)
        return fail(s, INVALID, "the key set has no key that can verify a token here");
    scope_forgive(s); // what was said about keys that were left out
    *out = (struct jwks){all, count};
    return OK;
}

struct json jwks_publish(struct scope *s, struct jwks keys)
{
    struct json *items = scope_array(s, keys.count, sizeof *items);
    struct json_member *set = scope_new(s, struct json_member);
    size_t count = 0;

    for (size_t i = 0; i < keys.count; i++) {
        const struct jwk *k = keys.keys[i];
        if (k->algorithm == JWK_HS256)
            continue;
        struct json key = jwk_public_members(s, k);
        key = json_with(s, key, str("kid"), json_string(k->id));
        key = json_with(s, key, str("use"), json_string(str("sig")));
        key = json_with(s, key, str("alg"), json_string(str(jwk_algorithm_name(k->algorithm))));
        items[count++] = key;
    }
    *set = (struct json_member){str("keys"), json_array(items, count)};
    return json_object(set, 1);
}
