// SQLite begins a log anew when all of it was copied and no reader needs it: new readers do not, as
// soon as it was copied, and old ones end soon. See sqlite.org/walformat.html, section 2.3.
#include "store/embedded/checkpoint.h"

#include "store/embedded/keeper.h"
#include "sys/world.h"

#include <sched.h>

enum {
    LOG_TIMES_MAX = 4, // the log may be so many times longer and keep its size
    REST_PARTS = 8,    // the writer copies at most one of so many parts of the longest log
    READERS_US = 2000, // how long readers are waited for
    AGAIN_US = 20000,  // after they did not end
};

static int note_log(void *context, sqlite3 *db, const char *name, int pages)
{
    struct checkpoint *c = context;

    (void)db;
    (void)name;
    c->pages = pages;
    return SQLITE_OK;
}

static int wait_for_readers(void *context, int count)
{
    const struct checkpoint *c = context;

    (void)count;
    (void)sched_yield();
    return world_monotonic_us(c->world) < c->give_up_us;
}

void checkpoint_init(struct checkpoint *c, struct world *w, struct keeper *keeper, sqlite3 *db,
                     size_t log_bytes_max)
{
    *c = (struct checkpoint){
        .world = w,
        .keeper = keeper,
        .db = db,
        .pages_max = (int)(log_bytes_max / SESSION_PAGE_BYTES),
    };
    (void)sqlite3_wal_hook(db, note_log, c);
    (void)sqlite3_busy_handler(db, wait_for_readers, c);
}

// The log keeps its size, except where a long reader (a backup) has made it grow far beyond.
static void limit_log(struct checkpoint *c)
{
    bool too_long = c->pages > c->pages_max * LOG_TIMES_MAX;
    char text[64];

    if (too_long == c->limited)
        return;
    c->limited = too_long;
    (void)sqlite3_snprintf(sizeof text, text, "PRAGMA journal_size_limit = %d",
                           too_long ? c->pages_max * SESSION_PAGE_BYTES : -1);
    (void)sqlite3_exec(c->db, text, NULL, NULL, NULL);
}

static void begin_anew(struct checkpoint *c)
{
    int64_t now_us = world_monotonic_us(c->world);

    limit_log(c);
    c->give_up_us = now_us + READERS_US;
    if (sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) ==
        SQLITE_OK) {
        c->pages = 0;
        keeper_log_is_new(c->keeper);
    } else {
        c->not_before_us = now_us + AGAIN_US;
    }
}

void checkpoint_turn(struct checkpoint *c)
{
    if (c->pages < c->pages_max || keeper_is_copying(c->keeper))
        return;
    if (c->pages - keeper_copied(c->keeper) > c->pages_max / REST_PARTS)
        keeper_copy_log(c->keeper, c->pages);
    else if (world_monotonic_us(c->world) >= c->not_before_us)
        begin_anew(c);
}
