#include "test/nsc_draft.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <string.h>

enum { FILE_BYTES_MAX = 128 << 20 };

// clang-format off
static const struct column {
    size_t columns;
    char kind; // a letter of the form's name; 'A' amount, 'D' day, 'N' number
} columns[] = {
#define KIND_ID       'T'
#define KIND_WORD     'T'
#define KIND_WORD_MAY 'T'
#define KIND_DATE     'D'
#define KIND_NUMBER   'N'
#define KIND_VIN      'T'
#define KIND_TEXT     'T'
#define KIND_TEXT_MAY 'T'
#define KIND_YEAR     'T'
#define KIND_AMOUNT   'A'
#define KIND_CURRENCY 'T'
#define KIND_ORGNR    'T'
#define KIND_PNR      'T'
#define KIND_EMAIL    'T'
#define KIND_LANGUAGE 'T'
#define NSC_HEADER(name, column, columns, form, right)
#define NSC_ROW(name, column, columns, form, personal, right) {columns, KIND_##form},
#define NSC_TRAILER(name, column, columns, form, right)
#include "services/signing/nsc_fields.def"
#undef NSC_HEADER
#undef NSC_ROW
#undef NSC_TRAILER
};
// clang-format on

static void end_line(struct nsc_draft *d)
{
    buf_put_z(&d->out, "\r\n");
}

static void pad(struct nsc_draft *d, size_t count, char with)
{
    for (size_t i = 0; i < count; i++)
        buf_put_byte(&d->out, with);
}

static void put_padded(struct nsc_draft *d, struct str text, size_t width)
{
    size_t count = utf8_count(text);

    buf_put(&d->out, text);
    pad(d, count < width ? width - count : 0, ' ');
}

// An amount as digits with two implied decimals, the sign last; anything else as it stands.
static void put_fixed_amount(struct nsc_draft *d, struct str text, size_t width)
{
    bool minus = str_starts(text, str("-"));
    struct str units = str_slice(text, minus ? 1 : 0, text.bytes);
    struct str cents = units;
    uint64_t number = 0;
    uint64_t hundredths = 0;

    units = str_cut(&cents, '.');
    if (cents.bytes != 2 || !str_to_u64(units, UINT32_MAX * 1000ULL, &number) ||
        !str_to_u64(cents, 99, &hundredths)) {
        put_padded(d, text, width);
        return;
    }
    unsigned long long all = (unsigned long long)number * 100 + hundredths;
    buf_format(&d->out, "%0*llu%c", (int)width - 1, all, minus ? '-' : '+');
}

static void put_fixed(struct nsc_draft *d, const struct column *c, struct str text)
{
    struct str part = {0};

    if (c->kind == 'A') {
        put_fixed_amount(d, text, c->columns);
    } else if (c->kind == 'N' && text.bytes) {
        pad(d, text.bytes < c->columns ? c->columns - text.bytes : 0, '0');
        buf_put(&d->out, text);
    } else if (c->kind == 'D') {
        size_t before = d->out.bytes;
        for (struct str rest = text; rest.data;) {
            part = str_cut(&rest, '-');
            buf_put(&d->out, part);
        }
        size_t written = d->out.bytes - before;
        pad(d, written < c->columns ? c->columns - written : 0, ' ');
    } else {
        put_padded(d, text, c->columns);
    }
}

static void put_delimited(struct nsc_draft *d, const struct column *c, struct str text)
{
    bool quoted = false;

    buf_put_byte(&d->out, ';');
    for (size_t i = 0; i < text.bytes; i++)
        quoted |= strchr(";\"\r\n", text.data[i]) != NULL;
    if (quoted)
        buf_put_byte(&d->out, '"');
    for (size_t i = 0; i < text.bytes; i++) {
        char b = text.data[i];
        if (b == '-' && c->kind == 'D')
            continue;
        if (quoted && b == '"')
            buf_put_byte(&d->out, '"');
        buf_put_byte(&d->out, b == '.' && c->kind == 'A' && d->comma ? ',' : b);
    }
    if (quoted)
        buf_put_byte(&d->out, '"');
}

