// The feed and the audit log. What the changes of a batch add is gathered and written as one row of
// each before the commit, so that an entry costs its bytes and not a row.
//
// An entry of the feed: table, partition, sort, version. An entry of the audit log: a byte whose
// bits say which of its five texts are as in the entry before, then the texts that are not.
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "sys/world.h"

#include <assert.h>
#include <inttypes.h>

enum {
    AUDIT_TEXTS = 5,
    ROWS_SCANNED_MAX = 5000, // of the feed, in one call: of batches without an entry of the table
};

enum status journal_open(struct scope *s, struct embedded *e, struct session *session)
{
    int64_t newest = 0;
    int64_t next = 0;

    TRY(sql_number(s, session->db, "SELECT max(id) FROM feed", &newest));
    TRY(sql_number(s, session->db, "SELECT first + count FROM audit ORDER BY first DESC LIMIT 1",
                   &next));
    // From the microsecond of the start: a consumer's position stays behind what is new, although
    // the rows it read are gone.
    e->newest_feed = world_now_us(e->store.world);
    if (newest > e->newest_feed)
        e->newest_feed = newest;
    e->next_audit = next > 0 ? (uint64_t)next : 1;
    return OK;
}

void journal_feed(struct batch *b, const struct table *t, const struct record *r)
{
    if (!t->def->feed)
        return;
    pack_str(&b->feed, str(t->def->name));
    pack_str(&b->feed, r->partition);
    pack_str(&b->feed, r->sort);
    pack_number(&b->feed, r->version);
}

static void audit_texts(const struct audit_entry *entry, struct str out[AUDIT_TEXTS])
{
    out[0] = entry->tenant;
    out[1] = entry->actor;
    out[2] = entry->action;
    out[3] = entry->subject;
    out[4] = entry->details;
}

// `b->audited` are texts of changes in this batch, which are not answered before it is written.
void journal_audit(struct batch *b, const struct audit_entry *entry)
{
    struct str texts[AUDIT_TEXTS];
    struct str before[AUDIT_TEXTS];
    unsigned same = 0;

    audit_texts(entry, texts);
    audit_texts(&b->audited, before);
    for (unsigned i = 0; i < AUDIT_TEXTS; i++)
        if (b->audit_count > 0 && str_equal(texts[i], before[i]))
            same |= 1U << i;
    *pack_reserve(&b->audit, 1) = (char)same;
    for (unsigned i = 0; i < AUDIT_TEXTS; i++)
        if (!(same & 1U << i))
            pack_str(&b->audit, texts[i]);
    b->audited = *entry;
    b->audit_count++;
}

static enum status write_feed(struct batch *b)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, FEED_PUT, (struct owner){0}, &put));
    (void)sqlite3_bind_int64(put, 1, ++b->e->newest_feed);
    (void)sqlite3_bind_int64(put, 2, b->now_us);
    sql_bind(put, 3, pack_view(&b->feed));
    return sql_done(b->scope, put);
}

static enum status write_audit(struct batch *b)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, AUDIT_PUT, (struct owner){0}, &put));
    (void)sqlite3_bind_int64(put, 1, (int64_t)b->e->next_audit);
    (void)sqlite3_bind_int64(put, 2, (int64_t)b->audit_count);
    (void)sqlite3_bind_int64(put, 3, b->now_us);
    sql_bind(put, 4, pack_view(&b->audit));
    return sql_done(b->scope, put);
}

enum status journal_write(struct batch *b)
{
    if (b->feed.bytes > 0)
        TRY(write_feed(b));
    if (b->audit.bytes > 0)
        TRY(write_audit(b));
    return OK;
}

void journal_end(struct batch *b, bool committed)
{
    if (committed)
        b->e->next_audit += b->audit_count;
    b->feed.bytes = 0;
    b->audit.bytes = 0;
    b->audit_count = 0;
}

// Where a reader of the feed stands: entries before this one of this row were read.
struct position {
    int64_t row;
    uint64_t entry;
};

static enum status parse_position(struct scope *s, struct str text, struct position *out)
{
    struct str rest = text;
    uint64_t row = 0;

    *out = (struct position){0};
    if (text.bytes == 0)
        return OK;
    if (!str_to_u64(str_cut(&rest, '.'), INT64_MAX, &row) ||
        !str_to_u64(rest, UINT32_MAX, &out->entry))
        return fail(s, INVALID, "«%.*s» is not a position in a feed", STR(text));
    out->row = (int64_t)row;
    return OK;
}

struct feed_reading {
    const char *table;
    struct position position;
    struct feed_entry *entries;
    size_t count;
    size_t limit;
};

// Reads the entries of one row that were not read yet, until the limit.
static bool read_feed_row(struct scope *s, struct str packed, int64_t at_us,
                          struct feed_reading *reading)
{
    struct unpack u = unpack_of(packed);

