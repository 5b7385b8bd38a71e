// What a batch does to messages: rows at once, memory when the batch has been committed.
#include "store/embedded/batch_impl.h"

#include "core/scope.h"
#include "store/embedded/writer.h"

#include <assert.h>

enum {
    READY_MAX = 10000, // messages of one queue in memory; more are read when these are taken
    BODIES_BYTES_MAX = 32 << 20, // of them
    COUNTED_MAX = 200,           // a batch and queue
};

static void touch(struct batch *b, struct queue *q)
{
    if (q->touched)
        return;
    q->touched = true;
    q->next_touched = b->touched;
    b->touched = q;
}

bool mail_check(struct batch *b, const struct item *i, struct found *out)
{
    out->queue = embedded_queue(b->e, i->queue);
    if (i->kind == ITEM_SEND)
        return true;
    struct mailbox *box = &out->queue->box;
    mutex_lock(&box->lock);
    out->mail = mailbox_claim(box, i->message.handle, i->message.lease);
    mutex_unlock(&box->lock);
    return out->mail != NULL;
}

void mail_uncheck(struct found *f)
{
    if (!f->mail)
        return;
    mutex_lock(&f->queue->box.lock);
    mailbox_unclaim(&f->queue->box, f->mail);
    mutex_unlock(&f->queue->box.lock);
}

static enum status put_fresh(struct batch *b, struct queue *q, const struct mail *m,
                             struct str sealed)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, FRESH_PUT, q->owner, &put));
    (void)sqlite3_bind_int64(put, 1, (int64_t)m->id);
    (void)sqlite3_bind_int64(put, 2, m->sent_at_us);
    sql_bind(put, 3, sealed);
    return sql_done(b->scope, put);
}

static enum status put_later(struct batch *b, struct queue *q, const struct mail *m,
                             struct str sealed)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, LATER_PUT, q->owner, &put));
    (void)sqlite3_bind_int64(put, 1, m->due_at_us);
    (void)sqlite3_bind_int64(put, 2, (int64_t)m->id);
    (void)sqlite3_bind_int64(put, 3, m->sent_at_us);
    (void)sqlite3_bind_int64(put, 4, 0);
    (void)sqlite3_bind_null(put, 5);
    sql_bind(put, 6, sealed);
    return sql_done(b->scope, put);
}

static enum status send(struct batch *b, struct item *i, struct queue *q)
{
    struct mail *m = i->held;

    m->id = ++b->e->newest_message;
    m->sent_at_us = b->now_us;
    m->due_at_us = i->delay_s > 0 ? b->now_us + i->delay_s * US_PER_S : 0;
    mail_append(&q->sent, m);
    return m->due_at_us ? put_later(b, q, m, i->sealed) : put_fresh(b, q, m, i->sealed);
}

static enum status remove_row(struct batch *b, struct queue *q, const struct mail *m)
{
    sqlite3_stmt *remove = NULL;

    TRY(session_statement(b->scope, b->session, m->due_at_us ? LATER_REMOVE : FRESH_REMOVE,
                          q->owner, &remove));
    if (m->due_at_us)
        (void)sqlite3_bind_int64(remove, 1, m->due_at_us);
    (void)sqlite3_bind_int64(remove, 2, (int64_t)m->id);
    return sql_done(b->scope, remove);
}

// Moves the row of a message, body and all, to where `statement` puts it, and removes the old one.
static enum status move_row(struct batch *b, struct queue *q, const struct mail *m,
                            enum statement statement, int64_t to_us, struct str error)
{
    sqlite3_stmt *move = NULL;

    TRY(session_statement(b->scope, b->session, statement, q->owner, &move));
    if (m->due_at_us)
        (void)sqlite3_bind_int64(move, 1, m->due_at_us);
    (void)sqlite3_bind_int64(move, 2, (int64_t)m->id);
    (void)sqlite3_bind_int64(move, 3, to_us);
    (void)sqlite3_bind_int64(move, 4, m->receives);
    sql_bind(move, 5, error);
    TRY(sql_done(b->scope, move));
    return remove_row(b, q, m);
}

static enum status set_aside(struct batch *b, struct queue *q, struct mail *m, struct str error)
{
    m->fate = FATE_GONE;
    q->died++;
    return move_row(b, q, m, m->due_at_us ? DEAD_FROM_LATER : DEAD_FROM_FRESH, b->now_us, error);
}

static enum status make_later(struct batch *b, struct queue *q, struct mail *m, int64_t due_at_us,
                              struct str error)
{
    if (due_at_us == m->due_at_us)
        due_at_us--; // that is the old row's key
    m->next_due_at_us = due_at_us;
    mail_set_error(m, error);
    return move_row(b, q, m, m->due_at_us ? LATER_FROM_LATER : LATER_FROM_FRESH, due_at_us, error);
}

