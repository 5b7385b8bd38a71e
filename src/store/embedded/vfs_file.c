// Reading, writing and flushing one file for SQLite.
#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/vfs_impl.h"
#include "sys/file.h"

#include <stdlib.h>

enum {
    DEVICE_SECTOR_BYTES = 4096, // what SQLite's own VFS says
    STEP_BYTES_MAX = 256 << 10, // a simulated disk is memory
};

static struct vfs_file *file_of(sqlite3_file *base)
{
    return (struct vfs_file *)base;
}

// Turns a status into SQLite's code for it, and forgets the sentence.
static int code_of(struct vfs_file *f, enum status e, int code)
{
    if (e == OK)
        return SQLITE_OK;
    scope_reset(f->scope);
    return code;
}

static int close_file(sqlite3_file *base)
{
    struct vfs_file *f = file_of(base);

    (void)vfs_unlock(base, SQLITE_LOCK_NONE);
    (void)vfs_shm_unmap(base, 0);
    vfs_node_close(f);
    file_close(f->file);
    if (f->remove_on_close)
        (void)path_remove(f->scope, f->vfs->world, str(f->path));
    scope_close(f->scope);
    free(f->path);
    return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *out, int bytes, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(base);
    size_t got = 0;
    enum status e = file_read_at(f->scope, f->file, (uint64_t)offset, out, (size_t)bytes, &got);

    if (e != OK)
        return code_of(f, e, SQLITE_IOERR_READ);
    memset((char *)out + got, 0, (size_t)bytes - got);
    return got == (size_t)bytes ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static bool is_full(const struct scope *s)
{
    struct str why = scope_why(s);

    return str_find(why, str("No space left")) < why.bytes;
}

static int write_file(sqlite3_file *base, const void *data, int bytes, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(base);
    enum status e = file_write_at(f->scope, f->file, (uint64_t)offset, str_of(data, (size_t)bytes));

    return code_of(f, e, is_full(f->scope) ? SQLITE_FULL : SQLITE_IOERR_WRITE);
}

static int64_t whole_steps(const struct vfs_file *f, int64_t bytes)
{
    if (f->step_bytes <= 0)
        return bytes;
    return (bytes + f->step_bytes - 1) / f->step_bytes * f->step_bytes;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 bytes)
{
    struct vfs_file *f = file_of(base);
    enum status e = file_truncate(f->scope, f->file, (uint64_t)whole_steps(f, bytes));

    return code_of(f, e, SQLITE_IOERR_TRUNCATE);
}

// The name of a new log is flushed with its first bytes.
static int sync_file(sqlite3_file *base, int flags)
{
    struct vfs_file *f = file_of(base);
    enum status e = file_sync(f->scope, f->file);

    (void)flags;
    if (e != OK)
        return code_of(f, e, SQLITE_IOERR_FSYNC);
    if (!f->flush_folder)
        return SQLITE_OK;
    e = directory_sync(f->scope, f->vfs->world, path_folder(str(f->path)));
    f->flush_folder = e != OK;
    return code_of(f, e, SQLITE_IOERR_DIR_FSYNC);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct vfs_file *f = file_of(base);
    uint64_t bytes = 0;
    enum status e = file_bytes(f->scope, f->file, &bytes);

    *out = (sqlite3_int64)bytes;
    return code_of(f, e, SQLITE_IOERR_FSTAT);
}

static int grow(struct vfs_file *f, int64_t bytes)
{
    sqlite3_int64 is = 0;
    int code = file_size(&f->base, &is);

    if (code != SQLITE_OK || f->step_bytes <= 0 || whole_steps(f, bytes) <= is)
        return code;
    enum status e = file_truncate(f->scope, f->file, (uint64_t)whole_steps(f, bytes));
    return code_of(f, e, SQLITE_FULL);
}

static int control(sqlite3_file *base, int what, void *argument)
{
    struct vfs_file *f = file_of(base);
    int *flag = argument;

    switch (what) {
    case SQLITE_FCNTL_CHUNK_SIZE:
        f->step_bytes = *flag < STEP_BYTES_MAX ? *flag : STEP_BYTES_MAX;
        return SQLITE_OK;
    case SQLITE_FCNTL_SIZE_HINT:
        return grow(f, *(sqlite3_int64 *)argument);
    case SQLITE_FCNTL_PERSIST_WAL:
        if (*flag < 0)
            *flag = f->keep_log;
        else
            f->keep_log = *flag;
        return SQLITE_OK;
    default:
        return SQLITE_NOTFOUND;
    }
}

static int sector_bytes(sqlite3_file *base)
{
    (void)base;
    return DEVICE_SECTOR_BYTES;
}

static int characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods vfs_file_methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_bytes,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};
