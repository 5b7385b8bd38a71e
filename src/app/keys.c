// `sheaf keys`: making, listing and revoking API keys.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

enum { HOSTS_MAX = 20, MEMBERS_MAX = 8, RATE_MAX = 1000000 };

static const uint64_t LIFE_S_MAX = 100ULL * 366 * 86400;

// Reads "90s", "12h", "30d".
static enum status read_life(struct scope *s, const struct command_line *line, uint64_t *seconds)
{
    static const struct {
        char name;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    struct str text = command_flag(line, "expires");
    uint64_t count = 0;

    if (!text.data)
        return OK;
    for (size_t i = 0; text.bytes > 1 && i < sizeof units / sizeof units[0]; i++) {
        if (text.data[text.bytes - 1] != units[i].name ||
            !str_to_u64(str_slice(text, 0, text.bytes - 1), LIFE_S_MAX / units[i].seconds, &count))
            continue;
        *seconds = count * units[i].seconds;
        return *seconds > 0 ? OK : command_misused(s, line->command, "--expires is no time at all");
    }
    return command_misused(s, line->command, "--expires wants a time as 90s, 15m, 12h or 30d");
}

// Scopes may be separated by commas, which need no quotes.
static struct str with_spaces(struct scope *s, struct str words)
{
    struct str copy = str_copy(s, words);

    for (size_t i = 0; i < copy.bytes; i++)
        if (copy.data[i] == ',')
            ((char *)(uintptr_t)copy.data)[i] = ' ';
    return copy;
}

static enum status read_hosts(struct scope *s, const struct command_line *line, struct json *out)
{
    struct str rest = command_flag(line, "webhook-hosts");
    struct json *hosts = scope_array(s, HOSTS_MAX, sizeof *hosts);
    size_t count = 0;

    while (rest.data) {
        struct str host = str_trim(str_cut(&rest, ','));
        if (host.bytes == 0)
            continue;
        if (count == HOSTS_MAX)
            return command_misused(s, line->command, "at most %d webhook hosts", HOSTS_MAX);
        hosts[count++] = json_string(host);
    }
    *out = json_array(hosts, count);
    return OK;
}

struct order {
    struct json_member members[MEMBERS_MAX];
    size_t count;
};

static void add(struct order *o, const char *name, struct json value)
{
    o->members[o->count++] = (struct json_member){str(name), value};
}

static enum status read_order(struct scope *s, const struct command_line *line, struct str tenant,
                              struct order *o)
{
    struct str scopes = {0};
    struct json hosts = {0};
    uint64_t rate = 0;
    uint64_t life_s = 0;

    TRY(command_require(s, line, "scopes", &scopes));
    TRY(command_number(s, line, "rate", 1, RATE_MAX, &rate));
    TRY(read_life(s, line, &life_s));
    TRY(read_hosts(s, line, &hosts));
    add(o, "tenant", json_string(tenant));
    add(o, "scopes", json_string(with_spaces(s, scopes)));
    if (command_has(line, "client"))
        add(o, "client", json_string(command_flag(line, "client")));
    if (command_has(line, "name"))
        add(o, "name", json_string(command_flag(line, "name")));
    if (command_has(line, "read-only"))
        add(o, "readOnly", json_bool(true));
    if (rate > 0)
        add(o, "requestsPerSecond", json_i64(s, (int64_t)rate));
    if (life_s > 0)
        add(o, "expiresInSeconds", json_i64(s, (int64_t)life_s));
    if (hosts.count > 0)
        add(o, "webhookHosts", hosts);
    return OK;
}

static void print_made(struct remote *r, struct json made)
{
    struct str webhook = json_text(json_member(made, "webhookSecret"));

    (void)printf("id                 %.*s\nsecret             %.*s\n",
                 STR(json_text(json_member(made, "id"))),
                 STR(json_text(json_member(made, "secret"))));
    (void)printf("access key id      %.*s\nsecret access key  %.*s\n",
                 STR(json_text(json_member(made, "accessKeyId"))),
                 STR(json_text(json_member(made, "secretAccessKey"))));
    if (webhook.bytes)
        (void)printf("webhooks of tenant %.*s are signed with  %.*s\n", STR(remote_tenant(r)),
                     STR(webhook));
    (void)printf(
        "\nThe secrets are not shown again. Send the first as `Authorization: Bearer SECRET`, or "
        "sign with the\naccess key as AWS's clients do.\n");
}

enum status command_keys_create(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct order order = {0};
    struct json made = {0};
    struct str tenant = command_flag(line, "tenant");

    TRY(read_order(s, line, tenant.bytes ? tenant : str("default"), &order));
    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_call(s, r, "POST", str("/operations/keys"), json_object(order.members, order.count),
                    &made));
    if (line->json)
        print_json(s, made);
    else
        print_made(r, made);
    return OK;
}

static struct str state_of(struct scope *s, struct json key)
{
    struct str expires = json_text(json_member(key, "expiresAt"));

    if (json_is(json_member(key, "revoked"), JSON_TRUE))
        return str("revoked");
    return expires.bytes ? str_concat(s, 2, str("until "), print_moment(s, expires)) : str("valid");
}

static void add_rows(struct scope *s, struct table *t, struct json items)
{
    for (size_t i = 0; i < items.count; i++) {
        struct json key = json_at(items, i);
        struct str rate = json_text(json_member(key, "requestsPerSecond"));
        bool read_only = json_is(json_member(key, "readOnly"), JSON_TRUE);
        table_add(t, json_text(json_member(key, "id")));
        table_add(t, json_text(json_member(key, "tenant")));
        table_add(t, json_text(json_member(key, "client")));
        table_add(t, json_text(json_member(key, "scopes")));
        table_add(t, str(read_only ? "read" : "read, write"));
        table_add(t, str_is(rate, "0") ? (struct str){0} : str_concat(s, 2, rate, str("/s")));
        table_add(t, print_moment(s, json_text(json_member(key, "createdAt"))));
        table_add(t, state_of(s, key));
        table_add(t, json_text(json_member(key, "name")));
    }
}

enum status command_keys_list(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, "ID|TENANT|CLIENT|SCOPES|CONTRACT|>RATE|CREATED|STATE|NAME");
    struct remote *r = NULL;
    struct str cursor = {0};

    TRY(remote_open(s, line, NULL, &r));
    do {
        struct json page = {0};
        struct http_field parameters[] = {
            {str("limit"), str("1000")}, {str("cursor"), cursor}, {{0}, {0}}};
        TRY(remote_get(s, r, remote_path(s, str("/operations/keys"), parameters), &page));
        if (line->json)
            print_items(s, json_member(page, "items"));
        else
            add_rows(s, t, json_member(page, "items"));
        cursor = json_text(json_member(page, "cursor"));
    } while (cursor.bytes);
    table_print(t, stdout);
    return OK;
}

enum status command_keys_revoke(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;

    TRY(remote_open(s, line, NULL, &r));
    struct str path =
        str_concat(s, 2, str("/operations/keys/"), url_encode(s, str(line->words[0])));
    TRY(remote_call(s, r, "DELETE", path, (struct json){0}, NULL));
    if (line->json)
        (void)printf("{\"revoked\":1}\n");
    else
        (void)printf("revoked\n");
    return OK;
}
