// The door to zstd. Contexts are expensive to make and cheap to reuse, so idle ones wait in a list.
#include "store/compress.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

struct context {
    struct context *next;
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

struct compressor {
    int level;
    ZSTD_CDict *pack_dictionary; // NULL: none
    ZSTD_DDict *unpack_dictionary;
    struct mutex lock; // guards the list
    struct context *idle;
};

struct compressor *compressor_new(struct str dictionary, int level)
{
    struct compressor *c = heap_new(struct compressor);

    c->level = level;
    mutex_init(&c->lock);
    if (dictionary.bytes > 0) {
        c->pack_dictionary = ZSTD_createCDict(dictionary.data, dictionary.bytes, level);
        c->unpack_dictionary = ZSTD_createDDict(dictionary.data, dictionary.bytes);
        assert(c->pack_dictionary && c->unpack_dictionary);
    }
    return c;
}

void compressor_free(struct compressor *c)
{
    if (!c)
        return;
    while (c->idle) {
        struct context *context = c->idle;
        c->idle = context->next;
        ZSTD_freeCCtx(context->pack);
        ZSTD_freeDCtx(context->unpack);
        free(context);
    }
    ZSTD_freeCDict(c->pack_dictionary);
    ZSTD_freeDDict(c->unpack_dictionary);
    mutex_fini(&c->lock);
    free(c);
}

static struct context *take_context(struct compressor *c)
{
    mutex_lock(&c->lock);
    struct context *context = c->idle;
    if (context)
        c->idle = context->next;
    mutex_unlock(&c->lock);
    if (context)
        return context;
    context = heap_new(struct context);
    context->pack = ZSTD_createCCtx();
    context->unpack = ZSTD_createDCtx();
    assert(context->pack && context->unpack);
    return context;
}

static void give_context(struct compressor *c, struct context *context)
{
    mutex_lock(&c->lock);
    context->next = c->idle;
    c->idle = context;
    mutex_unlock(&c->lock);
}

size_t compress_into(struct compressor *c, struct str plain, char *out)
{
    assert(plain.bytes <= COMPRESS_BYTES_MAX);
    struct context *context = take_context(c);
    size_t room = plain.bytes; // longer is of no use
    size_t bytes =
        c->pack_dictionary
            ? ZSTD_compress_usingCDict(context->pack, out, room, plain.data, plain.bytes,
                                       c->pack_dictionary)
            : ZSTD_compressCCtx(context->pack, out, room, plain.data, plain.bytes, c->level);

    give_context(c, context);
    return ZSTD_isError(bytes) || bytes >= plain.bytes ? 0 : bytes;
}

bool compress(struct scope *s, struct compressor *c, struct str plain, struct str *out)
{
    char *packed = scope_bytes(s, plain.bytes);

    *out = str_of(packed, compress_into(c, plain, packed));
    return out->bytes > 0;
}

size_t compress_bound(size_t bytes)
{
    assert(bytes <= COMPRESS_BYTES_MAX);
    return ZSTD_compressBound(bytes);
}

size_t compress_block(struct compressor *c, struct str plain, char *out)
{
    struct context *context = take_context(c);

    assert(!c->pack_dictionary);
    (void)ZSTD_CCtx_setParameter(context->pack, ZSTD_c_compressionLevel, c->level);
    (void)ZSTD_CCtx_setParameter(context->pack, ZSTD_c_checksumFlag, 1);
    size_t bytes =
        ZSTD_compress2(context->pack, out, compress_bound(plain.bytes), plain.data, plain.bytes);
    give_context(c, context);
    assert(!ZSTD_isError(bytes));
    return bytes;
}

enum status decompress_size(struct scope *s, struct str packed, size_t bytes_max, size_t *out)
{
    unsigned long long bytes = ZSTD_getFrameContentSize(packed.data, packed.bytes);

    if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN)
        return fail(s, CORRUPT, "packed bytes have no zstd header with a size");
    if (bytes > bytes_max)
        return fail(s, TOO_LARGE, "packed bytes hold %llu bytes; the most is %zu", bytes,
                    bytes_max);
    *out = (size_t)bytes;
    return OK;
}

enum status decompress_block(struct scope *s, struct compressor *c, struct str packed, char *out,
                             size_t bytes)
{
    struct context *context = take_context(c);
    size_t got = c->unpack_dictionary
                     ? ZSTD_decompress_usingDDict(context->unpack, out, bytes, packed.data,
                                                  packed.bytes, c->unpack_dictionary)
                     : ZSTD_decompressDCtx(context->unpack, out, bytes, packed.data, packed.bytes);

    give_context(c, context);
    if (ZSTD_isError(got) || got != bytes)
        return fail(s, CORRUPT, "packed bytes do not unpack: %s",
                    ZSTD_isError(got) ? ZSTD_getErrorName(got) : "short");
    return OK;
}

enum status decompress(struct scope *s, struct compressor *c, struct str packed, size_t bytes_max,
                       struct str *out)
{
    size_t room = 0;

    TRY(decompress_size(s, packed, bytes_max, &room));
    char *plain = scope_bytes(s, room);
    TRY(decompress_block(s, c, packed, plain, room));
    *out = str_of(plain, room);
    return OK;
}
