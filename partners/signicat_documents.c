// Documents and collections of them.
#include "partners/signicat_impl.h"

#include "core/heap.h"
#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"

#include <stdlib.h>

struct esign_document *esign_find_document(struct esign *e, struct str id)
{
    struct esign_document *d = ledger_find(e->documents, id);

    return d && !d->deleted ? d : NULL;
}

struct esign_collection *esign_find_collection(struct esign *e, struct str id)
{
    struct esign_collection *c = ledger_find(e->collections, id);

    return c && !c->deleted ? c : NULL;
}

struct str esign_keep_document(struct esign *e, struct str bytes, const char *media_type,
                               bool result)
{
    struct esign_document *d = ledger_tell(e->documents, esign_id(e->scope, e), (struct str){0});

    d->bytes = heap_copy(bytes);
    d->media_type = media_type;
    d->result = result;
    d->created_us = esign_now_us(e);
    return d->told.id;
}

static struct json document_json(struct scope *s, const struct esign_document *d)
{
    struct json hash = json_object(NULL, 0);
    struct json j = json_object(NULL, 0);
    uint8_t sha256[SHA256_BYTES];

    digest_sha256(d->bytes, sha256);
    hash =
        json_with(s, hash, str("hash"), json_string(hex_encode(s, str_of(sha256, sizeof sha256))));
    hash = json_with(s, hash, str("hashAlgorithm"), json_string(str("SHA256")));
    j = json_with(s, j, str("documentId"), json_string(d->told.id));
    j = json_with(s, j, str("mimeType"), json_string(str(d->media_type)));
    j = json_with(s, j, str("createdAt"),
                  json_string(moment_to_str(s, d->created_us, MOMENT_MILLISECONDS)));
    return json_with(s, j, str("documentHash"), hash);
}

static void upload(struct esign_at *t)
{
    struct str type = t->call->content_type;
    bool is_pdf = str_is(type, "application/pdf");

    if ((!is_pdf && !str_starts(type, str("text/plain"))) || t->call->body.bytes == 0) {
        esign_problem(t, 400, "a document is application/pdf or text/plain", (struct str){0});
        return;
    }
    if (is_pdf && !str_starts(t->call->body, str("%PDF-"))) {
        esign_problem(t, 400, "the document is no PDF", (struct str){0});
        return;
    }
    struct str id =
        esign_keep_document(t->e, t->call->body, is_pdf ? "application/pdf" : "text/plain", false);
    t->e->counts.uploads++;
    esign_answer_json(t, 200, document_json(t->s, esign_find_document(t->e, id)));
}

// Whether a session that can still be signed is made of it.
static bool is_used(const struct esign *e, struct str id)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct esign_session *session = e->order[i];
        struct json documents = json_member(session->request, "documents");
        for (size_t k = 0; esign_is_live(session) && k < documents.count; k++) {
            struct json d = json_at(documents, k);
            if (str_equal(json_text(json_member(d, "documentId")), id) ||
                str_equal(json_text(json_member(d, "documentCollectionId")), id))
                return true;
        }
    }
    return false;
}

static void metadata(struct esign_at *t, struct esign_document *d)
{
    struct json patch = {0};

    if (str_is(t->call->method, "PATCH")) {
        if (json_parse(t->s, t->call->body, &json_limits_strict, &patch) != OK) {
            scope_forgive(t->s);
            esign_problem(t, 400, "the metadata is no JSON", (struct str){0});
            return;
        }
        d->metadata = json_copy(t->e->scope, patch);
    }
    struct json j = document_json(t->s, d);
    for (size_t i = 0; json_is(d->metadata, JSON_OBJECT) && i < d->metadata.count; i++)
        j = json_with(t->s, j, d->metadata.members[i].name, d->metadata.members[i].value);
    esign_answer_json(t, 200, j);
}

static void give_document(struct esign_at *t, const struct esign_document *d)
{
    t->e->counts.fetches++;
    t->out->code = 200;
    t->out->content_type = d->media_type;
    t->out->body = str_copy(t->s, d->bytes);
}

static void delete_document(struct esign_at *t, struct esign_document *d)
{
    if (is_used(t->e, d->told.id)) {
        esign_problem(t, 409, "a session uses the document", (struct str){0});
        return;
    }
    d->deleted = true;
    free((void *)(uintptr_t)d->bytes.data);
    d->bytes = (struct str){0};
    t->out->code = 204;
}

void esign_documents(struct esign_at *t, struct str rest)
{
    struct str id = str_cut(&rest, '/');
    struct str method = t->call->method;

    if (id.bytes == 0 && str_is(method, "POST")) {
        upload(t);
        return;
    }
    struct esign_document *d = esign_find_document(t->e, id);
    if (!d)
        esign_problem(t, 404, "there is no such document", (struct str){0});
    else if (str_is(rest, "metadata"))
        metadata(t, d);
    else if (str_is(method, "GET"))
        give_document(t, d);
    else if (str_is(method, "DELETE"))
        delete_document(t, d);
    else
        esign_problem(t, 400, "a document can be read and deleted", (struct str){0});
}

static struct json collection_json(struct scope *s, const struct esign_collection *c)
{
    struct json j = json_with(s, c->request, str("id"), json_string(c->told.id));
    struct json package = json_object(NULL, 0);

    if (c->package_id.bytes == 0)
        return j;
    package = json_with(s, package, str("packageId"), json_string(c->package_id));
    package = json_with(s, package, str("packageType"), json_string(str("PADES_CONTAINER")));
    package = json_with(s, package, str("resultDocumentId"), json_string(c->result_id));
    struct json *kept = scope_new(s, struct json);
    *kept = package;
    struct json output = json_with(s, json_object(NULL, 0), str("packages"), json_array(kept, 1));
    return json_with(s, j, str("output"), output);
}

static void collect(struct esign_at *t)
{
    struct json body = {0};

    if (json_parse(t->s, t->call->body, &json_limits_strict, &body) != OK) {
        scope_forgive(t->s);
        esign_problem(t, 400, "the collection is no JSON", (struct str){0});
        return;
    }
    struct str wrong = esign_check_collection(t->s, t->e, body);
    if (wrong.bytes) {
        esign_problem(t, 400, "the collection is not what it should be", wrong);
        return;
    }
    struct esign_collection *c =
        ledger_tell(t->e->collections, esign_id(t->e->scope, t->e), (struct str){0});
    c->request = json_copy(t->e->scope, body);
    esign_answer_json(t, 200, collection_json(t->s, c));
}

void esign_collections(struct esign_at *t, struct str rest)
{
    struct str method = t->call->method;

    if (rest.bytes == 0 && str_is(method, "POST")) {
        collect(t);
        return;
    }
    struct esign_collection *c = esign_find_collection(t->e, rest);
    if (!c) {
        esign_problem(t, 404, "there is no such collection", (struct str){0});
    } else if (str_is(method, "GET")) {
        esign_answer_json(t, 200, collection_json(t->s, c));
    } else if (!str_is(method, "DELETE")) {
        esign_problem(t, 400, "a collection can be read and deleted", (struct str){0});
    } else if (is_used(t->e, c->told.id)) {
        esign_problem(t, 409, "a session uses the collection", (struct str){0});
    } else {
        c->deleted = true;
        t->out->code = 204;
    }
}
