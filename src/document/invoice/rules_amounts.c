// The arithmetic: BR-CO-10 to BR-CO-17, prices, allowances, decimals. Amounts are exact.
#include "document/invoice/rules_impl.h"

#include "core/scope.h"

enum { CENTS = 2, PRICE_PLACES = 10 };

static const struct decimal hundred = {100, 0};

struct decimal number(struct check *c, struct json j)
{
    struct decimal d = {0};

    if (j.type == JSON_NUMBER && decimal_parse(c->scope, json_text(j), &d) != OK)
        c->status = TOO_LARGE;
    return d;
}

struct decimal plus(struct check *c, struct decimal a, struct decimal b)
{
    struct decimal out = {0};

    if (decimal_add(c->scope, a, b, &out) != OK)
        c->status = TOO_LARGE;
    return out;
}

struct decimal minus(struct check *c, struct decimal a, struct decimal b)
{
    return plus(c, a, decimal_negate(b));
}

struct decimal times(struct check *c, struct decimal a, struct decimal b)
{
    struct decimal out = {0};

    if (decimal_multiply(c->scope, a, b, &out) != OK)
        c->status = TOO_LARGE;
    return out;
}

struct decimal cents(struct check *c, struct decimal d)
{
    struct decimal out = {0};

    if (decimal_round(c->scope, d, CENTS, DECIMAL_HALF_UP, &out) != OK)
        c->status = TOO_LARGE;
    return out;
}

static struct decimal by(struct check *c, struct decimal a, struct decimal b)
{
    struct decimal out = {0};

    if (decimal_divide(c->scope, a, b, PRICE_PLACES, DECIMAL_HALF_UP, &out) != OK)
        c->status = TOO_LARGE;
    return out;
}

bool is_near(struct check *c, struct decimal a, struct decimal b, const char *tolerance)
{
    struct decimal most = {0};
    struct decimal off = minus(c, a, b);

    (void)decimal_parse(c->scope, str(tolerance), &most);
    return decimal_compare(decimal_sign(off) < 0 ? decimal_negate(off) : off, most) <= 0;
}

bool is_charge(struct json allowance)
{
    return json_member(allowance, "charge").type == JSON_TRUE;
}

static struct decimal sum_allowances(struct check *c, struct json list, bool charges)
{
    struct decimal sum = {0};

    for (size_t i = 0; i < list.count; i++)
        if (is_charge(json_at(list, i)) == charges)
            sum = plus(c, sum, number(c, json_member(json_at(list, i), "amount")));
    return sum;
}

// That a total, which is absent when it is 0, is what it should be.
static void compare(struct check *c, enum rule rule, const char *place, struct json is,
                    struct decimal should)
{
    struct decimal have = number(c, is);

    should = cents(c, should);
    if (decimal_compare(have, should) != 0)
        note(c, rule, str(place), "it is %.*s, and should be %.*s",
             STR(decimal_to_str(c->scope, have)), STR(decimal_to_str(c->scope, should)));
}

static struct decimal total(struct check *c, const char *name)
{
    return number(c, json_member(c->totals, name));
}

static void check_totals(struct check *c)
{
    struct decimal lines = {0};
    struct decimal tax = number(c, json_path(c->invoice, "tax.amount"));
    struct decimal due = minus(c, total(c, "taxInclusive"), total(c, "prepaid"));

    for (size_t i = 0; i < c->lines.count; i++)
        lines = plus(c, lines, number(c, json_member(json_at(c->lines, i), "amount")));
    compare(c, RULE_CO_10, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
            json_member(c->totals, "lines"), lines);
    if (c->allowances.count || has(c->totals, "allowances"))
        compare(c, RULE_CO_11, "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount",
                json_member(c->totals, "allowances"), sum_allowances(c, c->allowances, false));
    if (c->allowances.count || has(c->totals, "charges"))
        compare(c, RULE_CO_12, "cac:LegalMonetaryTotal/cbc:ChargeTotalAmount",
                json_member(c->totals, "charges"), sum_allowances(c, c->allowances, true));
    compare(c, RULE_CO_13, "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
            json_member(c->totals, "taxExclusive"),
            plus(c, minus(c, total(c, "lines"), total(c, "allowances")), total(c, "charges")));
    compare(c, RULE_CO_15, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
            json_member(c->totals, "taxInclusive"), plus(c, total(c, "taxExclusive"), tax));
    compare(c, RULE_CO_16, "cac:LegalMonetaryTotal/cbc:PayableAmount",
            json_member(c->totals, "payable"), plus(c, due, total(c, "rounding")));
}

