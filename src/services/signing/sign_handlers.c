// The public signing page: who has the link may see the document and sign it. Answers are pages for
// people. The token in the path is the only proof there is; nothing is kept in the browser, so
// there is nothing that another site could ride on, and a request that says it comes from one is
// refused all the same. Everything that the signee does is an entry of the evidence.
#include "services/signing/service_impl.h"

#include "core/asset.h"
#include "core/base64.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "core/utf8.h"
#include "crypto/digest.h"
#include "services/signing/sessions.h"
#include "services/signing/sign_code.h"
#include "services/signing/sign_page.h"
#include "services/signing/sign_render.h"
#include "store/blob.h"

enum {
    NAME_BYTES_MAX = 200,
    REASON_BYTES_MAX = 2000,
    DRAWING_BYTES_MAX = 200 << 10, // of the PNG
    DRAWING_PIXELS_MAX = 2000,     // of a side
    OPENINGS_MAX = 50,             // of a session that are kept
    FORWARDED_BYTES_MAX = 100,
};

// What a signee's request is about.
struct visit {
    struct signing *self;
    struct str token;
    bool acts; // it sends a form
    struct sign_session ss;
    int64_t now_us;
};

// Finds the session of the token. `*answered`: there is none, or it has ended, or the request comes
// from another site, and the answer says so.
static enum status visit_open(struct scope *s, struct call *c, struct visit *v, bool *answered)
{
    struct str site = call_header(c, "Sec-Fetch-Site");

    v->self = call_service(c);
    v->token = call_path(c, "token");
    v->now_us = call_now_us(c);
    *answered = true;
    enum status e = sign_session_by_token(s, call_platform(c)->store, v->token, &v->ss);
    if (e == OK && v->acts && (str_is(site, "cross-site") || str_is(site, "same-site")))
        e = NOT_FOUND;
    if (e == NOT_FOUND) {
        scope_forgive(s);
        sign_answer_unknown(s, c);
        return OK;
    }
    TRY(e);
    *answered = sign_session_state(&v->ss, v->now_us) != SESSION_OPEN;
    if (*answered)
        sign_answer_ended(s, c, &v->ss);
    return OK;
}

static struct json entry_of(struct scope *s, struct call *c, const char *what)
{
    struct json entry = evidence_entry(s, what, call_now_us(c));
    struct str agent = utf8_cut(call_header(c, "User-Agent"), EVIDENCE_TEXT_BYTES_MAX);

    struct str forwarded = str_slice(call_header(c, "X-Forwarded-For"), 0, FORWARDED_BYTES_MAX);

    entry = json_with(s, entry, str("ip"), json_string(str_copy(s, call_peer(c))));
    if (forwarded.bytes && utf8_valid(forwarded)) // what a proxy, or anybody, says of it
        entry = json_with(s, entry, str("forwarded_for"), json_string(forwarded));
    return json_with(s, entry, str("user_agent"),
                     json_string(utf8_valid(agent) ? agent : str("not UTF-8")));
}

static void set_text(struct scope *s, struct json *object, const char *name, struct str text)
{
    *object = json_with(s, *object, str(name), json_string(text));
}

static struct str words(const struct visit *v, enum sign_text text)
{
    return str(sign_text(json_text(sign_session_member(&v->ss, "language")), text));
}

static void answer_error(struct scope *s, struct call *c, const struct visit *v, int code,
                         struct str error, struct str name)
{
    struct sign_view view = {.token = v->token, .error = error, .name = name, .code = code};

    sign_answer_page(s, c, &v->ss, &view);
}

// A field of the form; too long, malformed or missing ones are empty.
static struct str field(struct scope *s, struct call *c, const char *name, size_t bytes_max)
{
    struct str value = {0};

    if (url_query_find(s, call_body(c), str(name), &value) != OK || value.bytes > bytes_max)
        value = (struct str){0};
    scope_forgive(s);
    return str_trim(value);
}

