// Files are read in pieces; what was opened is closed before the function returns.
#include "store/embedded/copy.h"

#include "core/scope.h"
#include "crypto/digest.h"
#include "sys/file.h"

enum { PIECE_BYTES = 256 << 10, COPY_BYTES_MAX = 4 << 20 };

void progress_add(struct progress *p, uint64_t bytes)
{
    p->done += bytes;
    if (p->all < p->done)
        p->all = p->done;
    if (p->tell)
        p->tell(p->context, p->done, p->all);
}

// Reads `from` to its end, into `to` if there is one.
static enum status pump(struct scope *s, struct file *from, struct file *to,
                        struct progress *progress, uint8_t digest[32])
{
    struct digest *sum = digest_open(s, DIGEST_SHA256);
    char *piece = scope_bytes(s, PIECE_BYTES);
    size_t got = PIECE_BYTES;

    for (uint64_t at = 0; got == PIECE_BYTES; at += got) {
        TRY(file_read_at(s, from, at, piece, PIECE_BYTES, &got));
        digest_add(sum, str_of(piece, got));
        if (to)
            TRY(file_write_at(s, to, at, str_of(piece, got)));
        if (progress)
            progress_add(progress, got);
    }
    digest_finish(sum, digest);
    return to ? file_sync(s, to) : OK;
}

// Closes both, and keeps the sentence in the caller's scope.
static enum status end(struct scope *s, struct scope *inner, struct file *from, struct file *to,
                       enum status e)
{
    file_close(from);
    file_close(to);
    if (e != OK)
        e = fail(s, e, "%.*s", STR(scope_why(inner)));
    scope_close(inner);
    return e;
}

enum status copy_file(struct scope *s, struct world *w, struct str from, struct str to,
                      struct progress *progress, uint8_t digest[32])
{
    struct scope *inner = scope_open(COPY_BYTES_MAX);
    struct file *source = NULL;
    struct file *target = NULL;
    enum status e = file_open(inner, w, from, FILE_READ, &source);

    if (e == OK)
        e = file_open(inner, w, to, FILE_CREATE, &target);
    if (e == OK)
        e = pump(inner, source, target, progress, digest);
    return end(s, inner, source, target, e);
}

enum status digest_file(struct scope *s, struct world *w, struct str path, uint8_t digest[32])
{
    struct scope *inner = scope_open(COPY_BYTES_MAX);
    struct file *source = NULL;
    enum status e = file_open(inner, w, path, FILE_READ, &source);

    if (e == OK)
        e = pump(inner, source, NULL, NULL, digest);
    return end(s, inner, source, NULL, e);
}
