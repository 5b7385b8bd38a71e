// Tokens against the examples of their RFCs, and everything that must be refused.
#include "crypto/jwt.h"

#include "core/base64.h"
#include "core/scope.h"

#include "test/harness.h"

enum { NOW_S = 1700000000 };

static const int64_t now_us = NOW_S * INT64_C(1000000);

// RFC 7515, appendix A: the claims are {"iss":"joe","exp":1300819380,...}.
#define RFC_CLAIMS                                                                                 \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"
static const int64_t rfc_now_us = INT64_C(1300819000) * 1000000;

#define RFC_RSA_N                                                                                  \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4" \
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re" \
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX" \
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"

static struct jwks one(struct scope *s, const struct jwk *key)
{
    const struct jwk **keys = scope_array(s, 1, sizeof *keys);

    keys[0] = key;
    return (struct jwks){keys, 1};
}

static struct jwks set(struct scope *s, const char *text)
{
    struct jwks keys = {0};

    EXPECT_OK(jwks_parse(s, str(text), &keys));
    return keys;
}

static struct jwk *secret_key(struct scope *s, const char *id)
{
    struct jwk *key = NULL;

    EXPECT_OK(jwk_from_secret(s, str(id), str("0123456789abcdef0123456789abcdef"), &key));
    return key;
}

static struct json parse(struct scope *s, struct str text)
{
    struct json j = {0};

    EXPECT_OK(json_parse(s, text, &json_limits_strict, &j));
    return j;
}

