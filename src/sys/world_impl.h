// The seam between the two worlds. Files of the real one are descriptors, files of a simulated one
// lie in memory; everything else is common. Operations are shaped like system calls and answer 0
// or an errno value, so that file.c can say the same sentence about a failure in either world.
// Only src/sys includes this.
#ifndef SHEAF_SYS_WORLD_IMPL_H
#define SHEAF_SYS_WORLD_IMPL_H

#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

struct names;

struct world_operations {
    int64_t (*now_us)(struct world *w);
    int64_t (*monotonic_us)(struct world *w);
    void (*random)(struct world *w, void *out, size_t bytes);

    int (*open)(struct world *w, struct str path, enum file_mode mode, struct file **out);
    void (*close)(struct file *f);
    int (*read)(struct file *f, uint64_t offset, void *out, size_t bytes, size_t *got);
    int (*write)(struct file *f, uint64_t offset, struct str data);
    int (*truncate)(struct file *f, uint64_t bytes);
    int (*sync)(struct file *f);
    int (*bytes)(struct file *f, uint64_t *out);
    int (*lock)(struct file *f);

    int (*info)(struct world *w, struct str path, struct file_info *out);
    int (*rename)(struct world *w, struct str from, struct str to);
    int (*remove)(struct world *w, struct str path);
    int (*make_directory)(struct world *w, struct str path);
    int (*remove_directory)(struct world *w, struct str path);
    int (*list)(struct world *w, struct str path, struct names *out);
    int (*sync_directory)(struct world *w, struct str path);
};

// The beginning of every world.
struct world {
    const struct world_operations *operations;
    struct mutex uuid_lock; // guards the three below
    uint64_t uuid_ms;       // RFC 9562, 5.7: unix_ts_ms of the newest id
    uint64_t uuid_high;     // rand_a, 12 bits, a counter
    uint64_t uuid_low;      // rand_b, 62 bits
};

// The beginning of every open file.
struct file {
    struct world *world;
    struct str path; // heap, owned
};

// Fills in what both worlds' files begin with.
void file_init(struct file *f, struct world *w, struct str path);
void file_fini(struct file *f);

// A list of names that grows in a scope.
struct names {
    struct scope *scope;
    struct str *items;
    size_t count;
    size_t room;
};

// Copies the name into the scope.
void names_add(struct names *names, struct str name);

#endif
