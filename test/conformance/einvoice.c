// einvoice: every invoice and credit note of the standards' examples is read, breaks no rule that
// is fatal, and is set as a PDF on which the amount stands that its XML says.
#include "core/asset.h"
#include "document/invoice/rules.h"
#include "document/invoice/ubl.h"
#include "document/typeset/template.h"
#include "services/signing/invoice_view.h"
#include "test/conformance/conformance.h"
#include "test/pdf_fixture.h"

#include <string.h>

// The text of the last element of that name, straight from the source.
static struct str element(struct str xml, const char *name)
{
    struct str found = {0};
    struct str rest = xml;

    for (size_t at = str_find(rest, str(name)); at < rest.bytes; at = str_find(rest, str(name))) {
        rest = str_slice(rest, at + strlen(name), rest.bytes);
        struct str after = str_slice(rest, str_find_byte(rest, '>') + 1, rest.bytes);
        if (str_starts(rest, str(" ")) || str_starts(rest, str(">")))
            found = str_trim(str_slice(after, 0, str_find_byte(after, '<')));
    }
    return found;
}

static bool is_right(struct scope *s, const struct template *t, struct str xml)
{
    struct json invoice = {0};
    struct invoice_findings found = {0};
    struct template_result pages = {0};

    if (invoice_read(s, xml, &invoice) != OK || invoice_check(s, invoice, &found) != OK ||
        found.fatal_count > 0)
        return false;
    struct json payable = json_path(invoice, "totals.payable");
    struct str said = element(xml, "<cbc:PayableAmount");
    if (!str_equal(json_text(payable), said))
        return false;
    if (invoice_render(s, t, invoice, str("SF"), str("id"), 0, &pages) != OK)
        return false;
    struct str amount = invoice_amount(s, payable, 2, invoice_language(invoice));
    struct str text = pdf_fixture_text(s, pages.pdf, 1, pages.page_count);
    // What is printed has U+00A0 between the groups; what is extracted may have a space.
    struct str tail = str_slice(amount, amount.bytes > 6 ? amount.bytes - 6 : 0, 6);
    return str_find(text, tail) < text.bytes;
}

static void run_folder(struct scope *s, const struct template *t, struct str directory,
                       const char *folder, struct report *report)
{
    size_t count = 0;
    struct str path = str_format(s, "%.*s/%s", STR(directory), folder);
    struct str *names = conformance_list(s, path, str(".xml"), &count);

    for (size_t i = 0; i < count; i++) {
        struct scope *inner = scope_open(256 << 20);
        struct str xml =
            conformance_read(inner, str_format(inner, "%.*s/%.*s", STR(path), STR(names[i])));
        report_case(report, names[i], is_right(inner, t, xml));
        scope_close(inner);
    }
}

SUITE("einvoice", einvoice)
{
    struct template *t = NULL;
    const struct asset *source = asset_find(str("services/signing/templates/invoice.md"));

    if (!source || template_compile(s, str("invoice"), asset_text(source), NULL, &t) != OK) {
        report_case(report, str("template"), false);
        return;
    }
    run_folder(s, t, directory, "en16931-examples", report);
    run_folder(s, t, directory, "peppol-examples", report);
}
