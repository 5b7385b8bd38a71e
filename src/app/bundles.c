// `sheaf bundles list|show|document`.
#include "app/command.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdlib.h>
#include <unistd.h>

enum { LIMIT_DEFAULT = 100, PAGE_MAX = 1000, VEHICLES_SHOWN = 20000 };

static struct str path_of(struct scope *s, const struct command_line *line, const char *rest)
{
    return str_concat(s, 3, str("/bundles/"), url_encode(s, str(line->words[0])), str(rest));
}

static void add_bundles(struct scope *s, struct table *t, struct json items)
{
    static const char *const texts[] = {"bundle_id",     "status",          "dealer_id",
                                        "vehicle_count", "delivered_count", "failed_count"};

    for (size_t i = 0; i < items.count; i++) {
        struct json b = json_at(items, i);
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            table_add(t, json_text(json_member(b, texts[k])));
        table_add(t, print_moment(s, json_text(json_member(b, "created_at"))));
        table_add(t, print_safe(s, json_text(json_member(b, "why"))));
    }
}

enum status command_bundles_list(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, "BUNDLE|STATUS|DEALER|>VEHICLES|>DELIVERED|>FAILED|CREATED|WHY");
    struct remote *r = NULL;
    struct str cursor = {0};
    uint64_t left = LIMIT_DEFAULT;

    TRY(command_number(s, line, "limit", 1, UINT32_MAX, &left));
    TRY(remote_open(s, line, NULL, &r));
    do {
        struct json page = {0};
        struct http_field parameters[] = {
            {str("status"), command_flag(line, "status")},
            {str("limit"),
             str_format(s, "%llu", (unsigned long long)(left < PAGE_MAX ? left : PAGE_MAX))},
            {str("cursor"), cursor},
            {{0}, {0}},
        };
        TRY(remote_get(s, r, remote_path(s, str("/bundles"), parameters), &page));
        struct json items = json_member(page, "items");
        if (line->json)
            print_items(s, items);
        else
            add_bundles(s, t, items);
        left -= items.count < left ? items.count : left;
        cursor = json_text(json_member(page, "cursor"));
    } while (left > 0 && cursor.bytes > 0);
    table_print(t, stdout);
    if (cursor.bytes && !line->json)
        (void)fprintf(stderr, "and more: --limit=N shows them\n");
    return OK;
}

// -- one bundle ----------------------------------------------------------------------------------

static void print_field(const char *name, struct str value)
{
    if (value.bytes)
        (void)printf("%-16s %.*s\n", name, STR(value));
}

static void print_document(struct scope *s, const char *name, struct json pointer)
{
    uint64_t bytes = 0;
    struct str pages = json_text(json_member(pointer, "page_count"));

    if (!str_to_u64(json_text(json_member(pointer, "size_bytes")), UINT64_MAX, &bytes))
        return;
    print_field(name, str_concat(s, 4, print_bytes(s, bytes), str(pages.bytes ? ", " : ""), pages,
                                 str(pages.bytes ? " pages" : "")));
}

static void print_moves(struct scope *s, struct json moves)
{
    if (moves.count)
        (void)printf("\n");
    for (size_t i = 0; i < moves.count; i++) {
        struct json move = json_at(moves, i);
        (void)printf("%.*s  %-14.*s %.*s\n",
                     STR(print_moment(s, json_text(json_member(move, "at")))),
                     STR(json_text(json_member(move, "to"))),
                     STR(print_safe(s, json_text(json_member(move, "cause")))));
    }
}

static void print_header(struct scope *s, struct json b)
{
    static const char *const texts[] = {
        "status",   "why",     "dealer_id",  "bundle_date", "language",        "currency",
        "provider", "attempt", "started_at", "deadline_at", "sign_request_id", "execution"};
    struct json signee = json_member(b, "signee");

    print_field("bundle", json_text(json_member(b, "bundle_id")));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        print_field(str_z(s, print_words(s, str(texts[i]))),
                    print_safe(s, json_text(json_member(b, texts[i]))));
    print_field("signee",
                print_safe(s, str_concat(s, 4, json_text(json_member(signee, "name")), str(" <"),
                                         json_text(json_member(signee, "email")), str(">"))));
    print_field("session", print_safe(s, json_text(json_path(b, "session.state"))));
    print_document(s, "unsigned", json_member(b, "unsigned"));
    print_document(s, "original", json_member(b, "original"));
    print_document(s, "signed", json_member(b, "signed"));
    print_moves(s, json_member(b, "moves"));
}

static int64_t sequence_of(struct json vehicle)
{
    int64_t n = 0;

    (void)json_to_i64(json_member(vehicle, "sequence_no"), &n);
    return n;
}

// The order of the document.
static int by_sequence(const void *left, const void *right)
{
    const struct json *a = left;
    const struct json *b = right;

    if (sequence_of(*a) != sequence_of(*b))
        return sequence_of(*a) < sequence_of(*b) ? -1 : 1;
    return str_compare(json_text(json_member(*a, "contract_id")),
                       json_text(json_member(*b, "contract_id")));
}

