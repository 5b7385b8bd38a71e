// A life of the embedded store under a seed, and what must be true of it afterwards.
//
// Each item is a change that puts records into tables of each kind, counts one up, sends a message,
// and tells the audit log: all of it, or nothing. Some items are worked on later: a change settles
// the message and puts a result. Blobs are put and named. What was answered is noted; what the
// store then holds must agree with it, whatever happened to the disk:
//
//   answered OK        it is there, whole
//   any other answer   nothing of it is there
//   TIMEOUT, or none   either of the two
#ifndef SHEAF_TEST_FAULT_LIFE_H
#define SHEAF_TEST_FAULT_LIFE_H

#include "core/chance.h"
#include "core/uuid.h"
#include "store/change.h"
#include "sys/inbox.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { LIFE_ITEMS_MAX = 400, LIFE_BLOB_KEYS = 4, LIFE_BLOBS_MAX = 60 };

enum fate {
    FATE_NEVER, // must not be there
    FATE_SURE,
    FATE_MAYBE,
};

struct life {
    struct world *world;
    const char *directory; // of the data
    struct store *store;   // NULL: not open
    struct chance chance;
    atomic_bool fatal; // the store has stopped
    struct inbox *inbox;
    enum fate made[LIFE_ITEMS_MAX];
    char arrivals[LIFE_ITEMS_MAX][UUID_TEXT_BYTES]; // ids of their records in arrival order
    enum fate settled[LIFE_ITEMS_MAX];
    size_t item_count;
    enum fate blobs[LIFE_BLOBS_MAX]; // the n-th that was put
    size_t blob_count;
};

void life_init(struct life *l, struct world *w, uint64_t seed);
void life_fini(struct life *l);

// Opens the store. Errors: as embedded_open().
enum status life_open(struct scope *s, struct life *l);
void life_close(struct life *l);

// Does so many steps, or fewer when the store stops.
void life_live(struct life *l, unsigned steps);

// Opens the store if need be, fails the running test where it does not hold what it must, and notes
// what it holds for the next time.
void life_verify(struct life *l);

#endif
