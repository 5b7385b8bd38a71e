// The text of an NSC file and its records, in either form.
#include "core/scope.h"
#include "core/utf8.h"
#include "services/signing/nsc_impl.h"

enum { RECORD_BYTES_MAX = 4096 }; // of the delimited form; a longer one was never closed

static struct str from_latin1(struct scope *s, struct str bytes)
{
    char *out = scope_bytes(s, 2 * bytes.bytes);
    size_t count = 0;

    for (size_t i = 0; i < bytes.bytes; i++)
        count += utf8_encode((unsigned char)bytes.data[i], out + count);
    return str_of(out, count);
}

// No Swedish text in ISO-8859-1 is UTF-8 by chance: what is UTF-8 is taken as that, marked or not.
enum status nsc_decode(struct scope *s, struct str bytes, struct str *out)
{
    struct str mark = str("\xEF\xBB\xBF");

    if (bytes.bytes > NSC_FILE_BYTES_MAX)
        return fail(s, TOO_LARGE, "the file is longer than %d bytes", NSC_FILE_BYTES_MAX);
    bool marked = str_starts(bytes, mark);
    *out = marked ? str_slice(bytes, mark.bytes, bytes.bytes) : bytes;
    if (utf8_valid(*out))
        return OK;
    if (marked)
        return fail(s, REFUSED, "the file is marked as UTF-8 and is none: byte %zu",
                    utf8_find_error(*out) + mark.bytes);
    *out = from_latin1(s, bytes);
    return OK;
}

enum status nsc_reader_open(struct scope *s, struct str text, struct nsc_reader *out)
{
    static const struct csv_options options = {
        .delimiter = ';', .quote = '"', .fields_max = 100, .row_bytes_max = RECORD_BYTES_MAX};

    *out = (struct nsc_reader){.rest = text, .line = 1};
    if (str_starts(text, str("00;")) || str_starts(text, str("\"00\";"))) {
        out->form = NSC_DELIMITED;
        out->csv = csv_open(text, &options);
        return OK;
    }
    if (str_starts(text, str("00")))
        return OK;
    return fail(s, REFUSED, "line 1: the file does not begin with a header record (00)");
}

static enum status next_delimited(struct scope *s, struct nsc_reader *r, struct nsc_record *out)
{
    struct csv_row row = {0};
    enum status e = csv_next(s, &r->csv, &row);

    if (e != OK)
        return fail(s, REFUSED, "%.*s", STR(str_copy(s, scope_why(s))));
    *out = (struct nsc_record){
        .line = row.line, .fields = row.fields, .field_count = row.count, .at_end = row.count == 0};
    if (row.count)
        out->type = str_trim(row.fields[0]);
    return OK;
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

enum status nsc_record_next(struct scope *s, struct nsc_reader *r, struct nsc_record *out)
{
    if (r->form == NSC_DELIMITED)
        return next_delimited(s, r, out);
    *out = (struct nsc_record){.line = r->line++, .at_end = r->rest.bytes == 0};
    out->text = str_cut(&r->rest, '\n');
    if (out->text.bytes && out->text.data[out->text.bytes - 1] == '\r')
        out->text.bytes--;
    out->plain = is_plain(out->text);
    out->type = str_slice(out->text, 0, str_trim(out->text).bytes ? 2 : 0);
    return OK;
}

struct str nsc_columns(struct str line, size_t from, size_t count)
{
    size_t at = 0;
    size_t start = 0;

    for (size_t i = 0; i < from && at < line.bytes; i++)
        at += utf8_length(str_slice(line, at, line.bytes));
    start = at;
    for (size_t i = 0; i < count && at < line.bytes; i++)
        at += utf8_length(str_slice(line, at, line.bytes));
    return str_slice(line, start, at - start);
}

struct str nsc_record_field(const struct nsc_record *r, const struct nsc_column *c, size_t index)
{
    if (r->fields)
        return index + 1 < r->field_count ? r->fields[index + 1] : (struct str){0};
    return r->plain ? str_slice(r->text, c->column - 1, c->columns)
                    : nsc_columns(r->text, c->column - 1, c->columns);
}
