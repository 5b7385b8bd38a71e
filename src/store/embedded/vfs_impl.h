// What vfs.c, vfs_file.c and vfs_lock.c share. A node is one database file with all its open
// handles: its locks, and the shared memory of its write-ahead log.
#ifndef SHEAF_STORE_EMBEDDED_VFS_IMPL_H
#define SHEAF_STORE_EMBEDDED_VFS_IMPL_H

#include "core/str.h"
#include "store/embedded/vfs.h"
#include "sys/thread.h"

#include <sqlite3.h>
#include <stdint.h>

enum { VFS_NAME_BYTES = 32, VFS_PATH_BYTES_MAX = 1024 };

struct file;
struct scope;

struct vfs_node {
    struct vfs_node *next;
    char *path; // heap, owned
    unsigned handles;
    // Locks on the file, by SQLite's levels.
    unsigned shared;
    const struct vfs_file *reserved; // who holds RESERVED, PENDING or EXCLUSIVE
    bool pending;
    // Shared memory.
    void **regions;
    size_t region_count;
    unsigned mappings;
    unsigned slot_shared[SQLITE_SHM_NLOCK];
    bool slot_exclusive[SQLITE_SHM_NLOCK];
};

struct vfs {
    sqlite3_vfs base; // first
    struct world *world;
    char name[VFS_NAME_BYTES];
    struct mutex lock; // guards the nodes
    struct vfs_node *nodes;
    unsigned temporary_files;
};

struct vfs_file {
    sqlite3_file base; // first; base.pMethods NULL: not open
    struct vfs *vfs;
    struct scope *scope; // for the sentences of failures, which nobody reads
    struct file *file;
    struct vfs_node *node; // of a database; NULL for its log and other files
    char *path;            // heap, owned
    bool remove_on_close;
    bool flush_folder;  // at the next flush: the file is new
    int level;          // SQLITE_LOCK_*
    int keep_log;       // SQLITE_FCNTL_PERSIST_WAL
    int64_t step_bytes; // SQLITE_FCNTL_CHUNK_SIZE
    bool mapped;
    uint16_t slots_shared; // of the shared memory
    uint16_t slots_exclusive;
};

static inline struct vfs *vfs_of(sqlite3_vfs *base)
{
    return (struct vfs *)base->pAppData;
}

// Copies text to the heap.
char *vfs_copy(struct str text);

// vfs_file.c
extern const sqlite3_io_methods vfs_file_methods;

// vfs_lock.c
void vfs_node_open(struct vfs_file *f);
void vfs_node_close(struct vfs_file *f);
int vfs_lock(sqlite3_file *base, int level);
int vfs_unlock(sqlite3_file *base, int level);
int vfs_check_reserved(sqlite3_file *base, int *out);
int vfs_shm_map(sqlite3_file *base, int region, int bytes, int extend, void volatile **out);
int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags);
void vfs_shm_barrier(sqlite3_file *base);
int vfs_shm_unmap(sqlite3_file *base, int remove);

#endif
