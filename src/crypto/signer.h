// Who signs documents: a certificate, the chain above it, and the private key. RSA from 2,048 bits
// and EC on P-256, P-384 or P-521.
//
// A signer is constant and may be used by any thread at once; it lives in the scope it was opened
// in, and the key is wiped when that ends. Pure but for the randomness that ECDSA and the blinding
// of RSA draw from OpenSSL.
#ifndef SHEAF_CRYPTO_SIGNER_H
#define SHEAF_CRYPTO_SIGNER_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct signer;

enum {
    SIGNER_BYTES_MAX = 262144, // of the file of certificates, or of the key
    SIGNER_CHAIN_MAX = 10,
};

// Opens from PEM: the signer's own certificate first, then those above it in any order, and the
// private key without passphrase. Errors: INVALID says what is wrong: no such PEM, the key does not
// belong to the certificate, a kind or size that is not used here, or the certificate is not for
// signing.
enum status signer_open(struct scope *s, struct str chain_pem, struct str key_pem,
                        struct signer **out);

// Opens from PKCS#12, which holds both. Errors: INVALID, also when the password is wrong.
enum status signer_open_pkcs12(struct scope *s, struct str pkcs12, struct str password,
                               struct signer **out);

struct signer_about {
    struct str name;    // the subject's common name, or else all of it
    struct str subject; // "CN=…, O=…"
    struct str issuer;
    struct str key; // "RSA-2048", "P-256"
    int64_t valid_from_us, valid_until_us;
};

// Lives as long as the signer.
const struct signer_about *signer_about(const struct signer *signer);

// Refuses where the certificate is not valid at that time. Errors: REFUSED.
enum status signer_check(struct scope *s, const struct signer *signer, int64_t at_us);

#endif