static void check_tax(struct check *c)
{
    struct decimal sum = {0};

    for (size_t i = 0; i < c->subtotals.count; i++) {
        struct json subtotal = json_at(c->subtotals, i);
        struct decimal amount = number(c, json_member(subtotal, "amount"));
        struct decimal should = cents(c, by(c,
                                            times(c, number(c, json_member(subtotal, "base")),
                                                  number(c, json_member(subtotal, "rate"))),
                                            hundred));
        sum = plus(c, sum, amount);
        if (decimal_compare(amount, should) != 0) {
            note(c, is_near(c, amount, should, "0.99") ? RULE_CO_17_W : RULE_CO_17,
                 item_place(c, "cac:TaxTotal/cac:TaxSubtotal", i, "cbc:TaxAmount"),
                 "it is %.*s, and should be %.*s", STR(decimal_to_str(c->scope, amount)),
                 STR(decimal_to_str(c->scope, should)));
        }
    }
    if (c->subtotals.count)
        compare(c, RULE_CO_14, "cac:TaxTotal/cbc:TaxAmount", json_path(c->invoice, "tax.amount"),
                sum);
}

static void check_price(struct check *c, size_t i, struct json line)
{
    struct decimal price = number(c, json_member(line, "price"));
    struct decimal gross = number(c, json_member(line, "grossPrice"));

    if (decimal_sign(price) < 0)
        note(c, RULE_PRICE, line_place(c, i, "cac:Price/cbc:PriceAmount"), "it is negative");
    if (has(line, "grossPrice") &&
        decimal_compare(price, minus(c, gross, number(c, json_member(line, "discount")))) != 0)
        note(c, RULE_R046, line_place(c, i, "cac:Price/cbc:PriceAmount"), "it is not");
}

// PEPPOL-EN16931-R120, with its tolerance of 0.02.
static void check_line(struct check *c, size_t i, struct json line)
{
    struct json list = json_member(line, "allowances");
    struct decimal base = number(c, json_member(line, "baseQuantity"));
    struct decimal amount = number(c, json_member(line, "amount"));
    bool has_base = has(line, "baseQuantity");

    check_price(c, i, line);
    if (has_base && decimal_sign(base) <= 0) {
        note(c, RULE_R121, line_place(c, i, "cac:Price/cbc:BaseQuantity"), "it is not");
        return;
    }
    if (!has(line, "price") || !has(line, "quantity"))
        return;
    struct decimal should =
        times(c, number(c, json_member(line, "quantity")), number(c, json_member(line, "price")));
    if (has_base)
        should = by(c, should, base);
    should = plus(c, cents(c, should), sum_allowances(c, list, true));
    should = minus(c, should, sum_allowances(c, list, false));
    if (!is_near(c, amount, should, "0.02")) {
        note(c, RULE_R120, line_place(c, i, "cbc:LineExtensionAmount"),
             "it is %.*s, and should be %.*s", STR(decimal_to_str(c->scope, amount)),
             STR(decimal_to_str(c->scope, should)));
    }
}

static void check_allowance(struct check *c, struct json a, enum rule reason, struct str place)
{
    struct decimal amount = number(c, json_member(a, "amount"));

    if (!has(a, "reason") && !has(a, "reasonCode"))
        note(c, reason, place, "there is neither");
    if (!has(a, "percent") || !has(a, "base"))
        return;
    struct decimal should =
        by(c, times(c, number(c, json_member(a, "base")), number(c, json_member(a, "percent"))),
           hundred);
    if (!is_near(c, amount, cents(c, should), "0.02")) {
        note(c, RULE_R040, place, "it is %.*s, and should be %.*s",
             STR(decimal_to_str(c->scope, amount)),
             STR(decimal_to_str(c->scope, cents(c, should))));
    }
}

static void check_allowances(struct check *c)
{
    for (size_t i = 0; i < c->allowances.count; i++)
        check_allowance(c, json_at(c->allowances, i), RULE_REASON,
                        item_place(c, "cac:AllowanceCharge", i, ""));
    for (size_t line = 0; line < c->lines.count; line++) {
        struct json list = json_member(json_at(c->lines, line), "allowances");
        for (size_t i = 0; i < list.count; i++)
            check_allowance(c, json_at(list, i), RULE_REASON_L,
                            line_place(c, line, "cac:AllowanceCharge"));
    }
}

// BR-DEC-…: totals and amounts of VAT; prices and quantities may have more.
static void check_decimals(struct check *c)
{
    for (size_t i = 0; i < c->totals.count; i++) {
        struct decimal d = number(c, c->totals.members[i].value);
        if (decimal_compare(d, cents(c, d)) != 0)
            note(c, RULE_DEC, str("cac:LegalMonetaryTotal"), "%.*s has more",
                 STR(c->totals.members[i].name));
    }
    for (size_t i = 0; i < c->lines.count; i++) {
        struct decimal d = number(c, json_member(json_at(c->lines, i), "amount"));
        if (decimal_compare(d, cents(c, d)) != 0)
            note(c, RULE_DEC, line_place(c, i, "cbc:LineExtensionAmount"), "it has more");
    }
}

void check_amounts(struct check *c)
{
    check_totals(c);
    check_tax(c);
    for (size_t i = 0; i < c->lines.count; i++)
        check_line(c, i, json_at(c->lines, i));
    check_allowances(c);
    check_decimals(c);
}
