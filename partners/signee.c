#include "partners/signee.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "http/client.h"

#include <stdio.h>

enum { MAIL_BYTES_MAX = 1 << 20, PAGE_BYTES_MAX = 32 << 20, CODE_DIGITS = 6, GONE = 410 };

void signee_init(struct signee *who, const struct signee_options *options)
{
    *who = (struct signee){.options = *options, .chance = chance_seeded(options->seed)};
}

// RFC 2045, 6.7: "=" and two digits are a byte, "=" at the end of a line joins it with the next.
static struct str unquoted(struct scope *s, struct str text)
{
    struct buf out = buf_make(s, MAIL_BYTES_MAX);

    text = str_slice(text, 0, MAIL_BYTES_MAX);
    for (size_t i = 0; i < text.bytes; i++) {
        struct str rest = str_slice(text, i + 1, 2);
        char byte = 0;
        if (text.data[i] != '=') {
            buf_put_byte(&out, text.data[i]);
        } else if (str_is(rest, "\r\n")) {
            i += 2;
        } else if (rest.bytes && rest.data[0] == '\n') {
            i++;
        } else if (rest.bytes == 2 && hex_read(rest, &byte)) {
            buf_put_byte(&out, byte);
            i += 2;
        } else {
            buf_put_byte(&out, '=');
        }
    }
    return buf_str(&out);
}

static bool is_link_byte(char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>';
}

bool signee_link(struct scope *s, struct str mail, struct str *link)
{
    struct str text = unquoted(s, mail);
    size_t middle = str_find(text, str("/sign/"));
    size_t from = middle;
    size_t to = middle;

    if (middle == text.bytes)
        return false;
    while (from > 0 && is_link_byte(text.data[from - 1]))
        from--;
    while (to < text.bytes && is_link_byte(text.data[to]))
        to++;
    *link = str_slice(text, from, to - from);
    return str_starts(*link, str("http")) && link->bytes <= SIGNEE_LINK_BYTES_MAX;
}

bool signee_code(struct scope *s, struct str mail, struct str *code)
{
    struct str text = unquoted(s, mail);
    size_t digits = 0;

    // The code stands alone behind a colon; other numbers of the headers do not.
    for (size_t at = str_find(text, str(": ")); at < text.bytes;) {
        struct str rest = str_slice(text, at + 2, text.bytes);
        digits = 0;
        while (digits < rest.bytes && rest.data[digits] >= '0' && rest.data[digits] <= '9')
            digits++;
        bool ends = digits == rest.bytes || rest.data[digits] == '\r' || rest.data[digits] == '\n';
        if (digits == CODE_DIGITS && ends) {
            *code = str_slice(rest, 0, CODE_DIGITS);
            return true;
        }
        at += 2 + str_find(rest, str(": "));
    }
    return false;
}

static enum status ask(struct scope *s, struct signee *who, const char *method, struct str url,
                       struct str form, struct http_reply *out)
{
    static const struct http_field headers[] = {
        {{"Content-Type", 12}, {"application/x-www-form-urlencoded", 33}},
        {{"User-Agent", 10}, {"signee", 6}},
    };
    struct http_request request = {
        .method = method,
        .url = url,
        .headers = headers,
        .header_count = 2,
        .body = form,
        .answer_bytes_max = PAGE_BYTES_MAX,
        .allow_private = true,
    };

    return http_call(s, who->options.client, &request, out);
}

// Expects one of two codes; GONE tells the caller that the link has ended.
static enum status expect(struct scope *s, const struct http_reply *reply, int code, bool *gone)
{
    *gone = reply->code == GONE;
    if (reply->code == code || *gone)
        return OK;
    return fail(s, REFUSED, "the signing page answered %d, not %d", reply->code, code);
}

static enum status post(struct scope *s, struct signee *who, struct str link, const char *below,
                        struct str form, int code, bool *gone)
{
    struct http_reply reply = {0};

    TRY(ask(s, who, "POST", str_concat(s, 2, link, str(below)), form, &reply));
    return expect(s, &reply, code, gone);
}

static enum status open_page(struct scope *s, struct signee *who, struct str link, bool *gone)
{
    struct http_reply reply = {0};

    TRY(ask(s, who, "GET", link, (struct str){0}, &reply));
    return expect(s, &reply, 200, gone);
}

static enum status get_code(struct scope *s, struct signee *who, struct str link, struct str *code,
                            bool *gone)
{
    struct str mail = {0};

    TRY(post(s, who, link, "/code", (struct str){0}, 303, gone));
    if (*gone)
        return OK;
    TRY(who->options.code_mail(who->options.context, s, &mail));
    return signee_code(s, mail, code) ? OK : fail(s, INVALID, "the mail has no code");
}

enum status signee_visit(struct scope *s, struct signee *who, struct str link, enum signee_end *end)
{
    struct str code = {0};
    bool gone = false;

    *end = SIGNEE_GONE;
    TRY(open_page(s, who, link, &gone));
    if (!gone)
        TRY(get_code(s, who, link, &code, &gone));
    if (!gone) {
        struct str form = str_concat(s, 2, str("name=Robot+%C3%85&consent=yes&code="), code);
        bool twice = chance_below(&who->chance, 100) < who->options.twice;
        TRY(post(s, who, link, "/signature", form, 200, &gone));
        bool again = false;
        if (twice && !gone)
            TRY(post(s, who, link, "/signature", form, GONE, &again));
    }
    if (gone) {
        who->refused_count++;
        return OK;
    }
    who->signed_count++;
    *end = SIGNEE_SIGNED;
    return OK;
}

static enum status reject(struct scope *s, struct signee *who, struct str link,
                          enum signee_end *end)
{
    bool gone = false;

    *end = SIGNEE_GONE;
    TRY(open_page(s, who, link, &gone));
    if (!gone)
        TRY(post(s, who, link, "/rejection", str("reason=not+mine"), 200, &gone));
    if (gone) {
        who->refused_count++;
        return OK;
    }
    who->rejected_count++;
    *end = SIGNEE_REJECTED;
    return OK;
}

enum status signee_take(struct scope *s, struct signee *who, struct str mail, enum signee_end *end)
{
    const struct signee_options *o = &who->options;
    uint64_t draw = chance_below(&who->chance, 100);
    struct str link = {0};

    if (!signee_link(s, mail, &link))
        return fail(s, INVALID, "the mail has no link to a signing page");
    if (draw < o->never) {
        who->away_count++;
        *end = SIGNEE_AWAY;
        return OK;
    }
    if (draw < o->never + o->late) {
        who->late_count++;
        *end = SIGNEE_LATE;
        return OK;
    }
    if (draw < o->never + o->late + o->rejects)
        return reject(s, who, link, end);
    return signee_visit(s, who, link, end);
}