TEST(the_tokens_of_rfc_7515_verify)
{
    struct str secret = {0};
    struct jwk *hs256 = NULL;
    REQUIRE_OK(base64url_decode(s,
                                str("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj"
                                    "0iPS4hcgUuTwjAzZr1Z9CAow"),
                                &secret));
    REQUIRE_OK(jwk_from_secret(s, str(""), secret, &hs256));
    const struct {
        struct jwks keys;
        const char *token;
    } cases[] = {
        {one(s, hs256), "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_CLAIMS
                        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
        {set(s, "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC_RSA_N "\"}]}"),
         "eyJhbGciOiJSUzI1NiJ9." RFC_CLAIMS
         ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
         "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
         "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
         "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
        {set(s, "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"),
         "eyJhbGciOiJFUzI1NiJ9." RFC_CLAIMS
         ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5d"
         "jxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwt_rules rules = {.issuer = str("joe"), .now_us = rfc_now_us};
        struct jwt token = {0};
        EXPECT_OK(jwt_verify(s, cases[i].keys, str(cases[i].token), &rules, &token));
        EXPECT_STR(token.issuer, "joe");
        EXPECT_EQUAL(token.expires_at_us, INT64_C(1300819380) * 1000000);
        char *altered = str_z(s, str(cases[i].token));
        altered[30] ^= 1;
        EXPECT(jwt_verify(s, cases[i].keys, str(altered), &rules, &token) == UNAUTHENTICATED);
    }
}

TEST(the_signature_and_thumbprint_of_rfc_8037_verify)
{
    struct jwks keys = set(s, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}");
    struct str signature = {0};
    REQUIRE_OK(base64url_decode(s,
                                str("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg"
                                    "5BhVsPt9g7sVvpAr_MuM0KAg"),
                                &signature));

    EXPECT(jwk_verify(keys.keys[0], str("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"),
                      signature));
    EXPECT(!jwk_verify(keys.keys[0], str("eyJhbGciOiJFZERTQSJ9.x"), signature));
    EXPECT_STR(jwk_id(keys.keys[0]), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"); // A.3
}

TEST(the_thumbprint_of_rfc_7638_is_the_id_of_a_key_without_one)
{
    struct jwks keys = set(
        s, "{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"RS256\",\"e\":\"AQAB\",\"n\":"
           "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6"
           "tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"
           "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNL"
           "yrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
           "zKnqDKgw\"}]}");

    EXPECT_STR(jwk_id(keys.keys[0]), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(an_issued_token_verifies_with_the_published_key)
{
    struct jwk *key = NULL;
    struct jwks published = {0};
    struct jwt_hint hint = {0};
    struct jwt token = {0};
    struct str text = {0};
    struct jwt_rules rules = {.issuer = str("us"), .audience = str("you"), .now_us = now_us};
    REQUIRE_OK(jwk_generate(s, &key));

    REQUIRE_OK(jwt_issue(s, key,
                         parse(s, str("{\"iss\":\"us\",\"sub\":\"c1\",\"aud\":[\"you\",\"them\"],"
                                      "\"iat\":1700000000,\"exp\":1700000600,\"n\":1.10}")),
                         &text));
    REQUIRE_OK(jwks_parse(s, json_to_str(s, jwks_publish(s, one(s, key))), &published));

    EXPECT_OK(jwt_peek(s, text, &hint));
    EXPECT_STR(hint.issuer, "us");
    EXPECT(str_equal(hint.key_id, jwk_id(key)));
    REQUIRE_OK(jwt_verify(s, published, text, &rules, &token));
    EXPECT_STR(token.subject, "c1");
    EXPECT_STR(json_text(json_member(token.claims, "n")), "1.10");
    EXPECT_EQUAL(token.expires_at_us, now_us + INT64_C(600000000));
}

TEST(a_private_key_survives_being_written_as_pem)
{
    struct jwk *key = NULL;
    struct jwk *again = NULL;
    struct str pem = {0};
    struct str signature = {0};
    REQUIRE_OK(jwk_generate(s, &key));

    REQUIRE_OK(jwk_to_pem(s, key, &pem));
    REQUIRE_OK(jwk_from_pem(s, str(""), pem, &again));

    EXPECT(str_equal(jwk_id(key), jwk_id(again)));
    REQUIRE_OK(jwk_sign(s, again, str("head"), &signature));
    EXPECT_EQUAL(signature.bytes, 64);
    EXPECT(jwk_verify(key, str("head"), signature));
    EXPECT(!jwk_verify(key, str("heap"), signature));
    EXPECT(jwk_from_pem(s, str(""), str("no key"), &again) == INVALID);
    EXPECT(jwk_to_pem(s, secret_key(s, "a"), &pem) == INVALID);
}

TEST(a_published_key_set_holds_nothing_secret)
{
    struct jwk *key = NULL;
    REQUIRE_OK(jwk_generate(s, &key));
    const struct jwk *all[] = {secret_key(s, "hidden"), key};

    struct json j = jwks_publish(s, (struct jwks){all, 2});

    struct json keys = json_member(j, "keys");
    EXPECT_EQUAL(keys.count, 1);
    EXPECT_EQUAL(json_at(keys, 0).count, 7); // crv kty x y kid use alg
    EXPECT(json_is(json_member(json_at(keys, 0), "d"), JSON_NONE));
}

// Signs a token from a header and claims as text, whatever they say.
static struct str token_of(struct scope *s, const struct jwk *key, const char *header,
                           const char *claims)
{
    struct str signature = {0};
    struct str text = str_concat(s, 3, base64url_encode(s, str(header)), str("."),
                                 base64url_encode(s, str(claims)));

    EXPECT_OK(jwk_sign(s, key, text, &signature));
    return str_concat(s, 3, text, str("."), base64url_encode(s, signature));
}

TEST(claims_are_checked_against_the_rules)
{
    static const struct {
        const char *claims;
        const char *why; // NULL: accepted
    } cases[] = {
        {"{\"exp\":1700000001,\"iss\":\"us\",\"aud\":\"you\"}", NULL},
        {"{\"exp\":1700000000.5,\"iss\":\"us\",\"aud\":[\"them\",\"you\"]}", NULL},
        {"{\"exp\":1699999941,\"iss\":\"us\",\"aud\":\"you\"}", NULL}, // within the leeway
        {"{\"exp\":1699999940,\"iss\":\"us\",\"aud\":\"you\"}", "the token has expired"},
        {"{\"iss\":\"us\",\"aud\":\"you\"}", "the token does not say when it expires"},
        {"{\"exp\":\"1700000001\",\"iss\":\"us\",\"aud\":\"you\"}",
         "the token does not say when it expires"},
        {"{\"exp\":1e300,\"iss\":\"us\",\"aud\":\"you\"}",
         "the token does not say when it expires"},
        {"{\"exp\":-1,\"iss\":\"us\",\"aud\":\"you\"}", "the token does not say when it expires"},
        {"{\"exp\":1700000001,\"nbf\":1700000060,\"iss\":\"us\",\"aud\":\"you\"}", NULL},
        {"{\"exp\":1700000001,\"nbf\":1700000061,\"iss\":\"us\",\"aud\":\"you\"}",
         "the token's nbf lies in the future"},
        {"{\"exp\":1700000001,\"iat\":1700000061,\"iss\":\"us\",\"aud\":\"you\"}",
         "the token's iat lies in the future"},
        {"{\"exp\":1700000001,\"iat\":null,\"iss\":\"us\",\"aud\":\"you\"}",
         "the token's iat is no time"},
        {"{\"exp\":1700000001,\"iss\":\"them\",\"aud\":\"you\"}",
         "the token was issued by somebody else"},
        {"{\"exp\":1700000001,\"aud\":\"you\"}", "the token was issued by somebody else"},
        {"{\"exp\":1700000001,\"iss\":[\"us\"],\"aud\":\"you\"}", "the token's iss is not a text"},
        {"{\"exp\":1700000001,\"iss\":\"us\"}", "the token is meant for somebody else"},
        {"{\"exp\":1700000001,\"iss\":\"us\",\"aud\":\"yo\"}",
         "the token is meant for somebody else"},
        {"{\"exp\":1700000001,\"iss\":\"us\",\"aud\":{\"you\":1}}",
         "the token is meant for somebody else"},
        {"{\"exp\":1700000001,\"iss\":\"us\",\"aud\":\"you\",\"sub\":7}",
         "the token's sub is not a text"},
        {"{\"exp\":1,\"exp\":1700000001,\"iss\":\"us\",\"aud\":\"you\"}",
         "the token's header and claims are not JSON objects in base64url"},
        {"[]", "the token's header and claims are not JSON objects in base64url"},
    };
    struct jwk *key = secret_key(s, "k");
    struct jwt_rules rules = {str("us"), str("you"), now_us, JWT_LEEWAY_S};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwt token = {0};
        struct str text = token_of(s, key, "{\"alg\":\"HS256\",\"kid\":\"k\"}", cases[i].claims);
        enum status e = jwt_verify(s, one(s, key), text, &rules, &token);
        EXPECT(e == (cases[i].why ? UNAUTHENTICATED : OK));
        if (cases[i].why)
            EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(a_header_that_could_mean_another_thing_is_refused)
{
    static const struct {
        const char *header;
        const char *why; // NULL: accepted
    } cases[] = {
        {"{\"alg\":\"HS256\"}", NULL}, // the only key of its algorithm
        {"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", NULL},
        {"{\"alg\":\"HS256\",\"typ\":\"jwt\",\"kid\":\"k\"}", NULL},
        {"{\"alg\":\"none\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"none\",\"kid\":\"k\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"hs256\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"RS256\",\"kid\":\"k\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"HS256\",\"kid\":\"e\"}", "the token's algorithm is not the one of the key"},
        {"{\"alg\":\"HS256\",\"kid\":\"x\"}", "no key has the token's key id"},
        {"{\"alg\":\"HS256\",\"kid\":7}", "the token's key id is not a text"},
        {"{\"alg\":7}", "the token names no algorithm"},
        {"{\"kid\":\"k\"}", "the token names no algorithm"},
        {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
         "the token has extensions that are not understood"},
        {"{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}",
         "the token is of another type than JWT or at+jwt"},
        {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
         "the token's header and claims are not JSON objects in base64url"},
        {"not JSON", "the token's header and claims are not JSON objects in base64url"},
    };
    struct jwk *key = secret_key(s, "k");
    struct jwk *curve = NULL;
    struct str pem = {0};
    struct jwt_rules rules = {.now_us = now_us};
    REQUIRE_OK(jwk_generate(s, &curve));
    REQUIRE_OK(jwk_to_pem(s, curve, &pem));
    REQUIRE_OK(jwk_from_pem(s, str("e"), pem, &curve));
    const struct jwk *both[] = {curve, key};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwt token = {0};
        struct str text = token_of(s, key, cases[i].header, "{\"exp\":1700000001}");
        enum status e = jwt_verify(s, (struct jwks){both, 2}, text, &rules, &token);
        EXPECT(e == (cases[i].why ? UNAUTHENTICATED : OK));
        if (cases[i].why)
            EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(two_keys_of_one_algorithm_need_a_key_id)
{
    struct jwk *key = secret_key(s, "k1");
    const struct jwk *both[] = {key, secret_key(s, "k2")};
    struct jwks keys = {both, 2};
    struct jwt_rules rules = {.now_us = now_us};
    struct jwt token = {0};

    EXPECT(jwt_verify(s, keys, token_of(s, key, "{\"alg\":\"HS256\"}", "{\"exp\":1700000001}"),
                      &rules, &token) == UNAUTHENTICATED);
    EXPECT_OK(jwt_verify(
        s, keys, token_of(s, key, "{\"alg\":\"HS256\",\"kid\":\"k2\"}", "{\"exp\":1700000001}"),
        &rules, &token));
    EXPECT(token.key == both[1]);
}

TEST(what_is_no_token_is_refused)
{
    struct jwk *key = secret_key(s, "k");
    struct jwt_rules rules = {.now_us = now_us};
    struct str sound = token_of(s, key, "{\"alg\":\"HS256\"}", "{\"exp\":1700000001}");
    struct str unsigned_text = str_slice(sound, 0, sound.bytes - 43);
    char *huge = scope_alloc(s, JWT_BYTES_MAX + 1);
    memset(huge, 'a', JWT_BYTES_MAX + 1);
    const struct str cases[] = {
        str(""),
        str("."),
        str(".."),
        str("a.b"),
        unsigned_text,
        str_slice(sound, 0, sound.bytes - 44),
        str_slice(sound, 0, sound.bytes - 1),
        str_concat(s, 2, sound, str("=")),
        str_concat(s, 2, sound, str(".")),
        str_concat(s, 2, sound, str(" ")),
        str_concat(s, 2, str(" "), sound),
        str_of(huge, JWT_BYTES_MAX + 1),
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwt token = {0};
        EXPECT(jwt_verify(s, one(s, key), cases[i], &rules, &token) == UNAUTHENTICATED);
    }
    struct jwt token = {0};
    EXPECT_OK(jwt_verify(s, one(s, key), sound, &rules, &token));
}

#define EC_XY                                                                                      \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","      \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

TEST(keys_that_may_not_verify_are_left_out_of_a_set)
{
    static const struct {
        const char *key;
        bool used;
    } cases[] = {
        {"{" EC_XY "}", true},
        {"{" EC_XY ",\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]}", true},
        {"{" EC_XY ",\"use\":\"enc\"}", false},
        {"{" EC_XY ",\"alg\":\"ES384\"}", false},
        {"{" EC_XY ",\"alg\":\"HS256\"}", false},
        {"{" EC_XY ",\"key_ops\":[\"encrypt\"]}", false},
        {"{" EC_XY ",\"kid\":7}", false},
        // A point that is not on the curve.
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
         "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
         false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}", false},
        {"{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T\"}", false},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC_RSA_N "\"}", true},
        {"{\"kty\":\"RSA\",\"e\":\"AQ\",\"n\":\"" RFC_RSA_N "\"}", false},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoQ\"}",
         false},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\"}", false},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"}", false},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}", false},
        {"7", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwks keys = {0};
        struct str text = str_format(s, "{\"keys\":[%s]}", cases[i].key);
        EXPECT(jwks_parse(s, text, &keys) == (cases[i].used ? OK : INVALID));
        EXPECT_EQUAL(keys.count, cases[i].used);
    }
    struct jwks keys = {0};
    EXPECT_OK(jwks_parse(s, str("{\"keys\":[{\"kty\":\"oct\"},{" EC_XY "}]}"), &keys));
    EXPECT_EQUAL(keys.count, 1);
    EXPECT(jwks_parse(s, str("{\"keys\":{}}"), &keys) == INVALID);
    EXPECT(jwks_parse(s, str("[]"), &keys) == INVALID);
}

TEST(a_short_secret_and_a_public_key_do_not_sign)
{
    struct jwk *key = NULL;
    struct str signature = {0};
    struct jwks keys = set(s, "{\"keys\":[{" EC_XY "}]}");

    EXPECT(jwk_from_secret(s, str("k"), str("0123456789abcdef0123456789abcde"), &key) == INVALID);
    EXPECT(!jwk_can_sign(keys.keys[0]));
    EXPECT(jwk_sign(s, keys.keys[0], str("x"), &signature) == INVALID);
    EXPECT(!jwk_verify(keys.keys[0], str("x"), str("")));
}
