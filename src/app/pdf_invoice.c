// `sheaf pdf invoice`: sets an electronic invoice, without a server, and tells what is wrong with
// it. An invoice that breaks a rule is set all the same: the service would refuse it.
#include "app/command.h"
#include "app/print.h"
#include "core/scope.h"
#include "document/invoice/rules.h"
#include "document/invoice/ubl.h"
#include "document/typeset/template.h"
#include "edge/service.h"
#include "services/signing/invoice_view.h"
#include "services/signing/templates.h"
#include "sys/file.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <stdio.h>

static void print_findings(struct scope *s, const struct invoice_findings *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct invoice_finding *f = &found->items[i];
        (void)printf("%s %s %.*s: %.*s; right is: %s\n", f->fatal ? "fatal  " : "warning", f->rule,
                     STR(print_safe(s, f->place)), STR(print_safe(s, f->what)), f->right);
    }
}

enum status command_pdf_invoice(struct scope *s, const struct command_line *line)
{
    struct platform platform = {.world = world_real(), .settings = line->settings};
    struct template *t = NULL;
    struct template_result pages = {0};
    struct invoice_findings found = {0};
    struct json invoice = {0};
    struct str path = {0};
    struct str xml = {0};

    TRY(command_require(s, line, "output", &path));
    TRY(file_read_whole(s, world_real(), str(line->words[0]), INVOICE_BYTES_MAX, &xml));
    TRY(invoice_read(s, xml, &invoice));
    TRY(invoice_check(s, invoice, &found));
    print_findings(s, &found);
    TRY(template_open(s, &platform, "invoice", &t));
    TRY(invoice_render(s, t, invoice, settings_text(line->settings, "signing.brand"),
                       json_text(json_member(invoice, "number")), world_now_us(world_real()),
                       &pages));
    TRY(file_write_whole(s, world_real(), path, pages.pdf));
    (void)printf("%.*s: %zu %s\n", STR(path), pages.page_count,
                 pages.page_count == 1 ? "page" : "pages");
    return OK;
}
