// The simulated world: a clock that is moved by hand, numbers that follow the seed, and the disk of
// sim_tree.c and sim_content.c behind one mutex. Here are the faults and the life of open files.
#include "sys/sim.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/sim_impl.h"
#include "sys/world_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

static const int64_t EPOCH_US = 1767225600000000; // 2026-01-01T00:00:00Z

struct sim {
    struct world world;
    _Atomic int64_t elapsed_us;
    struct mutex lock;    // guards everything below
    struct chance chance; // what the program sees: apart from the tree's, so that faults do not
    struct tree tree;     // alter ids
    unsigned life;        // files opened in an earlier one are dead
    unsigned fail_after;  // operations until one fails; 0: none will
    bool halts;           // and is dead from then on
    bool struck;
    uint64_t operations;
};

struct sim_file {
    struct file file;
    struct node *node;
    unsigned life;
    bool writable;
};

static struct sim *sim(struct world *w)
{
    return (struct sim *)w;
}

static struct sim_file *simulated(struct file *f)
{
    return (struct sim_file *)f;
}

// Counts an operation. EIO: it is the one that must fail; EBADF: the program is dead.
static int strike(struct sim *m)
{
    if (m->struck && m->halts)
        return EBADF;
    m->operations++;
    if (m->fail_after == 0 || --m->fail_after > 0)
        return 0;
    m->struck = true;
    return EIO;
}

static void lock(struct sim *m)
{
    mutex_lock(&m->lock);
    m->tree.now_us = EPOCH_US + atomic_load(&m->elapsed_us);
}

// Takes the lock for an operation on the disk. Whatever it answers, end() follows.
static int begin(struct sim *m)
{
    lock(m);
    return strike(m);
}

static int end(struct sim *m, int e)
{
    mutex_unlock(&m->lock);
    return e;
}

// As begin(), for an operation on an open file. EBADF also: it died with its process.
static int begin_file(struct sim_file *f)
{
    struct sim *m = sim(f->file.world);

    lock(m);
    return f->life == m->life ? strike(m) : EBADF;
}

static int end_file(struct sim_file *f, int e)
{
    return end(sim(f->file.world), e);
}

static int64_t sim_now_us(struct world *w)
{
    return EPOCH_US + atomic_load(&sim(w)->elapsed_us);
}

static int64_t sim_monotonic_us(struct world *w)
{
    return atomic_load(&sim(w)->elapsed_us);
}

static void sim_random(struct world *w, void *out, size_t bytes)
{
    mutex_lock(&sim(w)->lock);
    chance_fill(&sim(w)->chance, out, bytes);
    mutex_unlock(&sim(w)->lock);
}

static int sim_open(struct world *w, struct str path, enum file_mode mode, struct file **out)
{
    struct node *n = NULL;
    int e = begin(sim(w));

    if (!e)
        e = tree_open(&sim(w)->tree, path, mode, &n);
    if (!e) {
        struct sim_file *f = heap_new(struct sim_file);
        file_init(&f->file, w, path);
        f->node = node_hold(n);
        f->life = sim(w)->life;
        f->writable = mode != FILE_READ;
        *out = &f->file;
    }
    return end(sim(w), e);
}

static void sim_close(struct file *file)
{
    struct sim_file *f = simulated(file);
    struct sim *m = sim(file->world);

    mutex_lock(&m->lock);
    if (f->node->locked_by == f)
        f->node->locked_by = NULL;
    content_trim(&f->node->content);
    node_drop(&m->tree, f->node);
    mutex_unlock(&m->lock);
    file_fini(file);
    free(f);
}

static int sim_read(struct file *file, uint64_t offset, void *out, size_t bytes, size_t *got)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    *got = e ? 0 : content_read(&f->node->content, offset, out, bytes);
    return end_file(f, e);
}

// A write that fails has written a part, perhaps nothing or all of it.
static int fail_write(struct sim_file *f, uint64_t offset, struct str data)
{
    struct chance *fate = &sim(f->file.world)->tree.chance;

    data = str_slice(data, 0, (size_t)chance_below(fate, data.bytes + 1));
    (void)content_write(&f->node->content, offset, data);
    return chance_coin(fate) ? ENOSPC : EIO;
}

static int sim_write(struct file *file, uint64_t offset, struct str data)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    if (!f->writable)
        e = EBADF;
    else if (e == EIO)
        e = fail_write(f, offset, data);
    else if (!e)
        e = content_write(&f->node->content, offset, data);
    if (!e)
        f->node->modified_at_us = sim(file->world)->tree.now_us;
    return end_file(f, e);
}

static int sim_truncate(struct file *file, uint64_t bytes)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    if (!e)
        e = f->writable ? content_truncate(&f->node->content, bytes) : EBADF;
    return end_file(f, e);
}

static int sim_sync(struct file *file)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    if (!e)
        content_flush(&f->node->content);
    else if (e == EIO)
        content_flush_partly(&f->node->content, &sim(file->world)->tree.chance);
    return end_file(f, e);
}

static int sim_bytes(struct file *file, uint64_t *out)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    if (!e)
        *out = f->node->content.bytes;
    return end_file(f, e);
}

