// Frames: sealing and writing them one after the other, reading and opening them at any place.
#include "store/embedded/frames.h"

#include "core/scope.h"
#include "sys/file.h"

#include <assert.h>

// What a frame is bound to.
struct binding {
    uint8_t id[FRAME_ID_BYTES];
    uint8_t number[8]; // big endian
};

// A file of frames, open for writing or reading.
struct frames {
    struct world *world;
    struct file *file;
    struct aead_key *key;
    struct binding binding;
    char *plain;
    char *sealed;
};

struct frame_writer {
    struct frames frames;
    struct str path;
    uint64_t frame; // number of the one that is being filled
    size_t filled;
    bool finished;
};

struct frame_reader {
    struct frames frames;
    uint64_t bytes;
    uint64_t cached; // number of the frame in `plain`; UINT64_MAX: none
};

static void frames_init(struct scope *s, struct frames *f, struct world *w,
                        const struct frame_key *key, size_t bytes)
{
    f->world = w;
    f->key = aead_key_new(w, key->secret);
    memcpy(f->binding.id, key->id, sizeof f->binding.id);
    f->plain = scope_bytes(s, bytes);
    f->sealed = scope_bytes(s, bytes + AEAD_EXTRA_BYTES);
}

static void frames_fini(struct frames *f)
{
    file_close(f->file);
    aead_key_free(f->key);
}

// Views what binds frame `number`.
static struct str binding_of(struct frames *f, uint64_t number)
{
    for (size_t i = 0; i < sizeof f->binding.number; i++)
        f->binding.number[i] = (uint8_t)(number >> (56 - 8 * i));
    return str_of(&f->binding, sizeof f->binding);
}

static void close_writer(void *opaque)
{
    struct frame_writer *f = opaque;

    frames_fini(&f->frames);
    if (f->finished)
        return;
    struct scope *s = scope_open(1 << 16); // who closes may have used up the other
    (void)path_remove(s, f->frames.world, f->path);
    scope_close(s);
}

enum status frames_create(struct scope *s, struct world *w, struct str path,
                          const struct frame_key *key, struct frame_writer **out)
{
    struct frame_writer *f = scope_new(s, struct frame_writer);

    TRY(file_open(s, w, path, FILE_CREATE, &f->frames.file));
    frames_init(s, &f->frames, w, key, FRAME_BYTES);
    f->path = str_copy(s, path);
    scope_defer(s, close_writer, f);
    *out = f;
    return OK;
}

static enum status write_frame(struct scope *s, struct frame_writer *f)
{
    struct str associated = binding_of(&f->frames, f->frame);
    uint8_t nonce[AEAD_NONCE_BYTES] = {0};

    memcpy(nonce + sizeof nonce - sizeof f->frames.binding.number, f->frames.binding.number,
           sizeof f->frames.binding.number);
    aead_seal_with(f->frames.key, nonce, associated, str_of(f->frames.plain, f->filled),
                   f->frames.sealed);
    TRY(file_write_at(s, f->frames.file, f->frame * FRAME_FILE_BYTES,
                      str_of(f->frames.sealed, f->filled + AEAD_EXTRA_BYTES)));
    f->frame++;
    f->filled = 0;
    return OK;
}

enum status frames_append(struct scope *s, struct frame_writer *f, struct str data)
{
    assert(!f->finished);
    while (data.bytes > 0) {
        struct str part = str_slice(data, 0, FRAME_BYTES - f->filled);
        memcpy(f->frames.plain + f->filled, part.data, part.bytes);
        f->filled += part.bytes;
        data = str_slice(data, part.bytes, data.bytes);
        if (f->filled == FRAME_BYTES)
            TRY(write_frame(s, f));
    }
    return OK;
}

enum status frames_finish(struct scope *s, struct frame_writer *f)
{
    if (f->filled > 0)
        TRY(write_frame(s, f));
    TRY(file_sync(s, f->frames.file));
    file_close(f->frames.file);
    f->frames.file = NULL;
    f->finished = true;
    return OK;
}

uint64_t frames_bytes(const struct frame_writer *f)
{
    return f->frame * FRAME_BYTES + f->filled;
}

static void close_reader(void *opaque)
{
    frames_fini(&((struct frame_reader *)opaque)->frames);
}

enum status frames_open(struct scope *s, struct world *w, struct str path,
                        const struct frame_key *key, uint64_t bytes, struct frame_reader **out)
{
    struct frame_reader *f = scope_new(s, struct frame_reader);

    TRY(file_open(s, w, path, FILE_READ, &f->frames.file));
    frames_init(s, &f->frames, w, key, bytes < FRAME_BYTES ? (size_t)bytes : FRAME_BYTES);
    f->bytes = bytes;
    f->cached = UINT64_MAX;
    scope_defer(s, close_reader, f);
    *out = f;
    return OK;
}

static size_t frame_bytes(const struct frame_reader *f, uint64_t number)
{
    uint64_t left = f->bytes - number * FRAME_BYTES;

    return left < FRAME_BYTES ? (size_t)left : FRAME_BYTES;
}

// Opens a frame into `out`, which has room for it.
static enum status read_frame(struct scope *s, struct frame_reader *f, uint64_t number, char *out)
{
    size_t sealed_bytes = frame_bytes(f, number) + AEAD_EXTRA_BYTES;
    size_t got = 0;

    TRY(file_read_at(s, f->frames.file, number * FRAME_FILE_BYTES, f->frames.sealed, sealed_bytes,
                     &got));
    if (got != sealed_bytes)
        return fail(s, CORRUPT, "the file of a blob is shorter than it was written");
    return aead_open_into(s, f->frames.key, binding_of(&f->frames, number),
                          str_of(f->frames.sealed, sealed_bytes), out);
}

static enum status cache_frame(struct scope *s, struct frame_reader *f, uint64_t number)
{
    if (f->cached == number)
        return OK;
    f->cached = UINT64_MAX;
    TRY(read_frame(s, f, number, f->frames.plain));
    f->cached = number;
    return OK;
}

enum status frames_read(struct scope *s, struct frame_reader *f, uint64_t offset, void *out,
                        size_t bytes)
{
    char *at = out;

    assert(offset <= f->bytes && bytes <= f->bytes - offset);
    while (bytes > 0) {
        uint64_t number = offset / FRAME_BYTES;
        size_t from = (size_t)(offset % FRAME_BYTES);
        size_t whole = frame_bytes(f, number);
        size_t part = whole - from < bytes ? whole - from : bytes;
        if (part == whole) { // straight to where it is wanted
            TRY(read_frame(s, f, number, at));
        } else {
            TRY(cache_frame(s, f, number));
            memcpy(at, f->frames.plain + from, part);
        }
        at += part;
        offset += part;
        bytes -= part;
    }
    return OK;
}

uint64_t frames_file_bytes(uint64_t bytes)
{
    return bytes + (bytes + FRAME_BYTES - 1) / FRAME_BYTES * AEAD_EXTRA_BYTES;
}
