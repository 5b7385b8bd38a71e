// An authority of one's own that issues certificates for signing and for time stamps: for
// development, where no certificate is configured, for partners and for tests. Nobody else trusts
// it, and its names should say what it is.
//
//     TRY(authority_new(s, &(struct authority_order){.name = str("Test authority"), …}, &a));
//     TRY(authority_issue(s, a, &(struct authority_order){.name = str("Test seal"), …}, &issued));
//     TRY(signer_open(s, issued.chain_pem, issued.key_pem, &signer));
//
// Keys and serial numbers are OpenSSL's randomness. Lives in the scope; keys are wiped at its end.
#ifndef SHEAF_CRYPTO_AUTHORITY_H
#define SHEAF_CRYPTO_AUTHORITY_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;
struct authority;

enum authority_key {
    AUTHORITY_P256,
    AUTHORITY_P384,
    AUTHORITY_RSA2048,
    AUTHORITY_RSA3072,
};

enum authority_purpose {
    AUTHORITY_SEALING,
    AUTHORITY_TIMESTAMPING, // RFC 3161, 2.3: a critical extended key usage of its own
};

struct authority_order {
    struct str name;         // common name, UTF-8
    struct str organization; // may be empty
    enum authority_key key;
    enum authority_purpose purpose; // not for the authority itself
    int64_t valid_from_us, valid_until_us;
};

struct authority_issued {
    struct str chain_pem; // the certificate and the authority's
    struct str key_pem;   // wiped when the scope ends
};

// Errors: INVALID the name does not fit; INTERNAL.
enum status authority_new(struct scope *s, const struct authority_order *order,
                          struct authority **out);

// Its own certificate in PEM: what to trust.
struct str authority_pem(const struct authority *a);

enum status authority_issue(struct scope *s, const struct authority *a,
                            const struct authority_order *order, struct authority_issued *out);

#endif
