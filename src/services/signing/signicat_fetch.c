// Fetching what was signed. It is a new document: the package that was asked for, which is made
// some time after the session is SIGNED, or else the signature of the one document.
#include "core/scope.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"

enum { SIGNED_BYTES_MAX = 128 << 20, SIGNED_BYTES_LEAST = 1 << 20, PACKAGES_MAX = 100 };

// What of a list of outputs is of this kind; empty: none.
static struct str result_of(struct json list, const char *kind_name, const char *kind)
{
    for (size_t i = 0; i < PACKAGES_MAX && json_at(list, i).type; i++)
        if (str_is(json_text(json_member(json_at(list, i), kind_name)), kind))
            return json_text(json_member(json_at(list, i), "resultDocumentId"));
    return (struct str){0};
}

// The package stands in the session, or in the collection that it is made of.
static enum status find_package(struct scope *s, struct signicat *p, struct json session,
                                struct str *id)
{
    struct http_reply reply = {0};
    struct json j = {0};
    struct json document = json_at(json_member(session, "documents"), 0);
    struct str collection = json_text(json_member(document, "documentCollectionId"));

    *id = result_of(json_path(session, "output.packages"), "packageType", "PADES_CONTAINER");
    if (id->bytes || !signicat_is_id(collection))
        return OK;
    struct signicat_call call = {.method = "GET",
                                 .path = signicat_path(s, "document-collections", collection)};
    enum status e = signicat_ask(s, p, &call, &reply);
    if (e == NOT_FOUND)
        return fail(s, TEMPORARY, "signicat does not know the collection that was signed");
    TRY(e);
    TRY(signicat_parse(s, reply.body, &j));
    *id = result_of(json_path(j, "output.packages"), "packageType", "PADES_CONTAINER");
    return OK;
}

static enum status find_result(struct scope *s, struct signicat *p, struct json session,
                               struct str *id)
{
    struct json wanted = json_member(session, "packageTo");

    if (p->options.package && (wanted.type == JSON_NONE || wanted.count > 0))
        TRY(find_package(s, p, session, id));
    else
        *id = result_of(json_path(session, "output.signatures"), "signatureType", "PADES");
    if (id->bytes == 0)
        return fail(s, BUSY, "signicat has not packaged what was signed yet");
    if (!signicat_is_id(*id))
        return fail(s, TEMPORARY, "signicat's result has no id");
    return OK;
}

// As much as the scope has room for, twice: what grows leaves its old copies behind.
static size_t room(const struct scope *s)
{
    size_t most = SIGNED_BYTES_MAX;

    while (most > SIGNED_BYTES_LEAST && !scope_has_room(s, 2 * most + SIGNED_BYTES_LEAST))
        most /= 2;
    return most;
}

enum status signicat_fetch(struct scope *s, void *self, struct str tenant, struct str id,
                           struct str *pdf)
{
    struct signicat *p = self;
    struct session session = {0};
    struct json j = {0};
    struct str result = {0};
    struct http_reply reply = {0};

    TRY(signicat_look_json(s, p, tenant, id, &j, &session));
    if (session.state != SESSION_SIGNED)
        return fail(s, BUSY, "the session is not signed");
    TRY(find_result(s, p, j, &result));
    struct signicat_call call = {.method = "GET",
                                 .path = signicat_path(s, "documents", result),
                                 .answer_bytes_max = room(s)};
    enum status e = signicat_send(s, p, &call, &reply);
    if (e == TIMEOUT)
        return fail(s, TEMPORARY, "%.*s", STR(scope_why(s)));
    if (e == NOT_FOUND)
        return fail(s, BUSY, "signicat does not have the signed document yet");
    TRY(e);
    if (!str_starts(reply.body, str("%PDF-")))
        return fail(s, TEMPORARY, "what signicat gives as the signed document is no PDF");
    *pdf = reply.body;
    return OK;
}
