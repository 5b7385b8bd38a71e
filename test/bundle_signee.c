#include "test/bundle_signee.h"

#include "core/scope.h"

static enum status create(struct scope *s, void *self, const struct session_request *request,
                          struct session *out)
{
    struct bundle_signee *signee = self;

    (void)s;
    if (signee->count == SIGNEE_SESSIONS_MAX)
        return fail(s, REFUSED, "the signee has had enough");
    struct session *session = &signee->sessions[signee->count];
    *session = (struct session){
        .id = str_format(signee->scope, "session-%zu", signee->count + 1),
        .reference = str_copy(signee->scope, request->reference),
        .link = str("https://sign.example/1"),
        .log = json_object(NULL, 0),
        .created_at_us = request->due_at_us,
    };
    signee->documents[signee->count++] = str_copy(signee->scope, request->pdf);
    *out = *session;
    return OK;
}

static struct session shown(const struct bundle_signee *signee, size_t i)
{
    struct session out = signee->sessions[i];

    if (out.state == SESSION_OPEN)
        out.state = signee->answer;
    return out;
}

static enum status find(struct scope *s, void *self, struct str tenant, struct str reference,
                        struct session **out, size_t *count)
{
    struct bundle_signee *signee = self;
    struct session *found = scope_array(s, SIGNEE_SESSIONS_MAX, sizeof *found);

    (void)tenant;
    *count = 0;
    for (size_t i = 0; i < signee->count; i++)
        if (str_equal(signee->sessions[i].reference, reference))
            found[(*count)++] = shown(signee, i);
    *out = found;
    return OK;
}

static bool find_id(const struct bundle_signee *signee, struct str id, size_t *at)
{
    for (*at = 0; *at < signee->count; (*at)++)
        if (str_equal(signee->sessions[*at].id, id))
            return true;
    return false;
}

static enum status look(struct scope *s, void *self, struct str tenant, struct str id,
                        struct session *out)
{
    const struct bundle_signee *signee = self;
    size_t at = 0;

    (void)tenant;
    if (!find_id(signee, id, &at))
        return fail(s, NOT_FOUND, "there is no such session");
    *out = shown(signee, at);
    return OK;
}

static enum status fetch(struct scope *s, void *self, struct str tenant, struct str id,
                         struct str *pdf)
{
    const struct bundle_signee *signee = self;
    size_t at = 0;

    (void)tenant;
    if (!find_id(signee, id, &at))
        return fail(s, NOT_FOUND, "there is no such session");
    *pdf = signee->documents[at];
    return OK;
}

static enum status cancel(struct scope *s, void *self, struct str tenant, struct str id)
{
    struct bundle_signee *signee = self;
    size_t at = 0;

    (void)s;
    (void)tenant;
    if (find_id(signee, id, &at) && shown(signee, at).state == SESSION_OPEN)
        signee->sessions[at].state = SESSION_CANCELLED;
    return OK;
}

struct bundle_signee *bundle_signee_new(struct scope *s, enum session_state answer)
{
    struct bundle_signee *signee = scope_new(s, struct bundle_signee);

    signee->scope = s;
    signee->answer = answer;
    signee->provider = (struct provider){.name = "signee",
                                         .create = create,
                                         .find = find,
                                         .look = look,
                                         .fetch = fetch,
                                         .cancel = cancel};
    return signee;
}
