// Reads records, then rows out of them; repeated contracts are found at the end, by sorting.
#include "services/signing/nsc.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "services/signing/nsc_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_CHARACTERS_MAX = 40 };

// clang-format off
#define NSC_HEADER(name, column, columns, form, right)
#define NSC_ROW(name, column, columns, form, personal, right)
#define NSC_TRAILER(name, column, columns, form, right)

enum { HEADER_sender, HEADER_country, HEADER_file_date, HEADER_sequence };
static const struct nsc_column header_columns[] = {
#undef NSC_HEADER
#define NSC_HEADER(name, column, columns, form, right) {#name, column, columns, NSC_KIND_##form, false, right},
#include "services/signing/nsc_fields.def"
#undef NSC_HEADER
#define NSC_HEADER(name, column, columns, form, right)
};

static const struct nsc_column row_columns[] = {
#undef NSC_ROW
#define NSC_ROW(name, column, columns, form, personal, right) {#name, column, columns, NSC_KIND_##form, personal, right},
#include "services/signing/nsc_fields.def"
#undef NSC_ROW
#define NSC_ROW(name, column, columns, form, personal, right)
};

enum { TRAILER_record_count, TRAILER_gross_sum };
static const struct nsc_column trailer_columns[] = {
#undef NSC_TRAILER
#define NSC_TRAILER(name, column, columns, form, right) {#name, column, columns, NSC_KIND_##form, false, right},
#include "services/signing/nsc_fields.def"
};
#undef NSC_HEADER
#undef NSC_ROW
#undef NSC_TRAILER
// clang-format on

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// -- what is wrong -------------------------------------------------------------------------------

struct parse {
    struct scope *s;
    struct nsc_file *file;
    size_t row_room;
    size_t problem_room;
    struct decimal sum;
};

// As much of it as fits in a sentence.
static struct str shown(struct scope *s, struct str text)
{
    char *out = scope_bytes(s, (size_t)SHOWN_CHARACTERS_MAX * UTF8_BYTES_MAX);
    size_t count = 0;
    size_t at = 0;

    text = str_trim(text);
    for (size_t i = 0; i < SHOWN_CHARACTERS_MAX && at < text.bytes; i++) {
        uint32_t c = 0;
        at += utf8_decode(str_slice(text, at, text.bytes), &c);
        count += utf8_encode(c < 0x20 || (c >= 0x7F && c < 0xA0) ? '?' : c, out + count);
    }
    return str_of(out, count);
}

static struct str sentence(struct scope *s, const struct nsc_column *c, struct str text)
{
    if (str_trim(text).bytes == 0)
        return str_format(s, "nothing stands there; right is %s", c->right);
    if (c->personal)
        return str_format(s, "what stands there is wrong; right is %s", c->right);
    return str_format(s, "\"%.*s\" is wrong; right is %s", STR(shown(s, text)), c->right);
}

static void add_problem(struct parse *p, size_t line, struct str contract_id, const char *field,
                        struct str why)
{
    struct nsc_file *f = p->file;

    if (f->problem_count == NSC_PROBLEMS_MAX) {
        f->problems_untold++;
        return;
    }
    if (f->problem_count == p->problem_room) {
        p->problem_room = p->problem_room ? 2 * p->problem_room : 16;
        struct nsc_problem *more = scope_array(p->s, p->problem_room, sizeof *more);
        if (f->problem_count)
            memcpy(more, f->problems, f->problem_count * sizeof *more);
        f->problems = more;
    }
    f->problems[f->problem_count++] =
        (struct nsc_problem){line, shown(p->s, contract_id), str(field), why};
}

// -- records -------------------------------------------------------------------------------------

// A field of the header or trailer, which must be right.
static enum status require(struct parse *p, const struct nsc_record *r, const struct nsc_column *c,
                           size_t index, struct str *value)
{
    struct str text = nsc_record_field(r, c, index);

    if (nsc_check(p->s, c, p->file->form, text, value))
        return OK;
    return fail(p->s, REFUSED, "line %zu: %s: %.*s", r->line, c->name,
                STR(sentence(p->s, c, text)));
}

static enum status read_header(struct parse *p, const struct nsc_record *r)
{
    struct str values[COUNT_OF(header_columns)];
    uint64_t sequence = 0;

    for (size_t i = 0; i < COUNT_OF(header_columns); i++)
        TRY(require(p, r, &header_columns[i], i, &values[i]));
    p->file->sender = values[HEADER_sender];
    p->file->country = values[HEADER_country];
    p->file->file_date = values[HEADER_file_date];
    (void)str_to_u64(values[HEADER_sequence], UINT32_MAX, &sequence);
    p->file->sequence = (uint32_t)sequence;
    return OK;
}

static enum status read_trailer(struct parse *p, const struct nsc_record *r)
{
    struct nsc_file *f = p->file;
    struct str values[COUNT_OF(trailer_columns)];
    uint64_t count = 0;

