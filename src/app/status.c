// `sheaf status`: the server's own report, as a few lines and a table.
#include "app/command.h"
#include "app/print.h"
#include "app/queue_table.h"
#include "app/remote.h"
#include "core/scope.h"

static uint64_t number_of(struct json object, const char *name)
{
    int64_t number = 0;

    (void)json_to_i64(json_member(object, name), &number);
    return number < 0 ? 0 : (uint64_t)number;
}

static struct str count_of(struct scope *s, struct json object, const char *name)
{
    return print_count(s, number_of(object, name));
}

static struct str bytes_of(struct scope *s, struct json object, const char *name)
{
    return print_bytes(s, number_of(object, name));
}

static void print_store(struct scope *s, struct json status)
{
    struct json store = json_member(status, "store");

    (void)printf("data      %.*s: database %.*s, log %.*s, blobs %.*s\n",
                 STR(json_text(json_member(status, "dataDirectory"))),
                 STR(bytes_of(s, store, "databaseBytes")), STR(bytes_of(s, store, "logBytes")),
                 STR(bytes_of(s, store, "blobBytes")));
    (void)printf("store     %.*s changes in %.*s commits, %.*s conflicts, %.*s waiting\n",
                 STR(count_of(s, store, "changes")), STR(count_of(s, store, "batches")),
                 STR(count_of(s, store, "conflicts")), STR(count_of(s, store, "waiting")));
}

// What a service tells about itself, whatever that is: numbers under names.
static void print_service(struct scope *s, struct str name, struct json told)
{
    (void)printf("%-8.*s ", STR(name));
    for (size_t i = 0; i < told.count; i++) {
        const struct json_member *m = &told.members[i];
        struct str value = json_text(m->value);
        uint64_t number = 0;
        bool is_size = str_is(m->name, "bytes") || str_ends(m->name, str("Bytes"));
        if (json_is(m->value, JSON_NUMBER) && str_to_u64(value, UINT64_MAX, &number))
            value = is_size ? print_bytes(s, number) : print_count(s, number);
        (void)printf("%s %.*s %.*s", i ? "," : "", STR(print_words(s, m->name)), STR(value));
    }
    (void)printf("\n");
}

static void print_services(struct scope *s, struct json status)
{
    for (size_t i = 0; i < status.count; i++) {
        const struct json_member *m = &status.members[i];
        if (json_is(m->value, JSON_OBJECT) && !str_is(m->name, "store"))
            print_service(s, m->name, m->value);
    }
}

enum status command_status(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json status = {0};

    TRY(remote_open(s, line, NULL, &r));
    TRY(remote_get(s, r, str("/operations/status"), &status));
    if (line->json) {
        print_json(s, status);
        return OK;
    }
    if (remote_is_private(r))
        (void)printf("no server runs on this data folder\n");
    else
        (void)printf("server    %.*s, up %.*s\n", STR(remote_url(r)),
                     STR(print_duration(s, number_of(status, "upSeconds"))));
    print_store(s, status);
    print_services(s, status);
    (void)printf("\n");
    queue_table_print(s, json_member(status, "queues"));
    return OK;
}
