// `sheaf receipts dry-run`: a rule on what is stored, page by page.
#include "app/command.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

enum { EXAMPLES_SHOWN = 20 };

struct verdict {
    uint64_t receipts, passed, failed;
    struct json examples[EXAMPLES_SHOWN];
    size_t example_count;
};

static uint64_t number_of(struct json answer, const char *name)
{
    int64_t number = 0;

    (void)json_to_i64(json_member(answer, name), &number);
    return (uint64_t)number;
}

static void add_page(struct scope *s, struct verdict *v, struct json answer)
{
    struct json examples = json_member(answer, "examples");

    v->receipts += number_of(answer, "receipts");
    v->passed += number_of(answer, "passed");
    v->failed += number_of(answer, "failed");
    for (size_t i = 0; i < examples.count && v->example_count < EXAMPLES_SHOWN; i++)
        v->examples[v->example_count++] = json_copy(s, json_at(examples, i));
}

static struct json request_of(struct scope *s, const struct command_line *line, struct str cursor)
{
    static const char *const names[] = {"check", "message", "client", "from", "to"};
    enum { NAMES = sizeof names / sizeof names[0] };
    struct json_member *members = scope_array(s, NAMES + 1, sizeof *members);
    size_t count = 0;

    for (size_t i = 0; i < NAMES; i++) {
        struct str value = command_flag(line, names[i]);
        if (value.data)
            members[count++] = (struct json_member){str(names[i]), json_string(value)};
    }
    if (cursor.bytes)
        members[count++] = (struct json_member){str("cursor"), json_string(cursor)};
    return json_object(members, count);
}

static void print_verdict(struct scope *s, const struct command_line *line, const struct verdict *v)
{
    if (line->json) {
        struct json_member members[] = {
            {str("receipts"), json_i64(s, (int64_t)v->receipts)},
            {str("passed"), json_i64(s, (int64_t)v->passed)},
            {str("failed"), json_i64(s, (int64_t)v->failed)},
            {str("examples"), json_array(v->examples, v->example_count)},
        };
        print_json(s, json_object(members, sizeof members / sizeof members[0]));
        return;
    }
    (void)printf("%.*s receipts: %.*s would pass, %.*s would fail\n",
                 STR(print_count(s, v->receipts)), STR(print_count(s, v->passed)),
                 STR(print_count(s, v->failed)));
    struct table *t = table_new(s, "RECEIPT|CLIENT|DATE|STATE|MESSAGE");
    static const char *const columns[] = {"receiptId", "client", "date", "state", "message"};
    for (size_t i = 0; i < v->example_count; i++)
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            table_add(t, print_safe(s, json_text(json_member(v->examples[i], columns[k]))));
    table_print(t, stdout);
}

enum status command_receipts_dry_run(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct str type = {0};
    struct str check = {0};
    struct str cursor = {0};
    struct json answer = {0};
    struct verdict v = {0};

    TRY(command_require(s, line, "type", &type));
    TRY(command_require(s, line, "check", &check));
    TRY(remote_open(s, line, NULL, &r));
    struct progress p = progress_start("Judging");
    do {
        struct str path =
            str_concat(s, 3, str("/receipt-types/"), url_encode(s, type), str("/dry-run"));
        TRY(remote_call(s, r, "POST", path, request_of(s, line, cursor), &answer));
        add_page(s, &v, answer);
        progress_show(&p, v.receipts, 0, v.receipts);
        cursor = json_text(json_member(answer, "cursor"));
    } while (cursor.bytes);
    (void)progress_end(&p);
    print_verdict(s, line, &v);
    return OK;
}
