// Certificates for TLS, looked at before a server starts, so that a wrong file is a clear sentence
// at the start and not a failed handshake later.
#ifndef SHEAF_CRYPTO_CERTIFICATE_H
#define SHEAF_CRYPTO_CERTIFICATE_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;

enum { CERTIFICATE_BYTES_MAX = 262144 };

struct certificate {
    struct str subject; // one line, for people
    struct str hosts;   // DNS names it is for, separated by spaces; may be empty
    int64_t valid_from_us;
    int64_t valid_until_us; // the earliest end in the chain
};

// Reads a chain in PEM, the server's own certificate first, and its private key, without
// passphrase, and checks that they belong together and are valid at `now_us`. Errors: INVALID says
// which of it is wrong; `out` is filled when the dates are.
enum status certificate_check(struct scope *s, struct str chain_pem, struct str key_pem,
                              int64_t now_us, struct certificate *out);

#endif
