// Bytes between a loop and one other thread, in either direction, through a ring of fixed size.
// The other thread blocks when the ring is full or empty; the loop is turned away instead, and its
// inbox gets a post as soon as going on makes sense.
#ifndef SHEAF_HTTP_PIPE_H
#define SHEAF_HTTP_PIPE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct inbox;
struct pipe;
struct post;
struct scope;

// Makes a pipe for at most `bytes_max` waiting bytes; it lives as long as `s`. `wake` is posted to
// the loop's `inbox`, never twice before it has run and its loop has been turned away again.
struct pipe *pipe_new(struct scope *s, size_t bytes_max, struct inbox *inbox, struct post *wake);

// The loop's side. Each returns how many bytes went; less than asked means: turned away.
size_t pipe_put_some(struct pipe *p, struct str piece);
size_t pipe_take_some(struct pipe *p, void *out, size_t bytes);
// Whether all has been taken and no more will come.
bool pipe_is_done(struct pipe *p);

// The other side. Both block. Put waits until the whole piece is in; take until there is something,
// and gives 0 bytes at the end. Errors: what pipe_break() was told.
enum status pipe_put(struct pipe *p, struct str piece);
enum status pipe_take(struct pipe *p, void *out, size_t bytes, size_t *got);

// No more will be put.
void pipe_end(struct pipe *p);
// Makes every later put and take fail with `why`, the ones that block now included. The first
// break counts. No post comes after it.
void pipe_break(struct pipe *p, enum status why);

#endif
