// VAT: that lines, breakdown and categories agree (BR-S-… to BR-O-…), and payment means.
#include "document/invoice/rules_impl.h"

#include "core/scope.h"

static bool is_one_of(struct str word, const char *words)
{
    struct str rest = str(words);

    while (rest.data)
        if (str_equal(str_cut(&rest, ' '), word))
            return true;
    return false;
}

static bool is_taxed(struct str category)
{
    return is_one_of(category, "S L M");
}

// Whether two things are of the same category, and where it has rates, of the same rate.
static bool is_alike(struct check *c, struct json a, struct json b)
{
    struct str category = text(a, "category");

    return str_equal(category, text(b, "category")) &&
           (!is_taxed(category) || decimal_compare(number(c, json_member(a, "rate")),
                                                   number(c, json_member(b, "rate"))) == 0);
}

static bool is_listed(struct check *c, struct json item)
{
    for (size_t i = 0; i < c->subtotals.count; i++)
        if (is_alike(c, item, json_at(c->subtotals, i)))
            return true;
    return false;
}

static struct decimal base_of(struct check *c, struct json subtotal)
{
    struct decimal sum = {0};

    for (size_t i = 0; i < c->lines.count; i++)
        if (is_alike(c, json_at(c->lines, i), subtotal))
            sum = plus(c, sum, number(c, json_member(json_at(c->lines, i), "amount")));
    for (size_t i = 0; i < c->allowances.count; i++) {
        struct json a = json_at(c->allowances, i);
        struct decimal amount = number(c, json_member(a, "amount"));
        if (is_alike(c, a, subtotal))
            sum = is_charge(a) ? plus(c, sum, amount) : minus(c, sum, amount);
    }
    return sum;
}

static void check_item(struct check *c, struct json item, struct str place)
{
    struct str category = text(item, "category");
    int sign = decimal_sign(number(c, json_member(item, "rate")));

    if (category.bytes == 0)
        return;
    if (!is_one_of(category, "S Z E AE K G O L M B"))
        note(c, RULE_CATEGORY, place, "«%.*s» is none", STR(str_slice(category, 0, 20)));
    else if (!is_listed(c, item))
        note_category(c, RULE_LISTED, category, place, "the breakdown has no such");
    if (str_is(category, "S") && sign <= 0)
        note(c, RULE_RATE, place, "it is not");
    if (is_one_of(category, "Z E AE K G O") && sign != 0)
        note_category(c, RULE_ZERO, category, place, "it is not zero");
}

static void check_subtotal(struct check *c, size_t i, struct json subtotal)
{
    struct str category = text(subtotal, "category");
    struct str place = item_place(c, "cac:TaxTotal/cac:TaxSubtotal", i, "");
    struct decimal base = number(c, json_member(subtotal, "base"));
    struct decimal should = base_of(c, subtotal);
    bool is_free = is_one_of(category, "E AE K G O");

    if (!is_near(c, base, should, is_taxed(category) ? "1" : "0"))
        note_category(c, RULE_BASE, category, place, "the taxable amount is %.*s, the sum %.*s",
                      STR(decimal_to_str(c->scope, base)), STR(decimal_to_str(c->scope, should)));
    if ((is_free || str_is(category, "Z")) &&
        decimal_sign(number(c, json_member(subtotal, "amount"))) != 0)
        note_category(c, RULE_NO_TAX, category, place, "there is some");
    if (is_free && !has(subtotal, "reason") && !has(subtotal, "reasonCode"))
        note_category(c, RULE_EXEMPT, category, place, "it is missing");
    if (has(subtotal, "currency") &&
        !str_equal(text(subtotal, "currency"), text(c->invoice, "currency")))
        note(c, RULE_R051, place, "the VAT is in %.*s",
             STR(str_slice(text(subtotal, "currency"), 0, 20)));
}

static bool uses(struct check *c, const char *categories)
{
    for (size_t i = 0; i < c->subtotals.count; i++)
        if (is_one_of(text(json_at(c->subtotals, i), "category"), categories))
            return true;
    return false;
}

static void check_numbers(struct check *c)
{
    struct str seller = text(c->seller, "vatNumber");
    struct str place =
        str("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID");
    bool is_lettered = seller.bytes > 1 && seller.data[0] >= 'A' && seller.data[0] <= 'Z' &&
                       seller.data[1] >= 'A' && seller.data[1] <= 'Z';

    if (seller.bytes && !is_lettered)
        note(c, RULE_CO_09, place, "it does not");
    if (uses(c, "S Z E AE K G") && seller.bytes == 0 && !has(c->seller, "taxRegistration") &&
        !has(json_member(c->invoice, "taxRepresentative"), "vatNumber"))
        note_category(c, RULE_SELLER, text(json_at(c->subtotals, 0), "category"), place,
                      "there is neither");
    if (uses(c, "AE K") && !has(c->buyer, "vatNumber") && !has(c->buyer, "orgNumber")) {
        note_category(c, RULE_BUYER, str(uses(c, "K") ? "K" : "AE"),
                      str("cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme"),
                      "it is missing");
    }
}

static void check_means(struct check *c)
{
    struct json list = json_member(c->invoice, "paymentMeans");

    for (size_t i = 0; i < list.count; i++) {
        if (is_one_of(text(json_at(list, i), "code"), "30 58") &&
            !has(json_at(list, i), "account")) {
            note(c, RULE_ACCOUNT,
                 item_place(c, "cac:PaymentMeans", i, "cac:PayeeFinancialAccount/cbc:ID"),
                 "it is missing");
        }
    }
}

void check_vat(struct check *c)
{
    struct str other = text(c->invoice, "taxCurrency");

    if (c->subtotals.count == 0)
        note(c, RULE_CO_18, str("cac:TaxTotal/cac:TaxSubtotal"), "there is none");
    for (size_t i = 0; i < c->lines.count; i++) {
        struct json line = json_at(c->lines, i);
        struct str place = line_place(c, i, "cac:Item/cac:ClassifiedTaxCategory");
        if (!has(line, "category"))
            note(c, RULE_CO_04, place, "it is missing");
        if (c->subtotals.count)
            check_item(c, line, place);
    }
    for (size_t i = 0; i < c->allowances.count && c->subtotals.count; i++)
        check_item(c, json_at(c->allowances, i),
                   item_place(c, "cac:AllowanceCharge", i, "cac:TaxCategory"));
    for (size_t i = 0; i < c->subtotals.count; i++)
        check_subtotal(c, i, json_at(c->subtotals, i));
    if (other.bytes && !str_equal(other, text(c->invoice, "currency")) &&
        !has(c->invoice, "taxInTaxCurrency"))
        note(c, RULE_TAX_CUR, str("cac:TaxTotal/cbc:TaxAmount"), "it is missing");
    check_numbers(c);
    check_means(c);
}
