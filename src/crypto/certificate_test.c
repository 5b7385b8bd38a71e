// Certificates are checked with ones that are made on the spot, valid through the year 2026.
#include "crypto/certificate.h"

#include "core/scope.h"
#include "crypto/lib_impl.h"

#include "test/harness.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static const int64_t in_2026_us = 1780000000000000;
static const int64_t year_us = 31536000000000;

static struct str text_of(struct scope *s, BIO *bio)
{
    char *text = NULL;
    long bytes = BIO_get_mem_data(bio, &text);
    struct str copy = str_copy(s, str_of(text, (size_t)bytes));

    BIO_free(bio);
    return copy;
}

static struct str key_pem(struct scope *s, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    EXPECT(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    return text_of(s, bio);
}

static EVP_PKEY *new_key(struct scope *s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    scope_defer(s, crypto_free_pkey, key);
    return key;
}

static struct str certificate_pem(struct scope *s, EVP_PKEY *key, const char *until)
{
    X509 *c = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    X509_EXTENSION *hosts = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
                                                "DNS:a.example,IP:127.0.0.1,DNS:*.b.example");

    X509_set_version(c, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"a.example", -1, -1, 0);
    X509_set_issuer_name(c, X509_get_subject_name(c));
    ASN1_TIME_set_string_X509(X509_getm_notBefore(c), "20260101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(c), until);
    X509_set_pubkey(c, key);
    X509_add_ext(c, hosts, -1);
    EXPECT(X509_sign(c, key, EVP_sha256()) > 0);
    EXPECT(PEM_write_bio_X509(bio, c) == 1);
    X509_EXTENSION_free(hosts);
    X509_free(c);
    return text_of(s, bio);
}

TEST(a_certificate_and_its_key_are_accepted_and_described)
{
    EVP_PKEY *key = new_key(s);
    struct str own = certificate_pem(s, key, "20270101000000Z");
    struct str above = certificate_pem(s, new_key(s), "20261201000000Z");
    struct certificate c = {0};

    REQUIRE_OK(certificate_check(s, str_concat(s, 2, own, above), key_pem(s, key), in_2026_us, &c));

    EXPECT_STR(c.subject, "/CN=a.example");
    EXPECT_STR(c.hosts, "a.example *.b.example");
    EXPECT_EQUAL(c.valid_from_us, 1767225600000000);
    EXPECT_EQUAL(c.valid_until_us, 1796083200000000); // of the one above
}

TEST(a_certificate_outside_its_dates_is_refused_with_the_day)
{
    EVP_PKEY *key = new_key(s);
    struct str pem = certificate_pem(s, key, "20270101000000Z");
    struct certificate c = {0};

    EXPECT(certificate_check(s, pem, key_pem(s, key), in_2026_us + year_us, &c) == INVALID);
    EXPECT_STR(scope_why(s), "the certificate /CN=a.example expired on 2027-01-01");
    EXPECT(certificate_check(s, pem, key_pem(s, key), in_2026_us - year_us, &c) == INVALID);
    EXPECT_STR(scope_why(s), "the certificate /CN=a.example is not valid before 2026-01-01");
}

TEST(another_key_or_no_pem_is_refused_with_a_sentence)
{
    EVP_PKEY *key = new_key(s);
    struct str pem = certificate_pem(s, key, "20270101000000Z");
    struct certificate c = {0};

    EXPECT(certificate_check(s, pem, key_pem(s, new_key(s)), in_2026_us, &c) == INVALID);
    EXPECT(str_starts(scope_why(s), str("the private key does not belong to the certificate")));
    EXPECT(certificate_check(s, str("hello"), key_pem(s, key), in_2026_us, &c) == INVALID);
    EXPECT(str_starts(scope_why(s), str("the certificate file holds no certificate")));
    EXPECT(certificate_check(s, pem, str(""), in_2026_us, &c) == INVALID);
    EXPECT(str_starts(scope_why(s), str("the key file holds no private key")));
}
