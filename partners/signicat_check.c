// What the API demands of a request: members, types, enumerations, what exists. Members that it
// does not know are refused: a misspelt one would go unnoticed.
#include "partners/signicat_impl.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"

enum {
    SESSIONS_MAX = 100,
    DOCUMENTS_MAX = 100,
    TEXT_BYTES_MAX = 4096,
    DUE_DAYS_MAX = 30,
};

struct check {
    struct scope *s;
    struct esign *e;
    struct buf problems;
    struct str at; // "[0].documents[1]"
};

static void wrong(struct check *c, const char *name, const char *reason)
{
    if (c->problems.bytes)
        buf_put_byte(&c->problems, ',');
    buf_format(&c->problems, "{\"name\":\"%.*s%s%s\",\"reason\":\"%s\"}", STR(c->at),
               c->at.bytes && name[0] ? "." : "", name, reason);
}

// Whether `word` stands in "A|B|C".
static bool is_among(struct str word, const char *words)
{
    struct str rest = str(words);

    while (rest.bytes)
        if (str_equal(str_cut(&rest, '|'), word))
            return true;
    return false;
}

static void check_members(struct check *c, struct json j, const char *known)
{
    for (size_t i = 0; i < j.count; i++)
        if (!is_among(j.members[i].name, known))
            wrong(c, "", "has a member that is not known");
}

static struct str check_text(struct check *c, struct json j, const char *name, bool required,
                             const char *words)
{
    struct json value = json_member(j, name);
    struct str text = json_text(value);

    if (value.type == JSON_NONE) {
        if (required)
            wrong(c, name, "is required");
    } else if (!json_is(value, JSON_STRING) || text.bytes == 0 || text.bytes > TEXT_BYTES_MAX) {
        wrong(c, name, "must be a text");
    } else if (words && !is_among(text, words)) {
        wrong(c, name, "is not one of the values");
    }
    return text;
}

static void check_words(struct check *c, struct json j, const char *name, const char *words)
{
    struct json list = json_member(j, name);

    if (list.type == JSON_NONE)
        return;
    if (!json_is(list, JSON_ARRAY))
        wrong(c, name, "must be a list");
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list.count; i++)
        if (!is_among(json_text(json_at(list, i)), words))
            wrong(c, name, "has a value that is not known");
}

// Calls each() on the items of a list that is required.
static void check_list(struct check *c, struct json j, const char *name,
                       void (*each)(struct check *c, struct json item))
{
    struct json list = json_member(j, name);
    struct str at = c->at;

    if (!json_is(list, JSON_ARRAY) || list.count == 0 || list.count > DOCUMENTS_MAX) {
        wrong(c, name, "is required");
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        c->at = str_format(c->s, "%.*s%s%s[%zu]", STR(at), at.bytes ? "." : "", name, i);
        if (json_is(json_at(list, i), JSON_OBJECT))
            each(c, json_at(list, i));
        else
            wrong(c, "", "must be an object");
    }
    c->at = at;
}

static bool collection_has(const struct esign_collection *collection, struct str document_id)
{
    struct json documents = json_member(collection->request, "documents");

    for (size_t i = 0; i < documents.count; i++)
        if (str_equal(json_text(json_member(json_at(documents, i), "documentId")), document_id))
            return true;
    return false;
}

static void check_session_document(struct check *c, struct json j)
{
    check_members(c, j, "action|documentCollectionId|documentId");
    (void)check_text(c, j, "action", true, "SIGN|VIEW");
    struct str collection_id = check_text(c, j, "documentCollectionId", true, NULL);
    struct str document_id = check_text(c, j, "documentId", true, NULL);
    const struct esign_collection *collection = esign_find_collection(c->e, collection_id);
    if (collection_id.bytes && !collection)
        wrong(c, "documentCollectionId", "is not known");
    else if (collection && !collection_has(collection, document_id))
        wrong(c, "documentId", "is not in the collection");
}

static void check_identity_provider(struct check *c, struct json j)
{
    check_members(c, j, "idpName");
    (void)check_text(c, j, "idpName", true, NULL);
}

static void check_setup(struct check *c, struct json j)
{
    check_members(c, j, "signingFlow|identityProviders|vendor|additionalParameters");
    struct str flow = check_text(c, j, "signingFlow", true, "AUTHENTICATION_BASED|PKISIGNING");
    bool pki = str_is(flow, "PKISIGNING");
    (void)check_text(c, j, "vendor", pki, "SBID|BUYPASS|AUDKENNI|NBID");
    if (!pki || json_member(j, "identityProviders").type)
        check_list(c, j, "identityProviders", check_identity_provider);
}

static void check_due(struct check *c, struct json j)
{
    struct json due = json_member(j, "dueDate");
    int64_t at_us = 0;
    int64_t now_us = esign_now_us(c->e);

    if (due.type == JSON_NONE)
        return;
    if (!moment_read(json_text(due), &at_us))
        wrong(c, "dueDate", "must be a date and time");
    else if (at_us <= now_us)
        wrong(c, "dueDate", "must be in the future");
    else if (at_us > now_us + DUE_DAYS_MAX * MOMENT_DAY_US)
        wrong(c, "dueDate", "must be within 30 days");
}

