// What the HTTP server itself costs: it answers a POST of 2 kB at once, or from another thread in
// groups as a commit would, with a real flush of a file between the groups or without one. Server
// and load generator share the machine; the server's CPU is the process's less the generator's.
//
//     load-echo [SECONDS [WORDS OF A NAME]]
#include "core/scope.h"
#include "http/exchange.h"
#include "http/server.h"
#include "sys/file.h"
#include "sys/inbox.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    SCOPE_BYTES_MAX = 1 << 28,
    BODY_BYTES = 2048,
    GROUP_FILE_BYTES = 16 << 20,
    GROUP_BLOCK_BYTES = 4096,
    LOOPS_MAX = 16,
};

enum mode { AT_ONCE, IN_GROUPS, IN_FLUSHED_GROUPS };

static const char *const mode_names[] = {"at once", "in groups", "in flushed groups"};

struct waiting {
    struct post post; // first
    struct http_exchange *x;
};

struct bench {
    enum mode mode;
    struct mutex mutex;
    struct condition came;
    struct post *first;
    struct post *last;
    bool ends;
    struct file *file;
    uint64_t groups;
    const char *only; // measures only what has this in its name; NULL: all
};

static struct str answer(void)
{
    return str("{\"ticketId\":\"0190c2f4-7a9e-7cc1-b5d0-3f1b2a4c5d6e\",\"state\":\"RECEIVED\"}\n");
}

static void respond(struct http_exchange *x)
{
    http_answer_header(x, str("Content-Type"), str("application/json"));
    http_answer_header(x, str("Location"), str("/receipts/0190c2f4-7a9e-7cc1-b5d0-3f1b2a4c5d6e"));
    http_answer(x, 202, answer());
}

static void respond_posted(struct post *p)
{
    respond(((struct waiting *)p)->x);
}

static void on_request(void *context, struct http_exchange *x)
{
    struct bench *b = context;

    if (b->mode == AT_ONCE) {
        respond(x);
        return;
    }
    struct waiting *w = scope_new(http_scope(x), struct waiting);
    *w = (struct waiting){.post.run = respond_posted, .x = x};
    mutex_lock(&b->mutex);
    bool was_empty = !b->first;
    *(b->last ? &b->last->next : &b->first) = &w->post;
    b->last = &w->post;
    if (was_empty)
        condition_signal(&b->came);
    mutex_unlock(&b->mutex);
}

static struct post *take_group(struct bench *b)
{
    mutex_lock(&b->mutex);
    while (!b->first && !b->ends)
        condition_wait(&b->came, &b->mutex);
    struct post *group = b->first;
    b->first = b->last = NULL;
    mutex_unlock(&b->mutex);
    return group;
}

// Over blocks that were written before, as a write-ahead log that is used again.
static void flush(struct bench *b)
{
    static char block[GROUP_BLOCK_BYTES];
    struct scope *s = scope_open(1 << 16);
    uint64_t at = b->groups % (GROUP_FILE_BYTES / GROUP_BLOCK_BYTES) * GROUP_BLOCK_BYTES;

    if (file_write_at(s, b->file, at, str_of(block, sizeof block)) != OK ||
        file_sync(s, b->file) != OK) {
        (void)fprintf(stderr, "%.*s\n", STR(scope_why(s)));
        exit(EXIT_FAILURE);
    }
    scope_close(s);
}

static void give_group(struct post *group)
{
    struct inbox *inboxes[LOOPS_MAX] = {0};
    struct post *firsts[LOOPS_MAX] = {0};
    struct post *lasts[LOOPS_MAX] = {0};

    while (group) {
        struct post *next = group->next;
        struct inbox *inbox = http_inbox(((struct waiting *)group)->x);
        unsigned i = 0;
        while (inboxes[i] && inboxes[i] != inbox)
            i++;
        inboxes[i] = inbox;
        *(lasts[i] ? &lasts[i]->next : &firsts[i]) = group;
        lasts[i] = group;
        group->next = NULL;
        group = next;
    }
    for (unsigned i = 0; i < LOOPS_MAX && inboxes[i]; i++)
        inbox_post_list(inboxes[i], firsts[i]);
}

