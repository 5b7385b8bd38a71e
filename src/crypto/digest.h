// Digests and HMAC-SHA256. Everything here is fit for any thread, does not block and does not
// fail: running out of memory ends the process. MD5 and SHA-1 are for old protocols (ETags,
// signatures of others) and never for a decision of our own about trust.
#ifndef SHEAF_CRYPTO_DIGEST_H
#define SHEAF_CRYPTO_DIGEST_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum digest_kind {
    DIGEST_MD5,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
    DIGEST_KINDS
};

enum {
    SHA256_BYTES = 32,
    DIGEST_BYTES_MAX = 64,
    HMAC_BLOCK_BYTES = 64,
};

// Returns how many bytes a digest of this kind has.
size_t digest_bytes(enum digest_kind kind);

// Writes the digest of `data` to `out`, which has room for digest_bytes(kind).
void digest_of(enum digest_kind kind, struct str data, uint8_t *out);
void digest_sha256(struct str data, uint8_t out[SHA256_BYTES]);
// Returns the SHA-256 of `data` as 64 lower-case hexadecimal digits in the scope.
struct str digest_sha256_hex(struct scope *s, struct str data);

// A digest of bytes that come in pieces. It lives in the scope; one thread at a time.
struct digest;
struct digest *digest_open(struct scope *s, enum digest_kind kind);
void digest_add(struct digest *d, struct str data);
// Writes the digest of all that was added and starts anew.
void digest_finish(struct digest *d, uint8_t *out);

// Compares in a time that depends on `bytes` only: for secrets and signatures.
bool digest_equal(const void *a, const void *b, size_t bytes);
// As digest_equal() for texts; texts of different length differ, and that may show.
bool digest_equal_str(struct str a, struct str b);

// A key for HMAC-SHA256 (RFC 2104), prepared once and used by any thread. It is secret as the key
// itself is: digest_wipe() it where it ends.
struct hmac_key {
    uint8_t inner[HMAC_BLOCK_BYTES];
    uint8_t outer[HMAC_BLOCK_BYTES];
};
void hmac_key_init(struct hmac_key *k, struct str secret);

// Authenticates the parts as if they were one text.
void hmac_sha256(const struct hmac_key *k, const struct str *parts, size_t count,
                 uint8_t out[SHA256_BYTES]);
// For a key that is used once.
void hmac_sha256_once(struct str secret, struct str data, uint8_t out[SHA256_BYTES]);

// Overwrites what was secret, and is not optimised away.
void digest_wipe(void *secret, size_t bytes);

#endif
