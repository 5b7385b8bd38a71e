// An invoice as it is printed: the model of document/invoice turned into what templates/invoice.md
// shows: texts in the reader's language, amounts and dates written out, the wordings that the law
// wants. Pure but for the template.
#ifndef SHEAF_SERVICES_SIGNING_INVOICE_VIEW_H
#define SHEAF_SERVICES_SIGNING_INVOICE_VIEW_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;
struct template;
struct template_result;

// "sv" for a buyer in Sweden, or when nothing is known; else "en".
const char *invoice_language(struct json invoice);

// The name of the thing, "Faktura", in its language.
struct str invoice_title(struct json invoice);

// What the template is given.
struct json invoice_view(struct scope *s, struct json invoice, struct str brand);

// Sets it. `id` makes the file's identifier. Errors: of template_render().
enum status invoice_render(struct scope *s, const struct template *t, struct json invoice,
                           struct str brand, struct str id, int64_t now_us,
                           struct template_result *out);

// Writes an amount as the language has it, "1 234,50" or "1,234.50": at least `places` behind the
// point, more where they are not zero.
struct str invoice_amount(struct scope *s, struct json number, unsigned places,
                          const char *language);

#endif
