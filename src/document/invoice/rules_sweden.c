// Invoices of Swedish sellers: the national rules of Peppol BIS 3 (SE-R-001 to SE-R-013), and
// mervärdesskattelagen (2023:200), chapter 17, section 24, whose points the rules are numbered by.
#include "document/invoice/rules_impl.h"

#include "core/scope.h"

enum { VAT_NUMBER_BYTES = 14, ORG_NUMBER_DIGITS = 10 };

static const char supplier[] = "cac:AccountingSupplierParty/cac:Party";
static const char customer[] = "cac:AccountingCustomerParty/cac:Party";

static bool is_digits(struct str t)
{
    for (size_t i = 0; i < t.bytes; i++)
        if (t.data[i] < '0' || t.data[i] > '9')
            return false;
    return t.bytes > 0;
}

// The last digit makes the sum of all a multiple of ten, when every other one counts twice.
static bool is_luhn(struct str digits)
{
    unsigned sum = 0;

    for (size_t i = 0; i < digits.bytes; i++) {
        unsigned digit = (unsigned)(digits.data[i] - '0');
        unsigned twice = 2 * digit;
        sum += (digits.bytes - i) % 2 == 0 ? twice / 10 + twice % 10 : digit;
    }
    return sum % 10 == 0;
}

// Whether nothing of it is subject to VAT, or all of it is exempt: its seller may have no number.
static bool is_outside(struct check *c)
{
    for (size_t i = 0; i < c->subtotals.count; i++) {
        struct str category = text(json_at(c->subtotals, i), "category");
        if (!str_is(category, "O") && !str_is(category, "E"))
            return false;
    }
    return c->subtotals.count > 0;
}

static void check_vat_number(struct check *c)
{
    struct str vat = text(c->seller, "vatNumber");
    struct str place =
        str_concat(c->scope, 2, str(supplier), str("/cac:PartyTaxScheme/cbc:CompanyID"));

    if (vat.bytes == 0 && !is_outside(c) &&
        !has(json_member(c->invoice, "taxRepresentative"), "vatNumber"))
        note(c, RULE_ML_3, place, "it is missing");
    if (!str_starts(vat, str("SE")))
        return;
    if (vat.bytes != VAT_NUMBER_BYTES)
        note(c, RULE_SE_001, place, "it has %zu characters", vat.bytes);
    if (!is_digits(str_slice(vat, 2, vat.bytes)))
        note(c, RULE_SE_002, place, "there is another character");
}

static void check_org_number(struct check *c)
{
    struct str number = text(c->seller, "orgNumber");
    struct str place =
        str_concat(c->scope, 2, str(supplier), str("/cac:PartyLegalEntity/cbc:CompanyID"));

    if (number.bytes == 0)
        return;
    if (!is_digits(number))
        note(c, RULE_SE_003, place, "there is another character");
    if (number.bytes != ORG_NUMBER_DIGITS)
        note(c, RULE_SE_004, place, "it has %zu characters", number.bytes);
    if (is_digits(number) && number.bytes == ORG_NUMBER_DIGITS && !is_luhn(number))
        note(c, RULE_SE_013, place, "it is not");
}

// As the schematron: letters of either case, ä and ö among them.
static bool says_f_tax(struct scope *s, struct str words)
{
    static const char lower[] = "godkänd för f-skatt";
    char *folded = scope_bytes(s, words.bytes + 1);

    for (size_t i = 0; i < words.bytes; i++) {
        char c = words.data[i];
        bool is_second = i > 0 && words.data[i - 1] == '\xc3';
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
        if (is_second && (c == '\x84' || c == '\x96')) // Ä, Ö
            folded[i] = (char)(c + 0x20);
    }
    return str_equal(str_of(folded, words.bytes), str(lower));
}

static void check_f_tax(struct check *c)
{
    struct str words = text(c->seller, "taxRegistration");
    bool is_ubl = str_is(text(c->invoice, "dialect"), "ubl"); // Svefaktura words it otherwise

    if (is_ubl && words.bytes && has(c->seller, "orgNumber") && !says_f_tax(c->scope, words)) {
        note(c, RULE_SE_005,
             str_concat(c->scope, 2, str(supplier), str("/cac:PartyTaxScheme/cbc:CompanyID")),
             "it says something else");
    }
}

