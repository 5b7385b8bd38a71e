// Contents at rest: compressed where that helps, then encrypted and bound to the place they lie at
// (table and key, or queue), so that bytes moved elsewhere do not open. Sealing is done on the
// submitter's thread, opening on the reader's; a sealer is used by any thread at once.
//
//   form (1 byte) | number of the dictionary, if packed (1 to 10 bytes) | nonce, ciphertext, tag
#ifndef SHEAF_STORE_EMBEDDED_SEALER_H
#define SHEAF_STORE_EMBEDDED_SEALER_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;
struct sealer;
struct world;

// Where content lies.
struct sealer_place {
    const char *owner; // name of the table or queue
    struct str partition;
    struct str sort;
    unsigned dictionary; // number of the dictionary to pack with; 0: none
};

enum { SEALER_EXTRA_BYTES = 40, SEALER_DICTIONARIES_MAX = 1000 };

// Makes a sealer of the content key, which is copied.
struct sealer *sealer_new(struct world *w, const uint8_t key[32]);
void sealer_free(struct sealer *sealer);
// Before the first use by other threads: makes a dictionary known under its number, from 1.
void sealer_add_dictionary(struct sealer *sealer, unsigned number, struct str sample);

// Seals into `out`, which has room for plain.bytes + SEALER_EXTRA_BYTES, and returns the size.
size_t sealer_seal(struct sealer *sealer, const struct sealer_place *place, struct str plain,
                   char *out);

// Opens into the scope. Errors: CORRUPT.
enum status sealer_open(struct scope *s, struct sealer *sealer, const struct sealer_place *place,
                        struct str sealed, struct str *out);

#endif
