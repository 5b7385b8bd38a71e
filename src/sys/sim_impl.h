// The parts of the simulated disk. A file has content (sim_content.c); files and folders are nodes
// of one tree (sim_tree.c); sim.c puts a lock, faults and handles around them. Everything that has
// not been flushed is remembered beside the current view, so that reads are plain copies and only a
// power cut does the reckoning. Functions answer 0 or an errno value. One thread at a time.
#ifndef SHEAF_SYS_SIM_IMPL_H
#define SHEAF_SYS_SIM_IMPL_H

#include "core/chance.h"
#include "core/str.h"
#include "sys/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names;

enum {
    SECTOR_BYTES = 512,                    // what a disk writes whole or not at all
    NAME_BYTES_MAX = 255,                  // of one part of a path
    CONTENT_BYTES_MAX = INT32_MAX / 2 + 1, // of one file, 1 GiB: a test that needs more is wrong
};

// One unflushed write or truncation. Bytes that it replaced lie in content.replaced.
struct content_change {
    bool is_write;
    bool survives; // a failed flush got this far
    size_t from;   // first byte changed
    size_t bytes;  // how many were written, or cut off
    size_t length_before;
    size_t length_after;
    size_t replaced_at;
};

struct content {
    char *data; // beyond `bytes`, all that was ever allocated is zero
    size_t bytes;
    size_t room;
    struct content_change *changes; // since the last flush, oldest first
    size_t change_count;
    size_t change_room;
    char *replaced;
    size_t replaced_bytes;
    size_t replaced_room;
};

void content_fini(struct content *c);
size_t content_read(const struct content *c, uint64_t offset, void *out, size_t bytes);
int content_write(struct content *c, uint64_t offset, struct str data);
int content_truncate(struct content *c, uint64_t bytes);
void content_flush(struct content *c);
// A flush that fails on its way: each change has reached the disk or has not.
void content_flush_partly(struct content *c, struct chance *chance);
// Leaves what the disk would show after a power cut.
void content_cut(struct content *c, struct chance *chance);
// Gives back memory that is needed only while somebody writes.
void content_trim(struct content *c);

struct entry {
    struct str name; // heap
    struct node *node;
};

// Names in the order of their bytes.
struct entries {
    struct entry *items;
    size_t count;
    size_t room;
};

struct node {
    struct node *next; // all nodes of the tree, also those without a name
    struct node *previous;
    unsigned references; // by entries, unflushed changes and open files
    bool is_directory;
    int64_t modified_at_us;
    const void *locked_by; // the open file that holds the lock
    struct content content;
    struct entries now;
    struct entries durable;
    struct name_change *changes; // of names in this folder, since its last flush, oldest first
    size_t change_count;
    size_t change_room;
};

struct tree {
    struct node *nodes;
    struct node *root;
    struct chance chance; // what befalls the disk
    int64_t now_us;
};

void tree_init(struct tree *t, uint64_t seed, int64_t now_us);
void tree_fini(struct tree *t);

struct node *node_hold(struct node *n);
void node_drop(struct tree *t, struct node *n);

// Finds what a path stands for; borrowed. "." and a leading "/" are the root; ".." is refused.
int tree_find(const struct tree *t, struct str path, struct node **out);
int tree_open(struct tree *t, struct str path, enum file_mode mode, struct node **out);
int tree_make_directory(struct tree *t, struct str path);
int tree_remove(struct tree *t, struct str path, bool is_directory);
int tree_rename(struct tree *t, struct str from, struct str to);

void directory_flush(struct tree *t, struct node *directory);
// A flush that fails on its way.
void directory_flush_partly(struct tree *t, struct node *directory);

void tree_unlock_all(struct tree *t);
// Leaves what the disk would show after a power cut.
void tree_cut(struct tree *t);

#endif
