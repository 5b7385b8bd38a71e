// Copies one file within a world, with its digest.
#ifndef SHEAF_STORE_EMBEDDED_COPY_H
#define SHEAF_STORE_EMBEDDED_COPY_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;
struct world;

// Tells how far long work has come.
struct progress {
    void (*tell)(void *context, uint64_t done, uint64_t all); // may be NULL
    void *context;
    uint64_t done; // bytes
    uint64_t all;
};
void progress_add(struct progress *p, uint64_t bytes);

// Copies to a file that must not exist, flushes its bytes (the name is the caller's to flush), and
// gives the SHA-256 of what it read.
enum status copy_file(struct scope *s, struct world *w, struct str from, struct str to,
                      struct progress *progress, uint8_t digest[32]);

// Gives the SHA-256 of a file.
enum status digest_file(struct scope *s, struct world *w, struct str path, uint8_t digest[32]);

#endif
