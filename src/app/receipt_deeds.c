// `sheaf receipts check|redrive|redeliver|erase`: what is done about one receipt.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/world.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20 };

static struct str receipt_path(struct scope *s, const struct command_line *line, const char *rest)
{
    return str_concat(s, 3, str("/receipts/"), url_encode(s, str(line->words[0])), str(rest));
}

static void print_findings(struct scope *s, struct json findings)
{
    struct table *t = table_new(s, "AT|WRONG|RULE");

    for (size_t i = 0; i < findings.count; i++) {
        struct json finding = json_at(findings, i);
        table_add(t, json_text(json_member(finding, "at")));
        table_add(t, json_text(json_member(finding, "message")));
        table_add(t, json_text(json_member(finding, "rule")));
    }
    table_print(t, stdout);
}

enum status command_receipts_check(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct str type = {0};
    struct str text = {0};
    struct http_reply reply = {0};
    struct json answer = {0};

    TRY(command_require(s, line, "type", &type));
    TRY(file_read_whole(s, world_real(), str(line->words[0]), DOCUMENT_BYTES_MAX, &text));
    TRY(remote_open(s, line, NULL, &r));
    struct remote_request request = {
        .method = "POST",
        .path = str_concat(s, 3, str("/receipt-types/"), url_encode(s, type), str("/check")),
        .body = text,
        .media_type = str_starts(str_trim(text), str("<")) ? "application/xml" : "application/json",
    };
    TRY(remote_send(s, r, &request, &reply));
    TRY(json_parse(s, reply.body, &json_limits_lenient, &answer));
    struct json findings = json_member(answer, "errors");
    if (line->json)
        print_json(s, answer);
    else if (findings.count == 0)
        (void)printf("valid\n");
    else
        print_findings(s, findings);
    return findings.count == 0 ? OK : fail(s, REFUSED, "%s is not valid", line->words[0]);
}

// Prints the state that a receipt has now.
static void print_state(struct scope *s, const struct command_line *line, struct json receipt)
{
    if (line->json)
        print_json(s, receipt);
    else
        (void)printf("%s is %.*s\n", line->words[0], STR(json_text(json_member(receipt, "state"))));
}

enum status command_receipts_redrive(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct str reason = {0};
    struct json receipt = {0};

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    struct json_member members[] = {{str("reason"), json_string(reason)}};
    TRY(remote_call(s, r, "POST", receipt_path(s, line, "/redrive"), json_object(members, 1),
                    &receipt));
    print_state(s, line, receipt);
    return OK;
}

enum status command_receipts_redeliver(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json receipt = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_call(s, r, "POST", receipt_path(s, line, "/redeliver"), (struct json){0}, &receipt));
    print_state(s, line, receipt);
    return OK;
}

enum status command_receipts_erase(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct str reason = {0};

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    struct http_field parameters[] = {{str("reason"), reason}, {{0}, {0}}};
    TRY(remote_call(s, r, "DELETE", remote_path(s, receipt_path(s, line, ""), parameters),
                    (struct json){0}, NULL));
    if (line->json)
        (void)printf("{\"erased\":1}\n");
    else
        (void)printf("erased\n");
    return OK;
}