    for (uint64_t n = 0; !unpack_ended(&u); n++) {
        struct str table = unpack_str(&u);
        struct str partition = unpack_str(&u);
        struct str sort = unpack_str(&u);
        uint64_t version = unpack_number(&u);
        if (n < reading->position.entry || !str_is(table, reading->table) || u.bad)
            continue;
        if (reading->count == reading->limit)
            break;
        reading->entries[reading->count++] =
            (struct feed_entry){str_copy(s, partition), str_copy(s, sort), version, at_us};
        reading->position.entry = n + 1;
    }
    return !u.bad;
}

static enum status read_feed_rows(struct scope *s, sqlite3_stmt *rows, struct feed_reading *reading)
{
    for (int scanned = 0; scanned < ROWS_SCANNED_MAX && reading->count < reading->limit;
         scanned++) {
        bool row = false;
        TRY(sql_step(s, rows, &row));
        if (!row)
            return OK;
        int64_t id = sqlite3_column_int64(rows, 0);
        if (id != reading->position.row)
            reading->position = (struct position){.row = id};
        if (!read_feed_row(s, sql_column(rows, 2), sqlite3_column_int64(rows, 1), reading))
            return fail(s, CORRUPT, "row %" PRId64 " of the feed is damaged", id);
        if (reading->count < reading->limit)
            reading->position = (struct position){.row = id + 1};
    }
    return OK;
}

enum status embedded_feed_read(struct scope *s, struct store *store, const struct table_def *table,
                               struct str position, size_t limit, struct feed_entry **entries,
                               size_t *count, struct str *next)
{
    struct embedded *e = embedded_of(store);
    struct feed_reading reading = {.table = table->name, .limit = limit};
    struct session *session = NULL;
    sqlite3_stmt *rows = NULL;

    *count = 0;
    TRY(parse_position(s, position, &reading.position));
    reading.entries = scope_array(s, limit, sizeof *reading.entries);
    TRY(sessions_take(s, &e->readers, &session));
    enum status status = session_statement(s, session, FEED_NEXT, (struct owner){0}, &rows);
    if (status == OK) {
        (void)sqlite3_bind_int64(rows, 1, reading.position.row);
        status = read_feed_rows(s, rows, &reading);
        (void)sqlite3_reset(rows);
    }
    sessions_give(&e->readers, session);
    *entries = reading.entries;
    *count = reading.count;
    *next = str_format(s, "%" PRId64 ".%" PRIu64, reading.position.row, reading.position.entry);
    return status;
}

struct audit_reading {
    uint64_t after;
    struct audit_row *rows;
    size_t count;
    size_t limit;
};

static bool read_audit_row(struct scope *s, sqlite3_stmt *row, struct audit_reading *reading)
{
    struct unpack u = unpack_of(sql_column(row, 3));
    uint64_t sequence = (uint64_t)sqlite3_column_int64(row, 0);
    struct str texts[AUDIT_TEXTS] = {0};

    for (; !unpack_ended(&u) && reading->count < reading->limit; sequence++) {
        unsigned same = (unsigned char)*unpack_bytes(&u, 1).data;
        for (unsigned i = 0; i < AUDIT_TEXTS; i++)
            if (!(same & 1U << i))
                texts[i] = unpack_str(&u);
        if (sequence <= reading->after || u.bad)
            continue;
        struct audit_row *out = &reading->rows[reading->count++];
        out->entry = (struct audit_entry){str_copy(s, texts[0]), str_copy(s, texts[1]),
                                          str_copy(s, texts[2]), str_copy(s, texts[3]),
                                          str_copy(s, texts[4])};
        out->at_us = sqlite3_column_int64(row, 2);
        out->sequence = sequence;
    }
    return !u.bad;
}

static enum status read_audit_rows(struct scope *s, sqlite3_stmt *rows,
                                   struct audit_reading *reading)
{
    bool row = true;

    while (reading->count < reading->limit) {
        TRY(sql_step(s, rows, &row));
        if (!row)
            return OK;
        if (!read_audit_row(s, rows, reading))
            return fail(s, CORRUPT, "row %lld of the audit log is damaged",
                        (long long)sqlite3_column_int64(rows, 0));
    }
    return OK;
}

enum status embedded_audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                                struct audit_row **rows, size_t *count)
{
    struct embedded *e = embedded_of(store);
    struct audit_reading reading = {.after = after, .limit = limit};
    struct session *session = NULL;
    sqlite3_stmt *statement = NULL;

    reading.rows = scope_array(s, limit, sizeof *reading.rows);
    TRY(sessions_take(s, &e->readers, &session));
    enum status status = session_statement(s, session, AUDIT_NEXT, (struct owner){0}, &statement);
    if (status == OK) {
        (void)sqlite3_bind_int64(statement, 1, (int64_t)after + 1);
        status = read_audit_rows(s, statement, &reading);
        (void)sqlite3_reset(statement);
    }
    sessions_give(&e->readers, session);
    *rows = reading.rows;
    *count = reading.count;
    return status;
}
