// Certificates of version 3 by OpenSSL, with the extensions that verifiers look for.
#include "crypto/authority.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum {
    SERIAL_BYTES = 16,
    NAME_BYTES_MAX = 64, // RFC 5280, ub-common-name
};

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    struct str pem;
};

static void free_certificate(void *certificate)
{
    X509_free(certificate);
}

static enum status new_key(struct scope *s, enum authority_key kind, EVP_PKEY **out)
{
    switch (kind) {
    case AUTHORITY_P384:
        *out = EVP_EC_gen("P-384");
        break;
    case AUTHORITY_RSA2048:
        *out = EVP_RSA_gen(2048);
        break;
    case AUTHORITY_RSA3072:
        *out = EVP_RSA_gen(3072);
        break;
    case AUTHORITY_P256:
    default:
        *out = EVP_EC_gen("P-256");
        break;
    }
    if (!*out)
        return crypto_fail(s, INTERNAL, "no key could be made");
    scope_defer(s, crypto_free_pkey, *out);
    return OK;
}

static bool add_name(X509_NAME *name, const char *field, struct str text)
{
    return text.bytes == 0 ||
           X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text.data,
                                      (int)text.bytes, -1, 0) == 1;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[SERIAL_BYTES];
    BIGNUM *number = NULL;
    bool done = RAND_bytes(bytes, sizeof bytes) == 1;

    bytes[0] = (unsigned char)((bytes[0] & 0x3F) | 0x40); // positive, and always of one length
    number = done ? BN_bin2bn(bytes, sizeof bytes, NULL) : NULL;
    done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return done;
}

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool done = e && X509_add_ext(certificate, e, -1) == 1;
    X509_EXTENSION_free(e);
    return done;
}

static bool add_extensions(X509 *certificate, X509 *issuer, enum authority_purpose purpose)
{
    bool own = certificate == issuer;
    bool stamps = purpose == AUTHORITY_TIMESTAMPING && !own;

    return add_extension(certificate, issuer, NID_basic_constraints,
                         own ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
           add_extension(certificate, issuer, NID_key_usage,
                         own      ? "critical,keyCertSign,cRLSign"
                         : stamps ? "critical,digitalSignature"
                                  : "critical,digitalSignature,nonRepudiation") &&
           (!stamps ||
            add_extension(certificate, issuer, NID_ext_key_usage, "critical,timeStamping")) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

// A certificate for `key`, signed by the issuer, or by itself where there is none.
static enum status certify(struct scope *s, const struct authority_order *order, EVP_PKEY *key,
                           const struct authority *above, X509 **out)
{
    X509 *c = X509_new();
    X509 *issuer = above ? above->certificate : c;
    EVP_PKEY *with = above ? above->key : key;

    assert(c);
    scope_defer(s, free_certificate, c);
    *out = c;
    if (order->name.bytes == 0 || order->name.bytes > NAME_BYTES_MAX ||
        order->organization.bytes > NAME_BYTES_MAX)
        return fail(s, INVALID, "the name of a certificate has 1 to %d bytes", NAME_BYTES_MAX);
    bool done = X509_set_version(c, X509_VERSION_3) == 1 && set_serial(c) &&
                add_name(X509_get_subject_name(c), "O", order->organization) &&
                add_name(X509_get_subject_name(c), "CN", order->name) &&
                X509_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
                ASN1_TIME_set(X509_getm_notBefore(c), order->valid_from_us / MOMENT_SECOND_US) &&
                ASN1_TIME_set(X509_getm_notAfter(c), order->valid_until_us / MOMENT_SECOND_US) &&
                X509_set_pubkey(c, key) == 1 && add_extensions(c, issuer, order->purpose) &&
                X509_sign(c, with, crypto_digest(DIGEST_SHA256)) > 0;
    return done ? OK : crypto_fail(s, INTERNAL, "the certificate could not be made");
}

static struct str take_text(struct scope *s, BIO *bio)
{
    char *text = NULL;
    long bytes = BIO_get_mem_data(bio, &text);
    struct str copy = str_copy(s, str_of(text, (size_t)bytes));

    BIO_free(bio);
    return copy;
}

static struct str certificate_pem(struct scope *s, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert(bio);
    int wrote = PEM_write_bio_X509(bio, certificate);
    assert(wrote == 1);
    return take_text(s, bio);
}

struct secret {
    char *text;
    size_t bytes;
};

static void wipe(void *secret)
{
    struct secret *what = secret;

    digest_wipe(what->text, what->bytes);
}

static struct str key_pem(struct scope *s, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    struct secret *secret = scope_new(s, struct secret);
    char *text = NULL;

    assert(bio);
    int wrote = PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    assert(wrote == 1);
    secret->bytes = (size_t)BIO_get_mem_data(bio, &text);
    secret->text = scope_bytes(s, secret->bytes);
    memcpy(secret->text, text, secret->bytes);
    scope_defer(s, wipe, secret);
    digest_wipe(text, secret->bytes);
    BIO_free(bio);
    return str_of(secret->text, secret->bytes);
}

enum status authority_new(struct scope *s, const struct authority_order *order,
                          struct authority **out)
{
    struct authority *a = scope_new(s, struct authority);

    TRY(new_key(s, order->key, &a->key));
    TRY(certify(s, order, a->key, NULL, &a->certificate));
    a->pem = certificate_pem(s, a->certificate);
    *out = a;
    return OK;
}

struct str authority_pem(const struct authority *a)
{
    return a->pem;
}

enum status authority_issue(struct scope *s, const struct authority *a,
                            const struct authority_order *order, struct authority_issued *out)
{
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;

    TRY(new_key(s, order->key, &key));
    TRY(certify(s, order, key, a, &certificate));
    *out = (struct authority_issued){
        .chain_pem = str_concat(s, 2, certificate_pem(s, certificate), a->pem),
        .key_pem = key_pem(s, key),
    };
    return OK;
}
