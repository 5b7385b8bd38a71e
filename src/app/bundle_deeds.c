// `sheaf bundles reprocess|retry|stop`: what an operator does about a bundle.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

static enum status deed(struct scope *s, const struct command_line *line, const char *what,
                        struct str from)
{
    struct json body = json_object(NULL, 0);
    struct str reason = {0};
    struct remote *r = NULL;
    struct json bundle = {0};

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    body = json_with(s, body, str("reason"), json_string(reason));
    if (from.bytes)
        body = json_with(s, body, str("from"), json_string(from));
    TRY(remote_call(
        s, r, "POST",
        str_concat(s, 4, str("/bundles/"), url_encode(s, str(line->words[0])), str("/"), str(what)),
        body, &bundle));
    if (line->json)
        print_json(s, bundle);
    else
        (void)printf("%s is %.*s\n", line->words[0], STR(json_text(json_member(bundle, "status"))));
    return OK;
}

enum status command_bundles_reprocess(struct scope *s, const struct command_line *line)
{
    return deed(s, line, "reprocess", command_flag(line, "from"));
}

enum status command_bundles_retry(struct scope *s, const struct command_line *line)
{
    return deed(s, line, "retry", (struct str){0});
}

enum status command_bundles_stop(struct scope *s, const struct command_line *line)
{
    return deed(s, line, "stop", (struct str){0});
}
