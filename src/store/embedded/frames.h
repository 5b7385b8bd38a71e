// A file of encrypted frames: plain text of any length, FRAME_BYTES of it in each frame but the
// last, sealed with AES-256-GCM under a key that seals this file only. A frame's number and the
// file's id are its associated data, and its number is its nonce, so frames cannot be altered,
// swapped, or taken from another file; how long the text is, the caller keeps elsewhere.
#ifndef SHEAF_STORE_EMBEDDED_FRAMES_H
#define SHEAF_STORE_EMBEDDED_FRAMES_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/aead.h"

struct scope;
struct world;

enum {
    FRAME_BYTES = 65536,
    FRAME_FILE_BYTES = FRAME_BYTES + AEAD_EXTRA_BYTES,
    FRAME_ID_BYTES = 16
};

struct frame_key {
    uint8_t id[FRAME_ID_BYTES]; // of the file; not secret
    uint8_t secret[AEAD_KEY_BYTES];
};

// Creates the file, which must not exist. The writer lives in the scope, and with it everything it
// has open; a file that was not finished is removed when the scope ends.
struct frame_writer;
enum status frames_create(struct scope *s, struct world *w, struct str path,
                          const struct frame_key *key, struct frame_writer **out);
enum status frames_append(struct scope *s, struct frame_writer *f, struct str data);
// Returns after the bytes are on the disk; the name is not flushed.
enum status frames_finish(struct scope *s, struct frame_writer *f);
// How many bytes of plain text it has taken.
uint64_t frames_bytes(const struct frame_writer *f);

// Opens a file that holds `bytes` of plain text; closed with the scope.
struct frame_reader;
enum status frames_open(struct scope *s, struct world *w, struct str path,
                        const struct frame_key *key, uint64_t bytes, struct frame_reader **out);
// Reads exactly `bytes` at `offset`, which are within the text. Errors: CORRUPT; TEMPORARY.
enum status frames_read(struct scope *s, struct frame_reader *f, uint64_t offset, void *out,
                        size_t bytes);

// Returns the size of a file that holds `bytes` of plain text.
uint64_t frames_file_bytes(uint64_t bytes);

#endif
