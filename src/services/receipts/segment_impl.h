// The format of a segment, which its writer and its reader share. Numbers are little endian or
// varints (seven bits a byte, the lowest first); a text is a varint of its length and its bytes.
//
//     segment     data block*, index block*, id block*, directory, footer
//     data block  record*
//     record      id[16] varint(version) client date state document
//     index block (location[8] client date id[16])*          one a data block: its first record
//     id block    (id[16] location[8])*                      one a record, sorted by id
//     directory   varint(count of receipts), client first, client last, date first, date last,
//                 id first[16], id last[16],
//                 varint(count) (location[8] client date id[16])*   one an index block
//                 varint(count) (id[16] location[8])*               one an id block: its first
//     footer      magic[8] version[4] directory's bytes[4] directory's offset[8] check[8]
//
// Blocks and the directory are zstd frames with a checksum of their content; `check` is the start
// of the SHA-256 of the footer before it. A location is offset << 24 | bytes of a frame.
#ifndef SHEAF_SERVICES_RECEIPTS_SEGMENT_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_SEGMENT_IMPL_H

#include "core/uuid.h"
#include "services/receipts/segment.h"

#define SEGMENT_MAGIC "SheafSeg"

enum {
    SEGMENT_VERSION = 1,
    SEGMENT_MAGIC_BYTES = 8,
    SEGMENT_FOOTER_BYTES = 32,
    SEGMENT_CHECKED_BYTES = 24, // of the footer, by its check
    SEGMENT_CHECK_BYTES = 8,
    // What is compressed as one: larger blocks become smaller, and take longer for one receipt. A
    // block ends before the record that would pass it, so only a longer record makes a longer one.
    SEGMENT_BLOCK_BYTES = 128 << 10,
    SEGMENT_INDEX_BLOCK_BYTES = 32 << 10,
    SEGMENT_IDS_PER_BLOCK = 1365,
    SEGMENT_BLOCK_BYTES_MAX = SEGMENT_RECORD_BYTES_MAX + SEGMENT_BLOCK_BYTES,
    SEGMENT_DIRECTORY_BYTES_MAX = 8 << 20,
    SEGMENT_ID_ENTRY_BYTES = UUID_BYTES + 8,
    LOCATION_BYTES_BITS = 24, // a frame is shorter than 16 MiB
    VARINT_BYTES_MAX = 10,
};

#define SEGMENT_BYTES_MAX (UINT64_C(1) << (64 - LOCATION_BYTES_BITS))

struct location {
    uint64_t offset;
    size_t bytes;
};

// What records and index entries are ordered by.
struct segment_key {
    struct str client;
    struct str date;
    struct uuid id;
};

int segment_key_order(const struct segment_key *a, const struct segment_key *b);

// Writes at `out` and returns the place behind it.
char *segment_put_u64(char *out, uint64_t number);
char *segment_put_varint(char *out, uint64_t number);
char *segment_put_text(char *out, struct str text);
char *segment_put_location(char *out, struct location l);
char *segment_put_key(char *out, const struct segment_key *key);

// Reads plain bytes of a block from front to back. Past the end it gives zeros and is `bad`.
struct segment_taker {
    const char *at;
    const char *end;
    bool bad;
};

struct segment_taker segment_taker_of(struct str block);
bool segment_has_more(const struct segment_taker *t); // false too when it is bad
uint64_t segment_take_u64(struct segment_taker *t);
uint64_t segment_take_varint(struct segment_taker *t);
struct str segment_take_text(struct segment_taker *t); // borrowed from the block
struct uuid segment_take_id(struct segment_taker *t);
struct location segment_take_location(struct segment_taker *t);
struct segment_key segment_take_key(struct segment_taker *t);

#endif
