// Small binary forms: numbers as little-endian or variable-length bytes, text with its length in
// front. What is read back is checked: a cut or altered form sets `bad` and reads as zeros.
#ifndef SHEAF_STORE_EMBEDDED_PACK_H
#define SHEAF_STORE_EMBEDDED_PACK_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes that grow on the heap and are kept for the next use. Zeroed is empty.
struct pack {
    char *data;
    size_t bytes;
    size_t room;
};
void pack_fini(struct pack *p);
// Returns the place of `bytes` more bytes, which the caller fills in.
char *pack_reserve(struct pack *p, size_t bytes);
void pack_bytes(struct pack *p, struct str text);
// A number in 1 to 10 bytes, small ones in few (LEB128).
void pack_number(struct pack *p, uint64_t number);
// Text with its length in front.
void pack_str(struct pack *p, struct str text);

static inline struct str pack_view(const struct pack *p)
{
    return str_of(p->data, p->bytes);
}

struct unpack {
    const char *at;
    const char *end;
    bool bad;
};

static inline struct unpack unpack_of(struct str bytes)
{
    return (struct unpack){.at = bytes.data, .end = bytes.data + bytes.bytes};
}
static inline bool unpack_ended(const struct unpack *u)
{
    return u->bad || u->at == u->end;
}
// Borrow from what is unpacked.
struct str unpack_bytes(struct unpack *u, size_t bytes);
uint64_t unpack_number(struct unpack *u);
struct str unpack_str(struct unpack *u);

#endif
