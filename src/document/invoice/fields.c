// The tables: member, kind, where UBL 2.1 has it, where Svefaktura 1.0 has it, table of its own.
#include "document/invoice/map_impl.h"

// clang-format off
#define NONE {0}

static const struct field identifier_fields[] = {
    {"id",     FIELD_TEXT, {"ID", "ID"}, NULL},
    {"scheme", FIELD_TEXT, {"ID/@schemeID", "ID/@identificationSchemeID"}, NULL},
    NONE,
};

static const struct field period_fields[] = {
    {"from", FIELD_DATE, {"StartDate", "StartDateTime"}, NULL},
    {"to",   FIELD_DATE, {"EndDate", "EndDateTime"}, NULL},
    NONE,
};

static const struct field reference_fields[] = {
    {"number", FIELD_TEXT, {"ID", "ID"}, NULL},
    {"date",   FIELD_DATE, {"IssueDate", "IssueDate"}, NULL},
    NONE,
};

static const struct field attachment_fields[] = {
    {"id",          FIELD_TEXT, {"ID", "ID"}, NULL},
    {"description", FIELD_TEXT, {"DocumentDescription", NULL}, NULL},
    {"typeCode",    FIELD_TEXT, {"DocumentTypeCode", NULL}, NULL},
    {"uri",         FIELD_TEXT, {"Attachment/ExternalReference/URI", NULL}, NULL},
    {"name",        FIELD_TEXT, {"Attachment/EmbeddedDocumentBinaryObject/@filename", NULL}, NULL},
    {"mediaType",   FIELD_TEXT, {"Attachment/EmbeddedDocumentBinaryObject/@mimeCode", NULL}, NULL},
    NONE,
};

static const struct field address_fields[] = {
    {"box",         FIELD_TEXT, {"Postbox", "Postbox"}, NULL},
    {"street",      FIELD_TEXT, {"StreetName", "StreetName"}, NULL},
    {"building",    FIELD_TEXT, {"BuildingNumber", "BuildingNumber"}, NULL},
    {"street2",     FIELD_TEXT, {"AdditionalStreetName", "Department"}, NULL},
    {"line",        FIELD_TEXT, {"AddressLine/Line", "AddressLine/Line"}, NULL},
    {"zone",        FIELD_TEXT, {"PostalZone", "PostalZone"}, NULL},
    {"city",        FIELD_TEXT, {"CityName", "CityName"}, NULL},
    {"subdivision", FIELD_TEXT, {"CountrySubentity", "CountrySubentity"}, NULL},
    {"country",     FIELD_TEXT, {"Country/IdentificationCode", "Country/IdentificationCode"}, NULL},
    NONE,
};

static const struct field contact_fields[] = {
    {"name",  FIELD_TEXT, {"Name", "Name"}, NULL},
    {"phone", FIELD_TEXT, {"Telephone", "Telephone"}, NULL},
    {"email", FIELD_TEXT, {"ElectronicMail", "ElectronicMail"}, NULL},
    NONE,
};

// `party` is the Party element; the contact of Svefaktura's seller stands beside it or in it.
static const struct field party_fields[] = {
    {"name",            FIELD_TEXT,   {"PartyName/Name", "PartyName/Name"}, NULL},
    {"legalName",       FIELD_TEXT,   {"PartyLegalEntity/RegistrationName", "PartyTaxScheme/RegistrationName"}, NULL},
    {"orgNumber",       FIELD_TEXT,   {"PartyLegalEntity/CompanyID", "PartyTaxScheme[TaxScheme/ID=SWT]/CompanyID PartyIdentification/ID"}, NULL},
    {"orgScheme",       FIELD_TEXT,   {"PartyLegalEntity/CompanyID/@schemeID", NULL}, NULL},
    {"legalForm",       FIELD_TEXT,   {"PartyLegalEntity/CompanyLegalForm", NULL}, NULL},
    {"seat",            FIELD_TEXT,   {"PartyLegalEntity/RegistrationAddress/CityName", "PartyTaxScheme[TaxScheme/ID=SWT]/RegistrationAddress/CityName"}, NULL},
    {"vatNumber",       FIELD_TEXT,   {"PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID", "PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID"}, NULL},
    {"taxRegistration", FIELD_TEXT,   {"PartyTaxScheme[TaxScheme/ID!=VAT]/CompanyID", "PartyTaxScheme[TaxScheme/ID=SWT]/ExemptionReason"}, NULL},
    {"endpoint",        FIELD_TEXT,   {"EndpointID", NULL}, NULL},
    {"endpointScheme",  FIELD_TEXT,   {"EndpointID/@schemeID", NULL}, NULL},
    {"ids",             FIELD_LIST,   {"PartyIdentification", "PartyIdentification"}, identifier_fields},
    {"address",         FIELD_OBJECT, {"PostalAddress", "Address"}, address_fields},
    {"contact",         FIELD_OBJECT, {"Contact", "Contact"}, contact_fields},
    NONE,
};

