// The one thread that writes. It takes all changes that wait, up to a bound, applies them in one
// transaction, and answers after the flush. A change whose conditions fail writes nothing, because
// all of them are checked first; after that nothing can fail but the disk, which fails the batch.
// So no change needs a savepoint of its own.
#ifndef SHEAF_STORE_EMBEDDED_WRITER_H
#define SHEAF_STORE_EMBEDDED_WRITER_H

#include "store/embedded/embedded_impl.h"
#include "store/embedded/errands.h"

struct writer;

// Starts the thread, and sets e->writer before it. The session becomes the writer's.
void writer_start(struct embedded *e, struct session *session);
// Finishes what was submitted, ends the thread and frees.
void writer_stop(struct writer *w);

// Any thread. Hands over a change whose contents were sealed.
void writer_submit(struct writer *w, struct change *c);
// Any thread. There is something to do beside changes: messages to be counted.
void writer_poke(struct writer *w);
// Whether the outcome of a commit is unknown, so that nothing may be promised any more.
bool writer_is_dead(const struct writer *w);

// Any thread but the writer's: has the errand done and waits for it. Errors: what it returns;
// TEMPORARY, TIMEOUT as for changes.
enum status writer_do(struct scope *s, struct writer *w, const struct errand *errand);

void writer_stats(struct writer *w, struct store_stats *out);

#endif
