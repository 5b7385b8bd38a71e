// API keys: "sk_", an id of 16 characters that is not secret, "_", and 56 characters of secret and
// checksum; letters a-z and digits 2-7 only, so a double click selects one whole and no character
// is mistaken for another. The checksum tells a mistyped or cut key from a revoked one without a
// look-up.
//
// What is stored is the plain SHA-256 of the whole text. A slow password hash would protect secrets
// that people choose and others guess; this secret is 256 random bits, which nobody guesses, and
// each request pays for the hash.
#ifndef SHEAF_CRYPTO_API_KEY_H
#define SHEAF_CRYPTO_API_KEY_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct world;

enum {
    API_KEY_ID_BYTES = 16,
    API_KEY_TEXT_BYTES = 76,
    API_KEY_HASH_BYTES = 32,
};

struct api_key {
    struct str id;   // part of `text`; may be shown and logged
    struct str text; // the secret: shown once, never stored or logged
    uint8_t hash[API_KEY_HASH_BYTES];
};

// Makes a new key in the scope.
void api_key_make(struct scope *s, struct world *w, struct api_key *out);

// Finds the id in a text that claims to be a key. Errors: UNAUTHENTICATED it cannot be one of ours
// as it was typed; the sentence never quotes it.
enum status api_key_read(struct scope *s, struct str text, struct str *id);

// Writes what is stored of a key.
void api_key_hash(struct str text, uint8_t out[API_KEY_HASH_BYTES]);

// Whether `text` is the key of this hash, in constant time.
bool api_key_matches(struct str text, const uint8_t hash[API_KEY_HASH_BYTES]);

#endif
