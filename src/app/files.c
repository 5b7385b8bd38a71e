// `sheaf files list|show|put`: contract files and invoices that come in.
#include "app/command.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

enum {
    LIMIT_DEFAULT = 100,
    PAGE_MAX = 1000,
    FILE_BYTES_MAX = 32 << 20,
    FILE_SCOPE_BYTES_MAX = 256 << 20,
    POLL_US = 20000,
    WAIT_POLLS_MAX = 15000, // five minutes
};

static struct str kind_of(const struct command_line *line)
{
    struct str kind = command_flag(line, "kind");

    return kind.bytes ? kind : str("interface");
}

static struct str path_of(struct scope *s, struct str kind, struct str name)
{
    return str_concat(s, 4, str("/inbound/"), url_encode(s, kind), str("/"), url_encode(s, name));
}

static struct table *files_table(struct scope *s)
{
    return table_new(s, "FILE|STATE|RECEIVED|>ROWS|>ACCEPTED|>REFUSED|>BUNDLES");
}

static void add_file(struct scope *s, struct table *t, struct json file)
{
    static const char *const counts[] = {"records", "accepted", "refused", "bundles"};

    table_add(t, str_copy(s, json_text(json_member(file, "name"))));
    table_add(t, str_copy(s, json_text(json_member(file, "state"))));
    table_add(t, print_moment(s, json_text(json_member(file, "received_at"))));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        table_add(t, str_copy(s, json_text(json_member(json_member(file, "counts"), counts[i]))));
}

enum status command_files_list(struct scope *s, const struct command_line *line)
{
    struct table *t = files_table(s);
    struct remote *r = NULL;
    struct str cursor = {0};
    uint64_t left = LIMIT_DEFAULT;

    TRY(command_number(s, line, "limit", 1, UINT32_MAX, &left));
    TRY(remote_open(s, line, NULL, &r));
    do {
        struct json page = {0};
        struct http_field parameters[] = {
            {str("limit"),
             str_format(s, "%llu", (unsigned long long)(left < PAGE_MAX ? left : PAGE_MAX))},
            {str("cursor"), cursor},
            {{0}, {0}},
        };
        struct str path = str_concat(s, 2, str("/inbound/"), url_encode(s, kind_of(line)));
        TRY(remote_get(s, r, remote_path(s, path, parameters), &page));
        struct json items = json_member(page, "items");
        for (size_t i = 0; i < items.count && !line->json; i++)
            add_file(s, t, json_at(items, i));
        if (line->json)
            print_items(s, items);
        left -= items.count < left ? items.count : left;
        cursor = json_text(json_member(page, "cursor"));
    } while (left > 0 && cursor.bytes > 0);
    table_print(t, stdout);
    if (cursor.bytes && !line->json)
        (void)fprintf(stderr, "and more: --limit=N shows them\n");
    return OK;
}

static void print_field(const char *name, struct str value)
{
    if (value.bytes)
        (void)printf("%-10s %.*s\n", name, STR(value));
}

static void print_problems(struct scope *s, struct json file)
{
    static const char *const names[] = {"line", "contract_id", "field", "why"};
    struct json problems = json_member(file, "problems");
    struct table *t = table_new(s, ">LINE|CONTRACT|FIELD|WHY");
    struct str untold = json_text(json_member(file, "problems_untold"));

    for (size_t i = 0; i < problems.count; i++)
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            table_add(t, print_safe(s, json_text(json_member(json_at(problems, i), names[k]))));
    if (problems.count)
        (void)printf("\n");
    table_print(t, stdout);
    if (untold.bytes)
        (void)printf("and %.*s more\n", STR(untold));
}

