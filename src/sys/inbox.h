// The only continuation of the program. An inbox belongs to one thread, its owner: an event loop
// or a worker. Any thread may post to it; posting never blocks and wakes the owner through an
// eventfd. What is posted is intrusive: the poster hands over the whole object that holds the
// `struct post`, and `run` is called with it on the owner's thread.
#ifndef SHEAF_SYS_INBOX_H
#define SHEAF_SYS_INBOX_H

#include <stdint.h>

struct inbox;

struct post {
    struct post *next;
    void (*run)(struct post *p); // called on the owner's thread; may free what holds it
};

struct inbox *inbox_new(void);
// Nothing may be posted any more; what was posted and not run is dropped. Posters that are not yet
// through are waited for, so the owner may free it as soon as the last post has run.
void inbox_free(struct inbox *inbox);

// Returns the descriptor that is readable while something waits: for the owner's epoll or poll.
int inbox_fd(const struct inbox *inbox);

// Any thread. The eventfd is written only when the inbox was empty.
void inbox_post(struct inbox *inbox, struct post *p);
// As inbox_post() for a list chained by `next`, oldest first: one wake-up for all.
void inbox_post_list(struct inbox *inbox, struct post *first);

// Owner only: runs what waits, oldest first, and returns how many. Does not block.
unsigned inbox_run(struct inbox *inbox);
// Owner only: as inbox_run(), waiting up to `timeout_ms` (-1: for ever) for a first post.
unsigned inbox_wait(struct inbox *inbox, int timeout_ms);

#endif
