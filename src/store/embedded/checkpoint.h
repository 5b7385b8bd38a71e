// When the write-ahead log is copied into the database and begun anew. The keeper copies most of
// it while the writer goes on; what has come meanwhile is a little, which the writer copies itself
// between two batches, because only then nothing is added and the log can be begun anew. So it
// neither grows without end nor does a commit wait for long.
#ifndef SHEAF_STORE_EMBEDDED_CHECKPOINT_H
#define SHEAF_STORE_EMBEDDED_CHECKPOINT_H

#include "store/embedded/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keeper;
struct world;

struct checkpoint {
    struct world *world;
    struct keeper *keeper;
    sqlite3 *db;
    bool limited;          // the log is cut when it is begun anew
    int pages_max;         // then the keeper copies
    int pages;             // in the log
    int64_t not_before_us; // monotonic: when to try again to begin it anew
    int64_t give_up_us;    // until when readers of the old log are waited for
};

// Follows the log of the writer's connection.
void checkpoint_init(struct checkpoint *c, struct world *w, struct keeper *keeper, sqlite3 *db,
                     size_t log_bytes_max);

// The writer's, between batches. Does what is due, within a few milliseconds.
void checkpoint_turn(struct checkpoint *c);

#endif
