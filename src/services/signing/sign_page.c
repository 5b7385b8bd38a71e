#include "services/signing/sign_page.h"

#include "core/asset.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "services/signing/html.h"

#include <assert.h>

enum {
    PAGE_BYTES_MAX = 16 << 20, // of a bundle of 20,000 pages
    FACTS_BYTES_MAX = 8 << 10,
    VALUES_MAX = SIGN_TEXTS + 24,
};

static const char page_template[] = "services/signing/templates/sign/sign.html";
static const char notice_template[] = "services/signing/templates/sign/notice.html";

const char *sign_text(struct str language, enum sign_text text)
{
    static const struct {
        const char *swedish;
        const char *english;
    } texts[] = {
#define SIGN_TEXT(name, swedish, english) {swedish, english},
#include "services/signing/sign_texts.def"
#undef SIGN_TEXT
    };
    return str_is(language, "en") ? texts[text].english : texts[text].swedish;
}

void sign_answer_headers(struct call *c)
{
    call_answer_header(c, "Cache-Control", str("no-store"));
    call_answer_header(c, "Referrer-Policy", str("no-referrer"));
    call_answer_header(c, "X-Content-Type-Options", str("nosniff"));
    call_answer_header(c, "X-Robots-Tag", str("noindex, nofollow"));
}

