// `sheaf backup` and `sheaf restore`.
#include "app/command.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/buf.h"
#include "core/scope.h"
#include "store/embedded/embedded.h"
#include "sys/file.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <limits.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 64 << 10 };

// Lines that the server streams: {"done":n,"all":n}, the last one {"result":"OK","detail":...}.
struct told {
    struct scope *scope;
    struct buf line;
    struct progress progress;
    uint64_t bytes;
    enum status status;
    bool ended;
};

static uint64_t number_of(struct json j, const char *name)
{
    uint64_t number = 0;

    (void)str_to_u64(json_text(json_member(j, name)), UINT64_MAX, &number);
    return number;
}

static enum status status_named(struct str name)
{
    for (int e = OK; e < STATUS_COUNT; e++)
        if (str_is(name, status_name((enum status)e)))
            return (enum status)e;
    return INTERNAL;
}

static enum status take_line(struct told *t, struct str line)
{
    struct json j = {0};

    TRY(json_parse(t->scope, line, &json_limits_strict, &j));
    struct str result = json_text(json_member(j, "result"));
    if (result.bytes == 0) {
        t->bytes = number_of(j, "all");
        progress_show(&t->progress, number_of(j, "done"), t->bytes, UINT64_MAX);
        return OK;
    }
    t->ended = true;
    t->status = status_named(result);
    return t->status == OK
               ? OK
               : fail(t->scope, t->status, "%.*s", STR(json_text(json_member(j, "detail"))));
}

static enum status take_piece(void *context, struct str piece)
{
    struct told *t = context;

    for (size_t i = 0; i < piece.bytes; i++) {
        if (piece.data[i] != '\n') {
            buf_put_byte(&t->line, piece.data[i]);
            continue;
        }
        TRY(take_line(t, str_copy(t->scope, buf_str(&t->line))));
        buf_clear(&t->line);
    }
    return OK;
}

// The server's working directory may be another one.
static enum status absolute(struct scope *s, const char *path, struct str *out)
{
    char here[PATH_MAX];

    *out = str(path);
    if (path[0] == '/')
        return OK;
    if (!getcwd(here, sizeof here))
        return fail_errno(s, "the working directory");
    *out = str_format(s, "%s/%s", here, path);
    return OK;
}

enum status command_backup(struct scope *s, const struct command_line *line)
{
    struct told told = {.scope = s, .line = buf_make(s, LINE_BYTES_MAX)};
    struct remote *r = NULL;
    struct str directory = {0};

    TRY(absolute(s, line->words[0], &directory));
    TRY(remote_open(s, line, NULL, &r));
    struct json_member members[] = {{str("directory"), json_string(directory)}};
    struct remote_request request = {.method = "POST",
                                     .path = str("/operations/backup"),
                                     .body = json_to_str(s, json_object(members, 1)),
                                     .on_piece = take_piece,
                                     .piece_context = &told};
    told.progress = progress_start("Backing up");
    enum status e = remote_send(s, r, &request, NULL);
    double seconds = progress_end(&told.progress);
    TRY(e);
    if (!told.ended)
        return fail(s, TEMPORARY, "the server ended before the backup was whole");
    if (line->json) {
        print_json(s, json_object(members, 1));
        return OK;
    }
    (void)printf("backup in %.*s after %.1f s\n"
                 "The master key is not in it: keep a copy of it elsewhere, the backup is "
                 "unreadable without.\n",
                 STR(directory), seconds);
    return OK;
}

enum status command_restore(struct scope *s, const struct command_line *line)
{
    struct str directory = str(line->words[1]);

    TRY(embedded_restore(s, world_real(), str(line->words[0]), directory));
    if (line->json) {
        struct json_member members[] = {{str("directory"), json_string(directory)}};
        print_json(s, json_object(members, 1));
        return OK;
    }
    (void)printf("restored into %.*s\n", STR(directory));
    if (!settings_has(line->settings, "master_key") &&
        !path_exists(world_real(), str_concat(s, 2, directory, str("/keys/master.key")))) {
        (void)printf("Put the master key into %.*s/keys/master.key (mode 0600), then\n"
                     "`sheaf serve --data=%.*s` goes on from there.\n",
                     STR(directory), STR(directory));
    }
    return OK;
}
