// `sheaf invoices list|show|document`.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

enum { LIMIT_STANDARD = 100, LIMIT_MAX = 1000 };

static struct str member_text(struct scope *s, struct json j, const char *name)
{
    return print_safe(s, json_text(json_member(j, name)));
}

static struct str path_of(struct scope *s, const struct command_line *line, const char *rest)
{
    return str_concat(s, 3, str("/invoices/"), url_encode(s, str(line->words[0])), str(rest));
}

static enum status missing(struct scope *s, enum status e, const struct remote *r,
                           const struct command_line *line)
{
    if (e != NOT_FOUND)
        return e;
    return fail(s, e, "the tenant %.*s has no invoice %s; --tenant=NAME looks elsewhere",
                STR(remote_tenant(r)), line->words[0]);
}

enum status command_invoices_list(struct scope *s, const struct command_line *line)
{
    static const char *const columns[] = {"invoice_id", "created_at", "number",  "seller",
                                          "buyer",      "payable",    "currency"};
    struct remote *r = NULL;
    struct json page = {0};
    uint64_t limit = LIMIT_STANDARD;
    struct table *table = table_new(s, "INVOICE|TAKEN IN|NUMBER|SELLER|BUYER|>PAYABLE|CURRENCY");

    TRY(command_number(s, line, "limit", 1, LIMIT_MAX, &limit));
    TRY(remote_open(s, line, NULL, &r));
    struct http_field parameters[] = {
        {str("limit"), str_format(s, "%llu", (unsigned long long)limit)}, {{0}, {0}}};
    TRY(remote_get(s, r, remote_path(s, str("/invoices"), parameters), &page));
    struct json items = json_member(page, "items");
    if (line->json) {
        print_items(s, items);
        return OK;
    }
    for (size_t i = 0; i < items.count; i++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            struct str text = member_text(s, json_at(items, i), columns[c]);
            table_add(table, str_is(str(columns[c]), "created_at") ? print_moment(s, text) : text);
        }
    }
    table_print(table, stdout);
    return OK;
}

static void print_findings(struct scope *s, struct json findings)
{
    for (size_t i = 0; i < findings.count; i++) {
        struct json f = json_at(findings, i);
        (void)printf("%-11s%.*s at %.*s: %.*s; right is: %.*s\n", i ? "" : "findings",
                     STR(member_text(s, f, "rule")), STR(member_text(s, f, "place")),
                     STR(member_text(s, f, "what")), STR(member_text(s, f, "right")));
    }
}

static void print_invoice(struct scope *s, struct json invoice)
{
    static const char *const rows[][2] = {{"invoice", "invoice_id"},
                                          {"kind", "kind"},
                                          {"number", "number"},
                                          {"seller", "seller"},
                                          {"buyer", "buyer"},
                                          {"issued", "issue_date"},
                                          {"due", "due_date"},
                                          {"net", "net"},
                                          {"vat", "vat"},
                                          {"payable", "payable"},
                                          {"currency", "currency"},
                                          {"file", "file"},
                                          {"pages", "page_count"},
                                          {"mailed to", "mailed_to"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str text = member_text(s, invoice, rows[i][1]);
        if (text.bytes)
            (void)printf("%-11s%.*s\n", rows[i][0], STR(text));
    }
    (void)printf("%-11s%.*s\n", "taken in",
                 STR(print_moment(s, json_text(json_member(invoice, "created_at")))));
    print_findings(s, json_member(invoice, "findings"));
}

enum status command_invoices_show(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json invoice = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(missing(s, remote_get(s, r, path_of(s, line, ""), &invoice), r, line));
    if (line->json)
        print_json(s, invoice);
    else
        print_invoice(s, invoice);
    return OK;
}

enum status command_invoices_document(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct http_reply reply = {0};
    struct str output = command_flag(line, "output");
    struct remote_request request = {
        .path = path_of(s, line, command_has(line, "xml") ? "/document?which=xml" : "/document")};

    TRY(remote_open(s, line, NULL, &r));
    TRY(missing(s, remote_send(s, r, &request, &reply), r, line));
    if (output.bytes)
        return file_write_whole(s, world_real(), output, reply.body);
    (void)fwrite(reply.body.data, 1, reply.body.bytes, stdout);
    return OK;
}
