#include "partners/mailbox.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "http/client.h"
#include "partners/signee.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    MAIL_BYTES_MAX = 1 << 20,
    TURN_BYTES_MAX = 256 << 20,
    PAUSE_US = 100000,
    CODE_WAIT_TURNS = 150,
    SEEN_MAX = 1 << 20, // names remembered; a power of two
    LATE_MAX = 1000,
    US_PER_S = 1000000,
};

struct late {
    int64_t due_us; // monotonic
    char link[SIGNEE_LINK_BYTES_MAX + 1];
    size_t bytes;
};

struct mailbox {
    struct mailbox_options options;
    struct http_client *client;
    struct signee who;
    struct thread *thread;
    struct mutex lock; // guards the counts for the report
    struct signee counts;
    uint64_t failed;
    atomic_bool stopping;
    uint64_t *seen; // hashes of names; 0: free
    struct late *late;
    size_t late_count;
};

// Whether the name was not seen before; from now on it was.
static bool is_new(struct mailbox *box, struct str name)
{
    uint64_t hash = str_hash(name) | 1;
    size_t at = hash & (SEEN_MAX - 1);

    while (box->seen[at] && box->seen[at] != hash)
        at = (at + 1) & (SEEN_MAX - 1);
    bool fresh = box->seen[at] == 0;
    box->seen[at] = hash;
    return fresh;
}

static bool is_kind(struct str name, const char *part)
{
    return str_starts(name, str("signing-")) && str_ends(name, str(".eml")) &&
           str_find(name, str(part)) < name.bytes;
}

static enum status read_mail(struct scope *s, const struct mailbox *box, struct str name,
                             struct str *text)
{
    return file_read_whole(s, world_real(), str_concat(s, 3, box->options.folder, str("/"), name),
                           MAIL_BYTES_MAX, text);
}

// Calls with each new mail of a kind, until one is taken.
static bool find_mail(struct scope *s, struct mailbox *box, const char *kind, struct str *text)
{
    struct str *names = NULL;
    size_t count = 0;

    if (directory_list(s, world_real(), box->options.folder, &names, &count) != OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (is_kind(names[i], kind) && is_new(box, names[i]) &&
            read_mail(s, box, names[i], text) == OK)
            return true;
    }
    return false;
}

static enum status wait_for_code(void *context, struct scope *s, struct str *text)
{
    struct mailbox *box = context;

    for (int i = 0; i < CODE_WAIT_TURNS && !atomic_load(&box->stopping); i++) {
        if (find_mail(s, box, "signing-code-", text))
            return OK;
        thread_pause_us(PAUSE_US);
    }
    return fail(s, NOT_FOUND, "no code came");
}

static void come_later(struct mailbox *box, struct str link)
{
    if (box->late_count == LATE_MAX)
        return;
    struct late *l = &box->late[box->late_count++];
    l->due_us = world_monotonic_us(world_real()) + (int64_t)box->options.late_s * US_PER_S;
    memcpy(l->link, link.data, link.bytes);
    l->bytes = link.bytes;
}

static void take(struct scope *s, struct mailbox *box, struct str mail)
{
    enum signee_end end = SIGNEE_AWAY;
    struct str link = {0};

    enum status e = signee_take(s, &box->who, mail, &end);
    if (e == OK && end == SIGNEE_LATE && signee_link(s, mail, &link))
        come_later(box, link);
    mutex_lock(&box->lock);
    box->failed += e != OK;
    box->counts = box->who;
    mutex_unlock(&box->lock);
}

static void visit_late(struct scope *s, struct mailbox *box)
{
    int64_t now_us = world_monotonic_us(world_real());

    for (size_t i = 0; i < box->late_count; i++) {
        enum signee_end end = SIGNEE_AWAY;
        struct late *l = &box->late[i];
        if (l->due_us > now_us)
            continue;
        (void)signee_visit(s, &box->who, str_of(l->link, l->bytes), &end);
        *l = box->late[--box->late_count];
    }
}

bool mailbox_turn(struct mailbox *box)
{
    struct scope *s = scope_open(TURN_BYTES_MAX);
    struct str mail = {0};
    bool found = find_mail(s, box, "-invitation", &mail);

    if (found)
        take(s, box, mail);
    visit_late(s, box);
    scope_close(s);
    return found;
}

static void run(void *argument)
{
    struct mailbox *box = argument;

    while (!atomic_load(&box->stopping))
        if (!mailbox_turn(box))
            thread_pause_us(PAUSE_US);
}

void mailbox_start(struct mailbox *box)
{
    box->thread = thread_start("mailbox", run, box);
}

struct mailbox *mailbox_new(const struct mailbox_options *options)
{
    struct mailbox *box = heap_new(struct mailbox);
    struct signee_options who = {.seed = options->seed,
                                 .rejects = options->rejects,
                                 .never = options->never,
                                 .twice = options->twice,
                                 .late = options->late,
                                 .code_mail = wait_for_code,
                                 .context = box};

    box->options = *options;
    box->client = http_client_new(&(struct http_client_options){0});
    who.client = box->client;
    signee_init(&box->who, &who);
    mutex_init(&box->lock);
    box->seen = heap_array(SEEN_MAX, sizeof *box->seen);
    box->late = heap_array(LATE_MAX, sizeof *box->late);
    return box;
}

void mailbox_free(struct mailbox *box)
{
    if (!box)
        return;
    atomic_store(&box->stopping, true);
    thread_join(box->thread);
    http_client_free(box->client);
    mutex_fini(&box->lock);
    free(box->seen);
    free(box->late);
    free(box);
}

void mailbox_report(struct mailbox *box, struct buf *out)
{
    mutex_lock(&box->lock);
    struct signee w = box->counts;
    uint64_t failed = box->failed;
    mutex_unlock(&box->lock);
    buf_format(out,
               "{\"signed\":%llu,\"rejected\":%llu,\"refused\":%llu,\"away\":%llu,\"late\":%llu,"
               "\"failed\":%llu}",
               (unsigned long long)w.signed_count, (unsigned long long)w.rejected_count,
               (unsigned long long)w.refused_count, (unsigned long long)w.away_count,
               (unsigned long long)w.late_count, (unsigned long long)failed);
}
