// Who, when and how to pay.
#include "core/scope.h"
#include "services/signing/invoice_view_impl.h"

static struct str or_else(struct str one, struct str other)
{
    return one.bytes ? one : other;
}

static struct str joined(struct scope *s, struct str a, struct str b)
{
    if (a.bytes == 0 || b.bytes == 0)
        return or_else(a, b);
    return str_concat(s, 3, a, str(" "), b);
}

static void add_text(struct scope *s, struct rows *rows, struct str text)
{
    if (text.bytes)
        rows_add(s, rows, json_string(text));
}

// The country is written where it is not Sweden.
static struct json address_lines(const struct view *v, struct json address)
{
    struct rows rows = {0};
    struct str country = text_at(address, "country");

    add_text(v->s, &rows, text_at(address, "box"));
    add_text(v->s, &rows, joined(v->s, text_at(address, "street"), text_at(address, "building")));
    add_text(v->s, &rows, text_at(address, "street2"));
    add_text(v->s, &rows, text_at(address, "line"));
    add_text(v->s, &rows, joined(v->s, text_at(address, "zone"), text_at(address, "city")));
    add_text(v->s, &rows, text_at(address, "subdivision"));
    if (!str_equal_nocase(country, str("SE")) || str_is(str(v->language), "en"))
        add_text(v->s, &rows, country);
    return json_array(rows.items, rows.count);
}

// 5569810427 as 556981-0427.
static struct str org_number(const struct view *v, struct str number)
{
    uint64_t digits = 0;

    if (number.bytes != 10 || !str_to_u64(number, UINT64_MAX, &digits))
        return number;
    return str_concat(v->s, 3, str_slice(number, 0, 6), str("-"), str_slice(number, 6, 4));
}

static bool approved_for_f_tax(struct json party)
{
    struct str said = text_at(party, "taxRegistration");

    return said.bytes > 0 && str_find(said, str("katt")) < said.bytes;
}

struct json view_party(const struct view *v, struct json party)
{
    struct rows facts = {0};
    struct json contact = json_member(party, "contact");
    struct str legal = text_at(party, "legalName");
    struct json_member *m = scope_array(v->s, 4, sizeof *m);
    size_t count = 0;

    rows_fact(v, &facts, LABEL_org_number, org_number(v, text_at(party, "orgNumber")));
    rows_fact(v, &facts, LABEL_vat_number, text_at(party, "vatNumber"));
    rows_fact(v, &facts, LABEL_seat, text_at(party, "seat"));
    rows_fact(v, &facts, LABEL_phone, text_at(contact, "phone"));
    rows_fact(v, &facts, LABEL_email, text_at(contact, "email"));
    m[count++] =
        (struct json_member){str("name"), json_string(or_else(legal, text_at(party, "name")))};
    m[count++] =
        (struct json_member){str("lines"), address_lines(v, json_member(party, "address"))};
    m[count++] = (struct json_member){str("facts"), json_array(facts.items, facts.count)};
    if (approved_for_f_tax(party))
        m[count++] = (struct json_member){str("f_tax"), json_string(label(v, LABEL_f_tax))};
    return json_object(m, count);
}

static struct str period_of(const struct view *v)
{
    struct str from = text_at(v->invoice, "period.from");
    struct str to = text_at(v->invoice, "period.to");

    if (from.bytes == 0 || to.bytes == 0)
        return or_else(from, to);
    return str_concat(v->s, 3, from, str(" – "), to);
}

static struct str corrected(const struct view *v)
{
    struct json first = json_at(json_member(v->invoice, "corrects"), 0);

    return joined(v->s, text_at(first, "number"), text_at(first, "date"));
}

struct json view_facts(const struct view *v)
{
    struct rows rows = {0};
    struct json i = v->invoice;

    rows_fact(v, &rows, LABEL_number, text_at(i, "number"));
    rows_fact(v, &rows, LABEL_issue_date, text_at(i, "issueDate"));
    if (!v->is_credit)
        rows_fact(v, &rows, LABEL_due_date, text_at(i, "dueDate"));
    rows_fact(v, &rows, LABEL_corrects, corrected(v));
    rows_fact(v, &rows, LABEL_delivery_date, text_at(i, "delivery.date"));
    rows_fact(v, &rows, LABEL_period, period_of(v));
    rows_fact(v, &rows, LABEL_tax_point, text_at(i, "taxPointDate"));
    rows_fact(v, &rows, LABEL_your_reference,
              or_else(text_at(i, "buyerReference"), text_at(i, "buyer.contact.name")));
    rows_fact(v, &rows, LABEL_our_reference, text_at(i, "seller.contact.name"));
    rows_fact(v, &rows, LABEL_order, text_at(i, "order"));
    rows_fact(v, &rows, LABEL_contract, text_at(i, "contract"));
    rows_fact(v, &rows, LABEL_project, text_at(i, "project"));
    return json_array(rows.items, rows.count);
}

// 5050105 as 505-0105, 12345678 as 1234-5678; plusgiro 4211234 as 421123-4.
static struct str giro_number(const struct view *v, struct str number, size_t behind)
{
    uint64_t digits = 0;

    if (number.bytes <= behind || !str_to_u64(number, UINT64_MAX, &digits))
        return number;
    return str_concat(v->s, 3, str_slice(number, 0, number.bytes - behind), str("-"),
                      str_slice(number, number.bytes - behind, behind));
}

// In groups of four.
static struct str iban(const struct view *v, struct str number)
{
    struct str out = {0};

    for (size_t i = 0; i < number.bytes; i += 4) {
        struct str group = str_slice(number, i, 4);
        out = i ? str_concat(v->s, 3, out, str("\u00a0"), group) : group;
    }
    return out;
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static void add_account(const struct view *v, struct rows *rows, struct json means)
{
    enum { BANKGIRO_BEHIND = 4, PLUSGIRO_BEHIND = 1, IBAN_BYTES_MIN = 15 };
    struct str account = text_at(means, "account");
    struct str branch = text_at(means, "branch");

    if (str_is(branch, "SE:BANKGIRO") || str_is(branch, "BGABSESS")) {
        rows_fact(v, rows, LABEL_bankgiro, giro_number(v, account, BANKGIRO_BEHIND));
        return;
    }
    if (str_is(branch, "SE:PLUSGIRO") || str_is(branch, "PGSISESS")) {
        rows_fact(v, rows, LABEL_plusgiro, giro_number(v, account, PLUSGIRO_BEHIND));
        return;
    }
    bool is_iban =
        account.bytes >= IBAN_BYTES_MIN && is_letter(account.data[0]) && is_letter(account.data[1]);
    rows_fact(v, rows, is_iban ? LABEL_iban : LABEL_account, is_iban ? iban(v, account) : account);
    rows_fact(v, rows, LABEL_bic, branch);
}

struct json view_payment(const struct view *v)
{
    struct rows rows = {0};
    struct json list = json_member(v->invoice, "paymentMeans");
    struct str told = {0};

    for (size_t i = 0; i < list.count; i++) {
        struct str reference = text_at(json_at(list, i), "reference");
        add_account(v, &rows, json_at(list, i));
        if (!str_equal(reference, told))
            rows_fact(v, &rows, LABEL_ocr, reference);
        told = reference;
    }
    rows_fact(v, &rows, LABEL_payee, text_at(v->invoice, "payee.name"));
    return json_array(rows.items, rows.count);
}