static const struct field delivery_fields[] = {
    {"date",     FIELD_DATE,   {"ActualDeliveryDate", "ActualDeliveryDateTime"}, NULL},
    {"location", FIELD_TEXT,   {"DeliveryLocation/ID", NULL}, NULL},
    {"name",     FIELD_TEXT,   {"DeliveryParty/PartyName/Name", NULL}, NULL},
    {"address",  FIELD_OBJECT, {"DeliveryLocation/Address", "DeliveryAddress"}, address_fields},
    NONE,
};

static const struct field means_fields[] = {
    {"code",        FIELD_TEXT, {"PaymentMeansCode", "PaymentMeansTypeCode"}, NULL},
    {"codeName",    FIELD_TEXT, {"PaymentMeansCode/@name", NULL}, NULL},
    {"dueDate",     FIELD_DATE, {"PaymentDueDate", "DuePaymentDate"}, NULL},
    {"reference",   FIELD_TEXT, {"PaymentID", "PayeeFinancialAccount/PaymentInstructionID"}, NULL},
    {"account",     FIELD_TEXT, {"PayeeFinancialAccount/ID", "PayeeFinancialAccount/ID"}, NULL},
    {"accountName", FIELD_TEXT, {"PayeeFinancialAccount/Name", NULL}, NULL},
    {"branch",      FIELD_TEXT, {"PayeeFinancialAccount/FinancialInstitutionBranch/ID", "PayeeFinancialAccount/FinancialInstitutionBranch/FinancialInstitution/ID"}, NULL},
    {"card",        FIELD_TEXT, {"CardAccount/PrimaryAccountNumberID", NULL}, NULL},
    {"mandate",     FIELD_TEXT, {"PaymentMandate/ID", NULL}, NULL},
    {"debited",     FIELD_TEXT, {"PaymentMandate/PayerFinancialAccount/ID", NULL}, NULL},
    NONE,
};

static const struct field allowance_fields[] = {
    {"charge",     FIELD_BOOLEAN, {"ChargeIndicator", "ChargeIndicator"}, NULL},
    {"reasonCode", FIELD_TEXT,    {"AllowanceChargeReasonCode", "ReasonCode"}, NULL},
    {"reason",     FIELD_TEXT,    {"AllowanceChargeReason", "ReasonCode/@name"}, NULL},
    {"percent",    FIELD_NUMBER,  {"MultiplierFactorNumeric", NULL}, NULL},
    {"amount",     FIELD_NUMBER,  {"Amount", "Amount"}, NULL},
    {"base",       FIELD_NUMBER,  {"BaseAmount", NULL}, NULL},
    {"category",   FIELD_TEXT,    {"TaxCategory/ID", "TaxCategory/ID"}, NULL},
    {"rate",       FIELD_NUMBER,  {"TaxCategory/Percent", "TaxCategory/Percent"}, NULL},
    NONE,
};

static const struct field subtotal_fields[] = {
    {"base",       FIELD_NUMBER, {"TaxableAmount", "TaxableAmount"}, NULL},
    {"amount",     FIELD_NUMBER, {"TaxAmount", "TaxAmount"}, NULL},
    {"currency",   FIELD_TEXT,   {"TaxAmount/@currencyID", "TaxAmount/@amountCurrencyID"}, NULL},
    {"category",   FIELD_TEXT,   {"TaxCategory/ID", "TaxCategory/ID"}, NULL},
    {"rate",       FIELD_NUMBER, {"TaxCategory/Percent Percent", "TaxCategory/Percent"}, NULL},
    {"reasonCode", FIELD_TEXT,   {"TaxCategory/TaxExemptionReasonCode", NULL}, NULL},
    {"reason",     FIELD_TEXT,   {"TaxCategory/TaxExemptionReason", "TaxCategory/ExemptionReason"}, NULL},
    NONE,
};

static const struct field tax_fields[] = {
    {"amount",    FIELD_NUMBER, {"TaxAmount", "TotalTaxAmount"}, NULL},
    {"currency",  FIELD_TEXT,   {"TaxAmount/@currencyID", "TotalTaxAmount/@amountCurrencyID"}, NULL},
    {"subtotals", FIELD_LIST,   {"TaxSubtotal", "TaxSubTotal"}, subtotal_fields},
    NONE,
};