static bool is_rate(struct check *c, struct json item)
{
    struct decimal rate = number(c, json_member(item, "rate"));

    return decimal_compare(rate, decimal_of(25, 0)) == 0 ||
           decimal_compare(rate, decimal_of(12, 0)) == 0 ||
           decimal_compare(rate, decimal_of(6, 0)) == 0;
}

static void check_rate(struct check *c, struct json item, struct str place)
{
    if (str_is(text(item, "category"), "S") && !is_rate(c, item))
        note(c, RULE_SE_006, place, "it is %.*s", STR(text(item, "rate")));
}

static void check_rates(struct check *c)
{
    if (!str_starts(text(c->seller, "vatNumber"), str("SE")))
        return;
    for (size_t i = 0; i < c->lines.count; i++)
        check_rate(c, json_at(c->lines, i),
                   line_place(c, i, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"));
    for (size_t i = 0; i < c->allowances.count; i++)
        check_rate(c, json_at(c->allowances, i),
                   item_place(c, "cac:AllowanceCharge", i, "cac:TaxCategory/cbc:Percent"));
    for (size_t i = 0; i < c->subtotals.count; i++)
        check_rate(c, json_at(c->subtotals, i),
                   item_place(c, "cac:TaxTotal/cac:TaxSubtotal", i, "cac:TaxCategory/cbc:Percent"));
}

static bool is_swedish(struct json party)
{
    return str_equal_nocase(json_text(json_path(party, "address.country")), str("SE"));
}

static void check_giro(struct check *c, struct json means, struct str place)
{
    struct str account = text(means, "account");
    struct str branch = text(means, "branch");

    if (!str_is(text(means, "code"), "30") || account.bytes == 0)
        return;
    if (str_is(branch, "SE:PLUSGIRO")) {
        if (!is_digits(account))
            note(c, RULE_SE_007, place, "there is another character");
        if (account.bytes < 2 || account.bytes > 8)
            note(c, RULE_SE_010, place, "it has %zu characters", account.bytes);
    }
    if (str_is(branch, "SE:BANKGIRO")) {
        if (!is_digits(account))
            note(c, RULE_SE_008, place, "there is another character");
        if (account.bytes != 7 && account.bytes != 8)
            note(c, RULE_SE_009, place, "it has %zu characters", account.bytes);
    }
}

static void check_means(struct check *c)
{
    struct json list = json_member(c->invoice, "paymentMeans");

    for (size_t i = 0; i < list.count && is_swedish(c->seller); i++) {
        struct json means = json_at(list, i);
        struct str code = text(means, "code");
        struct str place = item_place(c, "cac:PaymentMeans", i, "cbc:PaymentMeansCode");
        check_giro(c, means,
                   item_place(c, "cac:PaymentMeans", i, "cac:PayeeFinancialAccount/cbc:ID"));
        if (str_is(code, "50") || str_is(code, "56"))
            note(c, RULE_SE_011, place, "it is %.*s", STR(code));
        if (str_is(code, "31") && is_swedish(c->buyer))
            note(c, RULE_SE_012, place, "it is 31");
    }
}

static void check_party(struct check *c, struct json party, const char *place)
{
    struct json address = json_member(party, "address");

    if (!has(address, "street") && !has(address, "box") && !has(address, "line") &&
        !has(address, "zone") && !has(address, "city"))
        note(c, RULE_ML_5, str_concat(c->scope, 2, str(place), str("/cac:PostalAddress")),
             "there is only a country, or nothing");
}

// Whether any text of the invoice has these words already.
static bool says(struct check *c, struct json reason, const char *words)
{
    struct json notes = json_member(c->invoice, "notes");
    struct str said = text(reason, "reason");

    if (str_find(said, str(words)) < said.bytes)
        return true;
    for (size_t i = 0; i < notes.count; i++)
        if (str_find(json_text(json_at(notes, i)), str(words)) < json_text(json_at(notes, i)).bytes)
            return true;
    return false;
}

static bool is_margin(struct json subtotal)
{
    struct str code = text(subtotal, "reasonCode");

    return str_is(code, "VATEX-EU-F") || str_is(code, "VATEX-EU-I") || str_is(code, "VATEX-EU-J") ||
           str_is(code, "VATEX-EU-D");
}

static void check_wording(struct check *c, size_t i, struct json subtotal)
{
    struct str category = text(subtotal, "category");
    struct str place = item_place(c, "cac:TaxTotal/cac:TaxSubtotal", i, "cac:TaxCategory");

    if (str_is(category, "E") && !has(subtotal, "reason") && !has(subtotal, "reasonCode"))
        note(c, RULE_ML_11, place, "it is missing");
    if (str_is(category, "AE") && !says(c, subtotal, "mvänd betalningsskyldighet") &&
        !says(c, subtotal, "mvänd skattskyldighet"))
        note(c, RULE_ML_12, place, "they are missing");
    if (is_margin(subtotal) && !says(c, subtotal, "instmarginalbeskattning"))
        note(c, RULE_ML_15, place, "they are missing");
    if ((str_is(category, "AE") || str_is(category, "K")) && !has(c->buyer, "vatNumber"))
        note(c, RULE_ML_4, str_concat(c->scope, 2, str(customer), str("/cac:PartyTaxScheme")),
             "it is missing");
    if (!has(subtotal, "base"))
        note(c, RULE_ML_8, place, "the taxable amount is missing");
    if (str_is(category, "S") && !has(subtotal, "rate"))
        note(c, RULE_ML_9, place, "it is missing");
}

static bool has_property(struct json line, const char *word)
{
    struct json list = json_member(line, "properties");

    for (size_t i = 0; i < list.count; i++) {
        struct str name = text(json_at(list, i), "name");
        if (str_find(name, str(word)) < name.bytes)
            return true;
    }
    return false;
}

// A vehicle (commodity of chapter 87, or with a property "VIN") that goes to another EU country.
static void check_transport(struct check *c, size_t i, struct json line)
{
    if (str_is(text(line, "category"), "K") && has_property(line, "VIN") &&
        (!has_property(line, "FirstUse") || !has_property(line, "Odometer")))
        note(c, RULE_ML_14, line_place(c, i, "cac:Item/cac:AdditionalItemProperty"),
             "FirstUse or Odometer is missing");
}

static void check_law(struct check *c)
{
    struct json agent = json_member(c->invoice, "taxRepresentative");
    struct str currency = text(c->invoice, "currency");
    bool has_tax = decimal_sign(number(c, json_path(c->invoice, "tax.amount"))) != 0;

    check_party(c, c->seller, supplier);
    check_party(c, c->buyer, customer);
    for (size_t i = 0; i < c->subtotals.count; i++)
        check_wording(c, i, json_at(c->subtotals, i));
    for (size_t i = 0; i < c->lines.count; i++) {
        struct json line = json_at(c->lines, i);
        if (!has(line, "name") || !has(line, "quantity"))
            note(c, RULE_ML_6, line_place(c, i, ""), "one of them is missing");
        check_transport(c, i, line);
    }
    if (has_tax && currency.bytes && !str_is(currency, "SEK") &&
        !(str_is(text(c->invoice, "taxCurrency"), "SEK") && has(c->invoice, "taxInTaxCurrency")))
        note(c, str_is(currency, "EUR") ? RULE_ML_10_W : RULE_ML_10,
             str("cac:TaxTotal/cbc:TaxAmount"), "it is in %.*s only", STR(currency));
    if (str_is(text(c->invoice, "typeCode"), "389") &&
        !says(c, (struct json){0}, "jälvfakturering"))
        note(c, RULE_ML_13, str("cbc:Note"), "it is missing");
    if (agent.type && (!has(agent, "name") || !has(agent, "vatNumber")))
        note(c, RULE_ML_16, str("cac:TaxRepresentativeParty"), "one of them is missing");
}

void check_swedish(struct check *c)
{
    check_vat_number(c);
    check_org_number(c);
    check_f_tax(c);
    check_rates(c);
    check_means(c);
    check_law(c);
}
