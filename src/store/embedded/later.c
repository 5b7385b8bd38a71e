// The messages of a queue that wait for a moment: delayed ones, and those that were given back. In
// memory are all up to a mark in the order of their moments, at most LATER_MAX of them; those
// behind it are only on the disk until there is room.
#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"

#include <stdlib.h>

enum {
    LATER_MAX = 10000,
    LATER_KEPT = LATER_MAX / 2,         // when there are more
    LATER_REFILL_BELOW = LATER_MAX / 4, // then as many are read
};

static bool is_behind(const struct queue *q, const struct mail *m)
{
    if (m->due_at_us != q->later_mark.due_at_us)
        return m->due_at_us > q->later_mark.due_at_us;
    return m->id > q->later_mark.id;
}

static struct mail *read_later(sqlite3_stmt *row)
{
    struct mail *m = mail_new((struct str){0});

    m->body.data = NULL;
    m->due_at_us = sqlite3_column_int64(row, 0);
    m->id = (uint64_t)sqlite3_column_int64(row, 1);
    m->sent_at_us = sqlite3_column_int64(row, 2);
    m->receives = (unsigned)sqlite3_column_int(row, 3);
    mail_set_error(m, sql_column(row, 4));
    return m;
}

static enum status read_some(struct scope *s, struct session *session, const struct queue *q,
                             struct later_key after, size_t limit, struct mail_list *out)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(session_statement(s, session, LATER_NEXT, q->owner, &rows));
    (void)sqlite3_bind_int64(rows, 1, after.due_at_us);
    (void)sqlite3_bind_int64(rows, 2, (int64_t)after.id);
    (void)sqlite3_bind_int64(rows, 3, (int64_t)limit);
    while (row && e == OK) {
        e = sql_step(s, rows, &row);
        if (row)
            mail_append(out, read_later(rows));
    }
    (void)sqlite3_reset(rows);
    return e;
}

// Adds what was read, except what has come into memory meanwhile. What lay there before an unclean
// stop may have been received once more than the row says.
static void keep_some(struct queue *q, struct mail_list *list)
{
    for (struct mail *m = mail_take_first(list); m; m = mail_take_first(list)) {
        q->later_mark = (struct later_key){m->due_at_us, m->id};
        if (mailbox_find(&q->box, m->id)) {
            mail_free(m);
            continue;
        }
        m->uncounted = m->id <= q->unclean_mark;
        m->receives += m->uncounted;
        q->later_left -= q->later_left > 0;
        mailbox_add(&q->box, m);
        mailbox_make_later(&q->box, m, m->due_at_us);
    }
}

enum status later_open(struct scope *s, struct session *session, struct queue *q, uint64_t count)
{
    struct mail_list list = {0};
    enum status e = read_some(s, session, q, (struct later_key){INT64_MIN, 0}, LATER_MAX, &list);

    q->later_left = count;
    q->later_spilled = list.count == LATER_MAX;
    keep_some(q, &list);
    return e;
}

// Drops those whose moment is farthest from memory.
static void spill(struct queue *q)
{
    struct mail **all = heap_array(q->box.heap_count, sizeof(struct mail *));
    size_t count = mailbox_later(&q->box, all);

    for (size_t i = LATER_KEPT; i < count; i++)
        mailbox_drop(&q->box, all[i]);
    q->later_left += count - LATER_KEPT;
    q->later_spilled = true;
    q->later_mark = (struct later_key){all[LATER_KEPT - 1]->due_at_us, all[LATER_KEPT - 1]->id};
    free((void *)all);
}

// Whether a message stays on the disk. While more are being read nothing does, because what is
// read is older than this moment.
static bool is_left(const struct queue *q, const struct mail *m)
{
    return q->later_spilled && !q->refilling && is_behind(q, m);
}

void later_keep(struct queue *q, struct mail *m)
{
    if (mailbox_find(&q->box, m->id)) { // a reader that refilled has it already
        mail_free(m);
    } else if (is_left(q, m)) {
        q->later_left++;
        mail_free(m);
    } else {
        mailbox_add(&q->box, m);
        mailbox_make_later(&q->box, m, m->due_at_us);
        if (q->box.delayed > LATER_MAX && !q->refilling)
            spill(q);
    }
}

void later_put_back(struct queue *q, struct mail *m)
{
    mailbox_put_back(&q->box, m);
    if (!is_left(q, m))
        return;
    q->later_left++;
    mailbox_drop(&q->box, m);
}

bool later_wants_refill(const struct queue *q)
{
    return q->later_spilled && !q->refilling && q->box.delayed < LATER_REFILL_BELOW;
}

enum status later_refill(struct embedded *e, struct queue *q)
{
    struct scope *s = scope_open(LATER_MAX * 256);
    struct session *session = NULL;
    struct mail_list list = {0};
    struct later_key after = q->later_mark;

    q->refilling = true;
    mutex_unlock(&q->box.lock);
    enum status status = sessions_take(s, &e->readers, &session);
    if (status == OK) {
        status = read_some(s, session, q, after, LATER_REFILL_BELOW, &list);
        sessions_give(&e->readers, session);
    }
    mutex_lock(&q->box.lock);
    q->later_spilled = status != OK || list.count == LATER_REFILL_BELOW;
    keep_some(q, &list);
    q->refilling = false;
    condition_broadcast(&q->box.arrived);
    scope_close(s);
    return status;
}
