// Reads certificates and keys with OpenSSL, checks that they belong together, and writes ahead what
// every signature of theirs has alike.
#include "crypto/signer.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/der_impl.h"
#include "crypto/lib_impl.h"
#include "crypto/signer_impl.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <time.h>

enum {
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    GROUP_NAME_BYTES = 32,
    NAME_BYTES_MAX = 2048,
};

static void free_certificate(void *certificate)
{
    X509_free(certificate);
}

int64_t signer_time_us(const ASN1_TIME *t)
{
    struct tm parts = {0};

    return ASN1_TIME_to_tm(t, &parts) == 1 ? (int64_t)timegm(&parts) * MOMENT_SECOND_US : 0;
}

struct str signer_name_line(struct scope *s, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    assert(bio);
    (void)X509_NAME_print_ex(bio, name, 0,
                             XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB);
    long bytes = BIO_get_mem_data(bio, &text);
    size_t length = bytes > 0 ? (size_t)bytes : 0;
    struct str line = str_copy(s, str_of(text, length < NAME_BYTES_MAX ? length : NAME_BYTES_MAX));
    BIO_free(bio);
    return line;
}

struct str signer_common_name(struct scope *s, const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *text = NULL;
    int bytes = -1;

    if (at >= 0)
        bytes = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (bytes <= 0 || bytes > NAME_BYTES_MAX) {
        OPENSSL_free(text);
        ERR_clear_error();
        return signer_name_line(s, name);
    }
    struct str common = str_copy(s, str_of(text, (size_t)bytes));
    OPENSSL_free(text);
    return common;
}

struct str signer_key_kind(struct scope *s, const EVP_PKEY *key)
{
    char group[GROUP_NAME_BYTES] = "";
    size_t bytes = 0;

    if (EVP_PKEY_is_a(key, "RSA"))
        return str_format(s, "RSA-%d", EVP_PKEY_get_bits(key));
    if (!EVP_PKEY_is_a(key, "EC") ||
        EVP_PKEY_get_group_name(key, group, sizeof group, &bytes) != 1) {
        ERR_clear_error();
        return (struct str){0};
    }
    const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
    return nist ? str(nist) : str_copy(s, str(group));
}

// The digest goes with the strength of the key.
static enum status choose_algorithms(struct scope *s, struct signer *signer)
{
    static const struct {
        const char *key;
        enum digest_kind digest;
        const char *digest_oid, *signature_oid;
    } curves[] = {
        {"P-256", DIGEST_SHA256, OID_SHA256, OID_ECDSA_SHA256},
        {"P-384", DIGEST_SHA384, OID_SHA384, OID_ECDSA_SHA384},
        {"P-521", DIGEST_SHA512, OID_SHA512, OID_ECDSA_SHA512},
    };
    struct str kind = signer->about.key;

    if (EVP_PKEY_is_a(signer->key, "RSA")) {
        int bits = EVP_PKEY_get_bits(signer->key);
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
            return fail(s, INVALID, "the signing key has %d bits; RSA must have %d to %d", bits,
                        RSA_BITS_MIN, RSA_BITS_MAX);
        signer->digest = DIGEST_SHA256;
        signer->digest_algorithm = der_algorithm(s, OID_SHA256, false);
        signer->signature_algorithm = der_algorithm(s, OID_RSA, true);
        return OK;
    }
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (str_is(kind, curves[i].key)) {
            signer->digest = curves[i].digest;
            signer->digest_algorithm = der_algorithm(s, curves[i].digest_oid, false);
            signer->signature_algorithm = der_algorithm(s, curves[i].signature_oid, false);
            return OK;
        }
    }
    return fail(s, INVALID, "the signing key is neither RSA nor EC on P-256, P-384 or P-521");
}

static struct str certificate_der(struct scope *s, X509 *certificate)
{
    unsigned char *bytes = NULL;
    int count = i2d_X509(certificate, &bytes);

    assert(count > 0);
    struct str copy = str_copy(s, str_of(bytes, (size_t)count));
    OPENSSL_free(bytes);
    return copy;
}

