// `sheaf receipts get|list|types|archive|merge`.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

enum { LIMIT_DEFAULT = 100, PAGE_MAX = 10000, PAGE_BYTES_MAX = 768 << 20 };

static void print_field(const char *name, struct str value)
{
    if (value.bytes)
        (void)printf("%-10s %.*s\n", name, STR(value));
}

static void print_registration(struct scope *s, struct json receipt, const char *partner)
{
    struct json told = json_member(receipt, partner);
    struct str state = json_text(json_member(told, "state"));
    struct str reference = json_text(json_member(told, "reference"));
    struct str reason = json_text(json_member(told, "reason"));
    struct str more = reference.bytes ? reference : reason;

    if (state.bytes && !str_is(state, "PENDING"))
        print_field(partner,
                    str_concat(s, 3, state, str(more.bytes ? "  " : ""), print_safe(s, more)));
}

static void print_history(struct scope *s, struct json history)
{
    for (size_t i = 0; i < history.count; i++) {
        struct json event = json_at(history, i);
        struct str cause = json_text(json_member(event, "cause"));
        (void)printf("%.*s  %.*s%s%.*s\n",
                     STR(print_moment(s, json_text(json_member(event, "at")))),
                     STR(json_text(json_member(event, "state"))), cause.bytes ? ": " : "",
                     STR(print_safe(s, cause)));
    }
}

static void print_errors(struct scope *s, struct json errors)
{
    for (size_t i = 0; i < errors.count; i++) {
        struct json error = json_at(errors, i);
        (void)printf("%s%.*s: %.*s\n", i ? "           " : "errors     ",
                     STR(print_safe(s, json_text(json_member(error, "at")))),
                     STR(print_safe(s, json_text(json_member(error, "message")))));
    }
}

static void print_receipt(struct scope *s, struct json receipt)
{
    static const char *const texts[] = {"type", "client", "date", "number"};

    print_field("receipt", json_text(json_member(receipt, "receiptId")));
    print_field("state", json_text(json_member(receipt, "state")));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        print_field(texts[i], print_safe(s, json_text(json_member(receipt, texts[i]))));
    struct str currency = print_safe(s, json_text(json_member(receipt, "currency")));
    print_field("total",
                str_concat(s, 3, json_text(json_member(receipt, "total")), str(" "), currency));
    print_registration(s, receipt, "tax");
    print_registration(s, receipt, "warehouse");
    print_errors(s, json_member(receipt, "errors"));
    (void)printf("\n");
    print_history(s, json_member(receipt, "history"));
}

enum status command_receipts_get(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json receipt = {0};
    struct http_reply reply = {0};

    TRY(remote_open(s, line, NULL, &r));
    struct str path = str_concat(s, 2, str("/receipts/"), url_encode(s, str(line->words[0])));
    if (command_has(line, "document")) {
        struct remote_request request = {.path = str_concat(s, 2, path, str("/document"))};
        TRY(remote_send(s, r, &request, &reply));
        (void)fwrite(reply.body.data, 1, reply.body.bytes, stdout);
        return OK;
    }
    enum status e = remote_get(s, r, path, &receipt);
    if (e == NOT_FOUND)
        return fail(s, e, "the tenant %.*s has no receipt %s; --tenant=NAME looks elsewhere",
                    STR(remote_tenant(r)), line->words[0]);
    TRY(e);
    if (line->json)
        print_json(s, receipt);
    else
        print_receipt(s, receipt);
    return OK;
}

// What the pages of a list go to.
struct listing {
    struct scope *scope;
    struct remote *remote;
    const struct command_line *line;
    struct table *table;
    uint64_t left;
    struct str cursor;
};

static void add_receipts(struct listing *l, struct json items)
{
    static const char *const texts[] = {"receiptId", "date",  "state",   "type",
                                        "number",    "total", "currency"};

    for (size_t i = 0; i < items.count; i++) {
        for (size_t c = 0; c < sizeof texts / sizeof texts[0]; c++)
            table_add(l->table,
                      str_copy(l->scope, json_text(json_member(json_at(items, i), texts[c]))));
    }
}

