// The reader and the rules: on the samples, on samples that were spoiled, and where they are on
// the examples of the standards.
#include "document/invoice/ubl.h"

#include "core/scope.h"
#include "document/invoice/rules.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"

static struct str sample(struct scope *s, const char *name)
{
    struct str text = {0};

    EXPECT_OK(file_read_whole(s, world_real(), str_format(s, "samples/invoices/%s.xml", name),
                              INVOICE_BYTES_MAX, &text));
    return text;
}

// A text with one part of it replaced, which must be there.
static struct str spoiled(struct scope *s, struct str text, const char *part, const char *other)
{
    size_t at = str_find(text, str(part));

    EXPECT(at < text.bytes);
    return str_concat(s, 3, str_slice(text, 0, at), str(other),
                      str_slice(text, at + strlen(part), text.bytes));
}

static struct invoice_findings check(struct scope *s, struct str xml)
{
    struct json invoice = {0};
    struct invoice_findings found = {0};

    EXPECT_OK(invoice_read(s, xml, &invoice));
    EXPECT_OK(invoice_check(s, invoice, &found));
    return found;
}

static const struct {
    const char *name;
    const char *kind;
    const char *payable;
} samples[] = {
    {"01-new-car", "invoice", "422500.00"},
    {"02-used-car-margin-scheme", "invoice", "154000.00"},
    {"03-reverse-charge", "invoice", "2914.00"},
    {"04-credit-note", "credit-note", "10500.00"},
    {"05-three-rates", "invoice", "5997.37"},
    {"06-discounts-and-charges", "invoice", "4580.15"},
    {"07-prepaid-and-rounded", "invoice", "32342.00"},
    {"08-new-vehicle-to-germany", "invoice", "28450.00"},
    {"09-svefaktura", "invoice", "4374.00"},
};

TEST(the_samples_are_read_and_right)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct json invoice = {0};
        struct str xml = sample(s, samples[i].name);
        REQUIRE_OK(invoice_read(s, xml, &invoice));
        EXPECT_STR(json_text(json_member(invoice, "kind")), samples[i].kind);
        EXPECT_STR(json_text(json_path(invoice, "totals.payable")), samples[i].payable);
        EXPECT_EQUAL(check(s, xml).count, 0);
    }
}

TEST(what_an_invoice_says_is_where_the_model_has_it)
{
    struct json invoice = {0};
    static const char *const members[][2] = {
        {"seller.vatNumber", NULL},
        {"number", "2026-1041"},
        {"issueDate", "2026-11-20"},
        {"dueDate", "2026-12-20"},
        {"seller.taxRegistration", "Godkänd för F-skatt"},
        {"seller.seat", "Luleå"},
        {"seller.address.zone", "972 38"},
        {"buyer.name", "Fjällbygdens Bilhandel AB"},
        {"buyer.contact.email", "ekonomi@fjallbygden.example"},
        {"delivery.date", "2026-11-18"},
        {"tax.amount", "84500.00"},
    };

    REQUIRE_OK(invoice_read(s, sample(s, "01-new-car"), &invoice));
    for (size_t i = 1; i < sizeof members / sizeof members[0]; i++)
        EXPECT_STR(json_text(json_path(invoice, members[i][0])), members[i][1]);
    struct json line = json_at(json_member(invoice, "lines"), 0);
    EXPECT_STR(json_text(json_member(line, "price")), "329600.00");
    EXPECT_STR(json_text(json_member(json_at(json_member(line, "properties"), 0), "value")),
               "YV1TR2AB5C1234567");
    struct json means = json_at(json_member(invoice, "paymentMeans"), 0);
    EXPECT_STR(json_text(json_member(means, "branch")), "SE:BANKGIRO");
}

