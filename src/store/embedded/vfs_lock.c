// Locks on databases and the shared memory of their write-ahead logs, within the process. The
// levels of a file lock and what each excludes: sqlite.org/lockingv3.html, section 3; the slots of
// the shared memory: sqlite.org/walformat.html, section 2.3.
#include "core/heap.h"
#include "store/embedded/vfs_impl.h"

#include <assert.h>
#include <stdlib.h>

static struct vfs_file *file_of(sqlite3_file *base)
{
    return (struct vfs_file *)base;
}

void vfs_node_open(struct vfs_file *f)
{
    struct vfs *vfs = f->vfs;

    mutex_lock(&vfs->lock);
    struct vfs_node *node = vfs->nodes;
    while (node && strcmp(node->path, f->path) != 0)
        node = node->next;
    if (!node) {
        node = heap_new(struct vfs_node);
        node->path = vfs_copy(str(f->path));
        node->next = vfs->nodes;
        vfs->nodes = node;
    }
    node->handles++;
    f->node = node;
    mutex_unlock(&vfs->lock);
}

static void forget_regions(struct vfs_node *node)
{
    for (size_t i = 0; i < node->region_count; i++)
        free(node->regions[i]);
    free(node->regions);
    node->regions = NULL;
    node->region_count = 0;
}

void vfs_node_close(struct vfs_file *f)
{
    struct vfs *vfs = f->vfs;
    struct vfs_node *node = f->node;

    if (!node)
        return;
    mutex_lock(&vfs->lock);
    if (--node->handles == 0) {
        struct vfs_node **at = &vfs->nodes;
        while (*at != node)
            at = &(*at)->next;
        *at = node->next;
        forget_regions(node);
        free(node->path);
        free(node);
    }
    f->node = NULL;
    mutex_unlock(&vfs->lock);
}

// Takes one step up. PENDING keeps new readers out while EXCLUSIVE waits for the old ones to go.
static bool may_lock(struct vfs_file *f, struct vfs_node *node, int level)
{
    bool reserved_by_other = node->reserved && node->reserved != f;

    if (level == SQLITE_LOCK_SHARED)
        return !node->pending;
    if (reserved_by_other)
        return false;
    node->reserved = f;
    if (level == SQLITE_LOCK_RESERVED)
        return true;
    node->pending = true;
    return node->shared == 1;
}

int vfs_lock(sqlite3_file *base, int level)
{
    struct vfs_file *f = file_of(base);
    bool may = true;

    if (!f->node || f->level >= level)
        return SQLITE_OK;
    mutex_lock(&f->vfs->lock);
    may = may_lock(f, f->node, level);
    if (may && f->level == SQLITE_LOCK_NONE)
        f->node->shared++;
    if (may)
        f->level = level;
    mutex_unlock(&f->vfs->lock);
    return may ? SQLITE_OK : SQLITE_BUSY;
}

int vfs_unlock(sqlite3_file *base, int level)
{
    struct vfs_file *f = file_of(base);

    assert(level == SQLITE_LOCK_NONE || level == SQLITE_LOCK_SHARED);
    if (!f->node)
        return SQLITE_OK;
    mutex_lock(&f->vfs->lock);
    if (f->node->reserved == f) {
        f->node->reserved = NULL;
        f->node->pending = false;
    }
    if (f->level > SQLITE_LOCK_NONE && level == SQLITE_LOCK_NONE)
        f->node->shared--;
    if (f->level > level)
        f->level = level;
    mutex_unlock(&f->vfs->lock);
    return SQLITE_OK;
}

int vfs_check_reserved(sqlite3_file *base, int *out)
{
    struct vfs_file *f = file_of(base);

    mutex_lock(&f->vfs->lock);
    *out = f->node && f->node->reserved;
    mutex_unlock(&f->vfs->lock);
    return SQLITE_OK;
}

int vfs_shm_map(sqlite3_file *base, int region, int bytes, int extend, void volatile **out)
{
    struct vfs_file *f = file_of(base);
    struct vfs_node *node = f->node;
    size_t index = (size_t)region;

    mutex_lock(&f->vfs->lock);
    if (!f->mapped) {
        f->mapped = true;
        node->mappings++;
    }
    while (extend && node->region_count <= index) {
        node->regions = heap_resize(node->regions, node->region_count + 1, sizeof *node->regions);
        node->regions[node->region_count++] = heap_alloc((size_t)bytes);
    }
    *out = index < node->region_count ? node->regions[index] : NULL;
    mutex_unlock(&f->vfs->lock);
    return SQLITE_OK;
}

static bool slots_free(const struct vfs_file *f, int offset, int count, bool exclusive)
{
    const struct vfs_node *node = f->node;

    for (int i = offset; i < offset + count; i++) {
        bool ours = (f->slots_shared >> i) & 1;
        if (node->slot_exclusive[i] || (exclusive && node->slot_shared[i] > ours))
            return false;
    }
    return true;
}

static void slots_release(struct vfs_file *f, int offset, int count)
{
    for (int i = offset; i < offset + count; i++) {
        if ((f->slots_shared >> i) & 1)
            f->node->slot_shared[i]--;
        if ((f->slots_exclusive >> i) & 1)
            f->node->slot_exclusive[i] = false;
        f->slots_shared &= (uint16_t) ~(1U << i);
        f->slots_exclusive &= (uint16_t) ~(1U << i);
    }
}

static bool slots_take(struct vfs_file *f, int offset, int count, bool exclusive)
{
    if (!slots_free(f, offset, count, exclusive))
        return false;
    for (int i = offset; i < offset + count; i++) {
        uint16_t bit = (uint16_t)(1U << i);
        if (exclusive) {
            f->node->slot_exclusive[i] = true;
            f->slots_exclusive |= bit;
        } else if (!(f->slots_shared & bit)) {
            f->node->slot_shared[i]++;
            f->slots_shared |= bit;
        }
    }
    return true;
}

int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct vfs_file *f = file_of(base);
    bool done = true;

    mutex_lock(&f->vfs->lock);
    if (flags & SQLITE_SHM_UNLOCK)
        slots_release(f, offset, count);
    else
        done = slots_take(f, offset, count, flags & SQLITE_SHM_EXCLUSIVE);
    mutex_unlock(&f->vfs->lock);
    return done ? SQLITE_OK : SQLITE_BUSY;
}

void vfs_shm_barrier(sqlite3_file *base)
{
    struct vfs_file *f = file_of(base);

    mutex_lock(&f->vfs->lock);
    mutex_unlock(&f->vfs->lock);
}

int vfs_shm_unmap(sqlite3_file *base, int remove)
{
    struct vfs_file *f = file_of(base);

    (void)remove;
    if (!f->mapped)
        return SQLITE_OK;
    mutex_lock(&f->vfs->lock);
    slots_release(f, 0, SQLITE_SHM_NLOCK);
    f->mapped = false;
    if (--f->node->mappings == 0) // the next to map it reads the log anew
        forget_regions(f->node);
    mutex_unlock(&f->vfs->lock);
    return SQLITE_OK;
}
