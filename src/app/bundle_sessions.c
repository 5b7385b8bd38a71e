// `sheaf bundles resend|accept-late`: what is done about the signing session of a bundle.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/scope.h"
#include "core/url.h"

static enum status act(struct scope *s, const struct command_line *line, const char *deed,
                       const char *said)
{
    struct str id = url_encode(s, str(line->words[0]));
    struct remote *r = NULL;
    struct str reason = {0};
    struct json answer = {0};

    TRY(command_require(s, line, "reason", &reason));
    TRY(remote_open(s, line, NULL, &r));
    struct json_member members[] = {{str("reason"), json_string(reason)}};
    TRY(remote_call(s, r, "POST", str_concat(s, 4, str("/bundles/"), id, str("/"), str(deed)),
                    json_object(members, 1), &answer));
    if (line->json) {
        print_json(s, answer);
        return OK;
    }
    (void)printf("%s %s; it is %.*s, attempt %.*s\n", line->words[0], said,
                 STR(json_text(json_member(answer, "status"))),
                 STR(json_text(json_member(answer, "attempt"))));
    return OK;
}

enum status command_bundles_resend(struct scope *s, const struct command_line *line)
{
    return act(s, line, "resend", "is sent anew, when its old session is cancelled");
}

enum status command_bundles_accept_late(struct scope *s, const struct command_line *line)
{
    return act(s, line, "accept-late", "goes on with the signature that came late");
}
