// POSIX threads with a fixed stack, a name, and signals left to the main thread.
#include "sys/thread.h"

#include "core/heap.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct thread {
    pthread_t raw;
    void (*run)(void *argument);
    void *argument;
    char name[THREAD_NAME_BYTES_MAX + 1];
};

static void *thread_main(void *opaque)
{
    struct thread *t = opaque;

    (void)pthread_setname_np(pthread_self(), t->name); // only a help for people
    t->run(t->argument);
    return NULL;
}

// All but those that a thread causes itself: a blocked one of them would kill without a trace.
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t outside;

    (void)sigfillset(&outside);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        (void)sigdelset(&outside, own[i]);
    (void)pthread_sigmask(SIG_BLOCK, &outside, before);
}

struct thread *thread_start(const char *name, void (*run)(void *argument), void *argument)
{
    struct thread *t = heap_new(struct thread);
    pthread_attr_t attributes;
    sigset_t before;

    assert(strlen(name) <= THREAD_NAME_BYTES_MAX);
    *t = (struct thread){.run = run, .argument = argument};
    memcpy(t->name, name, strlen(name));
    block_signals(&before); // inherited by the new thread
    int e = pthread_attr_init(&attributes);
    if (e == 0)
        e = pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    if (e == 0)
        e = pthread_create(&t->raw, &attributes, thread_main, t);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != 0) {
        (void)fprintf(stderr, "thread %s cannot start: %s\n", name, strerrordesc_np(e));
        abort();
    }
    return t;
}

void thread_join(struct thread *t)
{
    if (!t)
        return;
    int e = pthread_join(t->raw, NULL);
    assert(e == 0);
    free(t);
}

void mutex_init(struct mutex *m)
{
    *m = (struct mutex)MUTEX_INIT;
}

void mutex_fini(struct mutex *m)
{
    int e = pthread_mutex_destroy(&m->raw);
    assert(e == 0); // else somebody still holds it
}

void condition_init(struct condition *c)
{
    *c = (struct condition)CONDITION_INIT;
}

void condition_fini(struct condition *c)
{
    int e = pthread_cond_destroy(&c->raw);
    assert(e == 0);
}

void condition_wait(struct condition *c, struct mutex *m)
{
    int e = pthread_cond_wait(&c->raw, &m->raw);
    assert(e == 0);
}

bool condition_wait_us(struct condition *c, struct mutex *m, int64_t timeout_us)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_us % 1000000 * 1000;
    until.tv_sec += timeout_us / 1000000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    int e = pthread_cond_clockwait(&c->raw, &m->raw, CLOCK_MONOTONIC, &until);
    assert(e == 0 || e == ETIMEDOUT);
    return e == 0;
}

void condition_signal(struct condition *c)
{
    int e = pthread_cond_signal(&c->raw);
    assert(e == 0);
}

void condition_broadcast(struct condition *c)
{
    int e = pthread_cond_broadcast(&c->raw);
    assert(e == 0);
}

void thread_pause_us(int64_t us)
{
    struct mutex m = MUTEX_INIT;
    struct condition never;

    condition_init(&never);
    mutex_lock(&m);
    while (condition_wait_us(&never, &m, us)) // woken without a reason: wait anew, a little longer
        continue;
    mutex_unlock(&m);
    condition_fini(&never);
    mutex_fini(&m);
}
