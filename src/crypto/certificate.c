// Reads certificates with OpenSSL and says what is wrong with them.
#include "crypto/certificate.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

enum {
    SUBJECT_BYTES_MAX = 256,
    HOSTS_BYTES_MAX = 4096,
    CHAIN_MAX = 16,
};

static void free_certificate(void *certificate)
{
    X509_free(certificate);
}

static int64_t time_us(const ASN1_TIME *t)
{
    struct tm parts = {0};

    return ASN1_TIME_to_tm(t, &parts) == 1 ? (int64_t)timegm(&parts) * MOMENT_SECOND_US : 0;
}

static struct str subject_of(struct scope *s, const X509 *certificate)
{
    char line[SUBJECT_BYTES_MAX] = "";

    (void)X509_NAME_oneline(X509_get_subject_name(certificate), line, sizeof line);
    return str_copy(s, str(line));
}

static struct str hosts_of(struct scope *s, const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    struct buf out = buf_make(s, HOSTS_BYTES_MAX); // what does not fit is not shown

    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS)
            continue;
        if (out.bytes)
            buf_put_byte(&out, ' ');
        buf_put(&out, str_of(ASN1_STRING_get0_data(name->d.dNSName),
                             (size_t)ASN1_STRING_length(name->d.dNSName)));
    }
    GENERAL_NAMES_free(names);
    return buf_str(&out);
}

// Reads the next certificate of the text; NULL at its end or at what is none.
static X509 *next_certificate(struct scope *s, BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    if (certificate)
        scope_defer(s, free_certificate, certificate);
    return certificate;
}

static enum status read_chain(struct scope *s, struct str pem, X509 **own, struct certificate *out)
{
    BIO *bio = crypto_open_text(s, pem);
    X509 *certificate = next_certificate(s, bio);

    *own = certificate;
    if (!certificate)
        return crypto_fail(s, INVALID, "the certificate file holds no certificate in PEM");
    *out = (struct certificate){
        .subject = subject_of(s, certificate),
        .hosts = hosts_of(s, certificate),
        .valid_until_us = INT64_MAX,
    };
    for (int i = 0; certificate && i < CHAIN_MAX; i++) {
        int64_t from_us = time_us(X509_get0_notBefore(certificate));
        int64_t until_us = time_us(X509_get0_notAfter(certificate));
        if (from_us > out->valid_from_us)
            out->valid_from_us = from_us;
        if (until_us < out->valid_until_us)
            out->valid_until_us = until_us;
        certificate = next_certificate(s, bio);
    }
    ERR_clear_error(); // the end of the text is one
    return OK;
}

static enum status check_key(struct scope *s, struct str pem, const X509 *certificate)
{
    EVP_PKEY *key =
        PEM_read_bio_PrivateKey(crypto_open_text(s, pem), NULL, crypto_no_passphrase, NULL);

    if (!key)
        return crypto_fail(s, INVALID,
                           "the key file holds no private key in PEM without passphrase");
    scope_defer(s, crypto_free_pkey, key);
    if (X509_check_private_key(certificate, key) != 1)
        return crypto_fail(s, INVALID, "the private key does not belong to the certificate");
    return OK;
}

static enum status check_dates(struct scope *s, const struct certificate *c, int64_t now_us)
{
    bool early = now_us < c->valid_from_us;

    if (!early && now_us < c->valid_until_us)
        return OK;
    struct str day = date_to_str(s, moment_date(early ? c->valid_from_us : c->valid_until_us));
    return fail(s, INVALID, "the certificate %.*s %s %.*s", STR(c->subject),
                early ? "is not valid before" : "expired on", STR(day));
}

enum status certificate_check(struct scope *s, struct str chain_pem, struct str key_pem,
                              int64_t now_us, struct certificate *out)
{
    X509 *own = NULL;

    if (chain_pem.bytes > CERTIFICATE_BYTES_MAX || key_pem.bytes > CERTIFICATE_BYTES_MAX)
        return fail(s, INVALID, "the certificate or key file is longer than %d bytes",
                    CERTIFICATE_BYTES_MAX);
    TRY(read_chain(s, chain_pem, &own, out));
    TRY(check_key(s, key_pem, own));
    return check_dates(s, out, now_us);
}
