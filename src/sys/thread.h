// Threads, mutexes and conditions: POSIX threads in which misuse is an assertion and waiting is
// always by the monotonic clock. Nothing in src/ uses pthread_* but this module; shared data that
// is one word is a C11 atomic instead. Threads live in the real world only.
#ifndef SHEAF_SYS_THREAD_H
#define SHEAF_SYS_THREAD_H

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    THREAD_STACK_BYTES = 8 << 20, // address space; memory only where touched
    THREAD_NAME_BYTES_MAX = 15,   // the kernel's limit
};

struct thread;

// Starts a thread that calls run(argument). `name` is what `top -H` and a debugger show, at most
// THREAD_NAME_BYTES_MAX bytes. Signals from outside never reach it: the main thread takes them.
struct thread *thread_start(const char *name, void (*run)(void *argument), void *argument);

// Waits until the thread has returned, and frees it. NULL is fine.
void thread_join(struct thread *t);

// Lets the calling thread wait: for programs that poll another one. Never on an event loop.
void thread_pause_us(int64_t us);

// Initialised with MUTEX_INIT or mutex_init().
struct mutex {
    pthread_mutex_t raw;
};

// clang-format off
#define MUTEX_INIT {PTHREAD_MUTEX_INITIALIZER}
#define CONDITION_INIT {PTHREAD_COND_INITIALIZER}
// clang-format on

void mutex_init(struct mutex *m);
void mutex_fini(struct mutex *m);

static inline void mutex_lock(struct mutex *m)
{
    int e = pthread_mutex_lock(&m->raw);
    assert(e == 0);
    (void)e;
}

static inline void mutex_unlock(struct mutex *m)
{
    int e = pthread_mutex_unlock(&m->raw);
    assert(e == 0);
    (void)e;
}

// Initialised with CONDITION_INIT or condition_init().
struct condition {
    pthread_cond_t raw;
};

void condition_init(struct condition *c);
void condition_fini(struct condition *c);

// Gives up the mutex while waiting; may return without a reason, so ask in a loop.
void condition_wait(struct condition *c, struct mutex *m);
// As condition_wait(); returns false when `timeout_us` have passed.
bool condition_wait_us(struct condition *c, struct mutex *m, int64_t timeout_us);
void condition_signal(struct condition *c);
void condition_broadcast(struct condition *c);

#endif
