// The two layouts, and cursors that merge their rows in key order.
#include "store/embedded/rows.h"

#include "core/hex.h"
#include "core/scope.h"
#include "store/embedded/hours.h"
#include "store/embedded/pack.h"

#include <assert.h>

enum {
    ID_TEXT_BYTES = 22, // of a UUID's text that hold the number's bits
    COUNTER_BITS = 12,  // rand_a
    CHANCE_BITS = 7,    // the first of rand_b
    MS_MAX_BITS = 44,   // of the time: enough until the year 2527
};

// Reads `count` lower-case hexadecimal digits; -1 when there is another character.
static int64_t read_digits(const char *at, size_t count)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = at[i] >= 'A' && at[i] <= 'F' ? -1 : hex_digit(at[i]);
        if (digit < 0)
            return -1;
        number = number << 4 | digit;
    }
    return number;
}

// RFC 9562, 5.7: 48 bits of time, version 7, 12 bits (a counter within a millisecond where Sheaf
// made the id), variant 10, chance. The number orders as the text does.
int64_t arrival_id(const struct table *t, struct str partition, struct str sort)
{
    const char *p = partition.data;

    if (!t->def->arrival || sort.bytes > 0 || partition.bytes < ID_TEXT_BYTES || p[8] != '-' ||
        p[13] != '-' || p[14] != '7' || p[18] != '-')
        return 0;
    int64_t high = read_digits(p, 8);
    int64_t low = read_digits(p + 9, 4);
    int64_t counter = read_digits(p + 15, 3);
    int64_t chance = read_digits(p + 19, 3); // variant, then chance
    if (high < 0 || low < 0 || counter < 0 || chance < 0 || chance >> 10 != 2 ||
        high >> (MS_MAX_BITS - 16) != 0)
        return 0;
    int64_t ms = high << 16 | low;
    return ms << (COUNTER_BITS + CHANCE_BITS) | counter << CHANCE_BITS |
           (chance & 0x3FF) >> (10 - CHANCE_BITS);
}

// Fills in version, expiry, attributes and content, which stand in this order from `column`.
static void read_columns(sqlite3_stmt *statement, int column, struct row *out)
{
    out->standing.version = (uint64_t)sqlite3_column_int64(statement, column);
    out->expires_at_s = sqlite3_column_int64(statement, column + 1);
    out->attributes = sql_column(statement, column + 2);
    out->content = sql_column(statement, column + 3);
}

static enum status find_plain(struct scope *s, struct session *session, struct table *t,
                              struct row *out)
{
    bool found = false;

    TRY(session_statement(s, session, RECORD_FIND, t->owner, &out->statement));
    sql_bind(out->statement, 1, out->partition);
    sql_bind(out->statement, 2, out->sort);
    TRY(sql_step(s, out->statement, &found));
    if (found)
        read_columns(out->statement, 0, out);
    return OK;
}

enum status rows_find(struct scope *s, struct session *session, struct table *t,
                      struct str partition, struct str sort, struct row *out)
{
    int64_t id = arrival_id(t, partition, sort);
    bool found = false;

    if (t->hours)
        return hours_find(s, session, t, partition, sort, out);
    *out = (struct row){.partition = partition, .sort = sort};
    if (id) {
        TRY(session_statement(s, session, ARRIVAL_FIND, t->owner, &out->statement));
        (void)sqlite3_bind_int64(out->statement, 1, id);
        TRY(sql_step(s, out->statement, &found));
    }
    if (found && str_equal(sql_column(out->statement, 0), partition)) {
        read_columns(out->statement, 1, out);
        out->standing.in_arrival = true;
        return OK;
    }
    row_end(out);
    out->standing.slot_taken = found;
    if (t->def->arrival && !atomic_load(&t->has_plain))
        return OK;
    return find_plain(s, session, t, out);
}

void row_end(struct row *r)
{
    if (r->statement)
        (void)sqlite3_reset(r->statement);
    r->statement = NULL;
}

