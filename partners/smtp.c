#include "partners/smtp_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdlib.h>

// The value of a header field on one line; empty when there is none.
static struct str header(struct str text, struct str name)
{
    struct str head = str_slice(text, 0, str_find(text, str("\r\n\r\n")) + 2);

    while (head.bytes) {
        size_t end = str_find(head, str("\r\n"));
        struct str line = str_slice(head, 0, end);
        if (line.bytes > name.bytes && str_equal_nocase(str_slice(line, 0, name.bytes), name))
            return str_trim(str_slice(line, name.bytes, line.bytes));
        head = str_slice(head, end + 2, head.bytes);
    }
    return (struct str){0};
}

// What stands before the '@' of "<id@domain>".
static struct str id_of(struct str text)
{
    struct str rest = header(text, str("Message-ID:"));

    if (!str_starts(rest, str("<")))
        return (struct str){0};
    rest = str_slice(rest, 1, rest.bytes);
    return str_cut(&rest, '@');
}

static struct smtp_kept *find(struct smtp_sink *sink, struct str id, struct str to)
{
    for (struct smtp_kept *k = sink->first; k; k = k->next)
        if (str_equal(k->mail.id, id) && str_equal(k->mail.to, to))
            return k;
    return NULL;
}

static void write_file(struct scope *s, const struct smtp_sink *sink, const struct smtp_kept *k)
{
    struct str path =
        str_format(s, "%.*s/%.*s-%.*s.eml", STR(sink->folder), STR(k->mail.id), STR(k->mail.to));

    if (sink->folder.bytes && str_find_byte(k->mail.id, '/') == k->mail.id.bytes &&
        str_find_byte(k->mail.to, '/') == k->mail.to.bytes)
        (void)file_write_whole(s, world_real(), path, k->mail.text);
}

void smtp_keep(struct scope *s, struct smtp_sink *sink, struct str from, struct str to,
               struct str text)
{
    struct str id = id_of(text);
    struct smtp_kept *k = id.bytes ? find(sink, id, to) : NULL;

    if (id.bytes == 0)
        sink->counts.nameless++;
    if (k) {
        bool same = str_equal(k->mail.text, text);
        sink->counts.repeats += same;
        sink->counts.differing += !same;
        k->mail.times++;
        return;
    }
    k = heap_new(struct smtp_kept);
    k->mail = (struct smtp_mail){.id = heap_copy(id),
                                 .from = heap_copy(from),
                                 .to = heap_copy(to),
                                 .text = heap_copy(text),
                                 .times = 1};
    *sink->last = k;
    sink->last = &k->next;
    sink->counts.messages++;
    write_file(s, sink, k);
    condition_broadcast(&sink->came);
}

enum status smtp_sink_start(struct scope *s, const struct smtp_sink_options *options,
                            struct smtp_sink **out)
{
    struct smtp_sink *sink = heap_new(struct smtp_sink);

    mutex_init(&sink->mutex);
    condition_init(&sink->came);
    sink->listen_fd = sink->stop_fd = -1;
    sink->last = &sink->first;
    sink->faults = options->faults;
    sink->chance = chance_seeded(options->seed);
    sink->user = heap_copy(options->user);
    sink->password = heap_copy(options->password);
    sink->folder = heap_copy(options->folder);
    enum status e = smtp_port_open(s, sink, options->port);
    if (e == OK)
        *out = sink;
    else
        smtp_sink_stop(sink);
    return e;
}

static void free_text(struct str text)
{
    free((char *)(uintptr_t)text.data);
}

static void free_kept(struct smtp_kept *k)
{
    free_text(k->mail.id);
    free_text(k->mail.from);
    free_text(k->mail.to);
    free_text(k->mail.text);
    free(k);
}

void smtp_sink_stop(struct smtp_sink *sink)
{
    if (!sink)
        return;
    smtp_port_close(sink);
    for (struct smtp_kept *k = sink->first; k;) {
        struct smtp_kept *next = k->next;
        free_kept(k);
        k = next;
    }
    free_text(sink->url);
    free_text(sink->user);
    free_text(sink->password);
    free_text(sink->folder);
    condition_fini(&sink->came);
    mutex_fini(&sink->mutex);
    free(sink);
}

struct str smtp_sink_url(const struct smtp_sink *sink)
{
    return sink->url;
}

void smtp_sink_set_faults(struct smtp_sink *sink, const struct faults *faults)
{
    mutex_lock(&sink->mutex);
    sink->faults = *faults;
    mutex_unlock(&sink->mutex);
}

struct smtp_counts smtp_sink_counts(struct smtp_sink *sink)
{
    mutex_lock(&sink->mutex);
    struct smtp_counts counts = sink->counts;
    mutex_unlock(&sink->mutex);
    return counts;
}

void smtp_sink_report(struct smtp_sink *sink, struct buf *out)
{
    struct smtp_counts counts = smtp_sink_counts(sink);
    const char *before = "{";

#define SMTP_COUNT(name, meaning)                                                                  \
    buf_format(out, "%s\"" #name "\":%llu", before, (unsigned long long)counts.name);              \
    before = ",";
#include "partners/smtp_counts.def"
#undef SMTP_COUNT
    buf_put_byte(out, '}');
}

bool smtp_sink_mail(struct scope *s, struct smtp_sink *sink, size_t index, struct smtp_mail *out)
{
    mutex_lock(&sink->mutex);
    struct smtp_kept *k = sink->first;
    while (k && index-- > 0)
        k = k->next;
    if (k) {
        *out =
            (struct smtp_mail){str_copy(s, k->mail.id), str_copy(s, k->mail.from),
                               str_copy(s, k->mail.to), str_copy(s, k->mail.text), k->mail.times};
    }
    mutex_unlock(&sink->mutex);
    return k != NULL;
}

bool smtp_sink_wait(struct smtp_sink *sink, uint64_t count, unsigned wait_ms)
{
    int64_t until_us = world_monotonic_us(world_real()) + (int64_t)wait_ms * 1000;

    mutex_lock(&sink->mutex);
    while (sink->counts.messages < count) {
        int64_t left_us = until_us - world_monotonic_us(world_real());
        if (left_us <= 0 || !condition_wait_us(&sink->came, &sink->mutex, left_us))
            break;
    }
    bool has = sink->counts.messages >= count;
    mutex_unlock(&sink->mutex);
    return has;
}