static void answer_html(struct call *c, int code, struct str html)
{
    sign_answer_headers(c);
    call_answer_header(c, "Content-Security-Policy",
                       str("default-src 'none'; img-src 'self' data:; style-src 'self'; script-src "
                           "'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
    call_answer_header(c, "Cross-Origin-Opener-Policy", str("same-origin"));
    call_answer_bytes(c, code, "text/html; charset=utf-8", html);
}

// Values of a template: all texts as t_NAME, and the page's own.
struct values {
    struct html_value list[VALUES_MAX];
    size_t count;
};

static void set(struct values *v, const char *name, struct str value)
{
    assert(v->count < VALUES_MAX);
    v->list[v->count++] = (struct html_value){name, value};
}

static void set_texts(struct values *v, struct str language)
{
    static const char *const names[] = {
#define SIGN_TEXT(name, swedish, english) "t_" #name,
#include "services/signing/sign_texts.def"
#undef SIGN_TEXT
    };
    for (unsigned i = 0; i < SIGN_TEXTS; i++)
        set(v, names[i], str(sign_text(language, (enum sign_text)i)));
    set(v, "language", str(str_is(language, "en") ? "en" : "sv"));
}

static struct str fill(struct scope *s, const char *path, const struct values *v)
{
    const struct asset *a = asset_find(str(path));
    struct buf out = buf_make(s, PAGE_BYTES_MAX);

    assert(a);
    html_fill(&out, asset_text(a), v->list, v->count);
    return buf_str(&out);
}

static int64_t pages_of(const struct sign_session *ss)
{
    int64_t count = 0;

    (void)json_to_i64(json_member(sign_session_member(ss, "document"), "page_count"), &count);
    return count;
}

// A picture for each page, which the browser fetches when it comes into view.
static struct str pages_html(struct scope *s, const struct sign_session *ss,
                             const struct sign_view *view, struct str language)
{
    struct buf out = buf_make(s, PAGE_BYTES_MAX);
    const char *page = sign_text(language, SIGN_TEXT_page);
    const char *of = sign_text(language, SIGN_TEXT_of);
    long long count = (long long)pages_of(ss);

    for (long long n = 1; n <= count; n++) {
        buf_format(&out,
                   "      <figure data-page=\"%lld\"><img loading=\"%s\" width=\"794\" "
                   "height=\"1123\" src=\"/sign/%.*s/pages/%lld.png\" alt=\"%s %lld %s "
                   "%lld\"><figcaption>%s %lld</figcaption></figure>\n",
                   n, n > 1 ? "lazy" : "eager", STR(view->token), n, page, n, of, count, page, n);
    }
    return buf_str(&out);
}

// "2026-01-31 14:05 UTC"
static struct str readable(struct scope *s, struct json moment)
{
    struct str text = json_text(moment);

    return text.bytes < 16 ? text : str_format(s, "%.10s %.5s UTC", text.data, text.data + 11);
}

static struct str code_told(struct scope *s, const struct sign_session *ss, struct str language)
{
    struct json expires = json_member(sign_session_member(ss, "code"), "expires_at");

    if (!json_text(expires).bytes)
        return (struct str){0};
    return str_format(s, "%s %.*s.", sign_text(language, SIGN_TEXT_code_sent),
                      STR(readable(s, expires)));
}

void sign_answer_page(struct scope *s, struct call *c, const struct sign_session *ss,
                      const struct sign_view *view)
{
    struct str language = json_text(sign_session_member(ss, "language"));
    struct json signee = sign_session_member(ss, "signee");
    struct str told = code_told(s, ss, language);
    enum sign_text button = told.bytes ? SIGN_TEXT_send_again : SIGN_TEXT_send_code;
    struct values *v = scope_new(s, struct values);

    set_texts(v, language);
    set(v, "token", view->token);
    set(v, "title", json_text(sign_session_member(ss, "title")));
    set(v, "signee", json_text(json_member(signee, "name")));
    set(v, "email", json_text(json_member(signee, "email")));
    set(v, "page_count", str_format(s, "%lld", (long long)pages_of(ss)));
    set(v, "deadline", str_slice(json_text(sign_session_member(ss, "due_at")), 0, 10));
    set(v, "pages", pages_html(s, ss, view, language));
    set(v, "consent", str(sign_text(language, SIGN_TEXT_consent)));
    set(v, "code_button", str(sign_text(language, button)));
    set(v, "name", view->name);
    set(v, "error", view->error);
    set(v, "code_sent", view->error.bytes ? (struct str){0} : told);
    set(v, "reject_open", str(view->reject_open ? "yes" : ""));
    answer_html(c, view->code ? view->code : 200, fill(s, page_template, v));
}

struct notice {
    enum sign_text heading;
    enum sign_text text;
    const char *mood; // "good", "bad", ""
    const char *mark;
    struct str facts; // HTML
    int code;
};

static void answer_notice(struct scope *s, struct call *c, struct str language,
                          const struct notice *n)
{
    struct values *v = scope_new(s, struct values);

    set_texts(v, language);
    set(v, "heading", str(sign_text(language, n->heading)));
    set(v, "text", str(sign_text(language, n->text)));
    set(v, "mood", str(n->mood));
    set(v, "mark", str(n->mark));
    set(v, "facts", n->facts);
    if (n->code == 404) {
        set(v, "second",
            str_format(s, "%s. %s", sign_text(str("en"), n->heading),
                       sign_text(str("en"), n->text)));
        set(v, "second_language", str("en"));
    }
    answer_html(c, n->code, fill(s, notice_template, v));
}

static void put_fact(struct buf *out, const char *name, struct str value)
{
    buf_format(out, "<div><dt>%s</dt><dd>", name);
    html_put(out, value);
    buf_put_z(out, "</dd></div>");
}

static struct str facts_of(struct scope *s, const struct sign_session *ss, struct str language)
{
    struct buf out = buf_make(s, FACTS_BYTES_MAX);
    struct json list = sign_session_member(ss, "evidence");

    if (list.count)
        put_fact(&out, sign_text(language, SIGN_TEXT_signed_at),
                 readable(s, json_member(json_at(list, list.count - 1), "at")));
    put_fact(&out, sign_text(language, SIGN_TEXT_session), ss->id);
    return buf_str(&out);
}

void sign_answer_signed(struct scope *s, struct call *c, const struct sign_session *ss)
{
    struct str language = json_text(sign_session_member(ss, "language"));
    struct notice n = {
        SIGN_TEXT_done, SIGN_TEXT_done_text, "good", "✓", facts_of(s, ss, language), 200};

    answer_notice(s, c, language, &n);
}

void sign_answer_rejected(struct scope *s, struct call *c, const struct sign_session *ss)
{
    struct notice n = {SIGN_TEXT_rejected, SIGN_TEXT_rejected_text, "", "–", {0}, 200};

    answer_notice(s, c, json_text(sign_session_member(ss, "language")), &n);
}

void sign_answer_ended(struct scope *s, struct call *c, const struct sign_session *ss)
{
    struct str language = json_text(sign_session_member(ss, "language"));
    enum session_state state = sign_session_state(ss, call_now_us(c));
    struct notice n = {SIGN_TEXT_ended, SIGN_TEXT_ended_other, "", "–", {0}, 410};

    if (state == SESSION_SIGNED) {
        n.text = SIGN_TEXT_ended_signed;
        n.mood = "good";
        n.mark = "✓";
        n.facts = facts_of(s, ss, language);
    } else if (state == SESSION_EXPIRED) {
        n.text = SIGN_TEXT_ended_expired;
    }
    answer_notice(s, c, language, &n);
}

void sign_answer_unknown(struct scope *s, struct call *c)
{
    struct notice n = {SIGN_TEXT_unknown, SIGN_TEXT_unknown_text, "bad", "?", {0}, 404};

    answer_notice(s, c, (struct str){0}, &n);
}

void sign_answer_busy(struct scope *s, struct call *c, const struct sign_session *ss)
{
    struct notice n = {SIGN_TEXT_busy, SIGN_TEXT_busy_text, "", "…", {0}, 503};

    answer_notice(s, c, json_text(sign_session_member(ss, "language")), &n);
}