static const struct {
    const char *name;
    const char *part, *other;
    const char *rule;
    const char *place;
} spoils[] = {
    {"01-new-car", "338000.00</cbc:LineE", "338000.01</cbc:LineE", "BR-CO-10",
     "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount"},
    {"06-discounts-and-charges", "150.00</cbc:Allow", "151.00</cbc:Allow", "BR-CO-11",
     "/Invoice/cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount"},
    {"06-discounts-and-charges", "195.00</cbc:ChargeT", "1.00</cbc:ChargeT", "BR-CO-12", NULL},
    {"01-new-car", "338000.00</cbc:TaxExcl", "338001.00</cbc:TaxExcl", "BR-CO-13", NULL},
    {"01-new-car", "84500.00</cbc:TaxAmount", "84501.00</cbc:TaxAmount", "BR-CO-14", NULL},
    {"10-wrong-total", "EUR", "EUR", "BR-CO-15",
     "/Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"},
    {"07-prepaid-and-rounded", "32342.00", "32341.59", "BR-CO-16", NULL},
    {"05-three-rates", "556.25", "558.25", "BR-CO-17",
     "/Invoice/cac:TaxTotal/cac:TaxSubtotal[1]/cbc:TaxAmount"},
    {"01-new-car", "<cbc:ID>2026-1041</cbc:ID>", "", "BR-02", "/Invoice/cbc:ID"},
    {"01-new-car", ">380<", ">999<", "BR-CL-01", NULL},
    {"01-new-car", "<cbc:BuyerReference>Inköp</cbc:BuyerReference>", "", "PEPPOL-EN16931-R003",
     NULL},
    {"01-new-car", "329600.00</cbc:Price", "329000.00</cbc:Price", "PEPPOL-EN16931-R120",
     "/Invoice/cac:InvoiceLine[1]/cbc:LineExtensionAmount"},
    {"03-reverse-charge", "<cbc:TaxExemptionReasonCode>VATEX-EU-AE</cbc:TaxExemptionReasonCode>",
     "", NULL, NULL},
    {"04-credit-note", "unitCode=\"SET\"", "", "BR-23",
     "/CreditNote/cac:CreditNoteLine[1]/cbc:CreditedQuantity/@unitCode"},
    {"01-new-car", "<cbc:CompanyID>SE556981042601</cbc:CompanyID>", "", "ML-17-24-3",
     "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"},
    {"01-new-car", "Godkänd för F-skatt", "F-skatt", "SE-R-005", NULL},
    {"01-new-car", "SE556981042", "SE55698104", "SE-R-001", NULL},
    {"01-new-car", "SE556981042", "SE55698104X", "SE-R-002", NULL},
    {"01-new-car", ">5050105<", ">505-0105<", "SE-R-008", NULL},
    {"01-new-car", ">5050105<", ">505010<", "SE-R-009", NULL},
    {"07-prepaid-and-rounded", ">4211234<", ">1<", "SE-R-010", NULL},
    {"01-new-car", "<cbc:PaymentMeansCode>30", "<cbc:PaymentMeansCode>31", "SE-R-012", NULL},
    {"03-reverse-charge", "<cbc:TaxExemptionReason>Omvänd betalningsskyldighet",
     "<cbc:TaxExemptionReason>Reverse charge", "ML-17-24-12", NULL},
    {"08-new-vehicle-to-germany", "FirstUse", "Used", "ML-17-24-14", NULL},
};

TEST(what_is_wrong_is_found_under_its_rule_and_at_its_place)
{
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct str xml = sample(s, spoils[i].name);
        if (!str_is(str(spoils[i].part), spoils[i].other))
            xml = spoiled(s, xml, spoils[i].part, spoils[i].other);
        struct invoice_findings found = check(s, xml);
        bool is_found = spoils[i].rule == NULL && found.count == 0;
        for (size_t k = 0; k < found.count && spoils[i].rule; k++) {
            is_found =
                is_found || (str_is(str(found.items[k].rule), spoils[i].rule) &&
                             (!spoils[i].place || str_is(found.items[k].place, spoils[i].place)));
        }
        EXPECT_STR(str(is_found ? "" : spoils[i].rule), "");
    }
}

TEST(what_cannot_be_read_is_refused_with_its_place)
{
    struct str xml = sample(s, "01-new-car");
    struct json out = {0};

    EXPECT(invoice_read(s, str("no XML"), &out) == INVALID);
    EXPECT(invoice_read(s, str("<Order/>"), &out) == INVALID);
    EXPECT(invoice_read(s, str("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Invoice/>"),
                        &out) == INVALID);
    EXPECT(invoice_read(s, spoiled(s, xml, "329600.00", "329 600,00"), &out) == REFUSED);
    EXPECT(str_starts(scope_why(s), str("LineExtensionAmount: ")) ||
           str_starts(scope_why(s), str("Price/PriceAmount: ")));
    EXPECT(invoice_read(s, spoiled(s, xml, "2026-11-20", "20 november"), &out) == REFUSED);
}

TEST(numbers_of_xml_schema_are_taken_in_all_their_forms)
{
    struct json invoice = {0};
    struct str xml = spoiled(s, sample(s, "01-new-car"), ">1<", ">+01.<");

    REQUIRE_OK(
        invoice_read(s, spoiled(s, xml, "unitCode=\"EA\">1<", "unitCode=\"EA\">+01.<"), &invoice));
    EXPECT_STR(json_text(json_member(json_at(json_member(invoice, "lines"), 0), "quantity")), "1");
}

static void check_folder(struct scope *s, struct str folder)
{
    struct str *names = NULL;
    size_t count = 0;

    EXPECT_OK(directory_list(s, world_real(), folder, &names, &count));
    for (size_t i = 0; i < count; i++) {
        struct str xml = {0};
        EXPECT_OK(file_read_whole(s, world_real(), str_concat(s, 3, folder, str("/"), names[i]),
                                  INVOICE_BYTES_MAX, &xml));
        EXPECT_EQUAL(check(s, xml).fatal_count, 0);
    }
}

TEST(the_examples_of_the_standards_break_no_fatal_rule)
{
    struct str data = test_conformance_directory(s);

    if (data.bytes == 0) {
        test_skip("no conformance data");
        return;
    }
    check_folder(s, str_concat(s, 2, data, str("/einvoice/en16931-examples")));
    check_folder(s, str_concat(s, 2, data, str("/einvoice/peppol-examples")));
}
