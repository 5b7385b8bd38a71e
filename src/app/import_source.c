// One reader for all threads, behind a mutex: reading a line is nothing beside sending it.
#include "app/import_source.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATHS_MAX = 1000000, CHUNK_BYTES = 256 << 10, FOLDER_DEPTH_MAX = 16 };

struct import_source {
    struct mutex mutex;
    struct str *paths;
    size_t count, room, next;
    uint64_t bytes_done, bytes_all;
    bool endless; // the input's length is not known
    // The open file.
    struct file *file; // NULL while `is_open`: the input
    bool is_open;
    uint64_t offset;
    struct str name;
    bool whole;
    uint64_t line;
    char *data; // IMPORT_DOCUMENT_BYTES_MAX and a chunk
    size_t from, to;
    bool ended;
};

static void close_file(struct import_source *source)
{
    file_close(source->file);
    source->file = NULL;
    source->is_open = false;
}

static void source_free(void *opaque)
{
    struct import_source *source = opaque;

    close_file(source);
    mutex_fini(&source->mutex);
    free(source->data);
    free(source);
}

static enum status add_path(struct scope *s, struct import_source *source, struct str path,
                            uint64_t bytes)
{
    if (source->count == PATHS_MAX)
        return fail(s, TOO_LARGE, "more than %d files", PATHS_MAX);
    if (source->count == source->room) {
        size_t room = source->room ? 2 * source->room : 64;
        struct str *paths = scope_array(s, room, sizeof *paths);
        if (source->count)
            memcpy(paths, source->paths, source->count * sizeof *paths);
        source->paths = paths;
        source->room = room;
    }
    source->paths[source->count++] = path;
    source->bytes_all += bytes;
    return OK;
}

static bool is_receipts(struct str name)
{
    return str_ends(name, str(".json")) || str_ends(name, str(".xml")) ||
           str_ends(name, str(".ndjson")) || str_ends(name, str(".jsonl"));
}

static enum status add_folder(struct scope *s, struct import_source *source, struct str path,
                              int depth)
{
    struct file_info info = {0};
    struct str *names = NULL;
    size_t count = 0;

    TRY(directory_list(s, world_real(), path, &names, &count));
    for (size_t i = 0; i < count; i++) {
        struct str inside = str_concat(s, 3, path, str("/"), names[i]);
        TRY(path_info(s, world_real(), inside, &info));
        if (info.is_directory && depth < FOLDER_DEPTH_MAX)
            TRY(add_folder(s, source, inside, depth + 1));
        else if (!info.is_directory && is_receipts(inside))
            TRY(add_path(s, source, inside, info.bytes));
    }
    return OK;
}

static enum status add_argument(struct scope *s, struct import_source *source, struct str path)
{
    struct file_info info = {0};

    if (str_is(path, "-")) {
        source->endless = true;
        return add_path(s, source, path, 0);
    }
    TRY(path_info(s, world_real(), path, &info));
    return info.is_directory ? add_folder(s, source, path, 0)
                             : add_path(s, source, path, info.bytes);
}

enum status import_source_new(struct scope *s, char *const *paths, size_t count,
                              struct import_source **out)
{
    struct import_source *source = heap_new(struct import_source);

    mutex_init(&source->mutex);
    source->data = heap_alloc(IMPORT_DOCUMENT_BYTES_MAX + CHUNK_BYTES);
    scope_defer(s, source_free, source);
    for (size_t i = 0; i < count; i++)
        TRY(add_argument(s, source, str(paths[i])));
    *out = source;
    return OK;
}

static enum status open_next(struct scope *s, struct import_source *source)
{
    struct str path = source->paths[source->next++];

    source->name = path;
    source->whole = str_ends(path, str(".json")) || str_ends(path, str(".xml"));
    source->line = 0;
    source->from = 0;
    source->to = 0;
    source->offset = 0;
    source->ended = false;
    if (!str_is(path, "-"))
        TRY(file_open(s, world_real(), path, FILE_READ, &source->file));
    source->is_open = true;
    return OK;
}

static enum status read_chunk(struct scope *s, struct import_source *source, char *to, size_t *got)
{
    if (source->file)
        return file_read_at(s, source->file, source->offset, to, CHUNK_BYTES, got);
    *got = fread(to, 1, CHUNK_BYTES, stdin);
    return ferror(stdin) ? fail_errno(s, "the input") : OK;
}

// Reads on; what is left of the text before stands at the front afterwards.
static enum status read_more(struct scope *s, struct import_source *source)
{
    size_t left = source->to - source->from;

    memmove(source->data, source->data + source->from, left);
    source->from = 0;
    source->to = left;
    if (left > IMPORT_DOCUMENT_BYTES_MAX) {
        return fail(s, TOO_LARGE, "%.*s:%llu: a receipt is at most %d bytes long",
                    STR(source->name), (unsigned long long)source->line + 1,
                    IMPORT_DOCUMENT_BYTES_MAX);
    }
    size_t got = 0;
    TRY(read_chunk(s, source, source->data + left, &got));
    source->to += got;
    source->offset += got;
    source->bytes_done += got;
    source->ended = got == 0;
    return OK;
}

// Takes the next text off the open file: a line, or all of it. `*found` is false at its end.
static enum status take_text(struct scope *s, struct import_source *source, struct str *out,
                             bool *found)
{
    size_t looked = 0;

    for (;;) {
        struct str there = str_of(source->data + source->from, source->to - source->from);
        size_t end = source->whole
                         ? there.bytes
                         : looked + str_find_byte(str_slice(there, looked, there.bytes), '\n');
        if ((!source->whole && end < there.bytes) || source->ended) {
            *found = there.bytes > 0;
            *out = str_slice(there, 0, end);
            source->from += end < there.bytes ? end + 1 : end;
            source->line++;
            return OK;
        }
        looked = there.bytes;
        TRY(read_more(s, source));
    }
}

static enum status next(struct scope *s, struct import_source *source, struct import_document *out,
                        bool *more)
{
    for (;;) {
        struct str text = {0};
        bool found = false;
        if (!source->is_open) {
            *more = source->next < source->count;
            if (!*more)
                return OK;
            TRY(open_next(s, source));
        }
        TRY(take_text(s, source, &text, &found));
        if (!found)
            close_file(source);
        text = str_trim(text);
        if (text.bytes == 0)
            continue;
        *out = (struct import_document){.text = str_copy(s, text),
                                        .xml = text.data[0] == '<',
                                        .file = source->name,
                                        .line = source->whole ? 0 : source->line};
        return OK;
    }
}

enum status import_source_next(struct scope *s, struct import_source *source,
                               struct import_document *out, bool *more)
{
    mutex_lock(&source->mutex);
    enum status e = next(s, source, out, more);
    mutex_unlock(&source->mutex);
    return e;
}

void import_source_progress(struct import_source *source, uint64_t *done, uint64_t *all)
{
    mutex_lock(&source->mutex);
    *done = source->bytes_done;
    *all = source->endless ? 0 : source->bytes_all;
    mutex_unlock(&source->mutex);
}
