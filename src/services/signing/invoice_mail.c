// The mail that brings an invoice: to the buyer, and to the mailboxes of the settings.
#include "core/scope.h"
#include "mail/address.h"
#include "notify/mail.h"
#include "services/signing/invoice.h"
#include "services/signing/invoice_view.h"
#include "services/signing/service_impl.h"
#include "sys/settings.h"

struct recipients {
    struct str items[MAIL_RECIPIENTS_MAX];
    size_t count;
};

// What is no address is passed over: the others get their mail.
static void add(struct recipients *r, struct str text)
{
    struct address address;

    if (r->count == MAIL_RECIPIENTS_MAX || !address_read(text, &address))
        return;
    for (size_t i = 0; i < r->count; i++)
        if (str_equal_nocase(r->items[i], text))
            return;
    r->items[r->count++] = text;
}

// The address of an organisation in "5592147077=a@example.com 9697…=b@example.com".
static struct str dealer_address(struct str table, struct str number)
{
    while (table.data && number.bytes) {
        struct str row = str_cut(&table, ' ');
        if (str_equal(str_cut(&row, '='), number))
            return row;
    }
    return (struct str){0};
}

static void find_recipients(const struct settings *settings, struct json invoice,
                            struct recipients *out)
{
    struct json buyer = json_member(invoice, "buyer");
    struct str mailboxes = settings_text(settings, "signing.invoice_mailboxes");
    size_t before = out->count;

    add(out, json_text(json_path(buyer, "contact.email")));
    if (out->count == before)
        add(out, dealer_address(settings_text(settings, "signing.invoice_dealers"),
                                json_text(json_member(buyer, "orgNumber"))));
    while (mailboxes.data)
        add(out, str_cut(&mailboxes, ' '));
}

// "faktura-2026-1041": what a file may be called anywhere.
static struct str file_name(struct scope *s, struct json invoice, const char *extension)
{
    struct str number = json_text(json_member(invoice, "number"));
    struct str title = invoice_title(invoice);
    char *name = scope_bytes(s, title.bytes + number.bytes + 1);
    size_t bytes = 0;

    for (size_t i = 0; i < title.bytes + 1 + number.bytes; i++) {
        char c = '-';
        if (i != title.bytes)
            c = i < title.bytes ? title.data[i] : number.data[i - title.bytes - 1];
        bool is_upper = c >= 'A' && c <= 'Z';
        bool is_fine = (c >= 'a' && c <= 'z') || is_upper || (c >= '0' && c <= '9') || c == '.';
        name[bytes++] =
            is_upper && i < title.bytes ? (char)(c + 'a' - 'A') : (char)(is_fine ? c : '-');
    }
    return str_concat(s, 3, str_of(name, bytes), str("."), str(extension));
}

static struct str body(struct scope *s, struct json invoice, struct str brand)
{
    bool english = str_is(str(invoice_language(invoice)), "en");
    struct json totals = json_member(invoice, "totals");
    struct str seller = json_text(json_path(invoice, "seller.name"));
    struct str due = json_text(json_member(invoice, "dueDate"));
    struct str amount =
        invoice_amount(s, json_member(totals, "payable"), 2, invoice_language(invoice));

    if (seller.bytes == 0)
        seller = json_text(json_path(invoice, "seller.legalName"));
    return str_format(
        s,
        english
            ? "%.*s %.*s from %.*s is attached, as PDF and as XML.\n\nAmount: %.*s %.*s\n%s%.*s%s"
              "\n%.*s\n"
            : "%.*s %.*s från %.*s bifogas, som PDF och som XML.\n\nBelopp: %.*s %.*s\n%s%.*s%s"
              "\n%.*s\n",
        STR(invoice_title(invoice)), STR(json_text(json_member(invoice, "number"))), STR(seller),
        STR(amount), STR(json_text(json_member(invoice, "currency"))),
        due.bytes == 0 ? ""
        : english      ? "Due: "
                       : "Förfaller: ",
        STR(due), due.bytes ? "\n" : "", STR(brand));
}

enum status invoice_mail(struct scope *s, struct signing *self, struct change *c, struct str tenant,
                         struct json invoice, struct json record, size_t *mailed_to)
{
    const struct settings *settings = self->platform->settings;
    struct str brand = settings_text(settings, "signing.brand");
    struct str title = invoice_title(invoice);
    struct recipients to = {0};

    find_recipients(settings, invoice, &to);
    *mailed_to = to.count;
    if (to.count == 0)
        return OK;
    struct mail_attachment attachments[] = {
        {&contract_signed_bucket, json_text(json_path(record, "pdf.key")),
         file_name(s, invoice, "pdf"), str("application/pdf")},
        {&contract_signed_bucket, json_text(json_path(record, "xml.key")),
         file_name(s, invoice, "xml"), str("application/xml")},
    };
    struct mail mail = {
        .tenant = tenant,
        .id = str_concat(s, 2, str("invoice-"), json_text(json_member(record, "invoice_id"))),
        .to = to.items,
        .to_count = to.count,
        .subject = str_format(s, "%.*s: %.*s %.*s", STR(brand), STR(title),
                              STR(str_slice(json_text(json_member(invoice, "number")), 0, 100))),
        .text = body(s, invoice, brand),
        .attachments = attachments,
        .attachment_count = sizeof attachments / sizeof attachments[0],
    };
    return mail_send(s, c, &mail);
}
