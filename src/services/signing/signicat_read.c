// What Signicat tells of a session, checked: it may be wrong in any way.
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "core/utf8.h"
#include "services/signing/signicat_impl.h"

enum { LINK_BYTES_MAX = 2048, ANSWER_BYTES_MAX = 8 << 20, DEPTH_MAX = 32, VALUES_MAX = 200000 };

bool signicat_is_id(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == '-' || c == '_'))
            return false;
    }
    return text.bytes > 0 && text.bytes <= SIGNICAT_ID_BYTES_MAX;
}

enum status signicat_parse(struct scope *s, struct str body, struct json *out)
{
    static const struct json_limits limits = {.bytes_max = ANSWER_BYTES_MAX,
                                              .depth_max = DEPTH_MAX,
                                              .values_max = VALUES_MAX,
                                              .duplicates = JSON_KEEP_LAST};

    if (json_parse(s, body, &limits, out) == OK)
        return OK;
    return fail(s, TEMPORARY, "signicat's answer is no JSON: %.*s", STR(scope_why(s)));
}

// "REFERENCE@TENANT": a reference begins with the bundle's id, and ends with '#' and the attempt.
struct str signicat_reference(struct scope *s, struct str tenant, struct str reference)
{
    return str_concat(s, 3, reference, str("@"), tenant);
}

static size_t find_last(struct str text, char c)
{
    size_t at = text.bytes;

    while (at > 0 && text.data[at - 1] != c)
        at--;
    return at ? at - 1 : text.bytes;
}

bool signicat_reference_read(struct str external, struct str *tenant, struct str *bundle_id,
                             struct str *reference)
{
    size_t at = find_last(external, '@');
    size_t hash = find_last(str_slice(external, 0, at), '#');

    if (at == external.bytes || hash == at || hash == 0 || at + 1 == external.bytes ||
        external.bytes > SIGNICAT_REFERENCE_BYTES_MAX)
        return false;
    *reference = str_slice(external, 0, at);
    *bundle_id = str_slice(external, 0, hash);
    *tenant = str_slice(external, at + 1, external.bytes);
    return true;
}

static enum status unusable(struct scope *s, const char *what)
{
    return fail(s, TEMPORARY, "signicat's session cannot be used: %s", what);
}

// A final state that nobody knows is a failure; one that is not final is open.
static enum session_state state_of(struct str word, bool is_final)
{
    static const struct {
        const char *word;
        enum session_state state;
    } words[] = {
        {"SIGNED", SESSION_SIGNED},      {"REJECTED", SESSION_REJECTED},
        {"EXPIRED", SESSION_EXPIRED},    {"CANCELLED", SESSION_CANCELLED},
        {"CANCELED", SESSION_CANCELLED},
    };

    for (size_t i = 0; is_final && i < sizeof words / sizeof words[0]; i++)
        if (str_equal_nocase(word, str(words[i].word)))
            return words[i].state;
    return is_final ? SESSION_FAILED : SESSION_OPEN;
}

static enum status read_state(struct scope *s, struct json j, struct session *out)
{
    struct json lifecycle = json_member(j, "lifecycle");
    struct str word = json_text(json_member(lifecycle, "state"));
    struct json is_final = json_member(lifecycle, "stateIsFinal");

    if (word.bytes == 0 || word.bytes > SIGNICAT_ID_BYTES_MAX)
        return unusable(s, "it has no state");
    if (!json_is(is_final, JSON_TRUE) && !json_is(is_final, JSON_FALSE))
        return unusable(s, "it does not say whether its state is final");
    out->state = state_of(word, json_is(is_final, JSON_TRUE));
    if (out->state == SESSION_FAILED)
        out->reason = str_format(s, "it ended as %.*s", STR(word));
    return OK;
}

// Where a reason is told is not published; these are the places that were seen.
static void read_reason(struct scope *s, struct json j, struct session *out)
{
    static const char *const places[] = {"lifecycle.reason", "lifecycle.rejectReason",
                                         "rejectReason", "rejectionReason"};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct str reason = json_text(json_path(j, places[i]));
        if (reason.bytes && out->state == SESSION_REJECTED) {
            out->reason = str_copy(s, utf8_cut(reason, SIGNICAT_REASON_BYTES_MAX));
            return;
        }
    }
}

// The link is mailed to somebody: nothing but an address of https.
static enum status read_link(struct scope *s, const struct signicat *p, struct json j,
                             struct session *out)
{
    struct url parts = {0};

    out->link = json_text(json_member(j, "signatureUrl"));
    if (out->link.bytes == 0 && out->state != SESSION_OPEN)
        return OK;
    if (out->link.bytes == 0 || out->link.bytes > LINK_BYTES_MAX)
        return unusable(s, "it has no link");
    if (url_split(s, out->link, &parts) != OK || (!parts.https && !p->options.allow_private))
        return unusable(s, "its link is no address of https");
    return OK;
}

enum status signicat_read_session(struct scope *s, const struct signicat *p, struct json j,
                                  struct str tenant, struct session *out)
{
    struct str owner = {0};
    struct str bundle_id = {0};

    *out = (struct session){.id = json_text(json_member(j, "id"))};
    if (!signicat_is_id(out->id))
        return unusable(s, "it has no id");
    if (!signicat_reference_read(json_text(json_member(j, "externalReference")), &owner, &bundle_id,
                                 &out->reference) ||
        !str_equal(owner, tenant))
        return fail(s, NOT_FOUND, "signicat's session %.*s is none of this tenant's", STR(out->id));
    TRY(read_state(s, j, out));
    TRY(read_link(s, p, j, out));
    read_reason(s, j, out);
    (void)moment_read(json_text(json_member(j, "createdAt")), &out->created_at_us);
    out->log = json_without(s, j, str("signatureUrl"));
    return OK;
}