static void check_signer(struct check *c, struct json j)
{
    check_members(c, j, "email|mobile|nationalIdentificationNumber|validations");
    (void)check_text(c, j, "email", false, NULL);
    (void)check_text(c, j, "mobile", false, NULL);
    (void)check_text(c, j, "nationalIdentificationNumber", false, NULL);
    check_words(c, j, "validations", "NATIONAL_IDENTIFICATION_NUMBER");
}

static void check_redirects(struct check *c, struct json j)
{
    static const char *const names[] = {"success", "cancel", "error"};
    struct url parts = {0};

    check_members(c, j, "success|cancel|error");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct str url = check_text(c, j, names[i], true, NULL);
        if (url.bytes && url_split(c->s, url, &parts) != OK)
            wrong(c, names[i], "must be an absolute address");
    }
    scope_forgive(c->s);
}

// A part that may be missing.
static void check_part(struct check *c, struct json j, const char *name,
                       void (*check)(struct check *c, struct json part))
{
    struct json part = json_member(j, name);
    struct str at = c->at;

    if (part.type == JSON_NONE)
        return;
    c->at = str_format(c->s, "%.*s.%s", STR(at), name);
    if (json_is(part, JSON_OBJECT))
        check(c, part);
    else
        wrong(c, "", "must be an object");
    c->at = at;
}

static void check_ui(struct check *c, struct json j)
{
    check_members(c, j, "language");
    (void)check_text(c, j, "language", false, "sv|en|da|de|fi|nb|nn");
}

static void check_authentication(struct check *c, struct json j)
{
    check_members(c, j, "enabled");
    if (!json_is(json_member(j, "enabled"), JSON_TRUE) &&
        !json_is(json_member(j, "enabled"), JSON_FALSE))
        wrong(c, "enabled", "is required");
}

static void check_session(struct check *c, struct json j)
{
    check_members(c, j,
                  "title|documents|signingSetup|externalReference|dueDate|signer|redirectSettings|"
                  "packageTo|senderDisplayName|signText|subsequentTo|preAuthentication|ui");
    (void)check_text(c, j, "title", true, NULL);
    (void)check_text(c, j, "externalReference", false, NULL);
    (void)check_text(c, j, "senderDisplayName", false, NULL);
    (void)check_text(c, j, "signText", false, NULL);
    check_list(c, j, "documents", check_session_document);
    check_list(c, j, "signingSetup", check_setup);
    check_due(c, j);
    check_part(c, j, "signer", check_signer);
    check_part(c, j, "redirectSettings", check_redirects);
    check_part(c, j, "ui", check_ui);
    check_part(c, j, "preAuthentication", check_authentication);
    check_words(c, j, "packageTo", "PADES_CONTAINER");
}

// Already-signed PDFs are refused where the signature is an authentication.
static void check_signed(struct check *c, struct json j)
{
    struct json documents = json_member(j, "documents");
    struct json setup = json_at(json_member(j, "signingSetup"), 0);

    if (!str_is(json_text(json_member(setup, "signingFlow")), "AUTHENTICATION_BASED"))
        return;
    for (size_t i = 0; i < documents.count; i++) {
        const struct esign_document *d =
            esign_find_document(c->e, json_text(json_member(json_at(documents, i), "documentId")));
        if (d && str_find(d->bytes, str("/ByteRange")) < d->bytes.bytes)
            wrong(c, "documents", "has one that is signed already");
    }
}

static struct check begin(struct scope *s, struct esign *e)
{
    return (struct check){.s = s, .e = e, .problems = buf_make(s, ESIGN_PROBLEMS_BYTES_MAX / 2)};
}

static struct str end(const struct check *c)
{
    return str_of(c->problems.data, c->problems.bytes);
}

struct str esign_check_sessions(struct scope *s, struct esign *e, struct json body)
{
    struct check c = begin(s, e);

    if (!json_is(body, JSON_ARRAY) || body.count == 0 || body.count > SESSIONS_MAX)
        wrong(&c, "", "must be a list of sessions");
    for (size_t i = 0; json_is(body, JSON_ARRAY) && i < body.count; i++) {
        c.at = str_format(s, "[%zu]", i);
        if (json_is(json_at(body, i), JSON_OBJECT)) {
            check_session(&c, json_at(body, i));
            check_signed(&c, json_at(body, i));
        } else {
            wrong(&c, "", "must be an object");
        }
    }
    return end(&c);
}

static void check_collected(struct check *c, struct json j)
{
    check_members(c, j, "documentId|description");
    struct str id = check_text(c, j, "documentId", true, NULL);
    if (id.bytes && !esign_find_document(c->e, id))
        wrong(c, "documentId", "is not known");
}

struct str esign_check_collection(struct scope *s, struct esign *e, struct json body)
{
    struct check c = begin(s, e);

    if (!json_is(body, JSON_OBJECT))
        wrong(&c, "", "must be an object");
    check_members(&c, json_is(body, JSON_OBJECT) ? body : json_object(NULL, 0),
                  "documents|packageTo");
    check_list(&c, body, "documents", check_collected);
    check_words(&c, body, "packageTo", "PADES_CONTAINER");
    return end(&c);
}
