// The sweeper: goes round the folders of blobs/, one at each call, and removes files that no record
// names. A file younger than the grace, or one that this process is writing, may still get one.
#include "core/hex.h"
#include "core/scope.h"
#include "store/embedded/blobs_impl.h"
#include "sys/file.h"
#include "sys/world.h"

enum { US_PER_S = 1000000, SWEEP_BYTES_MAX = 64 << 20, NAME_BYTES = 2 * FRAME_ID_BYTES };

static bool is_being_written(struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES])
{
    bool found = false;

    mutex_lock(&blobs->lock);
    for (const struct writing *w = blobs->writing; w && !found; w = w->next)
        found = memcmp(w->id, id, FRAME_ID_BYTES) == 0;
    mutex_unlock(&blobs->lock);
    return found;
}

// Returns the size of the file; 0 when it is gone. A failure is left to the next round.
static uint64_t sweep_file(struct scope *s, struct blobs *blobs, struct str folder, struct str name)
{
    struct world *w = store_world(blobs->store);
    uint8_t id[FRAME_ID_BYTES];
    struct file_info info = {0};
    bool named = true;

    if (name.bytes != NAME_BYTES || !hex_read(name, id) ||
        path_info(s, w, str_concat(s, 3, folder, str("/"), name), &info) != OK)
        return 0;
    if (info.modified_at_us + (int64_t)BLOB_GRACE_S * US_PER_S > world_now_us(w) ||
        is_being_written(blobs, id) || catalogue_names(s, blobs, id, &named) != OK || named)
        return info.bytes;
    blob_unlink(blobs, id, 0);
    return 0;
}

static void sweep_shard(struct scope *s, struct blobs *blobs, unsigned shard)
{
    struct str folder = shard_path(s, blobs, shard);
    struct scope *each = scope_open(SWEEP_BYTES_MAX);
    struct str *names = NULL;
    uint64_t bytes = 0;
    size_t count = 0;

    if (directory_list(s, store_world(blobs->store), folder, &names, &count) != OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += sweep_file(each, blobs, folder, names[i]);
        scope_reset(each);
    }
    scope_close(each);
    mutex_lock(&blobs->lock);
    blobs->bytes[shard] = bytes;
    mutex_unlock(&blobs->lock);
}

void blobs_tend(struct scope *s, struct blobs *blobs)
{
    struct world *w = store_world(blobs->store);

    for (unsigned i = 0; i < SHARDS; i++) {
        mutex_lock(&blobs->lock);
        unsigned shard = blobs->next_shard++ % SHARDS;
        mutex_unlock(&blobs->lock);
        if (!path_exists(w, shard_path(s, blobs, shard)))
            continue;
        struct scope *own = scope_open(SWEEP_BYTES_MAX);
        sweep_shard(own, blobs, shard);
        scope_close(own);
        break;
    }
}