static struct str issuer_and_serial(struct scope *s, X509 *certificate)
{
    unsigned char *issuer = NULL;
    unsigned char *serial = NULL;
    int issuer_bytes = i2d_X509_NAME(X509_get_issuer_name(certificate), &issuer);
    int serial_bytes = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);

    assert(issuer_bytes > 0 && serial_bytes > 0);
    struct str both = der(s, DER_SEQUENCE, 2, str_of(issuer, (size_t)issuer_bytes),
                          str_of(serial, (size_t)serial_bytes));
    OPENSSL_free(issuer);
    OPENSSL_free(serial);
    return both;
}

// RFC 5035, 3: without a digest algorithm it is SHA-256.
static struct str signing_certificate(struct scope *s, struct str own)
{
    uint8_t hash[SHA256_BYTES];

    digest_sha256(own, hash);
    struct str id = der(s, DER_SEQUENCE, 1, der(s, DER_OCTETS, 1, str_of(hash, sizeof hash)));
    return der_attribute(s, OID_SIGNING_CERTIFICATE_V2,
                         der(s, DER_SEQUENCE, 1, der(s, DER_SEQUENCE, 1, id)));
}

static enum status check_usage(struct scope *s, X509 *certificate)
{
    uint32_t usage = X509_get_key_usage(certificate); // all ones where it does not say

    if (!(usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        return fail(s, INVALID, "the certificate's key usage does not permit signing");
    return OK;
}

// Takes what the scope frees: fills in everything else.
static enum status prepare(struct scope *s, struct signer *signer, STACK_OF(X509) * above)
{
    X509 *own = signer->certificate;
    struct str chain[SIGNER_CHAIN_MAX + 1];
    size_t count = 0;

    if (X509_check_private_key(own, signer->key) != 1)
        return crypto_fail(s, INVALID, "the private key does not belong to the certificate");
    TRY(check_usage(s, own));
    signer->about = (struct signer_about){
        .name = signer_common_name(s, X509_get_subject_name(own)),
        .subject = signer_name_line(s, X509_get_subject_name(own)),
        .issuer = signer_name_line(s, X509_get_issuer_name(own)),
        .key = signer_key_kind(s, signer->key),
        .valid_from_us = signer_time_us(X509_get0_notBefore(own)),
        .valid_until_us = signer_time_us(X509_get0_notAfter(own)),
    };
    TRY(choose_algorithms(s, signer));
    chain[count++] = certificate_der(s, own);
    for (int i = 0; i < sk_X509_num(above) && count <= SIGNER_CHAIN_MAX; i++)
        chain[count++] = certificate_der(s, sk_X509_value(above, i));
    if (count > SIGNER_CHAIN_MAX)
        return fail(s, INVALID, "the chain has more than %d certificates", SIGNER_CHAIN_MAX);
    signer->signing_certificate = signing_certificate(s, chain[0]);
    signer->issuer_and_serial = issuer_and_serial(s, own);
    signer->certificates = der_set_of(s, DER_CONTEXT_0, chain, count);
    return OK;
}

static void free_certificates(void *stack)
{
    sk_X509_pop_free(stack, X509_free);
}

static enum status read_chain(struct scope *s, struct str pem, X509 **own, STACK_OF(X509) * above)
{
    BIO *bio = crypto_open_text(s, pem);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, crypto_no_passphrase, NULL);

    if (!certificate)
        return crypto_fail(s, INVALID, "the certificate file holds no certificate in PEM");
    scope_defer(s, free_certificate, certificate);
    *own = certificate;
    while (sk_X509_num(above) <= SIGNER_CHAIN_MAX &&
           (certificate = PEM_read_bio_X509(bio, NULL, crypto_no_passphrase, NULL))) {
        int pushed = sk_X509_push(above, certificate);
        assert(pushed > 0);
    }
    ERR_clear_error(); // the end of the text is one
    return OK;
}

enum status signer_open(struct scope *s, struct str chain_pem, struct str key_pem,
                        struct signer **out)
{
    struct signer *signer = scope_new(s, struct signer);
    STACK_OF(X509) *above = sk_X509_new_null();

