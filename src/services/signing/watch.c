// What was seen in the folders is remembered by name between looks; what is durable lies in the
// records of inbound.h alone.
#include "services/signing/watch.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/json.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "services/signing/inbound.h"
#include "services/signing/service_impl.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <stdlib.h>

enum { FILE_SCOPE_BYTES_MAX = 256 << 20, WATCH_SCOPE_BYTES_MAX = 1 << 20, NUMBERS_MAX = 10000 };

// A file as it was seen last.
struct seen {
    struct str name; // its own
    uint64_t bytes;
    int64_t modified_at_us;
    bool whole;      // seen so twice
    bool taken;      // its bytes are in the store, under this digest
    bool complained; // about the failure that keeps it here
    bool present;    // at this look
    char sha256[2 * SHA256_BYTES];
};

struct folder {
    enum inbound_kind kind;
    struct str path;
    struct seen *seen; // sorted by name
    size_t count;
};

struct watch {
    struct scope *scope; // what it lies in
    struct signing *self;
    struct world *world;
    struct str tenant;
    struct folder folders[INBOUND_KINDS];
};

static const char *const places[] = {"processed", "refused"};
enum { PROCESSED, REFUSED_PLACE, PLACES };

// -- opening -------------------------------------------------------------------------------------

static struct str join(struct scope *s, struct str folder, struct str name)
{
    return str_concat(s, 3, folder, str("/"), name);
}

// A folder that is there for good: what is dropped into it must not go with it.
static enum status make_folder(struct scope *s, struct watch *w, struct str path)
{
    TRY(directory_make(s, w->world, path));
    return directory_sync(s, w->world, path_folder(path));
}

static enum status make_folders(struct scope *s, struct watch *w)
{
    const struct platform *platform = w->self->platform;
    struct str root = settings_text(platform->settings, "signing.inbound");

    if (root.bytes == 0)
        root = platform->data_directory[0] ? join(s, str(platform->data_directory), str("inbound"))
                                           : str("inbound");
    TRY(make_folder(s, w, root));
    for (unsigned k = 0; k < INBOUND_KINDS; k++) {
        struct folder *f = &w->folders[k];
        f->kind = (enum inbound_kind)k;
        f->path = join(s, root, str(inbound_kind_name(f->kind)));
        TRY(make_folder(s, w, f->path));
        for (size_t p = 0; p < PLACES; p++)
            TRY(make_folder(s, w, join(s, f->path, str(places[p]))));
    }
    return OK;
}

enum status watch_open(struct scope *s, struct signing *self, struct watch **out)
{
    struct scope *own = scope_open(WATCH_SCOPE_BYTES_MAX);
    struct watch *w = scope_new(own, struct watch);

    w->scope = own;
    w->self = self;
    w->world = self->platform->world;
    w->tenant = settings_text(self->platform->settings, "signing.tenant");
    enum status e = make_folders(own, w);
    (void)scope_pass(s, e, own);
    if (e == OK)
        *out = w;
    else
        scope_close(own);
    return e;
}

void watch_close(struct watch *w)
{
    if (!w)
        return;
    for (size_t k = 0; k < INBOUND_KINDS; k++) {
        for (size_t i = 0; i < w->folders[k].count; i++)
            free((void *)(uintptr_t)w->folders[k].seen[i].name.data);
        free(w->folders[k].seen);
    }
    scope_close(w->scope);
}

// -- what is there -------------------------------------------------------------------------------

// Another program writes it under such a name, and renames it when it is whole.
static bool is_under_way(struct str name)
{
    return name.data[0] == '.' || str_ends(name, str(".tmp")) || str_ends(name, str(".part"));
}