    for (size_t i = 0; i < COUNT_OF(trailer_columns); i++)
        TRY(require(p, r, &trailer_columns[i], i, &values[i]));
    (void)str_to_u64(values[TRAILER_record_count], UINT32_MAX, &count);
    if (count != f->record_count)
        return fail(p->s, REFUSED, "line %zu: the trailer counts %llu contract rows, there are %zu",
                    r->line, (unsigned long long)count, f->record_count);
    TRY(decimal_parse(p->s, values[TRAILER_gross_sum], &f->gross_sum));
    if (f->sum_checked && decimal_compare(f->gross_sum, p->sum) != 0)
        return fail(p->s, REFUSED, "line %zu: the trailer's sum is %.*s, the rows add up to %.*s",
                    r->line, STR(values[TRAILER_gross_sum]), STR(decimal_to_str(p->s, p->sum)));
    return OK;
}

// Whether the row has room for what it should have, and nothing more.
static bool has_shape(struct parse *p, const struct nsc_record *r, struct str contract_id)
{
    const struct nsc_column *last = &row_columns[NSC_FIELDS - 1];
    size_t columns = last->column + last->columns - 1;

    if (r->fields && r->field_count != NSC_FIELDS + 1) {
        add_problem(p, r->line, contract_id, "",
                    str_format(p->s, "the row has %zu fields; right is %d", r->field_count,
                               NSC_FIELDS + 1));
        return false;
    }
    if (!r->fields && str_trim(nsc_columns(r->text, columns, r->text.bytes)).bytes) {
        add_problem(p, r->line, contract_id, "",
                    str_format(p->s, "something stands behind column %zu", columns));
        return false;
    }
    return true;
}

static bool amounts_agree(struct parse *p, const struct nsc_row *row)
{
    struct scope *s = p->s;
    const struct str *v = row->values;
    struct decimal net = {0};
    struct decimal vat = {0};
    struct decimal gross = {0};
    struct decimal sum = {0};

    if (decimal_parse(s, v[NSC_net_amount], &net) != OK ||
        decimal_parse(s, v[NSC_vat_amount], &vat) != OK ||
        decimal_parse(s, v[NSC_gross_amount], &gross) != OK || decimal_add(s, net, vat, &sum) != OK)
        return false;
    if (decimal_compare(sum, gross) == 0)
        return true;
    add_problem(p, row->line, v[NSC_contract_id], "gross_amount",
                str_format(s, "net %.*s and VAT %.*s make %.*s, not %.*s", STR(v[NSC_net_amount]),
                           STR(v[NSC_vat_amount]), STR(decimal_to_str(s, sum)),
                           STR(v[NSC_gross_amount])));
    return false;
}

// What the trailer sums up includes the rows that are refused, as far as they can be read.
static void add_to_sum(struct parse *p, struct str gross, bool readable)
{
    struct decimal amount = {0};
    struct decimal sum = {0};

    if (!readable || decimal_parse(p->s, gross, &amount) != OK ||
        decimal_add(p->s, p->sum, amount, &sum) != OK)
        p->file->sum_checked = false;
    else
        p->sum = sum;
}

static void keep_row(struct parse *p, const struct nsc_row *row)
{
    struct nsc_file *f = p->file;

    if (f->row_count == p->row_room) {
        p->row_room = p->row_room ? 2 * p->row_room : 64;
        struct nsc_row *more = scope_array(p->s, p->row_room, sizeof *more);
        if (f->row_count)
            memcpy(more, f->rows, f->row_count * sizeof *more);
        f->rows = more;
    }
    f->rows[f->row_count++] = *row;
}

static enum status read_row(struct parse *p, const struct nsc_record *r)
{
    struct nsc_row row = {.line = r->line};
    struct str contract_id = nsc_record_field(r, &row_columns[NSC_contract_id], NSC_contract_id);
    bool sound = has_shape(p, r, contract_id);
    bool gross_readable = false;

    if (++p->file->record_count > NSC_ROWS_MAX)
        return fail(p->s, TOO_LARGE, "the file has more than %d rows", NSC_ROWS_MAX);
    for (size_t i = 0; i < NSC_FIELDS; i++) {
        const struct nsc_column *c = &row_columns[i];
        struct str text = nsc_record_field(r, c, i);
        bool right = nsc_check(p->s, c, p->file->form, text, &row.values[i]);
        if (i == NSC_gross_amount)
            gross_readable = right;
        if (!right && (!r->fields || r->field_count == NSC_FIELDS + 1))
            add_problem(p, r->line, contract_id, c->name, sentence(p->s, c, text));
        sound = sound && right;
    }
    add_to_sum(p, row.values[NSC_gross_amount], gross_readable);
    if (sound && amounts_agree(p, &row))
        keep_row(p, &row);
    else
        p->file->refused_count++;
    return OK;
}

// -- contracts that come again -------------------------------------------------------------------

static int by_contract(const void *left, const void *right)
{
    const struct nsc_row *a = *(const struct nsc_row *const *)left;
    const struct nsc_row *b = *(const struct nsc_row *const *)right;
    int order = str_compare(a->values[NSC_contract_id], b->values[NSC_contract_id]);

    if (order != 0)
        return order;
    return a->line < b->line ? -1 : a->line > b->line;
}