static void print_file(struct scope *s, struct json file)
{
    struct json counts = json_member(file, "counts");
    struct json bundles = json_member(file, "bundles");
    struct json header = json_member(file, "header");

    print_field("file", str_concat(s, 3, json_text(json_member(file, "kind")), str("/"),
                                   json_text(json_member(file, "name"))));
    print_field("state", json_text(json_member(file, "state")));
    print_field("why", print_safe(s, json_text(json_member(file, "why"))));
    print_field("received", print_moment(s, json_text(json_member(file, "received_at"))));
    print_field("read", print_moment(s, json_text(json_member(file, "ended_at"))));
    print_field("repeated", json_text(json_member(file, "repeats")));
    if (header.count) {
        print_field("number", str_concat(s, 5, json_text(json_member(header, "country")), str(" "),
                                         json_text(json_member(header, "sequence")), str(" of "),
                                         json_text(json_member(header, "file_date"))));
    }
    for (size_t i = 0; i < counts.count; i++)
        print_field(str_z(s, print_words(s, counts.members[i].name)),
                    json_text(counts.members[i].value));
    for (size_t i = 0; i < bundles.count; i++)
        print_field(i ? "" : "bundle", json_text(json_at(bundles, i)));
    print_problems(s, file);
}

enum status command_files_show(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json file = {0};

    TRY(remote_open(s, line, NULL, &r));
    enum status e = remote_get(s, r, path_of(s, kind_of(line), str(line->words[0])), &file);
    if (e == NOT_FOUND)
        return fail(s, e, "the tenant %.*s has no such file %s; --kind=invoice looks for invoices",
                    STR(remote_tenant(r)), line->words[0]);
    TRY(e);
    if (line->json)
        print_json(s, file);
    else
        print_file(s, file);
    return OK;
}

// -- putting -------------------------------------------------------------------------------------

static struct str base_name(struct str path)
{
    for (size_t i = path.bytes; i > 0; i--)
        if (path.data[i - 1] == '/')
            return str_slice(path, i, path.bytes);
    return path;
}

// Puts one file and waits until it was read, unless told not to.
static enum status put_one(struct scope *s, struct remote *r, const struct command_line *line,
                           struct str path, struct json *out)
{
    struct remote_request request = {.method = "PUT",
                                     .path = path_of(s, kind_of(line), base_name(path)),
                                     .media_type = "application/octet-stream"};
    struct http_reply reply = {0};
    struct scope *each = NULL;

    TRY(file_read_whole(s, world_real(), path, FILE_BYTES_MAX, &request.body));
    TRY(remote_send(s, r, &request, &reply));
    TRY(json_parse(s, reply.body, &json_limits_lenient, out));
    each = scope_open(FILE_SCOPE_BYTES_MAX);
    enum status e = OK;
    for (int i = 0; i < WAIT_POLLS_MAX && e == OK && !command_has(line, "no-wait") &&
                    str_is(json_text(json_member(*out, "state")), "RECEIVED");
         i++) {
        scope_reset(each);
        thread_pause_us(POLL_US);
        e = remote_get(each, r, request.path, out);
    }
    if (e == OK)
        *out = json_copy(s, *out);
    (void)scope_pass(s, e, each);
    scope_close(each);
    return e;
}

// What was put so far.
struct putting {
    struct table *table;
    struct progress progress;
    size_t refused;
};

static enum status put_next(struct scope *s, struct remote *r, const struct command_line *line,
                            size_t i, struct putting *p)
{
    struct json file = {0};

    progress_show(&p->progress, i, line->word_count, i);
    TRY(put_one(s, r, line, str(line->words[i]), &file));
    p->refused += str_is(json_text(json_member(file, "state")), "REFUSED");
    if (line->json)
        print_json(s, file);
    else
        add_file(s, p->table, file);
    return OK;
}

enum status command_files_put(struct scope *s, const struct command_line *line)
{
    struct putting p = {.table = files_table(s)};
    struct remote *r = NULL;
    enum status e = OK;

    TRY(remote_open(s, line, "signing_files", &r));
    p.progress = progress_start("Putting");
    for (size_t i = 0; i < line->word_count && e == OK; i++)
        e = put_next(s, r, line, i, &p);
    (void)progress_end(&p.progress);
    table_print(p.table, stdout);
    TRY(e);
    if (p.refused)
        return fail(s, REFUSED, "%zu of %zu files were refused: `sheaf files show` says why",
                    p.refused, line->word_count);
    return OK;
}
