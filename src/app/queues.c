// `sheaf queues`: what waits, what was set aside, and putting it back.
#include "app/command.h"
#include "app/print.h"
#include "app/queue_table.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

enum { PEEK_DEFAULT = 20, PEEK_MAX = 1000, BODY_SHOWN_BYTES = 60 };

static struct str count_of(struct scope *s, struct json queue, const char *name)
{
    uint64_t number = 0;

    (void)str_to_u64(json_text(json_member(queue, name)), UINT64_MAX, &number);
    return print_count(s, number);
}

static struct str age_of(struct scope *s, struct json queue)
{
    double seconds = 0;

    (void)json_to_double(json_member(queue, "oldestWaitingSeconds"), &seconds);
    return seconds > 0 ? print_duration(s, (uint64_t)seconds) : (struct str){0};
}

void queue_table_print(struct scope *s, struct json queues)
{
    struct table *t = table_new(s, "QUEUE|>READY|>DELAYED|>LEASED|>OLDEST|>DEAD");

    for (size_t i = 0; i < queues.count; i++) {
        struct json queue = json_at(queues, i);
        table_add(t, json_text(json_member(queue, "name")));
        table_add(t, count_of(s, queue, "ready"));
        table_add(t, count_of(s, queue, "delayed"));
        table_add(t, count_of(s, queue, "leased"));
        table_add(t, age_of(s, queue));
        table_add(t, count_of(s, queue, "dead"));
    }
    table_print(t, stdout);
}

enum status command_queues_list(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json answer = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_get(s, r, str("/operations/queues"), &answer));
    struct json queues = json_member(answer, "queues");
    if (line->json)
        print_items(s, queues);
    else
        queue_table_print(s, queues);
    return OK;
}

static struct str queue_path(struct scope *s, const struct command_line *line, const char *rest)
{
    return str_concat(s, 3, str("/operations/queues/"), url_encode(s, str(line->words[0])),
                      str(rest));
}

static void print_messages(struct scope *s, struct json items)
{
    struct table *t = table_new(s, "MESSAGE|SENT|>RECEIVES|BODY|ERROR");

    for (size_t i = 0; i < items.count; i++) {
        struct json m = json_at(items, i);
        table_add(t, json_text(json_member(m, "id")));
        table_add(t, print_moment(s, json_text(json_member(m, "sentAt"))));
        table_add(t, json_text(json_member(m, "receives")));
        table_add(t, str_slice(json_text(json_member(m, "body")), 0, BODY_SHOWN_BYTES));
        table_add(t, json_text(json_member(m, "error")));
    }
    table_print(t, stdout);
}

enum status command_queues_peek(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json answer = {0};
    uint64_t limit = PEEK_DEFAULT;
    bool waiting = command_has(line, "waiting");

    if (waiting && command_has(line, "dead"))
        return command_misused(s, line->command, "--dead or --waiting, not both");
    TRY(command_number(s, line, "limit", 1, PEEK_MAX, &limit));
    TRY(remote_open(s, line, NULL, &r));
    struct http_field parameters[] = {
        {str("part"), str(waiting ? "waiting" : "dead")},
        {str("limit"), str_format(s, "%llu", (unsigned long long)limit)},
        {{0}, {0}},
    };
    TRY(remote_get(s, r, remote_path(s, queue_path(s, line, "/messages"), parameters), &answer));
    struct json items = json_member(answer, "items");
    if (line->json) {
        print_items(s, items);
        return OK;
    }
    print_messages(s, items);
    if (items.count == 0) {
        (void)printf("%s has no %s\n", line->words[0],
                     waiting ? "message that waits" : "dead letter");
    } else if (json_member(answer, "cursor").count > 0) {
        (void)printf("and more: --limit=N shows them\n");
    }
    return OK;
}

enum status command_queues_redrive(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json answer = {0};
    struct str reason = {0};
    struct str id = command_flag(line, "id");

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    struct json_member members[] = {{str("reason"), json_string(reason)},
                                    {str("id"), json_string(id)}};
    TRY(remote_call(s, r, "POST", queue_path(s, line, "/redrive"),
                    json_object(members, id.bytes ? 2 : 1), &answer));
    if (line->json)
        print_json(s, answer);
    else
        (void)printf("%.*s put back into %s\n", STR(count_of(s, answer, "moved")), line->words[0]);
    if (id.bytes && str_is(json_text(json_member(answer, "moved")), "0"))
        return fail(s, NOT_FOUND, "%s has no dead letter %.*s", line->words[0], STR(id));
    return OK;
}

enum status command_queues_discard(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct str reason = {0};

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    struct http_field parameters[] = {{str("reason"), reason}, {{0}, {0}}};
    struct str path =
        str_concat(s, 2, queue_path(s, line, "/messages/"), url_encode(s, str(line->words[1])));
    TRY(remote_call(s, r, "DELETE", remote_path(s, path, parameters), (struct json){0}, NULL));
    if (line->json)
        (void)printf("{\"discarded\":1}\n");
    else
        (void)printf("discarded\n");
    return OK;
}