    assert(above);
    scope_defer(s, free_certificates, above);
    if (chain_pem.bytes > SIGNER_BYTES_MAX || key_pem.bytes > SIGNER_BYTES_MAX)
        return fail(s, INVALID, "the certificate or key file is longer than %d bytes",
                    SIGNER_BYTES_MAX);
    TRY(read_chain(s, chain_pem, &signer->certificate, above));
    signer->key =
        PEM_read_bio_PrivateKey(crypto_open_text(s, key_pem), NULL, crypto_no_passphrase, NULL);
    if (!signer->key)
        return crypto_fail(s, INVALID,
                           "the key file holds no private key in PEM without passphrase");
    scope_defer(s, crypto_free_pkey, signer->key);
    TRY(prepare(s, signer, above));
    *out = signer;
    return OK;
}

enum status signer_open_pkcs12(struct scope *s, struct str pkcs12, struct str password,
                               struct signer **out)
{
    struct signer *signer = scope_new(s, struct signer);
    const unsigned char *at = (const unsigned char *)pkcs12.data;
    STACK_OF(X509) *above = NULL;

    if (pkcs12.bytes == 0 || pkcs12.bytes > SIGNER_BYTES_MAX)
        return fail(s, INVALID, "the PKCS#12 file is empty or longer than %d bytes",
                    SIGNER_BYTES_MAX);
    PKCS12 *bag = d2i_PKCS12(NULL, &at, (long)pkcs12.bytes);
    if (!bag)
        return crypto_fail(s, INVALID, "the file is no PKCS#12");
    char *secret = str_z(s, password);
    int parsed = PKCS12_parse(bag, secret, &signer->key, &signer->certificate, &above);
    digest_wipe(secret, password.bytes);
    PKCS12_free(bag);
    if (parsed != 1)
        return crypto_fail(s, INVALID, "the PKCS#12 file cannot be opened with this password");
    if (!above)
        above = sk_X509_new_null();
    assert(above);
    scope_defer(s, free_certificates, above);
    scope_defer(s, free_certificate, signer->certificate);
    scope_defer(s, crypto_free_pkey, signer->key);
    if (!signer->key || !signer->certificate)
        return fail(s, INVALID, "the PKCS#12 file lacks the private key or its certificate");
    TRY(prepare(s, signer, above));
    *out = signer;
    return OK;
}

const struct signer_about *signer_about(const struct signer *signer)
{
    return &signer->about;
}

enum status signer_check(struct scope *s, const struct signer *signer, int64_t at_us)
{
    const struct signer_about *a = &signer->about;
    bool early = at_us < a->valid_from_us;

    if (!early && at_us < a->valid_until_us)
        return OK;
    struct str day = date_to_str(s, moment_date(early ? a->valid_from_us : a->valid_until_us));
    return fail(s, REFUSED, "the signing certificate %.*s %s %.*s", STR(a->name),
                early ? "is not valid before" : "expired on", STR(day));
}

size_t signer_signature_bytes(const struct signer *signer)
{
    return (size_t)EVP_PKEY_get_size(signer->key);
}

enum status signer_sign(struct scope *s, const struct signer *signer, struct str bytes,
                        struct str *out)
{
    EVP_MD_CTX *context = crypto_thread()->signature;
    size_t size = signer_signature_bytes(signer);
    uint8_t *signature = scope_alloc(s, size);

    bool done =
        EVP_DigestSignInit(context, NULL, crypto_digest(signer->digest), NULL, signer->key) == 1 &&
        EVP_DigestSign(context, signature, &size, (const unsigned char *)bytes.data, bytes.bytes) ==
            1;
    EVP_MD_CTX_reset(context); // it holds on to the key
    if (!done)
        return crypto_fail(s, INTERNAL, "signing failed");
    *out = str_of(signature, size);
    return OK;
}