static enum status put_arrival(struct scope *s, struct session *session, struct table *t,
                               int64_t id, const struct row *r)
{
    sqlite3_stmt *put = NULL;

    if (id > t->newest_id)
        t->newest_id = id;
    TRY(session_statement(s, session, ARRIVAL_PUT, t->owner, &put));
    (void)sqlite3_bind_int64(put, 1, id);
    sql_bind(put, 2, r->partition);
    (void)sqlite3_bind_int64(put, 3, (int64_t)r->standing.version);
    (void)sqlite3_bind_int64(put, 4, r->expires_at_s);
    sql_bind(put, 5, r->attributes);
    sql_bind(put, 6, r->content);
    return sql_done(s, put);
}

static enum status put_plain(struct scope *s, struct session *session, struct table *t,
                             const struct row *r)
{
    sqlite3_stmt *put = NULL;

    atomic_store(&t->has_plain, true);
    TRY(session_statement(s, session, RECORD_PUT, t->owner, &put));
    sql_bind(put, 1, r->partition);
    sql_bind(put, 2, r->sort);
    (void)sqlite3_bind_int64(put, 3, (int64_t)r->standing.version);
    (void)sqlite3_bind_int64(put, 4, r->expires_at_s);
    sql_bind(put, 5, r->attributes);
    sql_bind(put, 6, r->content);
    return sql_done(s, put);
}

enum status rows_put(struct scope *s, struct session *session, struct table *t, struct row *r)
{
    int64_t id = arrival_id(t, r->partition, r->sort);
    bool is_new = r->standing.version == 1;

    assert(r->standing.version > 0);
    if (t->hours)
        return hours_put(s, session, t, r);
    if (is_new)
        r->standing.in_arrival = id && !r->standing.slot_taken;
    return r->standing.in_arrival ? put_arrival(s, session, t, id, r) : put_plain(s, session, t, r);
}

enum status rows_remove(struct scope *s, struct session *session, struct table *t,
                        struct str partition, struct str sort, bool in_arrival)
{
    sqlite3_stmt *remove = NULL;

    TRY(session_statement(s, session, in_arrival ? ARRIVAL_REMOVE : RECORD_REMOVE, t->owner,
                          &remove));
    if (in_arrival) {
        (void)sqlite3_bind_int64(remove, 1, arrival_id(t, partition, sort));
        return sql_done(s, remove);
    }
    sql_bind(remove, 1, partition);
    sql_bind(remove, 2, sort);
    return sql_done(s, remove);
}

static char *write_str(char *at, struct str text)
{
    assert(text.bytes <= ATTRIBUTE_BYTES_MAX);
    if (text.bytes >= 0x80)
        *at++ = (char)(text.bytes | 0x80);
    *at++ = (char)(text.bytes >= 0x80 ? text.bytes >> 7 : text.bytes);
    return text.bytes ? mempcpy(at, text.data, text.bytes) : at;
}

char *rows_write_attribute(char *at, const struct attribute *a)
{
    return write_str(write_str(at, a->name), a->value);
}

enum status rows_attributes(struct scope *s, const struct table *t, struct str packed,
                            const struct attribute **out, size_t *count)
{
    struct unpack u = unpack_of(packed);
    struct attribute *attributes = NULL;

    *out = NULL;
    *count = 0;
    if (packed.bytes == 0)
        return OK;
    attributes = scope_array(s, ATTRIBUTES_MAX, sizeof *attributes);
    while (!unpack_ended(&u) && *count < ATTRIBUTES_MAX) {
        attributes[*count].name = str_copy(s, unpack_str(&u));
        attributes[*count].value = str_copy(s, unpack_str(&u));
        ++*count;
    }
    if (u.bad || !unpack_ended(&u))
        return fail(s, CORRUPT, "%s: attributes of a record are damaged", t->def->name);
    *out = attributes;
    return OK;
}

// Greater than every sort key.
#define FF_4 "\xFF\xFF\xFF\xFF"
#define FF_32 FF_4 FF_4 FF_4 FF_4 FF_4 FF_4 FF_4 FF_4
#define FF_256 FF_32 FF_32 FF_32 FF_32 FF_32 FF_32 FF_32 FF_32
static const char sort_end[] = FF_256 FF_256 FF_256 FF_256 FF_4;

static_assert(sizeof sort_end > SORT_BYTES_MAX + 1, "longer than any sort key");

