// Sealing: AES-256-GCM with associated data. What is sealed is nonce | ciphertext | tag, 28 bytes
// longer than the plain text. The associated data is not stored; it binds the sealed bytes to where
// they belong (table and key, bucket and key), so that moved bytes do not open.
//
// A key may be used by any thread at once. Two messages under one key must never share a nonce: a
// key object draws a random starting point of 96 bits and counts up from there, so the chance that
// two processes ever meet under one key stays below 2^-32 for 10,000 starts of 10^12 messages each.
// (Nonces that are all random would allow 2^32 messages in all: NIST SP 800-38D, 8.3, which busy
// servers reach within days.)
#ifndef SHEAF_CRYPTO_AEAD_H
#define SHEAF_CRYPTO_AEAD_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct world;
struct aead_key;

enum {
    AEAD_KEY_BYTES = 32,
    AEAD_NONCE_BYTES = 12,
    AEAD_TAG_BYTES = 16,
    AEAD_EXTRA_BYTES = AEAD_NONCE_BYTES + AEAD_TAG_BYTES,
    AEAD_BYTES_MAX = 1 << 30, // of one plain text; longer ones are sealed in frames
    AEAD_WRAPPED_BYTES = AEAD_KEY_BYTES + AEAD_EXTRA_BYTES,
};

// Makes a key object from 32 secret bytes, which are copied. The caller owns it.
struct aead_key *aead_key_new(struct world *w, const uint8_t secret[AEAD_KEY_BYTES]);
// Wipes and frees. NULL is fine.
void aead_key_free(struct aead_key *k);

// Seals `plain` into the scope.
struct str aead_seal(struct scope *s, struct aead_key *k, struct str associated, struct str plain);
// As aead_seal(), into `out`, which has room for plain.bytes + AEAD_EXTRA_BYTES and does not
// overlap `plain`.
void aead_seal_into(struct aead_key *k, struct str associated, struct str plain, char *out);
// As aead_seal_into() with the caller's nonce, which was never used with this key: the number of a
// frame under a key that seals one blob only.
void aead_seal_with(const struct aead_key *k, const uint8_t nonce[AEAD_NONCE_BYTES],
                    struct str associated, struct str plain, char *out);

// Opens into the scope. Errors: CORRUPT the bytes were altered or cut, or the key or the
// associated data is another.
enum status aead_open(struct scope *s, const struct aead_key *k, struct str associated,
                      struct str sealed, struct str *out);
// As aead_open(), into `out`, which has room for sealed.bytes - AEAD_EXTRA_BYTES and does not
// overlap `sealed`. On failure `out` holds zeros.
enum status aead_open_into(struct scope *s, const struct aead_key *k, struct str associated,
                           struct str sealed, char *out);

// Wraps a data key under a master key: AEAD_WRAPPED_BYTES bytes to be kept beside the data.
// `context` says what the data key is for and must be given again to unwrap.
struct str aead_wrap(struct scope *s, struct aead_key *master, struct str context,
                     const uint8_t key[AEAD_KEY_BYTES]);
// Errors: CORRUPT as aead_open().
enum status aead_unwrap(struct scope *s, const struct aead_key *master, struct str context,
                        struct str wrapped, uint8_t key[AEAD_KEY_BYTES]);

#endif
