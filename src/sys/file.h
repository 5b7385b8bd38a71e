// Files of a world. What is durable when: written bytes after file_sync(); a created, renamed or
// removed name after directory_sync() of the folder it is in. The simulated disk takes this at its
// word. Paths are relative to the working directory or absolute; they are text without NUL.
//
// Errors, all functions: NOT_FOUND, CONFLICT (exists), TEMPORARY (disk full or I/O error),
// INTERNAL; the sentence names the path. A folder that is not empty is CONFLICT too. All functions
// block.
#ifndef SHEAF_SYS_FILE_H
#define SHEAF_SYS_FILE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct world;
struct file; // an open file; one thread at a time, except reads, which any thread may do

enum file_mode {
    FILE_READ,        // exists; read only
    FILE_EDIT,        // exists; read and write
    FILE_OPEN_ALWAYS, // read and write; created when missing, mode 0600
    FILE_CREATE,      // must not exist; read and write, mode 0600
};

struct file_info {
    bool is_directory;
    uint64_t bytes;
    int64_t modified_at_us;
};

// Opens a file; the caller owns it until file_close(). Descriptors are close-on-exec.
enum status file_open(struct scope *s, struct world *w, struct str path, enum file_mode mode,
                      struct file **out);
// Closes without flushing; NULL is fine. The path is released.
void file_close(struct file *f);

// Reads up to `bytes` at `offset`; `*got` is less only at the end of the file.
enum status file_read_at(struct scope *s, struct file *f, uint64_t offset, void *out, size_t bytes,
                         size_t *got);
// Writes all bytes at `offset`; the file grows as needed.
enum status file_write_at(struct scope *s, struct file *f, uint64_t offset, struct str data);
enum status file_truncate(struct scope *s, struct file *f, uint64_t bytes);
// Returns after the written bytes and the length are on the disk. A failed flush must not be
// repeated: what is on the disk is unknown.
enum status file_sync(struct scope *s, struct file *f);
enum status file_bytes(struct scope *s, struct file *f, uint64_t *out);
// Takes an exclusive lock that ends with the file or the process. Errors: BUSY another has it.
enum status file_lock(struct scope *s, struct file *f);

// Returns the folder a path is in: "a" for "a/b", "." for "b", "/" for "/b". Borrowed.
struct str path_folder(struct str path);
enum status path_info(struct scope *s, struct world *w, struct str path, struct file_info *out);
// Returns false only when there is surely nothing: a path that cannot be looked at exists.
bool path_exists(struct world *w, struct str path);
// Renames over what is there.
enum status path_rename(struct scope *s, struct world *w, struct str from, struct str to);
enum status path_remove(struct scope *s, struct world *w, struct str path);
// Makes a folder, mode 0700; fine when it exists. Its parent must exist.
enum status directory_make(struct scope *s, struct world *w, struct str path);
enum status directory_remove(struct scope *s, struct world *w, struct str path);
// Names in the folder without "." and "..", sorted by bytes, in the scope.
enum status directory_list(struct scope *s, struct world *w, struct str path, struct str **names,
                           size_t *count);
enum status directory_sync(struct scope *s, struct world *w, struct str path);

// Reads a whole file of at most `bytes_max` bytes. Errors: also TOO_LARGE.
enum status file_read_whole(struct scope *s, struct world *w, struct str path, size_t bytes_max,
                            struct str *out);
// Writes a file so that it appears whole or not at all, also after a power cut: temporary name,
// flush, rename, flush of the folder. Replaces what is there. After a failure the file is the old
// or the new one, whole. What a crash leaves is named as the file with FILE_TEMPORARY_SUFFIX at
// its end, for who sweeps the folder.
#define FILE_TEMPORARY_SUFFIX ".tmp"
enum status file_write_whole(struct scope *s, struct world *w, struct str path, struct str content);

#endif
