// Separate keys for separate purposes from one secret (HKDF with SHA-256, RFC 5869), so that what
// encrypts blobs cannot open records and neither can sign tokens. Any thread; does not fail.
#ifndef SHEAF_CRYPTO_HKDF_H
#define SHEAF_CRYPTO_HKDF_H

#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HKDF_KEY_BYTES = 32,
    HKDF_BYTES_MAX = 255 * 32, // RFC 5869, 2.3
};

// Derives the key of a purpose, such as "sheaf/records/receipts": the same secret and purpose give
// the same key for ever, so a purpose's name is part of the data format. `secret` is 32 or more
// random bytes; it is no password.
void hkdf_key(struct str secret, struct str purpose, uint8_t out[HKDF_KEY_BYTES]);

// The whole function: extracts with `salt` (empty: zeros) and expands to `bytes` bytes.
void hkdf_sha256(struct str salt, struct str secret, struct str info, uint8_t *out, size_t bytes);

#endif
