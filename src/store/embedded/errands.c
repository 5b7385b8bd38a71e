// Each errand runs in a savepoint. When it fails, what it left in memory is forgotten with it.
#include "store/embedded/errands.h"

#include "core/scope.h"
#include "store/embedded/batch_impl.h"

#include <stdio.h>

void errands_init(struct errands *errands)
{
    *errands = (struct errands){0};
    mutex_init(&errands->lock);
}

void errands_fini(struct errands *errands)
{
    mutex_fini(&errands->lock);
}

void errands_post(struct errands *errands, struct errand_post *post, const struct errand *errand)
{
    *post = (struct errand_post){.errand = *errand};
    mutex_init(&post->lock);
    condition_init(&post->answered);
    mutex_lock(&errands->lock);
    if (errands->newest)
        errands->newest->next = post;
    else
        errands->oldest = post;
    errands->newest = post;
    mutex_unlock(&errands->lock);
}

enum status errands_wait(struct scope *s, struct errand_post *post)
{
    mutex_lock(&post->lock);
    while (!post->done)
        condition_wait(&post->answered, &post->lock);
    mutex_unlock(&post->lock);
    condition_fini(&post->answered);
    mutex_fini(&post->lock);
    return post->status == OK ? OK : fail(s, post->status, "%s", post->why);
}

bool errands_waiting(struct errands *errands)
{
    mutex_lock(&errands->lock);
    bool waiting = errands->oldest != NULL;
    mutex_unlock(&errands->lock);
    return waiting;
}

struct errand_post *errands_take(struct errands *errands)
{
    mutex_lock(&errands->lock);
    struct errand_post *list = errands->oldest;
    errands->oldest = NULL;
    errands->newest = NULL;
    mutex_unlock(&errands->lock);
    return list;
}

static void keep_failure(struct batch *b, struct errand_post *post, enum status e)
{
    post->status = e;
    (void)snprintf(post->why, sizeof post->why, "%.*s", STR(scope_why(b->scope)));
}

enum status errands_run(struct batch *b, struct errand_post *list)
{
    for (struct errand_post *post = list; post; post = post->next) {
        size_t feed_bytes = b->feed.bytes;
        TRY(session_run(b->scope, b->session, MARK));
        enum status e = post->errand.run(b, post->errand.context);
        if (e != OK) {
            keep_failure(b, post, e);
            TRY(session_run(b->scope, b->session, UNDO));
            b->feed.bytes = feed_bytes;
            TRY(batch_forget(b));
        }
        TRY(session_run(b->scope, b->session, KEEP));
    }
    return OK;
}

static void answer(struct errand_post *post)
{
    mutex_lock(&post->lock);
    post->done = true;
    condition_signal(&post->answered); // under the lock: the post ends when the waiter has it
    mutex_unlock(&post->lock);
}

void errands_answer(struct batch *b, struct errand_post *list, enum status e)
{
    for (struct errand_post *post = list, *next; post; post = next) {
        next = post->next;
        if (e != OK && post->status == OK)
            keep_failure(b, post, e);
        if (post->status == OK && post->errand.committed)
            post->errand.committed(b->e, post->errand.context);
        answer(post);
    }
}