static const struct field total_fields[] = {
    {"lines",        FIELD_NUMBER, {"LineExtensionAmount", "LineExtensionTotalAmount"}, NULL},
    {"allowances",   FIELD_NUMBER, {"AllowanceTotalAmount", NULL}, NULL},
    {"charges",      FIELD_NUMBER, {"ChargeTotalAmount", NULL}, NULL},
    {"taxExclusive", FIELD_NUMBER, {"TaxExclusiveAmount", "TaxExclusiveTotalAmount"}, NULL},
    {"taxInclusive", FIELD_NUMBER, {"TaxInclusiveAmount", "TaxInclusiveTotalAmount"}, NULL},
    {"prepaid",      FIELD_NUMBER, {"PrepaidAmount", NULL}, NULL},
    {"rounding",     FIELD_NUMBER, {"PayableRoundingAmount", "RoundOffAmount"}, NULL},
    {"payable",      FIELD_NUMBER, {"PayableAmount", "TaxInclusiveTotalAmount"}, NULL},
    NONE,
};

static const struct field property_fields[] = {
    {"name",  FIELD_TEXT, {"Name", NULL}, NULL},
    {"value", FIELD_TEXT, {"Value", NULL}, NULL},
    NONE,
};

static const struct field line_fields[] = {
    {"id",           FIELD_TEXT,   {"ID", "ID"}, NULL},
    {"note",         FIELD_TEXT,   {"Note", "Note"}, NULL},
    {"quantity",     FIELD_NUMBER, {"InvoicedQuantity CreditedQuantity", "InvoicedQuantity"}, NULL},
    {"unit",         FIELD_TEXT,   {"InvoicedQuantity/@unitCode CreditedQuantity/@unitCode", "InvoicedQuantity/@quantityUnitCode"}, NULL},
    {"amount",       FIELD_NUMBER, {"LineExtensionAmount", "LineExtensionAmount"}, NULL},
    {"accounting",   FIELD_TEXT,   {"AccountingCost", NULL}, NULL},
    {"orderLine",    FIELD_TEXT,   {"OrderLineReference/LineID", "OrderLineReference/BuyersLineID"}, NULL},
    {"period",       FIELD_OBJECT, {"InvoicePeriod", NULL}, period_fields},
    {"delivery",     FIELD_OBJECT, {"Delivery", "Delivery"}, delivery_fields},
    {"name",         FIELD_TEXT,   {"Item/Name", "Item/Description"}, NULL},
    {"description",  FIELD_TEXT,   {"Item/Description", NULL}, NULL},
    {"sellerItem",   FIELD_TEXT,   {"Item/SellersItemIdentification/ID", "Item/SellersItemIdentification/ID"}, NULL},
    {"buyerItem",    FIELD_TEXT,   {"Item/BuyersItemIdentification/ID", "Item/BuyersItemIdentification/ID"}, NULL},
    {"standardItem", FIELD_TEXT,   {"Item/StandardItemIdentification/ID", "Item/StandardItemIdentification/ID"}, NULL},
    {"origin",       FIELD_TEXT,   {"Item/OriginCountry/IdentificationCode", NULL}, NULL},
    {"classes",      FIELD_TEXTS,  {"Item/CommodityClassification/ItemClassificationCode", NULL}, NULL},
    {"properties",   FIELD_LIST,   {"Item/AdditionalItemProperty", NULL}, property_fields},
    {"category",     FIELD_TEXT,   {"Item/ClassifiedTaxCategory/ID", "Item/TaxCategory/ID"}, NULL},
    {"rate",         FIELD_NUMBER, {"Item/ClassifiedTaxCategory/Percent", "Item/TaxCategory/Percent"}, NULL},
    {"price",        FIELD_NUMBER, {"Price/PriceAmount", "Item/BasePrice/PriceAmount"}, NULL},
    {"baseQuantity", FIELD_NUMBER, {"Price/BaseQuantity", "Item/BasePrice/BaseQuantity"}, NULL},
    {"baseUnit",     FIELD_TEXT,   {"Price/BaseQuantity/@unitCode", "Item/BasePrice/BaseQuantity/@quantityUnitCode"}, NULL},
    {"discount",     FIELD_NUMBER, {"Price/AllowanceCharge/Amount", NULL}, NULL},
    {"grossPrice",   FIELD_NUMBER, {"Price/AllowanceCharge/BaseAmount", NULL}, NULL},
    {"allowances",   FIELD_LIST,   {"AllowanceCharge", "AllowanceCharge"}, allowance_fields},
    NONE,
};