static bool says_the_same(const struct nsc_row *a, const struct nsc_row *b)
{
    for (size_t i = 0; i < NSC_FIELDS; i++)
        if (!str_equal(a->values[i], b->values[i]))
            return false;
    return true;
}

// For each row the earliest one of its contract; itself, where it is that.
static const struct nsc_row **first_rows(struct scope *s, const struct nsc_file *f)
{
    const struct nsc_row **sorted = scope_array(s, f->row_count, sizeof(struct nsc_row *));
    const struct nsc_row **first = scope_array(s, f->row_count, sizeof(struct nsc_row *));

    for (size_t i = 0; i < f->row_count; i++)
        sorted[i] = &f->rows[i];
    qsort((void *)sorted, f->row_count, sizeof(struct nsc_row *), by_contract);
    for (size_t i = 0, start = 0; i < f->row_count; i++) {
        if (!str_equal(sorted[i]->values[NSC_contract_id], sorted[start]->values[NSC_contract_id]))
            start = i;
        first[sorted[i] - f->rows] = sorted[start];
    }
    return first;
}

// Keeps the first row of each contract; what is said of the others is told in `f->problems`.
static void drop_repeated(struct parse *p)
{
    struct nsc_file *f = p->file;
    const struct nsc_row **first = first_rows(p->s, f);
    struct nsc_row *rows = scope_array(p->s, f->row_count, sizeof *rows);
    size_t kept = 0;

    for (size_t i = 0; i < f->row_count; i++) {
        const struct nsc_row *row = &f->rows[i];
        if (first[i] == row) {
            rows[kept++] = *row;
        } else if (says_the_same(first[i], row)) {
            f->repeated_count++;
        } else {
            f->refused_count++;
            add_problem(
                p, row->line, row->values[NSC_contract_id], "contract_id",
                str_format(p->s, "line %zu has this contract with other content", first[i]->line));
        }
    }
    f->rows = rows;
    f->row_count = kept;
}

// Finds contracts that come again; what is wrong with them takes its place among the problems,
// which are in order of lines.
static void find_repeated(struct parse *p)
{
    struct nsc_file *f = p->file;
    const struct nsc_problem *found = f->problems;
    size_t found_count = f->problem_count;

    f->problems = NULL;
    f->problem_count = p->problem_room = 0;
    drop_repeated(p);
    struct nsc_problem *all = scope_array(p->s, found_count + f->problem_count, sizeof *all);
    size_t count = 0;
    for (size_t a = 0, b = 0; a < found_count || b < f->problem_count;) {
        bool old =
            b == f->problem_count || (a < found_count && found[a].line < f->problems[b].line);
        all[count++] = old ? found[a++] : f->problems[b++];
    }
    f->problems = all;
    f->problem_count = count < NSC_PROBLEMS_MAX ? count : NSC_PROBLEMS_MAX;
    f->problems_untold += count - f->problem_count;
}

static enum status read_records(struct parse *p, struct nsc_reader *reader)
{
    struct nsc_record r = {0};
    bool ended = false;

    TRY(nsc_record_next(p->s, reader, &r));
    TRY(read_header(p, &r));
    for (;;) {
        TRY(nsc_record_next(p->s, reader, &r));
        if (r.at_end)
            return ended ? OK : fail(p->s, REFUSED, "the file has no trailer record (99)");
        if (ended && str_trim(r.type).bytes == 0)
            continue;
        if (ended)
            return fail(p->s, REFUSED, "line %zu: something stands behind the trailer", r.line);
        ended = str_is(r.type, "99");
        if (ended)
            TRY(read_trailer(p, &r));
        else if (str_is(r.type, "10"))
            TRY(read_row(p, &r));
        else {
            return fail(p->s, REFUSED,
                        "line %zu: a record of type \"%.*s\" where 10 or 99 should come", r.line,
                        STR(shown(p->s, r.type)));
        }
    }
}

enum status nsc_parse(struct scope *s, struct str bytes, struct nsc_file *out)
{
    struct parse p = {.s = s, .file = out};
    struct nsc_reader reader = {0};
    struct str text = {0};

    *out = (struct nsc_file){.sum_checked = true};
    TRY(nsc_decode(s, bytes, &text));
    TRY(nsc_reader_open(s, text, &reader));
    out->form = reader.form;
    TRY(read_records(&p, &reader));
    find_repeated(&p);
    assert(out->row_count + out->refused_count + out->repeated_count == out->record_count);
    return OK;
}

const char *nsc_field_name(enum nsc_field field)
{
    assert((unsigned)field < NSC_FIELDS);
    return row_columns[field].name;
}

struct json nsc_row_json(struct scope *s, const struct nsc_row *row)
{
    struct json_member *members = scope_array(s, NSC_FIELDS, sizeof *members);

    for (size_t i = 0; i < NSC_FIELDS; i++) {
        enum nsc_kind kind = row_columns[i].kind;
        bool number = kind == NSC_KIND_AMOUNT || kind == NSC_KIND_NUMBER || kind == NSC_KIND_YEAR;
        members[i].name = str(row_columns[i].name);
        members[i].value = number ? json_number(row->values[i]) : json_string(row->values[i]);
    }
    return json_object(members, NSC_FIELDS);
}