struct nsc_draft nsc_draft_begin(struct scope *s, enum nsc_form form, const char *file_date,
                                 unsigned sequence)
{
    struct nsc_draft d = {.form = form, .latin1 = true, .comma = true};

    d.out = buf_make(s, FILE_BYTES_MAX);
    buf_format(&d.out,
               form == NSC_FIXED ? "00NSC SWEDENSE%s%06u\r\n" : "00;NSC SWEDEN;SE;%s;%u\r\n",
               file_date ? file_date : "20250915", sequence);
    return d;
}

struct nsc_row nsc_draft_row(void)
{
    static const char *const values[NSC_FIELDS] = {
        [NSC_contract_id] = "35972395",
        [NSC_dealer_id] = "DEALER123",
        [NSC_bundle_date] = "2025-09-15",
        [NSC_bundle_no] = "",
        [NSC_sequence_no] = "1",
        [NSC_vin] = "YV1ZZZ12345678901",
        [NSC_registration_no] = "ABC12D",
        [NSC_make] = "Norrvind",
        [NSC_model] = "Älv 60 Långfärd",
        [NSC_model_year] = "2025",
        [NSC_contract_type] = "LEAS",
        [NSC_contract_date] = "2025-09-14",
        [NSC_due_date] = "2025-10-15",
        [NSC_net_amount] = "400000.00",
        [NSC_vat_amount] = "100000.00",
        [NSC_gross_amount] = "500000.00",
        [NSC_currency] = "SEK",
        [NSC_dealer_orgnr] = "5560000001",
        [NSC_signee_pnr] = "199001012385",
        [NSC_signee_name] = "Åsa Björk",
        [NSC_signee_email] = "asa.bjork@example.com",
        [NSC_language] = "sv",
    };
    struct nsc_row row = {0};

    for (size_t i = 0; i < NSC_FIELDS; i++)
        row.values[i] = str(values[i]);
    return row;
}

void nsc_draft_add(struct nsc_draft *d, const struct nsc_row *row)
{
    struct decimal gross = {0};

    buf_put_z(&d->out, "10");
    for (size_t i = 0; i < NSC_FIELDS; i++) {
        if (d->form == NSC_FIXED)
            put_fixed(d, &columns[i], row->values[i]);
        else
            put_delimited(d, &columns[i], row->values[i]);
    }
    end_line(d);
    d->count++;
    struct scope *s = scope_open(1 << 16);
    if (decimal_parse(s, row->values[NSC_gross_amount], &gross) == OK)
        (void)decimal_add(s, d->sum, gross, &d->sum);
    scope_close(s);
}

void nsc_draft_line(struct nsc_draft *d, const char *line)
{
    buf_put_z(&d->out, line);
    end_line(d);
}

struct str nsc_draft_text(struct scope *s, const struct nsc_draft *d)
{
    struct str text = buf_str(&d->out);

    if (!d->latin1)
        return str_concat(s, 2, str("\xEF\xBB\xBF"), text);
    char *out = scope_bytes(s, text.bytes);
    size_t count = 0;
    for (size_t at = 0; at < text.bytes;) {
        uint32_t c = 0;
        size_t length = utf8_decode(str_slice(text, at, text.bytes), &c);
        out[count++] = (char)(length ? c : (unsigned char)text.data[at]);
        at += length ? length : 1;
    }
    return str_of(out, count);
}

struct str nsc_draft_end(struct scope *s, struct nsc_draft *d)
{
    static const struct column amount = {15, 'A'};
    struct str sum = decimal_to_str(s, d->sum);

    if (d->form == NSC_FIXED) {
        buf_format(&d->out, "99%08zu", d->count);
        put_fixed_amount(d, d->count ? sum : str("0.00"), 15);
    } else {
        buf_format(&d->out, "99;%zu", d->count);
        put_delimited(d, &amount, sum);
    }
    end_line(d);
    return nsc_draft_text(s, d);
}