const struct field document_fields[] = {
    {"customization",     FIELD_TEXT,   {"CustomizationID", NULL}, NULL},
    {"profile",           FIELD_TEXT,   {"ProfileID", NULL}, NULL},
    {"typeCode",          FIELD_TEXT,   {"InvoiceTypeCode CreditNoteTypeCode", "InvoiceTypeCode"}, NULL},
    {"number",            FIELD_TEXT,   {"ID", "ID"}, NULL},
    {"issueDate",         FIELD_DATE,   {"IssueDate", "IssueDate"}, NULL},
    {"dueDate",           FIELD_DATE,   {"DueDate PaymentMeans/PaymentDueDate", "PaymentMeans/DuePaymentDate"}, NULL},
    {"taxPointDate",      FIELD_DATE,   {"TaxPointDate", "TaxPointDate"}, NULL},
    {"notes",             FIELD_TEXTS,  {"Note", "Note"}, NULL},
    {"currency",          FIELD_TEXT,   {"DocumentCurrencyCode", "InvoiceCurrencyCode"}, NULL},
    {"taxCurrency",       FIELD_TEXT,   {"TaxCurrencyCode", "TaxCurrencyCode"}, NULL},
    {"accounting",        FIELD_TEXT,   {"AccountingCost", NULL}, NULL},
    {"buyerReference",    FIELD_TEXT,   {"BuyerReference", "RequisitionistDocumentReference/ID"}, NULL},
    {"period",            FIELD_OBJECT, {"InvoicePeriod", "InvoicingPeriod"}, period_fields},
    {"taxPointCode",      FIELD_TEXT,   {"InvoicePeriod/DescriptionCode", NULL}, NULL},
    {"order",             FIELD_TEXT,   {"OrderReference/ID", "OrderReference/BuyersID InvoiceLine/OrderLineReference/OrderReference/BuyersID"}, NULL},
    {"salesOrder",        FIELD_TEXT,   {"OrderReference/SalesOrderID", NULL}, NULL},
    {"despatch",          FIELD_TEXT,   {"DespatchDocumentReference/ID", NULL}, NULL},
    {"receipt",           FIELD_TEXT,   {"ReceiptDocumentReference/ID", NULL}, NULL},
    {"tender",            FIELD_TEXT,   {"OriginatorDocumentReference/ID", NULL}, NULL},
    {"contract",          FIELD_TEXT,   {"ContractDocumentReference/ID", NULL}, NULL},
    {"project",           FIELD_TEXT,   {"ProjectReference/ID", NULL}, NULL},
    {"corrects",          FIELD_LIST,   {"BillingReference/InvoiceDocumentReference", "InitialInvoiceDocumentReference"}, reference_fields},
    {"attachments",       FIELD_LIST,   {"AdditionalDocumentReference", "AdditionalDocumentReference"}, attachment_fields},
    {"seller",            FIELD_OBJECT, {"AccountingSupplierParty/Party", "SellerParty/Party"}, party_fields},
    {"sellerContact",     FIELD_OBJECT, {NULL, "SellerParty/AccountsContact"}, contact_fields},
    {"buyer",             FIELD_OBJECT, {"AccountingCustomerParty/Party", "BuyerParty/Party"}, party_fields},
    {"payee",             FIELD_OBJECT, {"PayeeParty", NULL}, party_fields},
    {"taxRepresentative", FIELD_OBJECT, {"TaxRepresentativeParty", NULL}, party_fields},
    {"delivery",          FIELD_OBJECT, {"Delivery", "Delivery"}, delivery_fields},
    {"paymentMeans",      FIELD_LIST,   {"PaymentMeans", "PaymentMeans"}, means_fields},
    {"paymentTerms",      FIELD_TEXTS,  {"PaymentTerms/Note", "PaymentTerms/Note"}, NULL},
    {"allowances",        FIELD_LIST,   {"AllowanceCharge", "AllowanceCharge"}, allowance_fields},
    {"taxTotals",         FIELD_LIST,   {"TaxTotal", "TaxTotal"}, tax_fields},
    {"totals",            FIELD_OBJECT, {"LegalMonetaryTotal", "LegalTotal"}, total_fields},
    {"lines",             FIELD_LIST,   {"InvoiceLine CreditNoteLine", "InvoiceLine"}, line_fields},
    NONE,
};
// clang-format on
