// What runs the rules, and the rules about what must be there.
#include "document/invoice/rules_impl.h"

#include "core/scope.h"

#include <string.h>

enum { FATAL = true, WARNING = false };

struct rule_row {
    const char *id;
    bool fatal;
    const char *right;
};

static const struct rule_row rows[] = {
#define RULE(symbol, id, severity, right) {id, severity, right},
#define NEED(id, severity, where, member, place)
#define LINE_NEED(id, severity, where, member, place)
#include "document/invoice/rules.def"
#undef RULE
#undef NEED
#undef LINE_NEED
};

enum where { ANY, PEPPOL, UBL_2 };

struct need_row {
    const char *id;
    bool fatal;
    enum where where;
    const char *member;
    const char *place;
};

static const struct need_row needs[] = {
#define RULE(symbol, id, severity, right)
#define NEED(id, severity, where, member, place) {id, severity, where, member, place},
#define LINE_NEED(id, severity, where, member, place)
#include "document/invoice/rules.def"
#undef NEED
#undef LINE_NEED
#define NEED(id, severity, where, member, place)
};

static const struct need_row line_needs[] = {
#define LINE_NEED(id, severity, where, member, place) {id, severity, where, member, place},
#include "document/invoice/rules.def"
#undef RULE
#undef NEED
#undef LINE_NEED
};

// UBL calls things of a credit note by other names.
static struct str place_of(struct check *c, struct str below)
{
    static const char *const names[][2] = {{"cac:InvoiceLine", "cac:CreditNoteLine"},
                                           {"cbc:InvoicedQuantity", "cbc:CreditedQuantity"},
                                           {"cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode"}};
    struct str root = text(c->invoice, "root");

    if (str_is(root, "CreditNote")) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            size_t at = str_find(below, str(names[i][0]));
            if (at < below.bytes)
                below = str_concat(c->scope, 3, str_slice(below, 0, at), str(names[i][1]),
                                   str_slice(below, at + strlen(names[i][0]), below.bytes));
        }
    }
    return str_concat(c->scope, 4, str("/"), root, str(below.bytes ? "/" : ""), below);
}

// What only Peppol wants is no fault of an invoice that does not say that it is Peppol's.
static void put(struct check *c, const struct invoice_finding *f)
{
    bool fatal = f->fatal && (c->is_peppol || !str_starts(str(f->rule), str("PEPPOL-")));

    c->fatal_count += fatal;
    if (c->count == INVOICE_FINDINGS_MAX)
        return;
    c->items[c->count] = *f;
    c->items[c->count++].fatal = fatal;
}

void note(struct check *c, enum rule rule, struct str place, const char *what, ...)
{
    va_list arguments;

    va_start(arguments, what);
    put(c, &(struct invoice_finding){.rule = rows[rule].id,
                                     .fatal = rows[rule].fatal,
                                     .place = place_of(c, place),
                                     .what = str_format_v(c->scope, what, arguments),
                                     .right = rows[rule].right});
    va_end(arguments);
}

// EN 16931 names the rules of category K after "intra-community".
void note_category(struct check *c, enum rule rule, struct str category, struct str place,
                   const char *what, ...)
{
    struct str id = str(rows[rule].id);
    size_t at = str_find(id, str("-x-")) + 1;
    struct str name = str_is(category, "K") ? str("IC") : category;
    va_list arguments;

    va_start(arguments, what);
    put(c, &(struct invoice_finding){
               .rule = str_z(c->scope, str_concat(c->scope, 3, str_slice(id, 0, at), name,
                                                  str_slice(id, at + 1, id.bytes))),
               .fatal = rows[rule].fatal,
               .place = place_of(c, place),
               .what = str_format_v(c->scope, what, arguments),
               .right = rows[rule].right});
    va_end(arguments);
}

void note_missing(struct check *c, const char *id, bool fatal, struct str place)
{
    put(c, &(struct invoice_finding){.rule = id,
                                     .fatal = fatal,
                                     .place = place_of(c, place),
                                     .what = str("it is missing"),
                                     .right = "it is there"});
}

struct str item_place(struct check *c, const char *list, size_t index, const char *below)
{
    return str_format(c->scope, "%s[%zu]%s%s", list, index + 1, *below ? "/" : "", below);
}

struct str line_place(struct check *c, size_t line, const char *below)
{
    return item_place(c, "cac:InvoiceLine", line, below);
}

static bool holds(const struct check *c, enum where where)
{
    if (where == PEPPOL)
        return c->is_peppol;
    return where == ANY || str_is(text(c->invoice, "dialect"), "ubl");
}

static void check_needs(struct check *c)
{
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (holds(c, needs[i].where) && !json_path(c->invoice, needs[i].member).type)
            note_missing(c, needs[i].id, needs[i].fatal, str(needs[i].place));
    if (c->lines.count == 0)
        note(c, RULE_LINES, str("cac:InvoiceLine"), "there is none");
    for (size_t line = 0; line < c->lines.count; line++) {
        for (size_t i = 0; i < sizeof line_needs / sizeof line_needs[0]; i++) {
            if (!has(json_at(c->lines, line), line_needs[i].member))
                note_missing(c, line_needs[i].id, line_needs[i].fatal,
                             line_place(c, line, line_needs[i].place));
        }
    }
    if (!has(c->seller, "name") && !has(c->seller, "legalName"))
        note_missing(c, "BR-06", FATAL, str("cac:AccountingSupplierParty/cac:Party"));
    if (!has(c->buyer, "name") && !has(c->buyer, "legalName"))
        note_missing(c, "BR-07", FATAL, str("cac:AccountingCustomerParty/cac:Party"));
}

