// `sheaf audit`: rows of the audit log, its end or all about one subject.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 1000 };

static enum status read_page(struct scope *s, struct remote *r, struct str subject, uint64_t after,
                             uint64_t limit, struct json *out)
{
    struct http_field parameters[] = {
        {str("subject"), subject},
        {str("after"), str_format(s, "%llu", (unsigned long long)after)},
        {str("limit"), str_format(s, "%llu", (unsigned long long)limit)},
        {{0}, {0}},
    };

    return remote_get(s, r, remote_path(s, str("/operations/audit"), parameters), out);
}

// Finds the place behind which the last `limit` rows stand, by halving: the log is read forwards.
static enum status find_end(struct scope *s, struct remote *r, uint64_t limit, uint64_t *after)
{
    uint64_t low = 0; // there are rows behind it, or none at all
    uint64_t high = INT64_MAX;

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        struct json page = {0};
        TRY(read_page(s, r, (struct str){0}, middle, 1, &page));
        if (json_member(page, "items").count > 0)
            low = middle;
        else
            high = middle;
    }
    *after = high > limit ? high - limit : 0;
    return OK;
}

static void add_rows(struct scope *s, struct table *t, struct json items)
{
    for (size_t i = 0; i < items.count; i++) {
        struct json row = json_at(items, i);
        struct json details = json_member(row, "details");
        table_add(t, json_text(json_member(row, "sequence")));
        table_add(t, print_moment(s, json_text(json_member(row, "at"))));
        table_add(t, json_text(json_member(row, "tenant")));
        table_add(t, json_text(json_member(row, "actor")));
        table_add(t, json_text(json_member(row, "action")));
        table_add(t, json_text(json_member(row, "subject")));
        table_add(t, json_is(details, JSON_NONE) ? (struct str){0} : json_to_str(s, details));
    }
}

enum status command_audit(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, ">NO|AT|TENANT|ACTOR|ACTION|SUBJECT|DETAILS");
    struct str subject = line->word_count ? str(line->words[0]) : (struct str){0};
    struct remote *r = NULL;
    struct json page = {0};
    uint64_t limit = LIMIT_DEFAULT;
    uint64_t after = 0;

    TRY(command_number(s, line, "limit", 1, LIMIT_MAX, &limit));
    TRY(command_number(s, line, "after", 0, INT64_MAX, &after));
    TRY(remote_open(s, line, NULL, &r));
    if (subject.bytes == 0 && !command_has(line, "after"))
        TRY(find_end(s, r, limit, &after));
    TRY(read_page(s, r, subject, after, limit, &page));
    struct json items = json_member(page, "items");
    if (line->json) {
        print_items(s, items);
        return OK;
    }
    add_rows(s, t, items);
    table_print(t, stdout);
    return OK;
}
