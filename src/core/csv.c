// Reading and writing comma-separated values. A row is first measured (where it ends, how many
// fields it has), so that limits hold before anything is allocated; then it is cut into fields.
#include "core/csv.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <assert.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

const struct csv_options csv_options_standard = {
    .delimiter = ',',
    .quote = '"',
    .fields_max = 1000,
    .row_bytes_max = 1 << 20,
};

struct csv_reader csv_open(struct str text, const struct csv_options *options)
{
    char d = options->delimiter;
    char q = options->quote;

    assert(d > 0 && q > 0 && d != q && !strchr("\r\n", d) && !strchr("\r\n", q));
    if (str_starts(text, str(byte_order_mark)))
        text = str_slice(text, strlen(byte_order_mark), text.bytes);
    return (struct csv_reader){.options = *options, .rest = text, .line = 1};
}

// -- reading -------------------------------------------------------------------------------------

// What the first look at a row finds.
struct measure {
    size_t bytes; // without the end of the line
    size_t end_bytes;
    size_t fields;
    size_t lines;
};

// Skips a quoted field from its opening quote; returns its length, quotes included.
static enum status measure_quoted(struct scope *s, const struct csv_reader *reader, size_t from,
                                  struct measure *m)
{
    size_t line = reader->line + m->lines;
    size_t bytes_max = reader->options.row_bytes_max;

    for (size_t i = from + 1; i < reader->rest.bytes && i - from <= bytes_max; i++) {
        char c = reader->rest.data[i];
        m->lines += c == '\n';
        if (c != reader->options.quote)
            continue;
        if (i + 1 < reader->rest.bytes && reader->rest.data[i + 1] == c) {
            i++;
            continue;
        }
        m->bytes = i + 1;
        return OK;
    }
    if (reader->rest.bytes - from > bytes_max)
        return fail(s, TOO_LARGE, "line %zu: a row is longer than %zu bytes", line, bytes_max);
    return fail(s, INVALID, "line %zu: a quote is never closed", line);
}

// Skips an unquoted field.
static enum status measure_plain(struct scope *s, const struct csv_reader *reader, size_t from,
                                 struct measure *m)
{
    size_t i = from;
    char c = '\0';

    for (; i < reader->rest.bytes; i++) {
        c = reader->rest.data[i];
        if (c == reader->options.delimiter || c == '\n' || c == '\r' ||
            (c == reader->options.quote && !reader->options.stray_quotes))
            break;
    }
    m->bytes = i;
    if (i < reader->rest.bytes && c == reader->options.quote)
        return fail(s, INVALID, "line %zu: a quote inside a field that does not start with one",
                    reader->line + m->lines);
    return OK;
}

// Looks at what follows a field: another one, the end of the line, or the end of the text.
static enum status measure_end(struct scope *s, const struct csv_reader *reader, bool quoted,
                               struct measure *m)
{
    struct str rest = str_slice(reader->rest, m->bytes, 2);

    if (rest.bytes == 0 || rest.data[0] == reader->options.delimiter)
        return OK;
    if (rest.data[0] == '\n') {
        m->end_bytes = 1;
        return OK;
    }
    if (str_is(rest, "\r\n")) {
        m->end_bytes = 2;
        return OK;
    }
    return fail(s, INVALID, "line %zu: %s", reader->line + m->lines,
                quoted ? "text behind a closing quote" : "a carriage return without a line feed");
}

static enum status measure_field(struct scope *s, const struct csv_reader *reader,
                                 struct measure *m)
{
    size_t from = m->bytes;
    bool quoted = from < reader->rest.bytes && reader->rest.data[from] == reader->options.quote;

    if (++m->fields > reader->options.fields_max)
        return fail(s, TOO_LARGE, "line %zu: a row has more than %zu fields", reader->line,
                    reader->options.fields_max);
    if (quoted)
        TRY(measure_quoted(s, reader, from, m));
    else
        TRY(measure_plain(s, reader, from, m));
    TRY(measure_end(s, reader, quoted, m));
    if (m->bytes > reader->options.row_bytes_max)
        return fail(s, TOO_LARGE, "line %zu: a row is longer than %zu bytes", reader->line,
                    reader->options.row_bytes_max);
    return OK;
}