static int sim_lock(struct file *file)
{
    struct sim_file *f = simulated(file);
    int e = begin_file(f);

    if (!e && f->node->locked_by && f->node->locked_by != f)
        e = EWOULDBLOCK;
    if (!e)
        f->node->locked_by = f;
    return end_file(f, e);
}

static int sim_info(struct world *w, struct str path, struct file_info *out)
{
    struct node *n = NULL;
    int e = begin(sim(w));

    if (!e)
        e = tree_find(&sim(w)->tree, path, &n);
    if (!e) {
        *out = (struct file_info){.is_directory = n->is_directory,
                                  .bytes = n->content.bytes,
                                  .modified_at_us = n->modified_at_us};
    }
    return end(sim(w), e);
}

static int sim_rename(struct world *w, struct str from, struct str to)
{
    int e = begin(sim(w));

    return end(sim(w), e ? e : tree_rename(&sim(w)->tree, from, to));
}

static int sim_remove(struct world *w, struct str path)
{
    int e = begin(sim(w));

    return end(sim(w), e ? e : tree_remove(&sim(w)->tree, path, false));
}

static int sim_make_directory(struct world *w, struct str path)
{
    int e = begin(sim(w));

    return end(sim(w), e ? e : tree_make_directory(&sim(w)->tree, path));
}

static int sim_remove_directory(struct world *w, struct str path)
{
    int e = begin(sim(w));

    return end(sim(w), e ? e : tree_remove(&sim(w)->tree, path, true));
}

// Finds a folder, also when the operation on it is to fail.
static int find_directory(struct sim *m, struct str path, struct node **out)
{
    int e = tree_find(&m->tree, path, out);

    if (e)
        return e;
    return (*out)->is_directory ? 0 : ENOTDIR;
}

static int sim_list(struct world *w, struct str path, struct names *out)
{
    struct node *n = NULL;
    int e = begin(sim(w));

    if (!e)
        e = find_directory(sim(w), path, &n);
    for (size_t i = 0; !e && i < n->now.count; i++)
        names_add(out, n->now.items[i].name);
    return end(sim(w), e);
}

static int sim_sync_directory(struct world *w, struct str path)
{
    struct node *n = NULL;
    int struck = begin(sim(w));
    int e = find_directory(sim(w), path, &n);

    if (!e && !struck)
        directory_flush(&sim(w)->tree, n);
    else if (!e && struck == EIO)
        directory_flush_partly(&sim(w)->tree, n);
    return end(sim(w), e ? e : struck);
}

struct world *sim_new(uint64_t seed)
{
    static const struct world_operations operations = {
        .now_us = sim_now_us,
        .monotonic_us = sim_monotonic_us,
        .random = sim_random,
        .open = sim_open,
        .close = sim_close,
        .read = sim_read,
        .write = sim_write,
        .truncate = sim_truncate,
        .sync = sim_sync,
        .bytes = sim_bytes,
        .lock = sim_lock,
        .info = sim_info,
        .rename = sim_rename,
        .remove = sim_remove,
        .make_directory = sim_make_directory,
        .remove_directory = sim_remove_directory,
        .list = sim_list,
        .sync_directory = sim_sync_directory,
    };
    struct sim *m = heap_new(struct sim);

    m->world.operations = &operations;
    mutex_init(&m->world.uuid_lock);
    mutex_init(&m->lock);
    m->chance = chance_seeded(seed);
    tree_init(&m->tree, ~seed, EPOCH_US);
    return &m->world;
}

void sim_free(struct world *w)
{
    if (!w)
        return;
    tree_fini(&sim(w)->tree);
    mutex_fini(&sim(w)->lock);
    mutex_fini(&w->uuid_lock);
    free(sim(w));
}

void sim_advance_us(struct world *w, int64_t us)
{
    atomic_fetch_add(&sim(w)->elapsed_us, us);
}

static void arm(struct sim *m, unsigned n, bool halts)
{
    assert(n > 0);
    mutex_lock(&m->lock);
    m->fail_after = n;
    m->halts = halts;
    m->struck = false;
    mutex_unlock(&m->lock);
}

void sim_fail_nth(struct world *w, unsigned n)
{
    arm(sim(w), n, false);
}

void sim_halt_nth(struct world *w, unsigned n)
{
    arm(sim(w), n, true);
}

bool sim_mend(struct world *w)
{
    mutex_lock(&sim(w)->lock);
    bool struck = sim(w)->struck;
    sim(w)->fail_after = 0;
    sim(w)->struck = false;
    mutex_unlock(&sim(w)->lock);
    return struck;
}

uint64_t sim_operations(struct world *w)
{
    mutex_lock(&sim(w)->lock);
    uint64_t operations = sim(w)->operations;
    mutex_unlock(&sim(w)->lock);
    return operations;
}

// Open files die and lose their locks, and a program that was halted may start again.
static void end_life(struct sim *m)
{
    m->life++;
    m->halts = false;
    tree_unlock_all(&m->tree);
}

void sim_power_cut(struct world *w)
{
    mutex_lock(&sim(w)->lock);
    end_life(sim(w));
    tree_cut(&sim(w)->tree);
    mutex_unlock(&sim(w)->lock);
}

void sim_kill(struct world *w)
{
    mutex_lock(&sim(w)->lock);
    end_life(sim(w));
    mutex_unlock(&sim(w)->lock);
}
