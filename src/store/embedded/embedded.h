// The embedded backend: everything in one data folder, without any other program.
//
//   sheaf.db (+ -wal, -shm)   SQLite: records, messages, feed, audit log, catalogue of blobs
//   blobs/                    one file a blob
//   keys/                     mode 0600: the master key, when it is not kept elsewhere
//   lock                      held while a process has the folder open
//
// One writer thread commits everything; any thread reads. Contents are compressed and encrypted at
// rest under a content key that lies in the database, wrapped by the master key.
#ifndef SHEAF_STORE_EMBEDDED_EMBEDDED_H
#define SHEAF_STORE_EMBEDDED_EMBEDDED_H

#include "store/store.h"

// Typical content of a table's records, for compression. Old ones are kept in the database, so a
// dictionary may change with every release.
struct embedded_dictionary {
    const char *table; // NULL ends the list
    struct str sample;
};

struct embedded_options {
    struct str directory;       // made when missing
    const uint8_t *master_key;  // 32 bytes; NULL: read from master_key_path
    struct str master_key_path; // 32 bytes or 64 hex digits; empty: DIRECTORY/keys/master.key,
                                // generated at the first start
    const struct store_schema *schema;
    const struct embedded_dictionary *dictionaries; // may be NULL
    size_t record_cache_bytes; // newest small records, in memory as plain text; 0: 16 MiB
    size_t page_cache_bytes;   // the writer's pages of the database; 0: 16 MiB
    size_t run_rows;           // newest entries of a steady index in memory; 0: 20,000
    size_t log_bytes_max;      // then the write-ahead log is copied and begun anew; 0: 16 MiB
    // Called once, on the writer's thread, when a flush failed and the outcome of changes is
    // unknown. The store answers nothing but TIMEOUT from then on: stop the process, and start it
    // again on what is on the disk. NULL: the process is aborted.
    void (*on_fatal)(void *context, struct str why);
    void *on_fatal_context;
};

// Opens the data folder, makes what is missing, and starts the writer. The store is closed with
// store_close(), not with the scope. The schema and the dictionaries are borrowed as long as the
// store is open. Errors: BUSY another process has the folder open; DENIED the master key is not the
// one that the folder was made with; UNSUPPORTED a newer version of Sheaf wrote it; CORRUPT;
// TEMPORARY.
enum status embedded_open(struct scope *s, struct world *w, const struct embedded_options *options,
                          struct store **out);

// Reads the whole database and says whether it is sound. Blocks, and holds one snapshot, as long as
// that takes: for tests, and for who suspects the disk. Errors: CORRUPT with what was found.
enum status embedded_check(struct scope *s, struct store *store);

// As store_backup(), which leaves the key out: whoever has a backup with the master key in it reads
// everything. A key that is kept elsewhere is never in it. manifest.h says what a backup consists
// of.
struct embedded_backup_options {
    struct str directory; // new or empty
    bool with_keys;
    void (*progress)(void *context, uint64_t done, uint64_t all); // may be NULL
    void *context;
};
enum status embedded_backup(struct scope *s, struct store *store,
                            const struct embedded_backup_options *options);

// Makes a data folder in `directory` (new or empty) of a backup, of which every byte is compared
// with its digest. Without the master key in the backup, put it where embedded_open() will look for
// it. Errors: NOT_FOUND no backup there; CONFLICT the folder is not empty; CORRUPT the backup is
// damaged; UNSUPPORTED a newer version made it. Nothing is left behind after an error.
enum status embedded_restore(struct scope *s, struct world *w, struct str backup,
                             struct str directory);

#endif
