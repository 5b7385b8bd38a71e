// Source of the folder's rules: OnBase, Document Import Processor, "ERROR_FILES folder",
// "Verifying the Process"; the report is ours with the OnBase side.
#include "services/signing/delivery.h"

#include "core/scope.h"
#include "edge/service.h"
#include "sys/file.h"
#include "sys/pace.h"
#include "sys/settings.h"
#include "sys/thread.h"
#include "sys/world.h"

enum { REPORT_BYTES_MAX = 1 << 20, PACE_GUESS_US = 1000000 };

// Flushes of the folder that come together are one: who waits is served by a flush that began
// after it came. After one that failed nobody whom it was for is told that all is well.
struct flushes {
    struct mutex lock;
    struct condition ended;
    bool running;
    uint64_t asked, finished;
    uint64_t failed_from, failed_to; // 0: none
};

struct delivery {
    struct world *world;
    struct str folder;
    struct str seen_as; // the folder as OnBase sees it; empty: names are enough
    bool own;           // the folder is ours to make
    bool reports;
    struct pace *pace;
    struct mutex lock; // one writes content at a time
    struct flushes flushes;
};

static void close_delivery(void *opaque)
{
    struct delivery *d = opaque;

    pace_free(d->pace);
    mutex_fini(&d->lock);
    mutex_fini(&d->flushes.lock);
    condition_fini(&d->flushes.ended);
}

enum status delivery_open(struct scope *s, const struct platform *platform, struct delivery **out)
{
    struct delivery *d = scope_new(s, struct delivery);
    const struct settings *settings = platform->settings;
    struct pace_options pace = {
        .world = platform->world,
        .name = "OnBase",
        .rate_per_second = (uint32_t)settings_integer(settings, "signing.onbase_rate_per_second"),
        .concurrent_max = (uint32_t)settings_integer(settings, "signing.onbase_concurrent_max"),
    };

    d->world = platform->world;
    d->folder = settings_text(settings, "signing.onbase_drop");
    d->own = d->folder.bytes == 0;
    if (d->own) {
        d->folder = platform->data_directory && *platform->data_directory
                        ? str_concat(s, 2, str(platform->data_directory), str("/onbase"))
                        : str("onbase");
    }
    d->seen_as = settings_text(settings, "signing.onbase_path");
    d->reports = settings_boolean(settings, "signing.onbase_reports");
    d->pace = pace_new(&pace);
    mutex_init(&d->lock);
    mutex_init(&d->flushes.lock);
    condition_init(&d->flushes.ended);
    scope_defer(s, close_delivery, d);
    *out = d;
    return OK;
}

// Flushes for all who have asked so far; the lock is held, and given up meanwhile.
static void flush_once(struct scope *s, struct delivery *d)
{
    struct flushes *f = &d->flushes;
    uint64_t first = f->finished + 1;
    uint64_t last = f->asked;

    f->running = true;
    mutex_unlock(&f->lock);
    enum status e = directory_sync(s, d->world, d->folder);
    mutex_lock(&f->lock);
    f->running = false;
    f->finished = last;
    if (e != OK) {
        f->failed_from = f->failed_to ? f->failed_from : first;
        f->failed_to = last;
    }
    condition_broadcast(&f->ended);
}

static enum status flush_folder(struct scope *s, struct delivery *d)
{
    struct flushes *f = &d->flushes;

    mutex_lock(&f->lock);
    uint64_t ticket = ++f->asked;
    while (f->finished < ticket) {
        if (f->running)
            condition_wait(&f->ended, &f->lock);
        else
            flush_once(s, d);
    }
    bool failed = f->failed_to && ticket >= f->failed_from && ticket <= f->failed_to;
    mutex_unlock(&f->lock);
    return failed ? fail(s, TEMPORARY, "OnBase's drop folder could not be flushed") : OK;
}

static struct str path_of(struct scope *s, const struct delivery *d, struct str name,
                          const char *suffix)
{
    return str_concat(s, 4, d->folder, str("/"), name, str(suffix));
}

static struct str staged_path(struct scope *s, const struct delivery *d, struct str name)
{
    return path_of(s, d, name, FILE_TEMPORARY_SUFFIX);
}

// -- content
// ---------------------------------------------------------------------------------------

// A folder that was configured and is missing is one that is not mounted, and is not made.
static enum status require_folder(struct scope *s, struct delivery *d)
{
    if (path_exists(d->world, d->folder))
        return OK;
    if (!d->own)
        return fail(s, TEMPORARY, "OnBase's drop folder is not there");
    TRY(directory_make(s, d->world, d->folder));
    return directory_sync(s, d->world, path_folder(d->folder));
}

bool delivery_has_content(struct scope *s, struct delivery *d, struct str name, uint64_t bytes)
{
    struct file_info info = {0};
    bool has = path_info(s, d->world, path_of(s, d, name, ""), &info) == OK && info.bytes == bytes;

    scope_forgive(s);
    return has;
}