static enum status read_page(struct scope *s, struct listing *l)
{
    const struct command_line *line = l->line;
    uint64_t limit = l->left < PAGE_MAX ? l->left : PAGE_MAX;
    struct json page = {0};
    struct http_field parameters[] = {
        {str("client"), command_flag(line, "client")},
        {str("from"), command_flag(line, "from")},
        {str("to"), command_flag(line, "to")},
        {str("state"), command_flag(line, "state")},
        {str("fields"), str(command_has(line, "full") ? "full" : "summary")},
        {str("limit"), str_format(s, "%llu", (unsigned long long)limit)},
        {str("cursor"), l->cursor},
        {{0}, {0}},
    };

    TRY(remote_get(s, l->remote, remote_path(s, str("/receipts"), parameters), &page));
    struct json items = json_member(page, "items");
    if (line->json || command_has(line, "full"))
        print_items(s, items);
    else
        add_receipts(l, items);
    l->left -= items.count < l->left ? items.count : l->left;
    l->cursor = str_copy(l->scope, json_text(json_member(page, "cursor")));
    return OK;
}

static enum status read_pages(struct scope *s, struct listing *l)
{
    struct scope *page = scope_open(PAGE_BYTES_MAX);
    enum status e = OK;

    do {
        scope_reset(page);
        e = read_page(page, l);
    } while (e == OK && l->left > 0 && l->cursor.bytes > 0);
    if (e != OK)
        (void)fail(s, e, "%.*s", STR(scope_why(page)));
    scope_close(page);
    return e;
}

enum status command_receipts_list(struct scope *s, const struct command_line *line)
{
    struct listing l = {.scope = s, .line = line, .left = LIMIT_DEFAULT};
    struct str client = {0};

    TRY(command_require(s, line, "client", &client));
    TRY(command_number(s, line, "limit", 1, UINT32_MAX, &l.left));
    TRY(remote_open(s, line, NULL, &l.remote));
    l.table = table_new(s, "RECEIPT|DATE|STATE|TYPE|NUMBER|>TOTAL|CUR");
    TRY(read_pages(s, &l));
    table_print(l.table, stdout);
    if (l.cursor.bytes && !line->json)
        (void)fprintf(stderr, "and more: --limit=N shows them\n");
    return OK;
}

enum status command_receipts_types(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, "TYPE|FORMAT|TITLE");
    struct remote *r = NULL;
    struct json answer = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_get(s, r, str("/receipt-types"), &answer));
    struct json types = json_member(answer, "types");
    if (line->json) {
        print_items(s, types);
        return OK;
    }
    for (size_t i = 0; i < types.count; i++) {
        struct json type = json_at(types, i);
        table_add(t, json_text(json_member(type, "name")));
        table_add(t, json_text(json_member(type, "format")));
        table_add(t, json_text(json_member(type, "title")));
    }
    table_print(t, stdout);
    return OK;
}

// Numbers under names, as the server gives them.
static void print_numbers(struct scope *s, struct json answer)
{
    for (size_t i = 0; i < answer.count; i++) {
        struct str value = json_text(answer.members[i].value);
        uint64_t number = 0;
        if (str_to_u64(value, UINT64_MAX, &number))
            value = str_ends(answer.members[i].name, str("ytes")) ? print_bytes(s, number)
                                                                  : print_count(s, number);
        (void)printf("%-18.*s %.*s\n", STR(print_words(s, answer.members[i].name)), STR(value));
    }
}

static enum status run_operation(struct scope *s, const struct command_line *line, const char *path,
                                 struct json body)
{
    struct remote *r = NULL;
    struct json answer = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_call(s, r, "POST", str(path), body, &answer));
    if (line->json)
        print_json(s, answer);
    else
        print_numbers(s, answer);
    return OK;
}

enum status command_receipts_archive(struct scope *s, const struct command_line *line)
{
    return run_operation(s, line, "/operations/receipts/archive", (struct json){0});
}

enum status command_receipts_merge(struct scope *s, const struct command_line *line)
{
    struct json_member members[] = {
        {str("month"), json_string(str(line->word_count ? line->words[0] : ""))}};

    return run_operation(s, line, "/operations/receipts/merge",
                         json_object(members, line->word_count));
}
