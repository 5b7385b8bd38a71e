#include "crypto/signer.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/authority.h"
#include "crypto/cms.h"
#include "crypto/lib_impl.h"

#include "test/harness.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

static const int64_t in_2026_us = 1780000000000000;

static struct authority *new_authority(struct scope *s)
{
    struct authority_order order = {.name = str("Prov AB Åre"),
                                    .valid_from_us = in_2026_us,
                                    .valid_until_us = in_2026_us + MOMENT_DAY_US};
    struct authority *a = NULL;

    EXPECT_OK(authority_new(s, &order, &a));
    return a;
}

static struct authority_issued issue(struct scope *s, const struct authority *a,
                                     enum authority_key key)
{
    struct authority_order order = {.name = str("Sigill"),
                                    .organization = str("Bolaget"),
                                    .key = key,
                                    .valid_from_us = in_2026_us,
                                    .valid_until_us = in_2026_us + MOMENT_DAY_US};
    struct authority_issued issued = {0};

    EXPECT_OK(authority_issue(s, a, &order, &issued));
    return issued;
}

TEST(a_signer_describes_itself_and_is_valid_within_its_dates)
{
    struct authority_issued issued = issue(s, new_authority(s), AUTHORITY_RSA2048);
    struct signer *signer = NULL;

    REQUIRE_OK(signer_open(s, issued.chain_pem, issued.key_pem, &signer));
    const struct signer_about *about = signer_about(signer);
    EXPECT_STR(about->name, "Sigill");
    EXPECT_STR(about->subject, "O=Bolaget, CN=Sigill");
    EXPECT_STR(about->issuer, "CN=Prov AB Åre");
    EXPECT_STR(about->key, "RSA-2048");
    EXPECT_OK(signer_check(s, signer, in_2026_us + 1));
    EXPECT(signer_check(s, signer, in_2026_us - 1) == REFUSED);
    EXPECT(signer_check(s, signer, in_2026_us + 2 * MOMENT_DAY_US) == REFUSED);
}

TEST(a_key_that_is_not_the_certificates_is_refused)
{
    struct authority *a = new_authority(s);
    struct authority_issued one = issue(s, a, AUTHORITY_P256);
    struct authority_issued other = issue(s, a, AUTHORITY_P256);
    struct signer *signer = NULL;

    EXPECT(signer_open(s, one.chain_pem, other.key_pem, &signer) == INVALID);
    EXPECT(str_starts(scope_why(s), str("the private key does not belong to the certificate")));
    EXPECT(signer_open(s, one.key_pem, one.key_pem, &signer) == INVALID);
    EXPECT(signer_open(s, one.chain_pem, one.chain_pem, &signer) == INVALID);
    EXPECT(signer_open(s, authority_pem(a), one.key_pem, &signer) == INVALID);
}

static struct str pkcs12_of(struct scope *s, const struct authority_issued *issued)
{
    BIO *bio = crypto_open_text(s, issued->chain_pem);
    X509 *own = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(crypto_open_text(s, issued->key_pem), NULL, NULL, NULL);
    PKCS12 *bag = PKCS12_create("öppna", "seal", key, own, NULL, 0, 0, 0, 0, 0);
    unsigned char *bytes = NULL;
    int count = i2d_PKCS12(bag, &bytes);

    EXPECT(count > 0);
    struct str copy = str_copy(s, str_of(bytes, (size_t)count));
    OPENSSL_free(bytes);
    PKCS12_free(bag);
    EVP_PKEY_free(key);
    X509_free(own);
    return copy;
}

TEST(pkcs12_opens_with_its_password_only)
{
    struct authority_issued issued = issue(s, new_authority(s), AUTHORITY_P256);
    struct str bag = pkcs12_of(s, &issued);
    struct signer *signer = NULL;

    EXPECT(signer_open_pkcs12(s, bag, str("fel"), &signer) == INVALID);
    EXPECT(signer_open_pkcs12(s, str("rubbish"), str("fel"), &signer) == INVALID);
    REQUIRE_OK(signer_open_pkcs12(s, bag, str("öppna"), &signer));
    EXPECT_STR(signer_about(signer)->key, "P-256");
}

// OpenSSL's own verification, as a second opinion on what is written by hand here.
static bool openssl_accepts(struct scope *s, struct str der, struct str content, struct str trust)
{
    const unsigned char *at = (const unsigned char *)der.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.bytes);
    X509_STORE *store = X509_STORE_new();
    X509 *authority = PEM_read_bio_X509(crypto_open_text(s, trust), NULL, NULL, NULL);

    X509_STORE_add_cert(store, authority);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), in_2026_us / MOMENT_SECOND_US + 60);
    X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
    bool accepts = cms && at == (const unsigned char *)der.data + der.bytes &&
                   CMS_verify(cms, NULL, store, crypto_open_text(s, content), NULL,
                              CMS_BINARY | CMS_CADES) == 1;
    if (!accepts)
        (void)crypto_fail(s, INVALID, "OpenSSL");
    X509_free(authority);
    X509_STORE_free(store);
    CMS_ContentInfo_free(cms);
    return accepts;
}

TEST(openssl_accepts_what_every_kind_of_key_signs)
{
    static const enum authority_key keys[] = {AUTHORITY_P256, AUTHORITY_P384, AUTHORITY_RSA2048,
                                              AUTHORITY_RSA3072};
    struct authority *a = new_authority(s);

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct authority_issued issued = issue(s, a, keys[i]);
        struct signer *signer = NULL;
        uint8_t digest[DIGEST_BYTES_MAX];
        struct cms cms = {0};
        REQUIRE_OK(signer_open(s, issued.chain_pem, issued.key_pem, &signer));
        enum digest_kind kind = cms_digest_kind(signer);
        digest_of(kind, str("content"), digest);
        REQUIRE_OK(cms_sign(s, signer, str_of(digest, digest_bytes(kind)), &cms));
        struct str der = cms_write(s, &cms, (struct str){0});
        EXPECT(der.bytes <= cms_bytes_max(signer, 0));
        EXPECT(openssl_accepts(s, der, str("content"), authority_pem(a)));
        EXPECT(!openssl_accepts(s, der, str("Content"), authority_pem(a)));
    }
}
