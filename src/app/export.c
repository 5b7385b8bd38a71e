// `sheaf receipts export`: starts an export, waits for it, and writes it out as it comes.
#include "app/command.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <unistd.h>

enum { POLL_US = 50000, POLL_BYTES_MAX = 1 << 20, MEMBERS_MAX = 4 };

struct output {
    struct scope *scope;
    struct file *file; // NULL: standard output
    struct str path;
    struct progress progress;
    uint64_t bytes, bytes_all;
};

static enum status start(struct scope *s, struct remote *r, const struct command_line *line,
                         struct str *id)
{
    static const char *const names[MEMBERS_MAX] = {"from", "to", "format", "client"};
    struct json_member members[MEMBERS_MAX];
    struct json answer = {0};
    size_t count = 0;

    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        struct str value = command_flag(line, names[i]);
        if (value.bytes)
            members[count++] = (struct json_member){str(names[i]), json_string(value)};
    }
    TRY(remote_call(s, r, "POST", str("/receipt-exports"), json_object(members, count), &answer));
    *id = json_text(json_member(answer, "exportId"));
    return OK;
}

// Asks once. `*done` when the export is there.
static enum status poll(struct scope *s, struct remote *r, struct str path, struct output *out,
                        bool *done)
{
    struct json answer = {0};
    uint64_t receipts = 0;

    TRY(remote_get(s, r, path, &answer));
    struct str state = json_text(json_member(answer, "state"));
    if (str_is(state, "FAILED"))
        return fail(s, INTERNAL, "the export failed: %.*s",
                    STR(json_text(json_member(answer, "error"))));
    (void)str_to_u64(json_text(json_member(answer, "receipts")), UINT64_MAX, &receipts);
    (void)str_to_u64(json_text(json_member(answer, "bytes")), UINT64_MAX, &out->bytes_all);
    progress_show(&out->progress, 0, 0, receipts);
    *done = str_is(state, "DONE");
    return OK;
}

static enum status wait_for(struct scope *s, struct remote *r, struct str path, struct output *out)
{
    struct scope *each = scope_open(POLL_BYTES_MAX);
    bool done = false;
    enum status e = poll(each, r, path, out, &done);

    while (e == OK && !done) {
        scope_reset(each);
        thread_pause_us(POLL_US);
        e = poll(each, r, path, out, &done);
    }
    if (e != OK)
        (void)fail(s, e, "%.*s", STR(scope_why(each)));
    scope_close(each);
    return e;
}

static enum status take_piece(void *context, struct str piece)
{
    struct output *out = context;

    if (out->file)
        TRY(file_write_at(out->scope, out->file, out->bytes, piece));
    else if (fwrite(piece.data, 1, piece.bytes, stdout) != piece.bytes)
        return fail_errno(out->scope, "the output");
    out->bytes += piece.bytes;
    progress_show(&out->progress, out->bytes, out->bytes_all, UINT64_MAX);
    return OK;
}

static enum status download(struct scope *s, struct remote *r, struct str path, struct output *out)
{
    struct remote_request request = {.path = str_concat(s, 2, path, str("/content")),
                                     .on_piece = take_piece,
                                     .piece_context = out};

    return remote_send(s, r, &request, NULL);
}

static enum status download_file(struct scope *s, struct remote *r, struct str path,
                                 struct output *out)
{
    TRY(file_truncate(s, out->file, 0));
    TRY(download(s, r, path, out));
    return file_sync(s, out->file);
}

// Into a file of another name first, so that a file of the right name is whole.
static enum status write_out(struct scope *s, struct remote *r, struct str path, struct output *out)
{
    struct str part = str_concat(s, 2, out->path, str(FILE_TEMPORARY_SUFFIX));

    if (out->path.bytes == 0)
        return download(s, r, path, out);
    TRY(file_open(s, world_real(), part, FILE_OPEN_ALWAYS, &out->file));
    enum status e = download_file(s, r, path, out);
    file_close(out->file);
    return e == OK ? path_rename(s, world_real(), part, out->path) : e;
}

static enum status check(struct scope *s, const struct command_line *line)
{
    struct str value = {0};

    TRY(command_require(s, line, "from", &value));
    TRY(command_require(s, line, "to", &value));
    TRY(command_require(s, line, "format", &value));
    if (!str_is(value, "csv") && !str_is(value, "ndjson"))
        return command_misused(s, line->command, "--format is csv or ndjson");
    return OK;
}

static void tell(struct scope *s, const struct command_line *line, const struct output *out,
                 double seconds)
{
    struct json_member members[] = {{str("file"), json_string(out->path)},
                                    {str("bytes"), json_i64(s, (int64_t)out->bytes)}};

    if (out->path.bytes == 0)
        return;
    if (line->json)
        print_json(s, json_object(members, 2));
    else
        (void)printf("%.*s written to %.*s in %.1f s\n", STR(print_bytes(s, out->bytes)),
                     STR(out->path), seconds);
}

static enum status export(struct scope *s, struct remote *r, const struct command_line *line,
                          struct output *out) {
    struct str id = {0};

    TRY(start(s, r, line, &id));
    struct str path = str_concat(s, 2, str("/receipt-exports/"), url_encode(s, id));
    TRY(wait_for(s, r, path, out));
    return write_out(s, r, path, out);
}

enum status command_receipts_export(struct scope *s, const struct command_line *line)
{
    struct output out = {.scope = s, .path = command_flag(line, "output")};
    struct remote *r = NULL;

    TRY(check(s, line));
    TRY(remote_open(s, line, "receipt_exports", &r));
    out.progress = progress_start("Exporting");
    if (out.path.bytes == 0 && isatty(STDOUT_FILENO))
        out.progress.shown = false; // the rows themselves are to be seen there
    enum status e = export(s, r, line, &out);
    double seconds = progress_end(&out.progress);
    TRY(e);
    tell(s, line, &out, seconds);
    return OK;
}
