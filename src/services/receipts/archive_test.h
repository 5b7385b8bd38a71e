// What the tests of the archive share: a store of random receipts, and what a listing of them must
// give.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_TEST_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_TEST_H

#include "core/chance.h"
#include "services/receipts/archive.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

extern const struct store_schema archive_test_schema;

// A receipt as it must be found.
struct known {
    struct archived item;
    struct receipt receipt;
    bool final;
    bool erased;
};

struct archive_fixture {
    struct scope *scope;
    struct world *world;
    struct store *store;
    struct scope *process; // of the open archive
    struct archive *archive;
    struct archive_options options;
    bool embedded;        // on the simulated disk of the world, or on a real one
    struct str directory; // of the store
    struct chance chance;
    struct known *known;
    size_t count;
    size_t room;
};

// Opens a store in memory, and an archive that keeps `hot` final receipts and moves `portion`.
struct archive_fixture *archive_fixture_open(struct scope *s, uint64_t seed, unsigned adversity,
                                             uint64_t hot, uint64_t portion);
// As above on the embedded store.
struct archive_fixture *archive_fixture_open_embedded(struct scope *s, uint64_t seed, uint64_t hot,
                                                      uint64_t portion);
// As above on a disk, in the real world: lists are made on two threads there.
struct archive_fixture *archive_fixture_open_real(struct scope *s, uint64_t seed, uint64_t hot,
                                                  uint64_t portion);
// Pulls the plug, and starts again on what is on the disk. Of the embedded store.
void archive_power_cut(struct archive_fixture *f);
// Forgets all that is in memory, as a crash does, and opens the archive again.
void archive_reopen(struct archive_fixture *f);
// Takes in receipts of a few clients and months; `finals` of 100 become final.
void archive_accept(struct archive_fixture *f, size_t count, unsigned finals);
// As above, many with each change and in any world; then the first `finals` become final.
void archive_accept_at_once(struct archive_fixture *f, size_t count, size_t finals);
// Moves those that are not final.
void archive_finish_all(struct archive_fixture *f);
// Turns until nothing more moves, trying again what may be tried again.
void archive_turns(struct archive_fixture *f, bool force);
// Lets indexes catch up.
void archive_catch_up(struct archive_fixture *f);

// Whether listing in pages of chance gives exactly what must be there.
bool archive_lists_all(struct archive_fixture *f, const struct listing_query *query);
// As above for each client, for some intervals, and for all clients; and each by id.
bool archive_is_whole(struct archive_fixture *f);

// Of the store: how many records and blobs.
size_t archive_count_records(struct archive_fixture *f, const struct table_def *table);
size_t archive_count_blobs(struct archive_fixture *f);

#endif
