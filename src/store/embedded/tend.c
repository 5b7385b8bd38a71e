// What is due once a minute, in portions that keep the writer's batches short.
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/blobs.h"
#include "store/embedded/hours.h"
#include "store/embedded/index.h"
#include "store/embedded/runs.h"
#include "store/embedded/writer.h"
#include "sys/world.h"

#include <assert.h>

enum {
    EXPIRED_AT_ONCE = 200,
    FEED_ROWS_AT_ONCE = 500,
    PORTIONS_MAX = 50, // of each kind in one call
};

enum status expiry_note(struct batch *b, const struct table *t, const struct record *r)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, EXPIRY_PUT, (struct owner){0}, &put));
    (void)sqlite3_bind_int64(put, 1, r->expires_at_s);
    sql_bind(put, 2, str(t->def->name));
    sql_bind(put, 3, r->partition);
    sql_bind(put, 4, r->sort);
    return sql_done(b->scope, put);
}

struct expired {
    int64_t at_s;
    struct str owner;
    struct record_key key;
};

struct portion {
    size_t done;
};

static enum status find_expired(struct batch *b, struct expired out[EXPIRED_AT_ONCE], size_t *count)
{
    sqlite3_stmt *rows = NULL;
    enum status status = OK;
    bool row = true;

    TRY(session_statement(b->scope, b->session, EXPIRY_DUE, (struct owner){0}, &rows));
    (void)sqlite3_bind_int64(rows, 1, b->now_us / US_PER_S);
    (void)sqlite3_bind_int64(rows, 2, EXPIRED_AT_ONCE);
    while (row && status == OK && *count < EXPIRED_AT_ONCE) {
        status = sql_step(b->scope, rows, &row);
        if (!row || status != OK)
            break;
        out[(*count)++] = (struct expired){
            sqlite3_column_int64(rows, 0),
            str_copy(b->scope, sql_column(rows, 1)),
            {str_copy(b->scope, sql_column(rows, 2)), str_copy(b->scope, sql_column(rows, 3))}};
    }
    (void)sqlite3_reset(rows);
    return status;
}

static struct table *find_table(struct embedded *e, struct str name)
{
    for (size_t i = 0; i < e->table_count; i++)
        if (str_is(name, e->tables[i].def->name))
            return &e->tables[i];
    return NULL;
}

// Removes the record, unless it was put again meanwhile with another end.
static enum status remove_expired(struct batch *b, struct table *t, const struct expired *x)
{
    struct record gone = {.partition = x->key.partition, .sort = x->key.sort};
    struct row row;

    enum status status = rows_find(b->scope, b->session, t, x->key.partition, x->key.sort, &row);
    bool due = status == OK && row.standing.version && row.expires_at_s > 0 &&
               row.expires_at_s <= b->now_us / US_PER_S;
    struct str attributes = due ? str_copy(b->scope, row.attributes) : (struct str){0};
    row_end(&row);
    if (!due)
        return status;
    return batch_remove_record(b, t, &gone, row.standing.in_arrival, attributes);
}

static enum status run_expire(struct batch *b, void *context)
{
    struct portion *portion = context;
    struct expired *due = scope_array(b->scope, EXPIRED_AT_ONCE, sizeof *due);
    sqlite3_stmt *forget = NULL;

    portion->done = 0;
    TRY(find_expired(b, due, &portion->done));
    TRY(session_statement(b->scope, b->session, EXPIRY_REMOVE, (struct owner){0}, &forget));
    for (size_t i = 0; i < portion->done; i++) {
        struct table *t = find_table(b->e, due[i].owner);
        if (t)
            TRY(remove_expired(b, t, &due[i]));
        (void)sqlite3_bind_int64(forget, 1, due[i].at_s);
        sql_bind(forget, 2, due[i].owner);
        sql_bind(forget, 3, due[i].key.partition);
        sql_bind(forget, 4, due[i].key.sort);
        TRY(sql_done(b->scope, forget));
    }
    return OK;
}

// Finds the newest of the oldest rows that may go; 0: none may.
static enum status find_old_feed(struct batch *b, int64_t before_us, size_t *count, int64_t *last)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(session_statement(b->scope, b->session, FEED_OLDEST, (struct owner){0}, &rows));
    (void)sqlite3_bind_int64(rows, 1, FEED_ROWS_AT_ONCE);
    while (row && e == OK) {
        e = sql_step(b->scope, rows, &row);
        if (!row || sqlite3_column_int64(rows, 1) >= before_us)
            break;
        *last = sqlite3_column_int64(rows, 0);
        ++*count;
    }
    (void)sqlite3_reset(rows);
    return e;
}

static enum status run_trim_feed(struct batch *b, void *context)
{
    struct portion *portion = context;
    sqlite3_stmt *trim = NULL;
    int64_t last = 0;

    portion->done = 0;
    TRY(find_old_feed(b, b->now_us - (int64_t)FEED_KEEP_S * US_PER_S, &portion->done, &last));
    if (portion->done == 0)
        return OK;
    TRY(session_statement(b->scope, b->session, FEED_TRIM, (struct owner){0}, &trim));
    (void)sqlite3_bind_int64(trim, 1, last);
    return sql_done(b->scope, trim);
}

static enum status run_sweep_hours(struct batch *b, void *context)
{
    struct portion *portion = context;
    bool more = false;

    for (size_t i = 0; i < b->e->table_count && !more; i++)
        if (b->e->tables[i].hours)
            TRY(hours_sweep(b, &b->e->tables[i], &more));
    portion->done = more;
    return OK;
}

static enum status run_sweep_runs(struct batch *b, void *context)
{
    struct portion *portion = context;
    bool more = false;

    for (size_t i = 0; i < b->e->table_count && !more; i++) {
        struct table *t = &b->e->tables[i];
        for (size_t j = 0; j < t->index_count && !more; j++)
            if (t->indexes[j].runs)
                TRY(runs_sweep(b, t->indexes[j].runs, &more));
    }
    portion->done = more;
    return OK;
}

// Runs one kind of work until a portion is not full; true: there is more.
static bool run_portions(struct scope *s, struct embedded *e,
                         enum status (*run)(struct batch *b, void *context), size_t full)
{
    struct portion portion = {0};
    struct errand errand = {.run = run, .context = &portion};

    for (int i = 0; i < PORTIONS_MAX; i++)
        if (writer_do(s, e->writer, &errand) != OK || portion.done < full)
            return false;
    return true;
}

bool embedded_tend(struct scope *s, struct store *store)
{
    struct embedded *e = embedded_of(store);
    bool more = run_portions(s, e, run_expire, EXPIRED_AT_ONCE);

    more |= run_portions(s, e, run_trim_feed, FEED_ROWS_AT_ONCE);
    more |= run_portions(s, e, run_sweep_hours, 1);
    more |= run_portions(s, e, run_sweep_runs, 1);
    blobs_tend(s, e->blobs);
    return more;
}