// -- looking -------------------------------------------------------------------------------------

// Whether this visit is worth an entry: the first, or from elsewhere than the one before.
static bool is_news(const struct sign_session *ss, struct json entry)
{
    struct json list = sign_session_member(ss, "evidence");
    size_t openings = 0;
    struct json last = {0};

    for (size_t i = 0; i < list.count; i++) {
        if (!str_is(json_text(json_member(json_at(list, i), "what")), "opened"))
            continue;
        last = json_at(list, i);
        openings++;
    }
    return openings == 0 ||
           (openings < OPENINGS_MAX &&
            (!json_equal(json_member(last, "ip"), json_member(entry, "ip")) ||
             !json_equal(json_member(last, "user_agent"), json_member(entry, "user_agent"))));
}

enum status sign_page(struct scope *s, struct call *c)
{
    struct visit v = {0};
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    struct json entry = entry_of(s, c, "opened");
    if (is_news(&v.ss, entry) && evidence_append(s, &v.ss, entry))
        sign_session_put(s, call_change(c), &v.ss);
    sign_answer_page(s, c, &v.ss, &(struct sign_view){.token = v.token});
    return OK;
}

enum status sign_page_document(struct scope *s, struct call *c)
{
    struct visit v = {0};
    struct str pdf = {0};
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    TRY(sign_document(s, call_platform(c)->store, &v.ss, &pdf));
    if (evidence_append(s, &v.ss, entry_of(s, c, "downloaded")))
        sign_session_put(s, call_change(c), &v.ss);
    sign_answer_headers(c);
    call_answer_header(c, "Content-Disposition", str("inline; filename=\"document.pdf\""));
    call_answer_bytes(c, 200, "application/pdf", pdf);
    return OK;
}

// "12.png": the page's number; 0: it is none.
static uint64_t page_number(struct str name)
{
    uint64_t number = 0;

    if (!str_ends(name, str(".png")) ||
        !str_to_u64(str_slice(name, 0, name.bytes - 4), INT32_MAX, &number))
        return 0;
    return number;
}

enum status sign_page_picture(struct scope *s, struct call *c)
{
    struct visit v = {0};
    struct str png = {0};
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    uint64_t page = page_number(call_path(c, "page"));
    enum status e = sign_render(s, v.self, &v.ss, page, &png);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        sign_answer_unknown(s, c);
        return OK;
    }
    if (e == UNSUPPORTED) {
        scope_forgive(s);
        sign_answer_busy(s, c, &v.ss);
        return OK;
    }
    TRY(e);
    sign_page_shown(s, call_change(c), &v.ss, page, v.now_us);
    sign_answer_headers(c);
    call_answer_bytes(c, 200, "image/png", png);
    return OK;
}

enum status sign_asset(struct scope *s, struct call *c)
{
    static const struct {
        const char *name;
        const char *path;
        const char *type;
    } files[] = {
        {"sign.css", "services/signing/templates/sign/sign.css", "text/css; charset=utf-8"},
        {"sign.js", "services/signing/templates/sign/sign.js", "text/javascript; charset=utf-8"},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (!str_is(call_path(c, "name"), files[i].name))
            continue;
        call_answer_header(c, "Cache-Control", str("public, max-age=300"));
        call_answer_header(c, "X-Content-Type-Options", str("nosniff"));
        call_answer_bytes(c, 200, files[i].type, asset_text(asset_find(str(files[i].path))));
        return OK;
    }
    return fail(s, NOT_FOUND, "there is no such file");
}

// -- the code ------------------------------------------------------------------------------------

