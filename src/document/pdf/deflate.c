#include "document/pdf/deflate.h"

#include "core/buf.h"
#include "core/scope.h"

#include <assert.h>
#include <libdeflate.h>
#include <threads.h>

enum {
    EFFORTS = DEFLATE_BEST + 1,
    ROOM_FIRST = 4096,
};

// What a thread keeps: a compressor is some hundred kB, so it is made when it is first used.
struct kept {
    struct libdeflate_compressor *compressors[EFFORTS];
    struct libdeflate_decompressor *decompressor;
};

static const int levels[EFFORTS] = {[DEFLATE_FAST] = 6, [DEFLATE_BEST] = 12};

static _Thread_local struct kept kept_here;
static tss_t kept_key;
static once_flag kept_once = ONCE_FLAG_INIT;

static void kept_free(void *thing)
{
    struct kept *k = thing;

    for (int i = 0; i < EFFORTS; i++)
        libdeflate_free_compressor(k->compressors[i]);
    libdeflate_free_decompressor(k->decompressor);
    *k = (struct kept){0};
}

static void kept_init(void)
{
    int e = tss_create(&kept_key, kept_free);

    assert(e == thrd_success);
    (void)e;
}

// The key has a value only so that what this thread keeps is freed when it ends.
static struct kept *kept(void)
{
    call_once(&kept_once, kept_init);
    (void)tss_set(kept_key, &kept_here);
    return &kept_here;
}

void deflate_put(struct buf *out, struct str data, enum deflate_effort effort)
{
    struct kept *k = kept();
    struct libdeflate_compressor **c = &k->compressors[effort];

    if (!*c)
        *c = libdeflate_alloc_compressor(levels[effort]);
    assert(*c);
    size_t room = libdeflate_zlib_compress_bound(*c, data.bytes);
    char *at = buf_reserve(out, room);
    if (!at)
        return;
    size_t bytes = libdeflate_zlib_compress(*c, data.data ? data.data : "", data.bytes, at, room);
    assert(bytes > 0);
    out->bytes += bytes;
}

enum status deflate_undo(struct scope *s, struct str data, size_t bytes_max, struct str *out)
{
    struct kept *k = kept();
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;

    if (!k->decompressor)
        k->decompressor = libdeflate_alloc_decompressor();
    assert(k->decompressor);
    for (size_t room = 4 * data.bytes + ROOM_FIRST; result == LIBDEFLATE_INSUFFICIENT_SPACE;
         room *= 4) {
        size_t bytes = 0;
        if (room > bytes_max)
            room = bytes_max;
        char *at = scope_bytes(s, room);
        result =
            libdeflate_zlib_decompress(k->decompressor, data.data, data.bytes, at, room, &bytes);
        *out = str_of(at, bytes);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE && room == bytes_max)
            return fail(s, TOO_LARGE, "compressed data holds more than %zu bytes", bytes_max);
    }
    if (result != LIBDEFLATE_SUCCESS)
        return fail(s, INVALID, "compressed data is damaged");
    return OK;
}
