// Dictionaries of compression. What was packed with one needs the same one to be read, so each that
// was ever used is kept in the database under a number, which stands in the sealed content.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"

static enum status load(struct scope *s, struct session *session, struct str *samples,
                        size_t *count)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(sql_prepare(s, session->db, "SELECT number, sample FROM dictionary ORDER BY number",
                    &rows));
    while (row && e == OK && *count < SEALER_DICTIONARIES_MAX) {
        e = sql_step(s, rows, &row);
        if (row)
            samples[(*count)++] = str_copy(s, sql_column(rows, 1));
    }
    (void)sqlite3_finalize(rows);
    return e;
}

static enum status keep(struct scope *s, struct session *session, size_t number, struct str sample)
{
    sqlite3_stmt *put = NULL;

    TRY(sql_prepare(s, session->db, "INSERT INTO dictionary (number, sample) VALUES (?1, ?2)",
                    &put));
    (void)sqlite3_bind_int64(put, 1, (int64_t)number);
    sql_bind(put, 2, sample);
    enum status e = sql_done(s, put);
    (void)sqlite3_finalize(put);
    return e;
}

static struct table *find_table(struct embedded *e, const char *name)
{
    for (size_t i = 0; i < e->table_count; i++)
        if (strcmp(e->tables[i].def->name, name) == 0)
            return &e->tables[i];
    return NULL;
}

// Finds the sample among those that are kept, or keeps it. Numbers start at 1, without gaps.
static enum status number_of(struct scope *s, struct session *session, struct str sample,
                             struct str *samples, size_t *count, size_t *number)
{
    for (*number = 1; *number <= *count; ++*number)
        if (str_equal(samples[*number - 1], sample))
            return OK;
    if (*count == SEALER_DICTIONARIES_MAX)
        return fail(s, INTERNAL, "there have been %d dictionaries", SEALER_DICTIONARIES_MAX);
    TRY(keep(s, session, *number, sample));
    samples[(*count)++] = sample;
    return OK;
}

enum status dictionaries_open(struct scope *s, struct embedded *e, struct session *session)
{
    struct str *samples = scope_array(s, SEALER_DICTIONARIES_MAX, sizeof *samples);
    size_t count = 0;

    TRY(load(s, session, samples, &count));
    for (const struct embedded_dictionary *d = e->options.dictionaries; d && d->table; d++) {
        struct table *t = find_table(e, d->table);
        size_t number = 0;
        if (!t || d->sample.bytes == 0)
            continue;
        TRY(number_of(s, session, d->sample, samples, &count, &number));
        t->dictionary = (unsigned)number;
    }
    for (size_t i = 0; i < count; i++)
        sealer_add_dictionary(e->sealer, (unsigned)i + 1, samples[i]);
    return OK;
}