enum status delivery_put_content(struct scope *s, struct delivery *d, struct str name,
                                 struct str bytes)
{
    enum status e = OK;

    mutex_lock(&d->lock);
    if (!delivery_has_content(s, d, name, bytes.bytes)) {
        e = require_folder(s, d);
        if (e == OK)
            e = file_write_whole(s, d->world, path_of(s, d, name, ""), bytes);
    }
    mutex_unlock(&d->lock);
    return e;
}

struct str delivery_content_path(struct scope *s, const struct delivery *d, struct str name,
                                 bool *full)
{
    bool windows = str_find_byte(d->seen_as, '\\') < d->seen_as.bytes;

    *full = d->seen_as.bytes > 0;
    return *full ? str_concat(s, 3, d->seen_as, str(windows ? "\\" : "/"), name) : name;
}

// -- indexes
// ---------------------------------------------------------------------------------------

static enum status write_staged(struct scope *s, struct delivery *d, struct file *f,
                                struct str index)
{
    TRY(file_truncate(s, f, 0));
    TRY(file_write_at(s, f, 0, index));
    TRY(file_sync(s, f));
    return flush_folder(s, d);
}

enum status delivery_stage(struct scope *s, struct delivery *d, struct str name, struct str index)
{
    struct file *f = NULL;

    TRY(require_folder(s, d));
    TRY(file_open(s, d->world, staged_path(s, d, name), FILE_OPEN_ALWAYS, &f));
    enum status e = write_staged(s, d, f, index);
    file_close(f);
    return e;
}

// Whether what is not in the folder means anything.
static enum status require_content(struct scope *s, const struct delivery *d,
                                   const struct delivery_of *of)
{
    if (path_exists(d->world, path_of(s, d, of->content, "")))
        return OK;
    return fail(s, TEMPORARY, "OnBase's drop folder is not the one that %.*s was put into",
                STR(of->content));
}

static enum status publish(struct scope *s, struct delivery *d, struct str name)
{
    TRY(path_rename(s, d->world, staged_path(s, d, name), path_of(s, d, name, ".txt")));
    return flush_folder(s, d);
}

enum status delivery_publish(struct scope *s, struct delivery *d, const struct delivery_of *of,
                             int64_t *wait_us)
{
    *wait_us = PACE_GUESS_US;
    TRY(require_content(s, d, of));
    if (!path_exists(d->world, staged_path(s, d, of->index)))
        return OK;
    if (!pace_try(d->pace, wait_us))
        return fail(s, BUSY, "OnBase is not to get more at once");
    enum status e = publish(s, d, of->index);
    pace_leave(d->pace);
    return e;
}

// -- answers
// ---------------------------------------------------------------------------------------

static void read_report(struct scope *s, struct str text, struct delivery_answer *out)
{
    while (text.bytes) {
        struct str line = str_trim(str_cut(&text, '\n'));
        struct str record = str_cut(&line, ';');
        (void)str_cut(&line, ';'); // the contract, which the name says
        struct str handle = str_cut(&line, ';');
        struct str status = str_cut(&line, ';');
        if (status.bytes && !str_is(status, "OK")) {
            out->state = DELIVERY_REFUSED;
            out->why = line.bytes ? str_format(s, "OnBase refused it: %.*s", STR(line))
                                  : str("OnBase refused it");
            return;
        }
        if (str_is(record, "1"))
            out->receipt = handle;
    }
}

// The report, where there is to be one; false: it has not come.
static bool find_report(struct scope *s, struct delivery *d, struct str name,
                        struct delivery_answer *out)
{
    struct str text = {0};
    enum status e =
        file_read_whole(s, d->world, path_of(s, d, name, ".rpt"), REPORT_BYTES_MAX, &text);

    scope_forgive(s);
    if (e == OK)
        read_report(s, text, out);
    return e == OK;
}

enum status delivery_look(struct scope *s, struct delivery *d, const struct delivery_of *of,
                          struct delivery_answer *out)
{
    struct str refused = str_concat(s, 2, str("ERROR_FILES/"), of->index);

    *out = (struct delivery_answer){.state = DELIVERY_WAITS};
    // In this order: it goes from the folder into the other, and is in one of them.
    if (path_exists(d->world, path_of(s, d, of->index, ".txt")))
        return OK;
    if (path_exists(d->world, path_of(s, d, refused, ".txt"))) {
        out->state = DELIVERY_REFUSED;
        out->why = str("OnBase refused its index: it lies in ERROR_FILES");
        return OK;
    }
    TRY(require_content(s, d, of)); // last: so it was there when the index was not
    out->receipt = str("taken");
    if (find_report(s, d, of->index, out) || !d->reports)
        out->state = out->state == DELIVERY_REFUSED ? DELIVERY_REFUSED : DELIVERY_TAKEN;
    return OK;
}
