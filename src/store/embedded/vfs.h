// SQLite on the files of any world: an SQLite VFS over sys/file.h, so that a database of a
// simulated world meets its faults, power cuts and clock. The real world keeps SQLite's own VFS,
// which this one follows: when folders are flushed, how files grow, that a write leaves the bytes
// around it alone. Locks and the shared memory of the write-ahead log are within the process: all
// connections to a database must be opened through the same VFS.
#ifndef SHEAF_STORE_EMBEDDED_VFS_H
#define SHEAF_STORE_EMBEDDED_VFS_H

struct vfs;
struct world;

// Makes and registers a VFS; the caller owns it.
struct vfs *vfs_new(struct world *w);
// All its connections must have been closed. NULL is fine.
void vfs_free(struct vfs *vfs);

// Returns the name to open connections with; for NULL, NULL: SQLite's own VFS.
const char *vfs_name(const struct vfs *vfs);

#endif
