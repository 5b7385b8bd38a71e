// The VFS itself: opening, removing and looking for files, time and randomness of the world.
#include "store/embedded/vfs.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/vfs_impl.h"
#include "sys/file.h"
#include "sys/world.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAILURE_BYTES_MAX = 1 << 16 };

// SQLite counts time in milliseconds since noon of 24 November 4714 BC.
static const int64_t unix_epoch_julian_ms = 210866760000000;

char *vfs_copy(struct str text)
{
    char *copy = heap_alloc(text.bytes + 1);

    memcpy(copy, text.data, text.bytes);
    return copy;
}

// A scope for one call on the world.
static struct scope *brief(void)
{
    return scope_open(FAILURE_BYTES_MAX);
}

static struct str temporary_name(struct vfs *vfs, struct scope *s)
{
    mutex_lock(&vfs->lock);
    unsigned number = vfs->temporary_files++;
    mutex_unlock(&vfs->lock);
    return str_format(s, "%s-%u.tmp", vfs->name, number);
}

static bool is_log(int flags)
{
    return (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
}

static enum file_mode mode_of(int flags)
{
    if (flags & SQLITE_OPEN_EXCLUSIVE)
        return FILE_CREATE;
    if (flags & SQLITE_OPEN_CREATE)
        return FILE_OPEN_ALWAYS;
    return flags & SQLITE_OPEN_READWRITE ? FILE_EDIT : FILE_READ;
}

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *out, int flags,
                    int *flags_out)
{
    struct vfs *vfs = vfs_of(base);
    struct vfs_file *f = (struct vfs_file *)out;
    struct scope *s = brief();
    struct str path = name ? str(name) : temporary_name(vfs, s);
    bool is_new = (flags & SQLITE_OPEN_CREATE) && !path_exists(vfs->world, path);

    *f = (struct vfs_file){0};
    enum status e = file_open(s, vfs->world, path, mode_of(flags), &f->file);
    if (e != OK) {
        scope_close(s);
        return SQLITE_CANTOPEN;
    }
    f->base.pMethods = &vfs_file_methods;
    f->vfs = vfs;
    f->scope = s;
    f->path = vfs_copy(path);
    f->remove_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    f->flush_folder = is_new && is_log(flags);
    if (flags & SQLITE_OPEN_MAIN_DB)
        vfs_node_open(f);
    if (flags_out)
        *flags_out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int flush_folder)
{
    struct world *w = vfs_of(base)->world;
    struct scope *s = brief();
    int code = SQLITE_OK;
    enum status e = path_remove(s, w, str(name));

    if (e == NOT_FOUND)
        code = SQLITE_IOERR_DELETE_NOENT;
    else if (e != OK)
        code = SQLITE_IOERR_DELETE;
    else if (flush_folder && directory_sync(s, w, path_folder(str(name))) != OK)
        code = SQLITE_IOERR_DIR_FSYNC;
    scope_close(s);
    return code;
}

// An empty file counts as none, as with SQLite's own VFS. A failure is one: a log that cannot be
// looked at must not be taken for absent.
static int vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    struct scope *s = brief();
    struct file_info info = {0};
    enum status e = path_info(s, vfs_of(base)->world, str(name), &info);

    *out = e == OK && (flags != SQLITE_ACCESS_EXISTS || info.is_directory || info.bytes > 0);
    scope_close(s);
    return e == OK || e == NOT_FOUND ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

static int vfs_full_name(sqlite3_vfs *base, const char *name, int room, char *out)
{
    size_t bytes = strlen(name) + 1;

    (void)base;
    if (bytes > (size_t)room)
        return SQLITE_CANTOPEN;
    memcpy(out, name, bytes);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *base, int bytes, char *out)
{
    world_random(vfs_of(base)->world, out, (size_t)bytes);
    return bytes;
}

// Virtual time does not pass by waiting.
static int vfs_sleep(sqlite3_vfs *base, int us)
{
    (void)base;
    (void)sched_yield();
    return us;
}

static int vfs_time_ms(sqlite3_vfs *base, sqlite3_int64 *out)
{
    *out = unix_epoch_julian_ms + world_now_us(vfs_of(base)->world) / 1000;
    return SQLITE_OK;
}

static int vfs_time_days(sqlite3_vfs *base, double *out)
{
    sqlite3_int64 ms = 0;

    (void)vfs_time_ms(base, &ms);
    *out = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *base, int bytes, char *out)
{
    (void)base;
    (void)bytes;
    (void)out;
    return 0;
}

struct vfs *vfs_new(struct world *w)
{
    static atomic_uint made;
    struct vfs *vfs = heap_new(struct vfs);

    vfs->world = w;
    (void)snprintf(vfs->name, sizeof vfs->name, "sheaf-world-%u", atomic_fetch_add(&made, 1));
    vfs->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = VFS_PATH_BYTES_MAX,
        .zName = vfs->name,
        .pAppData = vfs,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time_days,
        .xCurrentTimeInt64 = vfs_time_ms,
        .xGetLastError = vfs_last_error,
    };
    mutex_init(&vfs->lock);
    int code = sqlite3_vfs_register(&vfs->base, 0);
    assert(code == SQLITE_OK);
    (void)code;
    return vfs;
}

void vfs_free(struct vfs *vfs)
{
    if (!vfs)
        return;
    assert(!vfs->nodes);
    (void)sqlite3_vfs_unregister(&vfs->base);
    mutex_fini(&vfs->lock);
    free(vfs);
}

const char *vfs_name(const struct vfs *vfs)
{
    return vfs ? vfs->name : NULL;
}