static void check_codes(struct check *c)
{
    static const char types[] =
        " 71 80 81 82 83 84 102 130 202 203 204 211 218 219 261 262 295 296 "
        "308 325 326 331 380 381 382 383 384 385 386 387 388 389 390 393 "
        "394 395 396 420 456 457 458 471 472 473 500 501 502 503 527 532 "
        "533 535 553 575 623 633 751 780 817 870 875 876 877 935 ";
    struct str type = text(c->invoice, "typeCode");
    struct str currency = text(c->invoice, "currency");
    struct str padded = str_concat(c->scope, 3, str(" "), type, str(" "));

    if (type.bytes && str_find(str(types), padded) == sizeof types - 1)
        note(c, RULE_TYPE, str("cbc:InvoiceTypeCode"), "«%.*s» is none",
             STR(str_slice(type, 0, 20)));
    bool letters = currency.bytes == 3;
    for (size_t i = 0; i < currency.bytes; i++)
        letters = letters && currency.data[i] >= 'A' && currency.data[i] <= 'Z';
    if (currency.bytes && !letters)
        note(c, RULE_CURRENCY, str("cbc:DocumentCurrencyCode"), "«%.*s» is none",
             STR(str_slice(currency, 0, 20)));
}

static bool ends_before(struct json period)
{
    struct str from = text(period, "from");
    struct str to = text(period, "to");

    return from.bytes && to.bytes && str_compare(to, from) < 0;
}

static void check_document(struct check *c)
{
    static const char profile[] = "urn:fdc:peppol.eu:2017:poacc:billing:";
    struct str number_of_vat = text(c->seller, "vatNumber");

    if (c->is_peppol && has(c->invoice, "profile") &&
        !str_starts(text(c->invoice, "profile"), str(profile)))
        note(c, RULE_R001, str("cbc:ProfileID"), "it is another profile");
    if (c->is_peppol && !has(c->invoice, "buyerReference") && !has(c->invoice, "order"))
        note(c, RULE_R003, str("cbc:BuyerReference"), "there is neither");
    if (has(c->invoice, "taxPointDate") && has(c->invoice, "taxPointCode"))
        note(c, RULE_CO_03, str("cbc:TaxPointDate"), "there are both");
    if (!has(c->seller, "ids") && !has(c->seller, "orgNumber") && number_of_vat.bytes == 0)
        note(c, RULE_CO_26, str("cac:AccountingSupplierParty/cac:Party"), "there is none of them");
    if (ends_before(json_member(c->invoice, "period")))
        note(c, RULE_PERIOD, str("cac:InvoicePeriod/cbc:EndDate"), "it ends before it begins");
    struct decimal payable = number(c, json_member(c->totals, "payable"));
    if (!c->is_credit && decimal_sign(payable) > 0 && !has(c->invoice, "dueDate") &&
        !has(c->invoice, "paymentTerms"))
        note(c, RULE_CO_25, str("cbc:DueDate"), "there is neither");
    if (c->is_credit && c->is_swedish && !has(c->invoice, "corrects"))
        note(c, RULE_ML_22, str("cac:BillingReference"), "it is missing");
}

static bool is_from(struct json party, const char *country)
{
    return str_equal_nocase(json_text(json_path(party, "address.country")), str(country));
}

enum status invoice_check(struct scope *s, struct json invoice, struct invoice_findings *out)
{
    struct check c = {
        .scope = s,
        .invoice = invoice,
        .lines = json_member(invoice, "lines"),
        .allowances = json_member(invoice, "allowances"),
        .subtotals = json_path(invoice, "tax.subtotals"),
        .totals = json_member(invoice, "totals"),
        .seller = json_member(invoice, "seller"),
        .buyer = json_member(invoice, "buyer"),
        .is_credit = str_is(text(invoice, "kind"), "credit-note"),
        .items = scope_array(s, INVOICE_FINDINGS_MAX, sizeof *c.items),
    };
    struct str customization = text(invoice, "customization");

    c.is_peppol = str_find(customization, str("urn:fdc:peppol.eu:")) < customization.bytes;
    // Who does not say where it is may say it by its VAT number.
    c.is_swedish =
        is_from(c.seller, "SE") || (json_path(c.seller, "address.country").type == JSON_NONE &&
                                    str_starts(text(c.seller, "vatNumber"), str("SE")));
    check_needs(&c);
    check_codes(&c);
    check_document(&c);
    check_amounts(&c);
    check_vat(&c);
    if (c.is_swedish)
        check_swedish(&c);
    *out = (struct invoice_findings){c.items, c.count, c.fatal_count};
    return c.status;
}

struct json invoice_findings_json(struct scope *s, const struct invoice_findings *findings)
{
    struct json *items = scope_array(s, findings->count, sizeof *items);

    for (size_t i = 0; i < findings->count; i++) {
        const struct invoice_finding *f = &findings->items[i];
        struct json_member *m = scope_array(s, 5, sizeof *m);
        m[0] = (struct json_member){str("rule"), json_string(str(f->rule))};
        m[1] =
            (struct json_member){str("severity"), json_string(str(f->fatal ? "fatal" : "warning"))};
        m[2] = (struct json_member){str("place"), json_string(f->place)};
        m[3] = (struct json_member){str("what"), json_string(f->what)};
        m[4] = (struct json_member){str("right"), json_string(str(f->right))};
        items[i] = json_object(m, 5);
    }
    return json_array(items, findings->count);
}