struct str rows_sort_end(void)
{
    return str_of(sort_end, sizeof sort_end - 1);
}

static bool lacks_plain(struct table *t)
{
    return t->def->arrival && !atomic_load(&t->has_plain);
}

static enum status start_plain(struct scope *s, struct session *session, struct table *t,
                               const struct range *range, struct strand *out)
{
    if (lacks_plain(t))
        return OK;
    TRY(session_statement(s, session, range->descending ? RECORD_DOWN : RECORD_UP, t->owner,
                          &out->statement));
    sql_bind(out->statement, 1, range->partition);
    sql_bind(out->statement, 2, range->from);
    sql_bind(out->statement, 3, range->to.data ? range->to : rows_sort_end());
    return OK;
}

static enum status start_arrival(struct scope *s, struct session *session, struct table *t,
                                 int64_t after, struct strand *out)
{
    TRY(session_statement(s, session, ARRIVAL_SCAN, t->owner, &out->statement));
    (void)sqlite3_bind_int64(out->statement, 1, after);
    return OK;
}

enum status cursor_range(struct scope *s, struct session *session, struct table *t,
                         const struct range *range, struct cursor *out)
{
    int64_t id = arrival_id(t, range->partition, (struct str){0});
    bool empty_sort_in_range = range->from.bytes == 0 && !(range->to.data && !range->to.bytes);

    *out = (struct cursor){.descending = range->descending};
    TRY(start_plain(s, session, t, range, &out->plain));
    if (!id || !empty_sort_in_range)
        return OK;
    out->arrival.only = range->partition;
    return start_arrival(s, session, t, id - 1, &out->arrival);
}

enum status cursor_scan(struct scope *s, struct session *session, struct table *t,
                        const struct scan_position *after, struct cursor *out)
{
    *out = (struct cursor){0};
    if (t->def->arrival)
        TRY(start_arrival(s, session, t, after->arrival_number, &out->arrival));
    if (lacks_plain(t))
        return OK;
    TRY(session_statement(s, session, RECORD_SCAN, t->owner, &out->plain.statement));
    sql_bind(out->plain.statement, 1, after->partition);
    sql_bind(out->plain.statement, 2, after->sort);
    return OK;
}

static void strand_end(struct strand *strand)
{
    if (strand->statement)
        (void)sqlite3_reset(strand->statement);
    *strand = (struct strand){0};
}

void cursor_end(struct cursor *c)
{
    strand_end(&c->plain);
    strand_end(&c->arrival);
}

// Steps to the next row unless it stands on one that was not given yet.
static enum status strand_step(struct scope *s, struct strand *strand, bool arrival)
{
    bool row = false;

    if (strand->stands || !strand->statement)
        return OK;
    sqlite3_stmt *statement = strand->statement;
    TRY(sql_step(s, statement, &row));
    if (!row || (strand->only.data && !str_equal(sql_column(statement, 1), strand->only))) {
        strand_end(strand);
        return OK;
    }
    strand->stands = true;
    strand->row = (struct row){.standing.in_arrival = arrival};
    strand->number = arrival ? sqlite3_column_int64(statement, 0) : 0;
    strand->row.partition = sql_column(statement, arrival ? 1 : 0);
    if (!arrival)
        strand->row.sort = sql_column(statement, 1);
    read_columns(statement, 2, &strand->row);
    return OK;
}

static int compare_rows(const struct row *a, const struct row *b)
{
    int order = str_compare(a->partition, b->partition);

    return order ? order : str_compare(a->sort, b->sort);
}

enum status cursor_next(struct scope *s, struct cursor *c, struct row *out, int64_t *number,
                        bool *got)
{
    TRY(strand_step(s, &c->plain, false));
    TRY(strand_step(s, &c->arrival, true));
    *got = c->plain.stands || c->arrival.stands;
    if (!*got)
        return OK;
    struct strand *next = c->plain.stands ? &c->plain : &c->arrival;
    if (c->plain.stands && c->arrival.stands &&
        (compare_rows(&c->arrival.row, &c->plain.row) < 0) != c->descending)
        next = &c->arrival;
    next->stands = false;
    *out = next->row;
    *number = next->number;
    return OK;
}
