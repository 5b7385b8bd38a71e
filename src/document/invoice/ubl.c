#include "document/invoice/ubl.h"

#include "core/decimal.h"
#include "core/scope.h"
#include "document/invoice/map_impl.h"
#include "expr/xml.h"

enum { DEPTH_MAX = 32, NODES_MAX = 1000000 };

static const struct xml_limits limits = {
    .bytes_max = INVOICE_BYTES_MAX, .depth_max = DEPTH_MAX, .nodes_max = NODES_MAX};

// UNTDID 1001, the codes of EN 16931's credit notes.
static bool is_credit(struct str root, struct str type_code)
{
    static const char *const codes[] = {"81",  "83",  "261", "308", "381",
                                        "396", "420", "458", "532"};

    if (str_is(root, "CreditNote"))
        return true;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (str_is(type_code, codes[i]))
            return true;
    return false;
}

static enum status find_dialect(struct scope *s, struct json document, struct json *root,
                                enum dialect *out)
{
    struct str name = document.members[0].name;

    *root = document.members[0].value;
    *out = json_member(*root, "SellerParty").type ? SVEFAKTURA : UBL;
    if ((str_is(name, "Invoice") || str_is(name, "CreditNote")) && root->type == JSON_OBJECT &&
        (*out == SVEFAKTURA || json_member(*root, "AccountingSupplierParty").type))
        return OK;
    return fail(s, INVALID, "<%.*s> is no UBL Invoice or CreditNote, and no Svefaktura",
                STR(str_slice(name, 0, 60)));
}

// The VAT of the document's currency is the one with a breakdown; one without may be that of the
// currency of accounting (EN 16931, BT-110 and BT-111).
static struct json with_tax(struct scope *s, struct json model)
{
    struct json all = json_member(model, "taxTotals");
    struct str currency = json_text(json_member(model, "currency"));
    struct str other = json_text(json_member(model, "taxCurrency"));
    struct json tax = {0};

    for (size_t i = 0; i < all.count; i++) {
        struct json one = json_at(all, i);
        struct str in = json_text(json_member(one, "currency"));
        bool is_other = other.bytes && !str_equal(other, currency) && str_equal(in, other);
        if (is_other)
            model = json_with(s, model, str("taxInTaxCurrency"), json_member(one, "amount"));
        else if (!tax.type || !json_member(tax, "subtotals").type)
            tax = one;
    }
    model = json_without(s, model, str("taxTotals"));
    return tax.type ? json_with(s, model, str("tax"), tax) : model;
}

// Svefaktura's total includes the rounding; the contact of its seller has a place of its own.
static enum status mend_svefaktura(struct scope *s, struct json *model)
{
    struct json totals = json_member(*model, "totals");
    struct json contact = json_member(*model, "sellerContact");
    struct json seller = json_member(*model, "seller");
    struct decimal sum = {0};
    struct decimal rounding = {0};

    if (contact.type) {
        if (seller.type && !json_member(seller, "contact").type)
            *model =
                json_with(s, *model, str("seller"), json_with(s, seller, str("contact"), contact));
        *model = json_without(s, *model, str("sellerContact"));
    }
    if (!json_member(totals, "rounding").type || !json_member(totals, "taxInclusive").type)
        return OK;
    TRY(decimal_parse(s, json_text(json_member(totals, "rounding")), &rounding));
    TRY(decimal_parse(s, json_text(json_member(totals, "taxInclusive")), &sum));
    TRY(decimal_subtract(s, sum, rounding, &sum));
    totals = json_with(s, totals, str("taxInclusive"), json_number(decimal_to_str(s, sum)));
    *model = json_with(s, *model, str("totals"), totals);
    return OK;
}

enum status invoice_read(struct scope *s, struct str xml, struct json *out)
{
    struct xml_options options = {.limits = &limits, .prefixes = XML_DROP_PREFIXES};
    struct json document = {0};
    struct json root = {0};
    enum dialect dialect = UBL;

    TRY(xml_parse(s, xml, &options, &document, NULL));
    if (document.type != JSON_OBJECT || document.count != 1)
        return fail(s, INVALID, "the document is empty");
    TRY(find_dialect(s, document, &root, &dialect));
    TRY(map_object(s, root, document_fields, dialect, out));
    if (json_member(*out, "lines").count > INVOICE_LINES_MAX)
        return fail(s, TOO_LARGE, "the invoice has more than %d lines", INVOICE_LINES_MAX);
    *out = with_tax(s, *out);
    if (dialect == SVEFAKTURA)
        TRY(mend_svefaktura(s, out));
    bool credit = is_credit(document.members[0].name, json_text(json_member(*out, "typeCode")));
    *out = json_with(s, *out, str("kind"), json_string(str(credit ? "credit-note" : "invoice")));
    *out = json_with(s, *out, str("root"), json_string(document.members[0].name));
    *out = json_with(s, *out, str("dialect"),
                     json_string(str(dialect == SVEFAKTURA ? "svefaktura" : "ubl")));
    return OK;
}
