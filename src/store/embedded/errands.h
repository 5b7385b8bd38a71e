// Work of the store itself that writes: it is done as a part of a batch, and undone alone when it
// fails. Who posts an errand waits for it.
#ifndef SHEAF_STORE_EMBEDDED_ERRANDS_H
#define SHEAF_STORE_EMBEDDED_ERRANDS_H

#include "core/status.h"
#include "sys/thread.h"

#include <stdbool.h>

struct batch;
struct embedded;
struct scope;

struct errand {
    // Only touches the database and what rolls back with it. On the writer's thread.
    enum status (*run)(struct batch *b, void *context);
    // May be NULL. Called when it is durable, on the writer's thread.
    void (*committed)(struct embedded *e, void *context);
    void *context;
};

// An errand on its way; it lies on the stack of who waits.
struct errand_post {
    struct errand_post *next;
    struct errand errand;
    enum status status;
    char why[256];
    struct mutex lock;
    struct condition answered;
    bool done; // under the lock
};

struct errands {
    struct mutex lock;
    struct errand_post *oldest; // under the lock, likewise the next
    struct errand_post *newest;
};

void errands_init(struct errands *errands);
void errands_fini(struct errands *errands);

// Any thread but the writer's. Post, wake the writer, then wait.
void errands_post(struct errands *errands, struct errand_post *post, const struct errand *errand);
// Errors: what `run` returned, or what became of the batch.
enum status errands_wait(struct scope *s, struct errand_post *post);

// The writer's: takes what was posted, runs it in the batch, and answers when it is known that the
// batch is durable (OK) or what became of it.
bool errands_waiting(struct errands *errands);
struct errand_post *errands_take(struct errands *errands);
enum status errands_run(struct batch *b, struct errand_post *list);
void errands_answer(struct batch *b, struct errand_post *list, enum status e);

#endif
