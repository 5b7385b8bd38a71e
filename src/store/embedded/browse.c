// Looking at messages without taking them, and what an operator does with dead ones.
#include "core/hex.h"
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/writer.h"

#include <assert.h>
#include <inttypes.h>

enum {
    REDRIVEN_AT_ONCE = 500,
    ID_DIGITS = 16,
};

// Reads an id as message_id() writes it; false when it is none.
static bool read_id(struct str text, uint64_t *out)
{
    uint8_t bytes[ID_DIGITS / 2];

    if (text.bytes != ID_DIGITS || !hex_read(text, bytes))
        return false;
    *out = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        *out = *out << 8 | bytes[i];
    return *out <= INT64_MAX;
}

// Pages show one kind of rows after another: "l" later ones by when they are due, "f" fresh ones,
// "d" dead ones; a cursor is the letter and the key of the last that was shown.
struct place {
    char kind;
    int64_t due_at_us;
    uint64_t id;
};

static enum statement statement_of(char kind)
{
    return kind == 'l' ? LATER_BROWSE : kind == 'f' ? FRESH_BROWSE : DEAD_NEXT;
}

static enum status parse_place(struct scope *s, struct str cursor, enum queue_part part,
                               struct place *out)
{
    struct str rest = str_slice(cursor, 1, cursor.bytes);
    uint64_t due = 0;

    *out = (struct place){.kind = part == QUEUE_DEAD ? 'd' : 'l'};
    if (cursor.bytes == 0)
        return OK;
    char kind = cursor.data[0];
    bool fits = part == QUEUE_DEAD ? kind == 'd' : kind == 'l' || kind == 'f';
    if (!fits || !str_to_u64(str_cut(&rest, '.'), INT64_MAX, &due) ||
        !str_to_u64(rest, INT64_MAX, &out->id))
        return fail(s, INVALID, "«%.*s» is not a cursor of this queue", STR(cursor));
    out->kind = kind;
    out->due_at_us = (int64_t)due;
    return OK;
}

// What is known in memory is newer than the row.
static void overlay(struct queue *q, struct message *m)
{
    mutex_lock(&q->box.lock);
    const struct mail *mail = mailbox_find(&q->box, m->handle);
    if (mail)
        m->receives = mail->receives;
    mutex_unlock(&q->box.lock);
}

static enum status read_message(struct scope *s, struct embedded *e, struct queue *q,
                                sqlite3_stmt *row, struct message *out)
{
    struct sealer_place place = {.owner = q->def->name};

    *out = (struct message){.queue = q->def,
                            .handle = (uint64_t)sqlite3_column_int64(row, 0),
                            .sent_at_us = sqlite3_column_int64(row, 2),
                            .receives = (unsigned)sqlite3_column_int(row, 3),
                            .error = str_copy(s, sql_column(row, 4))};
    out->id = message_id(s, out->handle);
    return sealer_open(s, e->sealer, &place, sql_column(row, 5), &out->body);
}

static enum status browse_kind(struct scope *s, struct embedded *e, struct session *session,
                               struct queue *q, struct place *place, size_t limit,
                               struct message_page *out)
{
    sqlite3_stmt *rows = NULL;
    enum status status = OK;
    bool row = true;

    TRY(session_statement(s, session, statement_of(place->kind), q->owner, &rows));
    if (place->kind == 'l')
        (void)sqlite3_bind_int64(rows, 1, place->due_at_us);
    (void)sqlite3_bind_int64(rows, 2, (int64_t)place->id);
    (void)sqlite3_bind_int64(rows, 3, (int64_t)(limit - out->count));
    while (row && status == OK && out->count < limit) {
        status = sql_step(s, rows, &row);
        if (!row || status != OK)
            break;
        struct message *m = &out->messages[out->count++];
        status = read_message(s, e, q, rows, m);
        *place = (struct place){place->kind, sqlite3_column_int64(rows, 1), m->handle};
    }
    (void)sqlite3_reset(rows);
    return status;
}

static enum status browse(struct scope *s, struct embedded *e, struct session *session,
                          struct queue *q, struct place *place, size_t limit,
                          struct message_page *out)
{
    TRY(browse_kind(s, e, session, q, place, limit, out));
    if (place->kind != 'l' || out->count == limit)
        return OK;
    *place = (struct place){.kind = 'f'};
    return browse_kind(s, e, session, q, place, limit, out);
}

enum status embedded_queue_browse(struct scope *s, struct store *store,
                                  const struct queue_def *queue, enum queue_part part, size_t limit,
                                  struct str cursor, struct message_page *out)
{
    struct embedded *e = embedded_of(store);
    struct queue *q = embedded_queue(e, queue);
    struct session *session = NULL;
    struct place place;

    TRY(parse_place(s, cursor, part, &place));
    out->messages = scope_array(s, limit, sizeof *out->messages);
    TRY(sessions_take(s, &e->readers, &session));
    enum status status = browse(s, e, session, q, &place, limit, out);
    sessions_give(&e->readers, session);
    TRY(status);
    for (size_t i = 0; part == QUEUE_WAITING && i < out->count; i++)
        overlay(q, &out->messages[i]);
    if (out->count == limit)
        out->cursor =
            str_format(s, "%c%" PRId64 ".%" PRIu64, place.kind, place.due_at_us, place.id);
    return OK;
}

