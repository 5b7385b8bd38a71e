// Messages that are only on the disk: counted at the start, and read when there is room for them.
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/writer.h"
#include "sys/world.h"

enum {
    REFILL_BELOW = 2000, // ready messages in memory; then more are read
    REFILL_COUNT = 4000,
    REFILL_BYTES_MAX = 8 << 20,
};

static enum status number_of(struct scope *s, struct session *session, const char *format,
                             const struct queue *q, int64_t *out)
{
    size_t place = str_find(str(format), str("%s"));
    struct str text =
        str_concat(s, 3, str_of(format, place), str(q->owner.name), str(format + place + 2));

    return sql_number(s, session->db, str_z(s, text), out);
}

// The number of the newest message must not be given again, wherever it lies.
static enum status note_newest(struct scope *s, struct embedded *e, struct session *session,
                               const struct queue *q)
{
    static const char *const queries[] = {"SELECT max(id) FROM fresh_%s",
                                          "SELECT max(id) FROM later_%s",
                                          "SELECT max(id) FROM dead_%s"};

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        int64_t newest = 0;
        TRY(number_of(s, session, queries[i], q, &newest));
        if ((uint64_t)newest > e->newest_message)
            e->newest_message = (uint64_t)newest;
    }
    return OK;
}

static enum status open_queue(struct scope *s, struct embedded *e, struct session *session,
                              struct queue *q, bool was_clean)
{
    int64_t fresh = 0;
    int64_t newest_fresh = 0;
    int64_t later = 0;
    int64_t dead = 0;

    TRY(note_newest(s, e, session, q));
    TRY(number_of(s, session, "SELECT count(*) FROM fresh_%s", q, &fresh));
    TRY(number_of(s, session, "SELECT max(id) FROM fresh_%s", q, &newest_fresh));
    TRY(number_of(s, session, "SELECT count(*) FROM later_%s", q, &later));
    TRY(number_of(s, session, "SELECT count(*) FROM dead_%s", q, &dead));
    q->fresh_spilled = (uint64_t)fresh;
    q->fresh_seen = (uint64_t)newest_fresh;
    q->unclean_mark = was_clean ? 0 : e->newest_message;
    q->dead = (uint64_t)dead;
    return later_open(s, session, q, (uint64_t)later);
}

enum status queues_open(struct scope *s, struct embedded *e, struct session *session)
{
    int64_t clean = 0;

    TRY(sql_number(s, session->db, "SELECT value FROM meta WHERE name = 'clean'", &clean));
    TRY(sql_run(s, session->db, "INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', 0)"));
    // One a message and from the microsecond of the start, so that no number comes twice although
    // the rows of settled messages are gone.
    e->newest_message = (uint64_t)world_now_us(e->store.world);
    for (size_t i = 0; i < e->queue_count; i++)
        TRY(open_queue(s, e, session, &e->queues[i], clean != 0));
    return OK;
}

static enum status do_nothing(struct batch *b, void *context)
{
    (void)b;
    (void)context;
    return OK;
}

static enum status note_clean(struct batch *b, void *context)
{
    bool more = true;

    (void)context;
    while (more)
        TRY(mail_count(b, &more));
    return sql_run(b->scope, b->session->db,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', 1)");
}

enum status queues_close(struct scope *s, struct embedded *e)
{
    struct errand drain = {.run = do_nothing};
    struct errand note = {.run = note_clean};
    struct store_stats stats = {.waiting = 1};

    while (stats.waiting > 0) { // changes that were submitted and may settle messages
        TRY(writer_do(s, e->writer, &drain));
        writer_stats(e->writer, &stats);
    }
    for (size_t i = 0; i < e->queue_count; i++) {
        mutex_lock(&e->queues[i].box.lock);
        mailbox_end_leases(&e->queues[i].box);
        mutex_unlock(&e->queues[i].box.lock);
    }
    return writer_do(s, e->writer, &note);
}

// Reads one message into a list that is not shared yet.
static enum status read_fresh(struct scope *s, struct embedded *e, struct queue *q,
                              sqlite3_stmt *rows, struct mail_list *out, size_t *bytes)
{
    struct sealer_place place = {.owner = q->def->name};
    struct str body = {0};

    TRY(sealer_open(s, e->sealer, &place, sql_column(rows, 2), &body));
    struct mail *m = mail_new(body);
    m->id = (uint64_t)sqlite3_column_int64(rows, 0);
    m->sent_at_us = sqlite3_column_int64(rows, 1);
    mail_append(out, m);
    *bytes += body.bytes;
    return OK;
}

static enum status read_all(struct scope *s, struct embedded *e, struct queue *q,
                            struct session *session, uint64_t after, struct mail_list *out)
{
    sqlite3_stmt *rows = NULL;
    size_t bytes = 0;
    bool row = true;

    TRY(session_statement(s, session, FRESH_NEXT, q->owner, &rows));
    (void)sqlite3_bind_int64(rows, 1, (int64_t)after);
    (void)sqlite3_bind_int64(rows, 2, REFILL_COUNT);
    enum status status = OK;
    while (row && status == OK && bytes < REFILL_BYTES_MAX) {
        status = sql_step(s, rows, &row);
        if (row)
            status = read_fresh(s, e, q, rows, out, &bytes);
    }
    (void)sqlite3_reset(rows);
    return status;
}

// Under the box's lock. What was left on the disk before the start may have been received by a
// process that died of it.
static void keep_all(struct queue *q, struct mail_list *list)
{
    for (struct mail *m = mail_take_first(list); m; m = mail_take_first(list)) {
        q->fresh_mark = m->id;
        q->fresh_spilled -= m->id <= q->fresh_seen; // newer ones were not counted yet
        mailbox_add(&q->box, m);
        bool uncounted = m->id <= q->unclean_mark;
        m->receives = uncounted;
        if (uncounted)
            mailbox_make_waiting(&q->box, m);
        else
            mailbox_make_ready(&q->box, m, m->sent_at_us);
    }
}

static bool fresh_wants_refill(const struct queue *q)
{
    return q->fresh_spilled > 0 && !q->refilling &&
           q->box.ready.count + q->box.waiting.count < REFILL_BELOW;
}

static enum status fresh_refill(struct embedded *e, struct queue *q)
{
    struct scope *s = scope_open(4 * (size_t)REFILL_BYTES_MAX);
    struct session *session = NULL;
    struct mail_list list = {0};
    uint64_t after = q->fresh_mark;

    q->refilling = true;
    mutex_unlock(&q->box.lock);
    enum status status = sessions_take(s, &e->readers, &session);
    if (status == OK) {
        status = read_all(s, e, q, session, after, &list);
        sessions_give(&e->readers, session);
    }
    mutex_lock(&q->box.lock);
    keep_all(q, &list); // what was read before a failure, too
    q->refilling = false;
    condition_broadcast(&q->box.arrived);
    scope_close(s);
    return status;
}

bool queue_wants_refill(const struct queue *q)
{
    return fresh_wants_refill(q) || later_wants_refill(q);
}

enum status queue_refill(struct embedded *e, struct queue *q)
{
    return fresh_wants_refill(q) ? fresh_refill(e, q) : later_refill(e, q);
}