static struct seen *find(struct folder *f, struct str name)
{
    size_t low = 0;
    size_t high = f->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(f->seen[middle].name, name);
        if (order == 0)
            return &f->seen[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

// Notes how a file is now; it is whole when it was so before.
static struct seen note(struct folder *f, struct str name, const struct file_info *info)
{
    struct seen *before = find(f, name);
    struct seen now = {.name = name,
                       .bytes = info->bytes,
                       .modified_at_us = info->modified_at_us,
                       .present = true};

    if (before && before->bytes == now.bytes && before->modified_at_us == now.modified_at_us) {
        now = *before;
        now.name = name;
        now.whole = true;
        now.present = true;
    }
    return now;
}

// Replaces what was seen by what is there, in order of names.
static enum status look_around(struct scope *s, struct watch *w, struct folder *f)
{
    struct str *names = NULL;
    size_t count = 0;
    size_t kept = 0;

    TRY(directory_list(s, w->world, f->path, &names, &count));
    struct seen *now = heap_array(count < WATCH_FILES_MAX ? count : WATCH_FILES_MAX, sizeof *now);
    for (size_t i = 0; i < count && kept < WATCH_FILES_MAX; i++) {
        struct file_info info = {0};
        if (is_under_way(names[i]) ||
            path_info(s, w->world, join(s, f->path, names[i]), &info) != OK || info.is_directory)
            continue;
        now[kept] = note(f, names[i], &info);
        now[kept].name = heap_copy(names[i]);
        kept++;
    }
    for (size_t i = 0; i < f->count; i++)
        free((void *)(uintptr_t)f->seen[i].name.data);
    free(f->seen);
    f->seen = now;
    f->count = kept;
    return OK;
}

// -- taking in -----------------------------------------------------------------------------------

// Takes the bytes in, or finds that they were. Errors: CONFLICT another has the name.
static enum status take(struct scope *s, struct watch *w, struct folder *f, struct seen *file)
{
    struct store *store = w->self->platform->store;
    struct inbound_file record = {0};
    struct inbound_offer offer = {.tenant = w->tenant,
                                  .kind = f->kind,
                                  .name = file->name,
                                  .source = "folder",
                                  .actor = str("system")};
    struct change *c = change_new(s);

    TRY(file_read_whole(s, w->world, join(s, f->path, file->name), INBOUND_BYTES_MAX,
                        &offer.bytes));
    if (offer.bytes.bytes != file->bytes)
        return OK; // it grew: the next look sees that
    TRY(inbound_take(s, w->self, c, &offer, world_now_us(w->world), &record));
    enum status e = store_commit(s, store, c);
    if (e == CONFLICT) // of two at once: the next look sees who was first
        return fail(s, BUSY, "%.*s", STR(str_copy(s, scope_why(s))));
    TRY(e);
    memcpy(file->sha256, record.sha256.data, sizeof file->sha256);
    file->taken = true;
    return OK;
}

// -- moving away ---------------------------------------------------------------------------------

static bool is_free(struct scope *s, struct watch *w, struct str folder, struct str name)
{
    return !path_exists(w->world, join(s, folder, name));
}

// The name there, or with a number behind it where that is taken.
static enum status free_name(struct scope *s, struct watch *w, struct str folder, struct str name,
                             struct str *out)
{
    *out = name;
    for (int n = 2; n < NUMBERS_MAX; n++) {
        if (is_free(s, w, folder, *out))
            return OK;
        *out = str_format(s, "%.*s.%d", STR(name), n);
    }
    return fail(s, LIMIT, "%.*s has too many files of the name %.*s", STR(folder), STR(name));
}

// Moves it with its report. Somebody may have put another file in its place since it was read: that
// one goes back and is looked at anew.
static enum status move_away(struct scope *s, struct watch *w, struct folder *f,
                             const struct seen *file, unsigned place, struct json report)
{
    struct str folder = join(s, f->path, str(places[place]));
    struct str from = join(s, f->path, file->name);
    struct buf text = buf_make(s, INBOUND_REPORT_BYTES_MAX);
    struct file_info info = {0};
    struct str name = {0};
    struct str body = {0};

    TRY(free_name(s, w, folder, file->name, &name));
    struct str to = join(s, folder, name);
    json_write_pretty(&text, report);
    buf_put_byte(&text, '\n');
    TRY(buf_finish(&text, "the report", &body));
    struct str beside = str_concat(s, 2, to, str(".report.json"));
    TRY(file_write_whole(s, w->world, beside, body));
    TRY(path_rename(s, w->world, from, to));
    TRY(path_info(s, w->world, to, &info));
    if (info.bytes != file->bytes || info.modified_at_us != file->modified_at_us) {
        TRY(path_rename(s, w->world, to, from));
        TRY(path_remove(s, w->world, beside));
        return fail(s, BUSY, "%.*s was replaced meanwhile", STR(from));
    }
    TRY(directory_sync(s, w->world, folder));
    return directory_sync(s, w->world, f->path);
}

// The record of a file that has left the folder: the next one of its name comes again.
static enum status let_go(struct scope *s, struct watch *w, struct inbound_file *record)
{
    struct change *c = change_new(s);

    if (!json_is(json_member(record->more, "held"), JSON_TRUE))
        return OK;
    inbound_set(s, record, "held", json_null());
    inbound_put(s, c, record);
    enum status e = store_commit(s, w->self->platform->store, c);
    return e == CONFLICT ? OK : e; // it is only about counting
}

// Moves the file away when it was read.
static enum status settle(struct scope *s, struct watch *w, struct folder *f, struct seen *file)
{
    struct store *store = w->self->platform->store;
    struct inbound_file record = {0};
    struct json report = {0};

    TRY(inbound_get(s, store, w->tenant, f->kind, file->name, &record));
    if (!str_equal(record.sha256, str_of(file->sha256, sizeof file->sha256))) {
        file->taken = false; // another came in under this name by the API
        return OK;
    }
    if (!inbound_is_read(&record))
        return OK;
    TRY(inbound_tell(s, store, &record, true, &report));
    TRY(move_away(s, w, f, file, record.state == INBOUND_REFUSED ? REFUSED_PLACE : PROCESSED,
                  report));
    return let_go(s, w, &record);
}

// What cannot be taken in at all goes to refused/ with the reason.
static enum status turn_away(struct scope *s, struct watch *w, struct folder *f,
                             const struct seen *file, struct str why)
{
    struct json report = json_object(NULL, 0);

    report = json_with(s, report, str("kind"), json_string(str(inbound_kind_name(f->kind))));
    report =
        json_with(s, report, str("state"), json_string(str(inbound_state_name(INBOUND_REFUSED))));
    report = json_with(s, report, str("why"), json_string(str_copy(s, why)));
    return move_away(s, w, f, file, REFUSED_PLACE, report);
}

static enum status handle(struct scope *s, struct watch *w, struct folder *f, struct seen *file)
{
    if (file->bytes > INBOUND_BYTES_MAX)
        return turn_away(s, w, f, file, str("the file is longer than 64 MiB"));
    if (file->taken)
        return settle(s, w, f, file);
    enum status e = take(s, w, f, file);
    if (e == CONFLICT || e == INVALID || e == TOO_LARGE)
        return turn_away(s, w, f, file, scope_why(s));
    TRY(e);
    return file->taken ? settle(s, w, f, file) : OK;
}

static void look_at(struct watch *w, struct folder *f, struct seen *file)
{
    struct scope *s = scope_open(FILE_SCOPE_BYTES_MAX);
    enum status e = handle(s, w, f, file);

    if (e != OK && !file->complained)
        log_event(LOG_WARN, "inbound.waits", LOG_STR("folder", f->path),
                  LOG_STR("name", file->name), LOG_STATUS(e), LOG_WHY(s), LOG_END);
    file->complained = e != OK;
    scope_close(s);
}

bool watch_look(struct scope *s, struct watch *w)
{
    for (size_t k = 0; k < INBOUND_KINDS; k++) {
        struct folder *f = &w->folders[k];
        if (look_around(s, w, f) != OK) {
            log_event(LOG_WARN, "inbound.unreadable", LOG_STR("folder", f->path), LOG_WHY(s),
                      LOG_END);
            continue;
        }
        for (size_t i = 0; i < f->count; i++)
            if (f->seen[i].whole)
                look_at(w, f, &f->seen[i]);
    }
    return false;
}
