// Authorities whose certificates are believed, for verifying signatures of documents. Constant; any
// thread; lives in the scope.
#ifndef SHEAF_CRYPTO_TRUST_H
#define SHEAF_CRYPTO_TRUST_H

#include "core/status.h"
#include "core/str.h"

struct scope;
struct trust;

enum { TRUST_BYTES_MAX = 4 << 20 };

// Opens from PEM: one certificate or more. Errors: INVALID there is none.
enum status trust_open(struct scope *s, struct str pem, struct trust **out);

#endif