static enum status measure_row(struct scope *s, const struct csv_reader *reader, struct measure *m)
{
    for (;;) {
        TRY(measure_field(s, reader, m));
        if (m->end_bytes || m->bytes == reader->rest.bytes)
            return OK;
        m->bytes++; // the delimiter
    }
}

// Takes out the second of two quotes; the field is well formed.
static struct str unquote(struct scope *s, struct str inside, char quote)
{
    size_t at = str_find_byte(inside, quote);

    if (at == inside.bytes)
        return inside;
    char *text = scope_bytes(s, inside.bytes);
    size_t count = 0;
    for (size_t i = 0; i < inside.bytes; i++) {
        text[count++] = inside.data[i];
        i += inside.data[i] == quote;
    }
    return str_of(text, count);
}

// Cuts the first field off a measured row, with the delimiter behind it.
static struct str take_field(struct scope *s, struct str *row, const struct csv_options *options)
{
    if (row->bytes == 0 || row->data[0] != options->quote)
        return str_cut(row, options->delimiter);
    size_t end = 1;
    while (row->data[end] != options->quote ||
           (end + 1 < row->bytes && row->data[end + 1] == options->quote))
        end += row->data[end] == options->quote ? 2 : 1;
    struct str inside = str_slice(*row, 1, end - 1);
    *row = str_slice(*row, end + 2, row->bytes);
    return unquote(s, inside, options->quote);
}

enum status csv_next(struct scope *s, struct csv_reader *reader, struct csv_row *row)
{
    struct measure m = {0};

    *row = (struct csv_row){.line = reader->line};
    if (reader->rest.bytes == 0)
        return OK;
    TRY(measure_row(s, reader, &m));
    struct str rest = str_slice(reader->rest, 0, m.bytes);
    size_t error_at = utf8_find_error(rest);
    if (error_at != rest.bytes)
        return fail(s, INVALID, "line %zu: byte 0x%02X is not UTF-8", reader->line,
                    (unsigned)(uint8_t)rest.data[error_at]);
    size_t bytes = m.fields * sizeof(struct str);
    if (!scope_has_room(s, bytes) || !scope_has_room(s, bytes + m.bytes))
        return fail(s, TOO_LARGE, "line %zu: a row takes more memory than is left for it",
                    reader->line);
    struct str *fields = scope_array(s, m.fields, sizeof *fields);
    for (size_t i = 0; i < m.fields; i++)
        fields[i] = take_field(s, &rest, &reader->options);
    *row = (struct csv_row){fields, m.fields, reader->line};
    reader->rest = str_slice(reader->rest, m.bytes + m.end_bytes, reader->rest.bytes);
    reader->line += m.lines + 1;
    return OK;
}

// -- writing -------------------------------------------------------------------------------------

static bool needs_quotes(struct str field, const struct csv_options *options)
{
    for (size_t i = 0; i < field.bytes; i++) {
        char c = field.data[i];
        if (c == options->delimiter || c == options->quote || c == '\n' || c == '\r')
            return true;
    }
    return str_starts(field, str(byte_order_mark));
}

static void write_field(struct buf *out, struct str field, const struct csv_options *options)
{
    if (!needs_quotes(field, options)) {
        buf_put(out, field);
        return;
    }
    buf_put_byte(out, options->quote);
    while (field.data) {
        size_t bytes = field.bytes;
        struct str part = str_cut(&field, options->quote);
        buf_put(out, part);
        if (part.bytes < bytes)
            buf_put(out, str_of((const char[]){options->quote, options->quote}, 2));
    }
    buf_put_byte(out, options->quote);
}

void csv_write_row(struct buf *out, const struct str *fields, size_t count,
                   const struct csv_options *options)
{
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_byte(out, options->delimiter);
        write_field(out, fields[i], options);
    }
    buf_put_z(out, "\r\n");
}
