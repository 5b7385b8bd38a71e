// Electronic invoices: whatever is read is JSON that reads back the same, is checked without a
// failure but a sum too long, and its findings name rules and places.
#include "document/invoice/rules.h"
#include "document/invoice/ubl.h"
#include "test/fuzz/fuzz.h"

FUZZ
{
    struct json invoice = {0};
    struct json again = {0};
    struct invoice_findings found = {0};
    enum status e = invoice_read(s, input, &invoice);

    assert(e == OK || e == INVALID || e == REFUSED || e == UNSUPPORTED || e == TOO_LARGE);
    if (e != OK)
        return;
    e = json_parse(s, json_to_str(s, invoice), &json_limits_lenient, &again);
    assert(e == OK && json_equal(invoice, again));
    e = invoice_check(s, invoice, &found);
    assert(e == OK || e == TOO_LARGE);
    assert(found.count <= INVOICE_FINDINGS_MAX &&
           found.fatal_count + INVOICE_FINDINGS_MAX >= found.count);
    for (size_t i = 0; i < found.count; i++)
        assert(found.items[i].rule && found.items[i].place.bytes && found.items[i].right);
    assert(invoice_findings_json(s, &found).count == found.count);
}
