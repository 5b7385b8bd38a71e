// Keys of every kind from PEM, private and public; kinds that are not used here.
#include "crypto/jwk.h"

#include "core/scope.h"
#include "crypto/lib_impl.h"

#include "test/harness.h"

#include <openssl/pem.h>

static struct str text_of(struct scope *s, BIO *bio)
{
    char *text = NULL;
    long bytes = BIO_get_mem_data(bio, &text);
    struct str copy = str_copy(s, str_of(text, (size_t)bytes));

    BIO_free(bio);
    return copy;
}

static struct str private_pem(struct scope *s, EVP_PKEY *pkey, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int bytes = passphrase ? (int)strlen(passphrase) : 0;

    EXPECT(PEM_write_bio_PrivateKey(bio, pkey, passphrase ? EVP_aes_256_cbc() : NULL,
                                    (const unsigned char *)passphrase, bytes, NULL, NULL) == 1);
    return text_of(s, bio);
}

static struct str public_pem(struct scope *s, EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());

    EXPECT(PEM_write_bio_PUBKEY(bio, pkey) == 1);
    return text_of(s, bio);
}

static EVP_PKEY *keep(struct scope *s, EVP_PKEY *pkey)
{
    scope_defer(s, crypto_free_pkey, pkey);
    return pkey;
}

TEST(a_key_of_each_kind_signs_and_its_public_part_verifies)
{
    const struct {
        EVP_PKEY *pkey;
        enum jwk_algorithm algorithm;
        size_t signature_bytes;
    } cases[] = {
        {keep(s, EVP_RSA_gen(2048)), JWK_RS256, 256},
        {keep(s, EVP_EC_gen("P-256")), JWK_ES256, 64},
        {keep(s, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")), JWK_EDDSA, 64},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwk *own = NULL;
        struct jwk *published = NULL;
        struct str signature = {0};
        REQUIRE_OK(jwk_from_pem(s, str(""), private_pem(s, cases[i].pkey, NULL), &own));
        REQUIRE_OK(jwk_from_pem(s, str(""), public_pem(s, cases[i].pkey), &published));

        REQUIRE_OK(jwk_sign(s, own, str("head"), &signature));

        EXPECT_EQUAL(jwk_algorithm(own), cases[i].algorithm);
        EXPECT_EQUAL(signature.bytes, cases[i].signature_bytes);
        EXPECT(jwk_verify(published, str("head"), signature));
        EXPECT(!jwk_verify(published, str("heap"), signature));
        EXPECT(!jwk_verify(published, str("head"), str_slice(signature, 1, signature.bytes)));
        EXPECT(str_equal(jwk_id(own), jwk_id(published)));
        EXPECT(jwk_can_sign(own) && !jwk_can_sign(published));
    }
}

TEST(an_ecdsa_signature_of_any_bytes_does_not_crash)
{
    struct jwk *key = NULL;
    char *zeros = scope_alloc(s, 64);
    char *ones = scope_alloc(s, 64);
    REQUIRE_OK(jwk_generate(s, &key));
    memset(ones, 0xff, 64);

    EXPECT(!jwk_verify(key, str("head"), str_of(zeros, 64))); // CVE-2022-21449 of others
    EXPECT(!jwk_verify(key, str("head"), str_of(ones, 64)));
    EXPECT(!jwk_verify(key, str("head"), str_of(ones, 63)));
}

TEST(a_key_of_another_kind_or_with_a_passphrase_is_refused)
{
    EVP_PKEY *p256 = keep(s, EVP_EC_gen("P-256"));
    const struct str cases[] = {
        private_pem(s, keep(s, EVP_EC_gen("P-384")), NULL),
        private_pem(s, keep(s, EVP_RSA_gen(1024)), NULL),
        private_pem(s, keep(s, EVP_PKEY_Q_keygen(NULL, NULL, "X25519")), NULL),
        private_pem(s, p256, "secret"),
        str_slice(private_pem(s, p256, NULL), 0, 100),
        str(""),
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jwk *key = NULL;
        EXPECT(jwk_from_pem(s, str("k"), cases[i], &key) == INVALID);
    }
}
