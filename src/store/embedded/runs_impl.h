// What runs.c and runs_query.c share.
#ifndef SHEAF_STORE_EMBEDDED_RUNS_IMPL_H
#define SHEAF_STORE_EMBEDDED_RUNS_IMPL_H

#include "store/embedded/index.h"
#include "store/embedded/pack.h"
#include "store/embedded/runs.h"

enum {
    RUN_BLOCK_BYTES = 4000,
    RUN_BLOCK_BITS = 24,     // of a block's number within its run
    RUN_BLOCKS_AT_ONCE = 16, // written with one batch
};

// A run on the disk: the first entry of each block. Never changed once it is in the list.
struct run {
    struct run *next; // older
    struct scope *scope;
    int64_t number;
    size_t block_count;
    struct index_entry *firsts;
    struct record_key greatest; // key of its records
};

// Blocks that are being written.
struct block {
    struct block *next;
    struct str entries;
};

struct runs {
    struct table *table;
    struct index *index;
    size_t rows;
    struct mutex lock; // guards the next six, which only the writer and the sorter change
    struct tail *tail;
    struct tail *frozen; // being sorted or written; NULL: none
    struct run *newest;
    int64_t next_number;
    struct run *unwritten; // sorted; NULL: none, or not yet
    struct block *blocks;  // of the unwritten run, those that are left
    // The writer's.
    struct index_entry *noted; // by the batch
    size_t noted_count;
    size_t noted_room;
    struct str greatest; // key of a record in the runs or what is frozen: packed, heap
    int64_t newest_late; // numbers of rows
    int64_t frozen_late; // the newest that is in what is frozen
    size_t blocks_written;
    bool wrote; // a portion, in this batch
};

static inline int64_t run_block_id(int64_t run, size_t block)
{
    return run << RUN_BLOCK_BITS | (int64_t)block;
}

// run.c: the caller owns a run until it is in the list.
struct run *run_new(int64_t number, size_t block_count);
void run_free(struct run *run);
// Packed forms. `before` is the entry in front of it in the same block, NULL: none. Reading leaves
// text that is as in the entry before as it is in `out`; false: the block is damaged.
void run_write_entry(struct pack *p, const struct index_entry *before,
                     const struct index_entry *entry);
bool run_read_entry(struct unpack *u, struct index_entry *out);
struct str run_pack_key(struct pack *p, const struct record_key *key); // over what was in `p`
struct record_key run_unpack_key(struct str packed);

#endif
