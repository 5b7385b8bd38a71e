// What is inside: an X509_STORE, which takes its own locks.
#ifndef SHEAF_CRYPTO_TRUST_IMPL_H
#define SHEAF_CRYPTO_TRUST_IMPL_H

#include "crypto/trust.h"

#include <openssl/x509_vfy.h>

struct trust {
    X509_STORE *store;
};

#endif