static enum status give_back(struct batch *b, struct item *i, struct queue *q, struct mail *m)
{
    if (m->receives >= q->def->receives_max)
        return set_aside(b, q, m, i->text);
    m->fate = FATE_LATER;
    return make_later(b, q, m, b->now_us + i->delay_s * US_PER_S, i->text);
}

enum status mail_write(struct batch *b, struct item *i, struct found *f)
{
    struct queue *q = f->queue;

    touch(b, q);
    if (i->kind == ITEM_SEND)
        return send(b, i, q);
    mail_append(&q->claimed, f->mail);
    f->mail->fate = FATE_GONE;
    if (i->kind == ITEM_SETTLE)
        return remove_row(b, q, f->mail);
    return i->kind == ITEM_SET_ASIDE ? set_aside(b, q, f->mail, i->text)
                                     : give_back(b, i, q, f->mail);
}

// The lease of a message ended, or the process did, or its life.
static enum status count_one(struct batch *b, struct queue *q, struct mail *m)
{
    bool is_old = m->sent_at_us < b->now_us - (int64_t)MESSAGE_LIFE_S_MAX * US_PER_S;
    struct str error = str_copy(b->scope, m->error);

    touch(b, q);
    mail_append(&q->claimed, m);
    m->fate = FATE_COUNT;
    if (m->receives < q->def->receives_max && !is_old)
        return make_later(b, q, m, b->now_us, error);
    if (is_old)
        error = str_format(b->scope, "not settled within %d days", MESSAGE_LIFE_S_MAX / 86400);
    else if (error.bytes == 0)
        error = str_format(b->scope, "received %u times, and no receive ended", m->receives);
    return set_aside(b, q, m, error);
}

static enum status count_queue(struct batch *b, struct queue *q, bool *more)
{
    for (int n = 0; n < COUNTED_MAX; n++) {
        mutex_lock(&q->box.lock);
        struct mail *m = mailbox_claim_waiting(&q->box);
        mutex_unlock(&q->box.lock);
        if (!m)
            return OK;
        TRY(count_one(b, q, m));
    }
    *more = true;
    return OK;
}

enum status mail_count(struct batch *b, bool *more)
{
    *more = false;
    for (size_t i = 0; i < b->e->queue_count; i++)
        TRY(count_queue(b, &b->e->queues[i], more));
    return OK;
}

static void keep_fresh(struct queue *q, struct mail *m)
{
    q->fresh_seen = m->id;
    if (m->id <= q->fresh_mark) { // a reader that refilled has it already
        mail_free(m);
    } else if (q->fresh_spilled > 0 || q->box.ready.count >= READY_MAX ||
               q->box.body_bytes >= BODIES_BYTES_MAX) {
        q->fresh_spilled++;
        mail_free(m);
    } else {
        q->fresh_mark = m->id;
        mailbox_add(&q->box, m);
        mailbox_make_ready(&q->box, m, m->sent_at_us);
    }
}

static void commit_sent(struct queue *q)
{
    for (struct mail *m = mail_take_first(&q->sent); m; m = mail_take_first(&q->sent)) {
        if (m->due_at_us == 0) {
            keep_fresh(q, m);
            continue;
        }
        later_keep(q, m);
    }
}

static void commit_claimed(struct queue *q)
{
    for (struct mail *m = mail_take_first(&q->claimed); m; m = mail_take_first(&q->claimed)) {
        if (m->fate == FATE_GONE)
            mailbox_forget(&q->box, m);
        else
            later_put_back(q, m);
    }
}

static void wake_takers(struct mailbox *box)
{
    if (box->takers == 0)
        return;
    if (box->takers == 1 || box->ready.count == 1)
        condition_signal(&box->arrived);
    else
        condition_broadcast(&box->arrived);
}

void mail_commit(struct batch *b)
{
    for (struct queue *q = b->touched; q; q = q->next_touched) {
        mutex_lock(&q->box.lock);
        commit_sent(q);
        commit_claimed(q);
        mailbox_wake_due(&q->box, b->now_us);
        q->dead += q->died;
        wake_takers(&q->box);
        mutex_unlock(&q->box.lock);
        q->died = 0;
        q->touched = false;
    }
    b->touched = NULL;
}

// A taker that waits for messages to be counted does not wait for the next try.
static void tell_failure(struct queue *q)
{
    mutex_lock(&q->box.lock);
    q->box.failures++;
    condition_broadcast(&q->box.arrived);
    mutex_unlock(&q->box.lock);
}

void mail_rollback(struct batch *b)
{
    for (struct queue *q = b->touched; q; q = q->next_touched) {
        q->sent = (struct mail_list){0}; // still their changes'
        mutex_lock(&q->box.lock);
        for (struct mail *m = mail_take_first(&q->claimed); m; m = mail_take_first(&q->claimed))
            mailbox_unclaim(&q->box, m);
        mutex_unlock(&q->box.lock);
        q->died = 0;
        q->touched = false;
    }
    b->touched = NULL;
    for (size_t i = 0; i < b->e->queue_count; i++)
        tell_failure(&b->e->queues[i]);
}