static void print_vehicles(struct scope *s, struct json *vehicles, size_t count)
{
    struct table *t = table_new(s, ">NO|CONTRACT|STATUS|VEHICLE|REGISTRATION|>GROSS|>PAGE|WHY");

    if (count) {
        (void)printf("\n");
        qsort(vehicles, count, sizeof *vehicles, by_sequence);
    }
    for (size_t i = 0; i < count; i++) {
        struct json v = vehicles[i];
        struct json row = json_member(v, "row");
        table_add(t, json_text(json_member(v, "sequence_no")));
        table_add(t, json_text(json_member(v, "contract_id")));
        table_add(t, json_text(json_member(v, "status")));
        table_add(t, print_safe(s, str_concat(s, 3, json_text(json_member(row, "make")), str(" "),
                                              json_text(json_member(row, "model")))));
        table_add(t, print_safe(s, json_text(json_member(row, "registration_no"))));
        table_add(t, json_text(json_member(row, "gross_amount")));
        table_add(t, json_text(json_member(v, "first_page")));
        table_add(t, print_safe(s, json_text(json_member(v, "why"))));
    }
    table_print(t, stdout);
}

// All vehicles from the first page on.
static enum status read_vehicles(struct scope *s, struct remote *r, const struct command_line *line,
                                 struct json page, struct json **out, size_t *count)
{
    struct json *all = scope_array(s, VEHICLES_SHOWN, sizeof *all);

    *out = all;
    *count = 0;
    for (;;) {
        struct json items = json_member(page, "items");
        for (size_t i = 0; i < items.count && *count < VEHICLES_SHOWN; i++)
            all[(*count)++] = json_at(items, i);
        struct http_field parameters[] = {
            {str("limit"), str_format(s, "%d", PAGE_MAX)},
            {str("cursor"), json_text(json_member(page, "cursor"))},
            {{0}, {0}},
        };
        if (parameters[1].value.bytes == 0 || *count == VEHICLES_SHOWN)
            return OK;
        TRY(remote_get(s, r, remote_path(s, path_of(s, line, "/vehicles"), parameters), &page));
    }
}

enum status command_bundles_show(struct scope *s, const struct command_line *line)
{
    struct remote *r = NULL;
    struct json b = {0};
    struct json *vehicles = NULL;
    size_t count = 0;

    TRY(remote_open(s, line, NULL, &r));
    enum status e = remote_get(s, r, path_of(s, line, ""), &b);
    if (e == NOT_FOUND)
        return fail(s, e, "the tenant %.*s has no bundle %s; --tenant=NAME looks elsewhere",
                    STR(remote_tenant(r)), line->words[0]);
    TRY(e);
    TRY(read_vehicles(s, r, line, json_member(b, "vehicles"), &vehicles, &count));
    if (line->json) {
        print_json(s, json_with(s, b, str("vehicles"), json_array(vehicles, count)));
        return OK;
    }
    print_header(s, b);
    print_vehicles(s, vehicles, count);
    return OK;
}

// -- documents -----------------------------------------------------------------------------------

struct output {
    struct scope *scope;
    struct file *file; // NULL: standard output
    struct progress progress;
    uint64_t bytes;
};

static enum status take_piece(void *context, struct str piece)
{
    struct output *out = context;

    if (out->file)
        TRY(file_write_at(out->scope, out->file, out->bytes, piece));
    else if (fwrite(piece.data, 1, piece.bytes, stdout) != piece.bytes)
        return fail_errno(out->scope, "the output");
    out->bytes += piece.bytes;
    progress_show(&out->progress, out->bytes, 0, UINT64_MAX);
    return OK;
}

static enum status fetch(struct scope *s, struct remote *r, struct str path, struct output *out)
{
    struct remote_request request = {.path = path, .on_piece = take_piece, .piece_context = out};

    if (out->file)
        TRY(file_truncate(s, out->file, 0));
    TRY(remote_send(s, r, &request, NULL));
    return out->file ? file_sync(s, out->file) : OK;
}

// Into a file of another name first, so that a file of the right name is whole.
static enum status write_out(struct scope *s, struct remote *r, struct str path, struct str name,
                             struct output *out)
{
    struct str part = str_concat(s, 2, name, str(FILE_TEMPORARY_SUFFIX));

    if (name.bytes == 0)
        return fetch(s, r, path, out);
    TRY(file_open(s, world_real(), part, FILE_OPEN_ALWAYS, &out->file));
    enum status e = fetch(s, r, path, out);
    file_close(out->file);
    if (e != OK) {
        struct str why = str_copy(s, scope_why(s));
        (void)path_remove(s, world_real(), part);
        return fail(s, e, "%.*s", STR(why));
    }
    return path_rename(s, world_real(), part, name);
}

enum status command_bundles_document(struct scope *s, const struct command_line *line)
{
    struct output out = {.scope = s};
    struct str which = command_flag(line, "which");
    struct str name = command_flag(line, "output");
    struct http_field parameters[] = {{str("which"), which}, {{0}, {0}}};
    struct remote *r = NULL;

    if (name.bytes == 0 && isatty(STDOUT_FILENO))
        return command_misused(s, line->command, "a document on a terminal is of no use");
    TRY(remote_open(s, line, NULL, &r));
    out.progress = progress_start("Fetching");
    enum status e =
        write_out(s, r, remote_path(s, path_of(s, line, "/document"), parameters), name, &out);
    (void)progress_end(&out.progress);
    TRY(e);
    if (name.bytes)
        (void)printf("%.*s written to %.*s\n", STR(print_bytes(s, out.bytes)), STR(name));
    return OK;
}
