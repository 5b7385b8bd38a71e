// The real world: the kernel's clocks, randomness and files.
#include "sys/world.h"

#include "core/heap.h"
#include "sys/world_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct real_file {
    struct file file;
    int fd;
    atomic_bool shortened; // since the last flush
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now); // cannot fail for these clocks
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_now_us(struct world *w)
{
    (void)w;
    return clock_us(CLOCK_REALTIME);
}

static int64_t real_monotonic_us(struct world *w)
{
    (void)w;
    return clock_us(CLOCK_MONOTONIC);
}

static void real_random(struct world *w, void *out, size_t bytes)
{
    char *at = out;

    (void)w;
    while (bytes > 0) {
        ssize_t got = getrandom(at, bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            perror("getrandom");
            abort();
        }
        at += got;
        bytes -= (size_t)got;
    }
}

// Writes the path with a NUL behind it.
static int path_z(struct str path, char z[PATH_MAX])
{
    if (path.bytes >= PATH_MAX)
        return ENAMETOOLONG;
    if (path.bytes == 0 || memchr(path.data, 0, path.bytes))
        return EINVAL;
    memcpy(z, path.data, path.bytes);
    z[path.bytes] = 0;
    return 0;
}

// The kernel opens folders for reading too; here they are no files.
static bool is_folder(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
}

static int real_open(struct world *w, struct str path, enum file_mode mode, struct file **out)
{
    static const int flags[] = {
        [FILE_READ] = O_RDONLY,
        [FILE_EDIT] = O_RDWR,
        [FILE_OPEN_ALWAYS] = O_RDWR | O_CREAT,
        [FILE_CREATE] = O_RDWR | O_CREAT | O_EXCL,
    };
    char z[PATH_MAX];
    int e = path_z(path, z);

    if (e)
        return e;
    int fd = open(z, flags[mode] | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    if (mode == FILE_READ && is_folder(fd)) {
        (void)close(fd);
        return EISDIR;
    }
    struct real_file *f = heap_new(struct real_file);
    file_init(&f->file, w, path);
    f->fd = fd;
    *out = &f->file;
    return 0;
}

static struct real_file *real(struct file *f)
{
    return (struct real_file *)f;
}

static void real_close(struct file *f)
{
    (void)close(real(f)->fd); // nothing is promised: file_sync() is what reports errors
    file_fini(f);
    free(f);
}

static int real_read(struct file *f, uint64_t offset, void *out, size_t bytes, size_t *got)
{
    *got = 0;
    while (*got < bytes) {
        ssize_t n = pread(real(f)->fd, (char *)out + *got, bytes - *got, (off_t)(offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return 0;
        *got += (size_t)n;
    }
    return 0;
}

static int real_write(struct file *f, uint64_t offset, struct str data)
{
    while (data.bytes > 0) {
        ssize_t n = pwrite(real(f)->fd, data.data, data.bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data = str_slice(data, (size_t)n, data.bytes);
        offset += (uint64_t)n;
    }
    return 0;
}

static int real_truncate(struct file *f, uint64_t bytes)
{
    atomic_store(&real(f)->shortened, true);
    return ftruncate(real(f)->fd, (off_t)bytes) < 0 ? errno : 0;
}

// fdatasync() covers the bytes and the length that is needed to read them back, so also growth by
// writing; a length set by itself wants fsync().
static int real_sync(struct file *f)
{
    int fd = real(f)->fd;

    if (atomic_exchange(&real(f)->shortened, false))
        return fsync(fd) < 0 ? errno : 0;
    return fdatasync(fd) < 0 ? errno : 0;
}

static int real_bytes(struct file *f, uint64_t *out)
{
    struct stat info;

    if (fstat(real(f)->fd, &info) < 0)
        return errno;
    *out = (uint64_t)info.st_size;
    return 0;
}

static int real_lock(struct file *f)
{
    return flock(real(f)->fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
}

static int real_info(struct world *w, struct str path, struct file_info *out)
{
    struct stat info;
    char z[PATH_MAX];
    int e = path_z(path, z);

    (void)w;
    if (e)
        return e;
    if (stat(z, &info) < 0)
        return errno;
    *out = (struct file_info){
        .is_directory = S_ISDIR(info.st_mode),
        .bytes = (uint64_t)info.st_size,
        .modified_at_us = (int64_t)info.st_mtim.tv_sec * 1000000 + info.st_mtim.tv_nsec / 1000,
    };
    return 0;
}

static int real_rename(struct world *w, struct str from, struct str to)
{
    char from_z[PATH_MAX];
    char to_z[PATH_MAX];
    int e = path_z(from, from_z);

    (void)w;
    if (!e)
        e = path_z(to, to_z);
    if (e)
        return e;
    return rename(from_z, to_z) < 0 ? errno : 0;
}

static int with_path(struct str path, int (*call)(const char *z))
{
    char z[PATH_MAX];
    int e = path_z(path, z);

    if (e)
        return e;
    return call(z) < 0 ? errno : 0;
}

static int make_private(const char *z)
{
    return mkdir(z, 0700);
}

static int real_remove(struct world *w, struct str path)
{
    (void)w;
    return with_path(path, unlink);
}

static int real_make_directory(struct world *w, struct str path)
{
    (void)w;
    return with_path(path, make_private);
}

static int real_remove_directory(struct world *w, struct str path)
{
    (void)w;
    return with_path(path, rmdir);
}

static int read_names(DIR *directory, struct names *out)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry)
            return errno;
        struct str name = str(entry->d_name);
        if (!str_is(name, ".") && !str_is(name, ".."))
            names_add(out, name);
    }
}

static int real_list(struct world *w, struct str path, struct names *out)
{
    char z[PATH_MAX];
    int e = path_z(path, z);

    (void)w;
    if (e)
        return e;
    DIR *directory = opendir(z);
    if (!directory)
        return errno;
    e = read_names(directory, out);
    (void)closedir(directory);
    return e;
}

static int sync_folder(const char *z)
{
    int fd = open(z, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    int result = fsync(fd);
    int number = errno;
    (void)close(fd);
    errno = number;
    return result;
}

static int real_sync_directory(struct world *w, struct str path)
{
    (void)w;
    return with_path(path, sync_folder);
}

struct world *world_real(void)
{
    static const struct world_operations operations = {
        .now_us = real_now_us,
        .monotonic_us = real_monotonic_us,
        .random = real_random,
        .open = real_open,
        .close = real_close,
        .read = real_read,
        .write = real_write,
        .truncate = real_truncate,
        .sync = real_sync,
        .bytes = real_bytes,
        .lock = real_lock,
        .info = real_info,
        .rename = real_rename,
        .remove = real_remove,
        .make_directory = real_make_directory,
        .remove_directory = real_remove_directory,
        .list = real_list,
        .sync_directory = real_sync_directory,
    };
    static struct world world = {.operations = &operations, .uuid_lock = MUTEX_INIT};

    return &world;
}
