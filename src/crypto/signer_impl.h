// What is inside a signer, for cms.c and timestamp_authority.c: besides the key, the parts of a
// signature that are the same in each.
#ifndef SHEAF_CRYPTO_SIGNER_IMPL_H
#define SHEAF_CRYPTO_SIGNER_IMPL_H

#include "crypto/digest.h"
#include "crypto/signer.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    struct signer_about about;
    enum digest_kind digest;
    // DER.
    struct str digest_algorithm;    // AlgorithmIdentifier
    struct str signature_algorithm; // AlgorithmIdentifier
    struct str certificates;        // of the chain, one after the other
    struct str issuer_and_serial;   // IssuerAndSerialNumber
    struct str signing_certificate; // the attribute signing-certificate-v2
};

// Signs bytes. Errors: INTERNAL.
enum status signer_sign(struct scope *s, const struct signer *signer, struct str bytes,
                        struct str *out);

// How many bytes a signature has at most.
size_t signer_signature_bytes(const struct signer *signer);

// One line that names a subject or issuer, in the scope: "CN=…, O=…", UTF-8.
struct str signer_name_line(struct scope *s, const X509_NAME *name);
// The common name, or else the whole line.
struct str signer_common_name(struct scope *s, const X509_NAME *name);
int64_t signer_time_us(const ASN1_TIME *t);
// "RSA-2048", "P-256"; empty: another kind.
struct str signer_key_kind(struct scope *s, const EVP_PKEY *key);

#endif
