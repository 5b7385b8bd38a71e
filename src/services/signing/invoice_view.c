#include "services/signing/invoice_view_impl.h"

#include "core/buf.h"
#include "core/decimal.h"
#include "core/scope.h"
#include "document/typeset/template.h"

#include <string.h>

enum { AMOUNT_BYTES_MAX = 128 };

static const char *const words[LABELS][2] = {
#define LABEL(name, sv, en) {sv, en},
#include "services/signing/invoice_labels.def"
#undef LABEL
};

static const char *const names[LABELS] = {
#define LABEL(name, sv, en) #name,
#include "services/signing/invoice_labels.def"
#undef LABEL
};

static bool is_english(const char *language)
{
    return str_is(str("en"), language);
}

struct str label(const struct view *v, enum label which)
{
    return str(words[which][is_english(v->language)]);
}

struct json labels(const struct view *v)
{
    struct json_member *members = scope_array(v->s, LABELS, sizeof *members);

    for (size_t i = 0; i < LABELS; i++)
        members[i] = (struct json_member){str(names[i]), json_string(label(v, (enum label)i))};
    return json_object(members, LABELS);
}

void rows_add(struct scope *s, struct rows *rows, struct json item)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? 2 * rows->room : 8;
        struct json *items = scope_array(s, room, sizeof *items);
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof *items);
        rows->items = items;
        rows->room = room;
    }
    rows->items[rows->count++] = item;
}

void rows_fact(const struct view *v, struct rows *rows, enum label which, struct str value)
{
    struct json_member *m = scope_array(v->s, 2, sizeof *m);

    if (value.bytes == 0)
        return;
    m[0] = (struct json_member){str("label"), json_string(label(v, which))};
    m[1] = (struct json_member){str("value"), json_string(value)};
    rows_add(v->s, rows, json_object(m, 2));
}

struct str text_at(struct json object, const char *path)
{
    return json_text(json_path(object, path));
}

// Digits in groups of three; U+00A0 keeps them on one line.
static void put_grouped(struct buf *out, struct str digits, const char *separator)
{
    for (size_t i = 0; i < digits.bytes; i++) {
        if (i > 0 && (digits.bytes - i) % 3 == 0)
            buf_put_z(out, separator);
        buf_put_byte(out, digits.data[i]);
    }
}

struct str invoice_amount(struct scope *s, struct json number, unsigned places,
                          const char *language)
{
    struct decimal d = {0};
    struct buf b = buf_make(s, AMOUNT_BYTES_MAX);

    if (number.type != JSON_NUMBER || decimal_parse(s, json_text(number), &d) != OK)
        return (struct str){0};
    if (d.places < places && decimal_round(s, d, places, DECIMAL_HALF_UP, &d) != OK)
        return json_text(number);
    struct str rest = decimal_to_str(s, d);
    if (str_starts(rest, str("-"))) {
        buf_put_byte(&b, '-');
        rest = str_slice(rest, 1, rest.bytes);
    }
    put_grouped(&b, str_cut(&rest, '.'), is_english(language) ? "," : "\u00a0");
    while (rest.bytes > places && rest.data[rest.bytes - 1] == '0')
        rest.bytes--;
    if (rest.bytes) {
        buf_put_byte(&b, is_english(language) ? '.' : ',');
        buf_put(&b, rest);
    }
    return buf_str(&b);
}

struct str money(const struct view *v, struct json number)
{
    return invoice_amount(v->s, number, 2, v->language);
}

const char *invoice_language(struct json invoice)
{
    struct str country = text_at(invoice, "buyer.address.country");

    return country.bytes == 0 || str_equal_nocase(country, str("SE")) ? "sv" : "en";
}

static struct view view_of(struct scope *s, struct json invoice)
{
    return (struct view){
        .s = s,
        .invoice = invoice,
        .language = invoice_language(invoice),
        .currency = text_at(invoice, "currency"),
        .is_credit = str_is(text_at(invoice, "kind"), "credit-note"),
    };
}

struct str invoice_title(struct json invoice)
{
    struct view v = view_of(NULL, invoice);

    if (v.is_credit)
        return label(&v, LABEL_credit_note);
    return label(&v,
                 str_is(text_at(invoice, "typeCode"), "389") ? LABEL_self_billed : LABEL_invoice);
}

static struct json texts(struct json invoice, const char *name)
{
    struct json list = json_member(invoice, name);

    return list.type ? list : json_array(NULL, 0);
}

struct json invoice_view(struct scope *s, struct json invoice, struct str brand)
{
    struct view v = view_of(s, invoice);
    struct json totals = json_member(invoice, "totals");
    const struct json_member members[] = {
        {str("l"), labels(&v)},
        {str("brand"), json_string(brand)},
        {str("title"), json_string(invoice_title(invoice))},
        {str("number"), json_string(text_at(invoice, "number"))},
        {str("currency"), json_string(v.currency)},
        {str("credit"), json_bool(v.is_credit)},
        {str("seller"), view_party(&v, json_member(invoice, "seller"))},
        {str("buyer"), view_party(&v, json_member(invoice, "buyer"))},
        {str("facts"), view_facts(&v)},
        {str("lines"), view_lines(&v)},
        {str("allowances"), view_allowances(&v)},
        {str("vat"), view_tax(&v)},
        {str("totals"), view_totals(&v)},
        {str("payable"), json_string(money(&v, json_member(totals, "payable")))},
        {str("due"), json_string(text_at(invoice, "dueDate"))},
        {str("payment"), view_payment(&v)},
        {str("wordings"), view_wordings(&v)},
        {str("terms"), texts(invoice, "paymentTerms")},
        {str("notes"), texts(invoice, "notes")},
    };
    size_t count = sizeof members / sizeof members[0];
    struct json_member *kept = scope_array(s, count, sizeof *kept);

    memcpy(kept, members, sizeof members);
    return json_object(kept, count);
}

enum status invoice_render(struct scope *s, const struct template *t, struct json invoice,
                           struct str brand, struct str id, int64_t now_us,
                           struct template_result *out)
{
    struct str title = invoice_title(invoice);
    struct template_about about = {
        .now_us = now_us,
        .title = str_format(s, "%.*s %.*s", STR(title), STR(text_at(invoice, "number"))),
        .language = str(invoice_language(invoice)),
        .id = id,
    };

    return template_render(s, t, invoice_view(s, invoice, brand), &about, out);
}