enum status sign_request_code(struct scope *s, struct call *c)
{
    struct visit v = {.acts = true};
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    enum status e = sign_code_send(s, v.self, call_change(c), &v.ss, v.now_us);
    if (e == LIMIT) {
        scope_forgive(s);
        answer_error(s, c, &v, 429, words(&v, SIGN_TEXT_too_many), (struct str){0});
        return OK;
    }
    TRY(e);
    (void)evidence_append(s, &v.ss, entry_of(s, c, "code_sent"));
    sign_session_put(s, call_change(c), &v.ss);
    // Back to the page by GET, so that loading it again sends nothing.
    sign_answer_headers(c);
    call_answer_header(c, "Location", str_concat(s, 3, str("/sign/"), v.token, str("#sign")));
    call_answer_bytes(c, 303, "text/plain", str("see the page\n"));
    return OK;
}

// -- signing -------------------------------------------------------------------------------------

struct signature {
    struct str name;
    struct str png; // empty: the name is the signature
};

static uint32_t big_endian(struct str bytes, size_t at)
{
    const uint8_t *b = (const uint8_t *)bytes.data + at;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

// Whether it begins as a PNG does, with sides that a drawing has (PNG, 11.2.1: IHDR comes first).
static bool is_drawing(struct str png)
{
    static const char start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const size_t start_bytes = sizeof start - 1;

    if (png.bytes < start_bytes + 8 || memcmp(png.data, start, start_bytes) != 0)
        return false;
    uint32_t width = big_endian(png, start_bytes);
    uint32_t height = big_endian(png, start_bytes + 4);
    return width > 0 && width <= DRAWING_PIXELS_MAX && height > 0 && height <= DRAWING_PIXELS_MAX;
}

// Reads the drawing of the form; false: there is one, and it is none of the page's.
static bool read_drawing(struct scope *s, struct call *c, struct str *png)
{
    static const char prefix[] = "data:image/png;base64,";
    struct str text = {0};

    if (url_query_find(s, call_body(c), str("drawing"), &text) != OK || text.bytes == 0) {
        scope_forgive(s);
        return true;
    }
    if (!str_starts(text, str(prefix)) || text.bytes > 2 * DRAWING_BYTES_MAX)
        return false;
    bool read = base64_decode(s, str_slice(text, strlen(prefix), text.bytes), png) == OK;
    scope_forgive(s);
    return read && png->bytes <= DRAWING_BYTES_MAX && is_drawing(*png);
}

// Checks all but the code. Empty: all is well.
static struct str find_fault(struct scope *s, struct call *c, const struct visit *v,
                             struct signature *out)
{
    out->name = field(s, c, "name", NAME_BYTES_MAX);
    if (out->name.bytes == 0)
        return words(v, SIGN_TEXT_no_name);
    if (!str_is(field(s, c, "consent", 3), "yes"))
        return words(v, SIGN_TEXT_no_consent);
    if (!read_drawing(s, c, &out->png))
        return words(v, SIGN_TEXT_bad_drawing);
    return (struct str){0};
}

static struct str tell_verdict(struct scope *s, const struct visit *v, enum code_verdict verdict,
                               int64_t tries_left)
{
    switch (verdict) {
    case CODE_WRONG:
        return str_format(s, "%.*s %lld.", STR(words(v, SIGN_TEXT_wrong_code)),
                          (long long)tries_left);
    case CODE_NO_TRIES:
        return words(v, SIGN_TEXT_no_tries);
    case CODE_NONE:
    case CODE_RIGHT:
        break;
    }
    return words(v, SIGN_TEXT_no_code);
}

// Keeps the drawing and describes the signature.
static enum status describe(struct scope *s, struct call *c, const struct visit *v,
                            const struct signature *g, struct json *out)
{
    struct blob_info info = {0};
    struct blob_options options = {.content_type = str("image/png")};
    struct json image = json_object(NULL, 0);

    *out = json_object(NULL, 0);
    set_text(s, out, "kind", str(g->png.bytes ? "drawn" : "typed"));
    set_text(s, out, "name", g->name);
    if (g->png.bytes == 0)
        return OK;
    struct str key = str_concat(s, 6, v->ss.tenant, str("/bundles/"),
                                json_text(sign_session_member(&v->ss, "bundle_id")),
                                str("/signature-"), v->ss.id, str(".png"));
    TRY(blob_put(s, call_platform(c)->store, &contract_signed_bucket, key, g->png, &options,
                 &info));
    set_text(s, &image, "bucket", str(contract_signed_bucket.name));
    set_text(s, &image, "key", key);
    set_text(s, &image, "sha256", hex_encode(s, str_of(info.sha256, sizeof info.sha256)));
    image = json_with(s, image, str("size_bytes"), json_i64(s, (int64_t)info.bytes));
    *out = json_with(s, *out, str("image"), image);
    return OK;
}

static enum status sign_now(struct scope *s, struct call *c, struct visit *v,
                            const struct signature *g)
{
    struct str consent = words(v, SIGN_TEXT_consent);
    struct json signature = {0};
    struct json entry = entry_of(s, c, "signed");

    TRY(describe(s, c, v, g, &signature));
    v->ss.state = SESSION_SIGNED; // what ends it has room in the evidence
    (void)evidence_append(s, &v->ss, entry_of(s, c, "code_confirmed"));
    set_text(s, &entry, "consent_sha256", digest_sha256_hex(s, consent));
    set_text(s, &entry, "document_sha256",
             json_text(json_member(sign_session_member(&v->ss, "document"), "sha256")));
    entry = json_with(s, entry, str("signature"), signature);
    set_text(s, &signature, "consent", consent);
    sign_session_set(s, &v->ss, "signature", signature);
    sign_session_end(s, &v->ss, SESSION_SIGNED, entry);
    sign_session_put(s, call_change(c), &v->ss);
    session_hint(s, call_change(c), v->ss.tenant,
                 json_text(sign_session_member(&v->ss, "bundle_id")));
    sign_answer_signed(s, c, &v->ss);
    return OK;
}

enum status sign_submit(struct scope *s, struct call *c)
{
    struct visit v = {.acts = true};
    struct signature g = {0};
    int64_t tries_left = 0;
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    struct str fault = find_fault(s, c, &v, &g);
    if (fault.bytes) {
        answer_error(s, c, &v, 422, fault, g.name);
        return OK;
    }
    enum code_verdict verdict =
        sign_code_check(s, v.self, &v.ss, field(s, c, "code", 20), v.now_us, &tries_left);
    if (verdict == CODE_RIGHT)
        return sign_now(s, c, &v, &g);
    if (verdict == CODE_WRONG || tries_left == 0) {
        (void)evidence_append(s, &v.ss, entry_of(s, c, "code_wrong"));
        sign_session_put(s, call_change(c), &v.ss);
    }
    answer_error(s, c, &v, 422, tell_verdict(s, &v, verdict, tries_left), g.name);
    return OK;
}

enum status sign_reject(struct scope *s, struct call *c)
{
    struct visit v = {.acts = true};
    bool answered = false;

    TRY(visit_open(s, c, &v, &answered));
    if (answered)
        return OK;
    struct str reason = field(s, c, "reason", REASON_BYTES_MAX);
    if (reason.bytes == 0) {
        struct sign_view view = {.token = v.token,
                                 .error = words(&v, SIGN_TEXT_no_reason),
                                 .reject_open = true,
                                 .code = 422};
        sign_answer_page(s, c, &v.ss, &view);
        return OK;
    }
    struct json entry = entry_of(s, c, "rejected");
    set_text(s, &entry, "reason", reason);
    sign_session_set(s, &v.ss, "reason", json_string(reason));
    sign_session_end(s, &v.ss, SESSION_REJECTED, entry);
    sign_session_put(s, call_change(c), &v.ss);
    session_hint(s, call_change(c), v.ss.tenant,
                 json_text(sign_session_member(&v.ss, "bundle_id")));
    sign_answer_rejected(s, c, &v.ss);
    return OK;
}