// One portion of dead messages that is moved back.
struct redrive {
    struct queue *queue;
    uint64_t first; // numbers
    uint64_t last;
    size_t count_max;
    int64_t due_at_us;
    struct {
        uint64_t id;
        int64_t sent_at_us;
    } moved[REDRIVEN_AT_ONCE];
    size_t count;
};

static enum status find_dead(struct batch *b, struct redrive *r)
{
    sqlite3_stmt *rows = NULL;
    enum status status = OK;
    bool row = true;

    TRY(session_statement(b->scope, b->session, DEAD_FIND, r->queue->owner, &rows));
    (void)sqlite3_bind_int64(rows, 1, (int64_t)r->first);
    (void)sqlite3_bind_int64(rows, 2, (int64_t)r->last);
    (void)sqlite3_bind_int64(rows, 3, (int64_t)r->count_max);
    while (row && status == OK && r->count < r->count_max) {
        status = sql_step(b->scope, rows, &row);
        if (!row || status != OK)
            break;
        r->moved[r->count].id = (uint64_t)sqlite3_column_int64(rows, 0);
        r->moved[r->count++].sent_at_us = sqlite3_column_int64(rows, 1);
    }
    (void)sqlite3_reset(rows);
    return status;
}

static enum status run_for_id(struct batch *b, const struct queue *q, enum statement kind,
                              int64_t due_at_us, uint64_t id)
{
    sqlite3_stmt *statement = NULL;

    TRY(session_statement(b->scope, b->session, kind, q->owner, &statement));
    if (due_at_us)
        (void)sqlite3_bind_int64(statement, 1, due_at_us);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)id);
    return sql_done(b->scope, statement);
}

static enum status run_redrive(struct batch *b, void *context)
{
    struct redrive *r = context;

    r->due_at_us = b->now_us;
    TRY(find_dead(b, r));
    for (size_t i = 0; i < r->count; i++) {
        TRY(run_for_id(b, r->queue, LATER_FROM_DEAD, r->due_at_us, r->moved[i].id));
        TRY(run_for_id(b, r->queue, DEAD_REMOVE, 0, r->moved[i].id));
    }
    return OK;
}

static void redriven(struct embedded *e, void *context)
{
    struct redrive *r = context;
    struct mailbox *box = &r->queue->box;

    (void)e;
    mutex_lock(&box->lock);
    for (size_t i = 0; i < r->count; i++) {
        struct mail *m = mail_new((struct str){0});
        m->body.data = NULL;
        m->id = r->moved[i].id;
        m->sent_at_us = r->moved[i].sent_at_us;
        m->due_at_us = r->due_at_us;
        mailbox_add(box, m);
        mailbox_make_ready(box, m, r->due_at_us);
    }
    r->queue->dead -= r->count;
    condition_broadcast(&box->arrived);
    mutex_unlock(&box->lock);
}

enum status embedded_queue_redrive(struct scope *s, struct store *store,
                                   const struct queue_def *queue, struct str id, size_t count_max,
                                   size_t *moved)
{
    struct embedded *e = embedded_of(store);
    struct redrive *r = scope_new(s, struct redrive);
    struct errand errand = {run_redrive, redriven, r};

    r->queue = embedded_queue(e, queue);
    r->last = INT64_MAX;
    if (id.bytes && !read_id(id, &r->first))
        return OK; // no message has such an id
    if (id.bytes)
        r->last = r->first;
    do {
        r->count = 0;
        r->count_max =
            count_max - *moved < REDRIVEN_AT_ONCE ? count_max - *moved : REDRIVEN_AT_ONCE;
        TRY(writer_do(s, e->writer, &errand));
        *moved += r->count;
    } while (r->count == REDRIVEN_AT_ONCE && *moved < count_max);
    return OK;
}

struct discard {
    struct queue *queue;
    uint64_t id;
};

static enum status run_discard(struct batch *b, void *context)
{
    const struct discard *d = context;

    TRY(run_for_id(b, d->queue, DEAD_REMOVE, 0, d->id));
    if (sqlite3_changes(b->session->db) == 0)
        return fail(b->scope, NOT_FOUND, "the dead-letter queue of %s has no such message",
                    d->queue->def->name);
    return OK;
}

static void discarded(struct embedded *e, void *context)
{
    struct queue *q = ((struct discard *)context)->queue;

    (void)e;
    mutex_lock(&q->box.lock);
    q->dead--;
    mutex_unlock(&q->box.lock);
}

enum status embedded_queue_discard(struct scope *s, struct store *store,
                                   const struct queue_def *queue, struct str id)
{
    struct embedded *e = embedded_of(store);
    struct discard d = {.queue = embedded_queue(e, queue)};
    struct errand errand = {run_discard, discarded, &d};

    if (!read_id(id, &d.id))
        return fail(s, NOT_FOUND, "the dead-letter queue of %s has no such message", queue->name);
    return writer_do(s, e->writer, &errand);
}
