// Files in terms of a world's operations: the sentences about failures, and what is composed of
// several operations.
#include "sys/file.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/world_impl.h"

#include <errno.h>
#include <stdlib.h>

void file_init(struct file *f, struct world *w, struct str path)
{
    *f = (struct file){.world = w, .path = heap_copy(path)};
}

void file_fini(struct file *f)
{
    union {
        const char *borrowed;
        char *owned;
    } path = {.borrowed = f->path.data};

    free(path.owned);
}

// The status and sentence of an operation that answered `number`.
static enum status said(struct scope *s, int number, const char *verb, struct str path)
{
    if (number == 0)
        return OK;
    errno = number;
    return fail_errno(s, "cannot %s %.*s", verb, STR(path));
}

enum status file_open(struct scope *s, struct world *w, struct str path, enum file_mode mode,
                      struct file **out)
{
    return said(s, w->operations->open(w, path, mode, out), "open", path);
}

void file_close(struct file *f)
{
    if (f)
        f->world->operations->close(f);
}

enum status file_read_at(struct scope *s, struct file *f, uint64_t offset, void *out, size_t bytes,
                         size_t *got)
{
    return said(s, f->world->operations->read(f, offset, out, bytes, got), "read", f->path);
}

enum status file_write_at(struct scope *s, struct file *f, uint64_t offset, struct str data)
{
    return said(s, f->world->operations->write(f, offset, data), "write", f->path);
}

enum status file_truncate(struct scope *s, struct file *f, uint64_t bytes)
{
    return said(s, f->world->operations->truncate(f, bytes), "truncate", f->path);
}

enum status file_sync(struct scope *s, struct file *f)
{
    return said(s, f->world->operations->sync(f), "flush", f->path);
}

enum status file_bytes(struct scope *s, struct file *f, uint64_t *out)
{
    return said(s, f->world->operations->bytes(f, out), "ask the length of", f->path);
}

enum status file_lock(struct scope *s, struct file *f)
{
    int number = f->world->operations->lock(f);

    if (number == EWOULDBLOCK)
        return fail(s, BUSY, "%.*s is locked: another process uses it", STR(f->path));
    return said(s, number, "lock", f->path);
}

struct str path_folder(struct str path)
{
    size_t end = path.bytes;

    while (end > 0 && path.data[end - 1] != '/')
        end--;
    if (end == 0)
        return str(".");
    return str_slice(path, 0, end == 1 ? 1 : end - 1);
}

enum status path_info(struct scope *s, struct world *w, struct str path, struct file_info *out)
{
    return said(s, w->operations->info(w, path, out), "look at", path);
}

bool path_exists(struct world *w, struct str path)
{
    struct file_info info;
    int number = w->operations->info(w, path, &info);

    return number != ENOENT && number != ENOTDIR;
}

enum status path_rename(struct scope *s, struct world *w, struct str from, struct str to)
{
    int number = w->operations->rename(w, from, to);

    if (number == 0)
        return OK;
    errno = number;
    return fail_errno(s, "cannot rename %.*s to %.*s", STR(from), STR(to));
}

enum status path_remove(struct scope *s, struct world *w, struct str path)
{
    return said(s, w->operations->remove(w, path), "remove", path);
}

enum status directory_make(struct scope *s, struct world *w, struct str path)
{
    struct file_info info;
    int number = w->operations->make_directory(w, path);

    if (number == EEXIST && w->operations->info(w, path, &info) == 0 && info.is_directory)
        return OK;
    return said(s, number, "make folder", path);
}

enum status directory_remove(struct scope *s, struct world *w, struct str path)
{
    return said(s, w->operations->remove_directory(w, path), "remove folder", path);
}

enum status directory_sync(struct scope *s, struct world *w, struct str path)
{
    return said(s, w->operations->sync_directory(w, path), "flush folder", path);
}

enum { NAMES_ROOM_FIRST = 16 };

void names_add(struct names *names, struct str name)
{
    if (names->count == names->room) {
        size_t room = names->room ? names->room * 2 : NAMES_ROOM_FIRST;
        struct str *larger = scope_array(names->scope, room, sizeof *larger);
        if (names->count)
            memcpy(larger, names->items, names->count * sizeof *larger);
        names->items = larger;
        names->room = room;
    }
    names->items[names->count++] = str_copy(names->scope, name);
}

static int by_bytes(const void *left, const void *right)
{
    const struct str *a = left;
    const struct str *b = right;

    return str_compare(*a, *b);
}

enum status directory_list(struct scope *s, struct world *w, struct str path, struct str **names,
                           size_t *count)
{
    struct names found = {.scope = s};

    TRY(said(s, w->operations->list(w, path, &found), "list folder", path));
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_bytes);
    *names = found.items;
    *count = found.count;
    return OK;
}

static enum status read_all(struct scope *s, struct file *f, size_t bytes_max, struct str *out)
{
    uint64_t bytes = 0;
    size_t got = 0;

    TRY(file_bytes(s, f, &bytes));
    if (bytes > bytes_max)
        return fail(s, TOO_LARGE, "%.*s is longer than %zu bytes", STR(f->path), bytes_max);
    char *content = scope_bytes(s, (size_t)bytes);
    TRY(file_read_at(s, f, 0, content, (size_t)bytes, &got));
    *out = str_of(content, got);
    return OK;
}

enum status file_read_whole(struct scope *s, struct world *w, struct str path, size_t bytes_max,
                            struct str *out)
{
    struct file *f = NULL;
    enum status e = file_open(s, w, path, FILE_READ, &f);

    if (e == OK)
        e = read_all(s, f, bytes_max, out);
    file_close(f);
    return e;
}

static enum status write_new(struct scope *s, struct world *w, struct str path, struct str content)
{
    struct file *f = NULL;
    enum status e = file_open(s, w, path, FILE_CREATE, &f);

    if (e == OK)
        e = file_write_at(s, f, 0, content);
    if (e == OK)
        e = file_sync(s, f);
    file_close(f);
    return e;
}

// A name beside `path` that nobody else uses.
static struct str temporary_name(struct scope *s, struct world *w, struct str path)
{
    uint64_t chance = 0;

    world_random(w, &chance, sizeof chance);
    return str_format(s, "%.*s.%016llx%s", STR(path), (unsigned long long)chance,
                      FILE_TEMPORARY_SUFFIX);
}

enum status file_write_whole(struct scope *s, struct world *w, struct str path, struct str content)
{
    struct str temporary = temporary_name(s, w, path);
    enum status e = write_new(s, w, temporary, content);

    if (e == OK)
        e = path_rename(s, w, temporary, path);
    if (e != OK) {
        (void)w->operations->remove(w, temporary); // the first failure is the one to tell
        return e;
    }
    return directory_sync(s, w, path_folder(path));
}