static void commit_all(void *context)
{
    struct bench *b = context;
    struct post *group;

    while ((group = take_group(b))) {
        if (b->mode == IN_FLUSHED_GROUPS)
            flush(b);
        b->groups++;
        give_group(group);
    }
}

static double process_cpu_us(void)
{
    struct rusage use;

    (void)getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static enum status open_file(struct scope *s, struct bench *b)
{
    struct str path = str("build/bench/load-echo.tmp");
    char *zeros = scope_bytes(s, GROUP_FILE_BYTES);

    memset(zeros, 0, GROUP_FILE_BYTES);
    TRY(directory_make(s, world_real(), str("build/bench")));
    TRY(file_open(s, world_real(), path, FILE_OPEN_ALWAYS, &b->file));
    TRY(path_remove(s, world_real(), path));
    TRY(file_write_at(s, b->file, 0, str_of(zeros, GROUP_FILE_BYTES)));
    return file_sync(s, b->file);
}

static enum status measure(struct scope *s, struct bench *b, unsigned loops, unsigned connections,
                           double seconds)
{
    struct http_server *server = NULL;
    struct load_result *result = scope_new(s, struct load_result);
    char *body = scope_bytes(s, BODY_BYTES);
    char name[64];
    struct http_server_options options = {.loops = loops, .handler = {b, NULL, on_request, NULL}};

    (void)snprintf(name, sizeof name, "%s, %u, %u loops", mode_names[b->mode], connections, loops);
    if (b->only && !strstr(name, b->only))
        return OK;
    memset(body, 'b', BODY_BYTES);
    TRY(http_server_new(s, &options, &server));
    struct load_options load = {
        .port = http_server_port(server),
        .connections = connections,
        .seconds = seconds,
        .make = load_template_make,
        .context = load_template_new(s, "POST", "/receipts",
                                     str("Content-Type: application/json\r\n"
                                         "Authorization: Bearer 0123456789abcdef\r\n"),
                                     str_of(body, BODY_BYTES), connections)};
    double before_us = process_cpu_us();
    uint64_t groups = b->groups;
    enum status e = load_run(s, &load, result);
    double server_us = (process_cpu_us() - before_us) / (double)result->sent - result->cpu_us;
    load_print(name, result);
    (void)printf("    server CPU %.1f us a request", server_us);
    if (b->groups > groups)
        (void)printf(", %.0f a group", (double)result->sent / (double)(b->groups - groups));
    (void)printf("\n");
    (void)fflush(stdout);
    http_server_free(server);
    return e;
}

static enum status measure_mode(struct scope *s, struct bench *b, enum mode mode, unsigned loops,
                                double seconds)
{
    b->mode = mode;
    TRY(measure(s, b, loops, 64, seconds));
    return measure(s, b, loops, 512, seconds);
}

static enum status measure_all(struct scope *s, struct bench *b, double seconds)
{
    TRY(open_file(s, b));
    for (unsigned loops = 1; loops <= 2; loops++)
        for (enum mode mode = AT_ONCE; mode <= IN_FLUSHED_GROUPS; mode++)
            TRY(measure_mode(s, b, mode, loops, seconds));
    return OK;
}

int main(int count, char **words)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct bench b = {0};
    double seconds = count > 1 ? strtod(words[1], NULL) : 5;

    b.only = count > 2 ? words[2] : NULL;
    mutex_init(&b.mutex);
    condition_init(&b.came);
    struct thread *committer = thread_start("commit", commit_all, &b);
    enum status e = measure_all(s, &b, seconds);
    if (e != OK)
        (void)fprintf(stderr, "%.*s\n", STR(scope_why(s)));
    mutex_lock(&b.mutex);
    b.ends = true;
    condition_signal(&b.came);
    mutex_unlock(&b.mutex);
    thread_join(committer);
    file_close(b.file);
    scope_close(s);
    return e == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
