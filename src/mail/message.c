#include "mail/message.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "mail/message_impl.h"

#include <string.h>

enum {
    ID_BYTES_MAX = 200,
    MEDIA_TYPE_BYTES_MAX = 100,
    NAME_BYTES_MAX = 255,
    SUBJECT_BYTES_MAX = 1000,
};

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.bytes; i++) {
        char c = id.data[i];
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
        if (!is_fine)
            return false;
    }
    return id.bytes > 0 && id.bytes <= ID_BYTES_MAX;
}

// RFC 2045, 5.1: type "/" subtype, tokens; parameters are not ours to pass on.
static bool is_media_type(struct str type)
{
    size_t slashes = 0;

    for (size_t i = 0; i < type.bytes; i++) {
        char c = type.data[i];
        if (c <= ' ' || c > 0x7e || strchr("()<>@,;:\\\"[]?=", c))
            return false;
        slashes += c == '/';
    }
    return slashes == 1 && type.bytes <= MEDIA_TYPE_BYTES_MAX && type.data[0] != '/' &&
           type.data[type.bytes - 1] != '/';
}

// The reader never sees it, and it can never be in a body: quoted-printable has no "=_", base64 no
// '='  within.
static struct str boundary(struct scope *s, const struct letter *l, const char *kind)
{
    return str_format(s, "=_%s_%016llx", kind, (unsigned long long)str_hash(l->id));
}

static void put_multipart(struct buf *out, const char *kind, struct str boundary)
{
    buf_format(out, "Content-Type: multipart/%s;\r\n boundary=\"%.*s\"\r\n", kind, STR(boundary));
}

static void put_boundary(struct buf *out, struct str boundary, bool last)
{
    buf_format(out, "\r\n--%.*s%s\r\n", STR(boundary), last ? "--" : "");
}

static void put_text(struct buf *out, const char *kind, struct str text)
{
    buf_format(out, "Content-Type: text/%s; charset=utf-8\r\n", kind);
    body_text(out, text);
}

static void put_body(struct scope *s, struct buf *out, const struct letter *l)
{
    if (l->html.bytes == 0) {
        put_text(out, "plain", l->text);
        return;
    }
    struct str cut = boundary(s, l, "alternative");
    put_multipart(out, "alternative", cut);
    put_boundary(out, cut, false);
    put_text(out, "plain", l->text);
    put_boundary(out, cut, false);
    put_text(out, "html", l->html);
    put_boundary(out, cut, true);
}

static void put_all(struct scope *s, struct buf *out, const struct letter *l)
{
    if (l->part_count == 0) {
        put_body(s, out, l);
        return;
    }
    struct str cut = boundary(s, l, "mixed");
    put_multipart(out, "mixed", cut);
    put_boundary(out, cut, false);
    put_body(s, out, l);
    for (size_t i = 0; i < l->part_count; i++) {
        put_boundary(out, cut, false);
        buf_format(out, "Content-Type: %.*s\r\n", STR(l->parts[i].media_type));
        header_attachment(out, l->parts[i].name);
        body_base64(out, l->parts[i].content);
    }
    put_boundary(out, cut, true);
}

static enum status check_parts(struct scope *s, const struct letter *l)
{
    for (size_t i = 0; i < l->part_count; i++) {
        const struct letter_part *p = &l->parts[i];
        if (!is_media_type(p->media_type))
            return fail(s, INVALID, "attachment %zu of a mail has no media type", i + 1);
        if (p->name.bytes == 0 || p->name.bytes > NAME_BYTES_MAX || !utf8_valid(p->name))
            return fail(s, INVALID, "attachment %zu of a mail has no name", i + 1);
    }
    return OK;
}

static enum status check(struct scope *s, const struct letter *l)
{
    if (!is_id(l->id))
        return fail(s, INVALID, "the id of a mail is not made of letters, digits, '.', '_', '-'");
    if (l->subject.bytes > SUBJECT_BYTES_MAX)
        return fail(s, INVALID, "the subject of a mail is longer than %d bytes", SUBJECT_BYTES_MAX);
    if (!utf8_valid(l->subject) || !utf8_valid(l->text) || !utf8_valid(l->html))
        return fail(s, INVALID, "the text of a mail is not UTF-8");
    return check_parts(s, l);
}

enum status letter_write(struct scope *s, const struct letter *letter, size_t bytes_max,
                         struct str *out)
{
    struct buf b = buf_make(s, bytes_max);
    struct address from = {0};
    struct address *to = scope_array(s, letter->to_count, sizeof *to);

    TRY(check(s, letter));
    if (letter->to_count == 0)
        return fail(s, INVALID, "a mail has no recipient");
    if (!address_read(letter->from, &from))
        return fail(s, INVALID, "the sender's address of a mail is not one");
    for (size_t i = 0; i < letter->to_count; i++)
        if (!address_read(letter->to[i], &to[i]))
            return fail(s, INVALID, "recipient %zu of a mail is no address", i + 1);
    header_date(&b, letter->at_us);
    header_addresses(&b, "From", &from, 1);
    header_addresses(&b, "To", to, letter->to_count);
    buf_format(&b, "Message-ID: <%.*s@%.*s>\r\n", STR(letter->id), STR(from.domain));
    header_text(&b, "Subject", letter->subject);
    buf_put_z(&b, "Auto-Submitted: auto-generated\r\n"); // RFC 3834, 5: no robot answers it
    buf_put_z(&b, "MIME-Version: 1.0\r\n");
    put_all(s, &b, letter);
    return buf_finish(&b, "the mail", out);
}
