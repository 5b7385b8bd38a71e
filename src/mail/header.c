// Header fields. What is plain ASCII is folded at spaces; anything else is written as encoded words
// (RFC 2047, 4.1: base64), each of whole code points.
#include "mail/message_impl.h"

#include "core/base64.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <string.h>

enum {
    WORD_BYTES = 39, // of UTF-8 in an encoded word: with a name before it the line is below 76
    PLAIN_WORD_MAX = 60,
    PARAMETER_BYTES = 50, // of a piece of a long parameter
};

// A copy in which no character controls anything: what is below U+0020 becomes a space.
static struct str tamed(struct scope *s, struct str text)
{
    char *copy = scope_bytes(s, text.bytes + 1);

    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        copy[i] = c < ' ' || c == 0x7f ? ' ' : text.data[i];
    }
    return str_of(copy, text.bytes);
}

// Whether it can stand as it is: ASCII, nothing that looks like an encoded word, no word too long
// to be folded.
static bool is_plain(struct str text)
{
    size_t word = 0;

    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        word = c == ' ' ? 0 : word + 1;
        if (c > 0x7e || word > PLAIN_WORD_MAX)
            return false;
    }
    return str_find(text, str("=?")) == text.bytes;
}

static void put_encoded(struct buf *out, struct str text)
{
    bool first = true;

    while (text.bytes) {
        struct str piece = utf8_cut(text, WORD_BYTES);
        text = str_slice(text, piece.bytes, text.bytes);
        if (!first)
            buf_put_z(out, "\r\n ");
        buf_put_z(out, "=?UTF-8?B?");
        buf_put(out, base64_encode(out->scope, piece));
        buf_put_z(out, "?=");
        first = false;
    }
}

static void put_folded(struct buf *out, size_t column, struct str text)
{
    struct str rest = text;

    for (bool first = true; rest.data; first = false) {
        struct str word = str_cut(&rest, ' ');
        if (!first && word.bytes > 0 && column + 1 + word.bytes > LINE_BYTES) {
            buf_put_z(out, "\r\n");
            column = 0;
        }
        if (!first) {
            buf_put_byte(out, ' ');
            column++;
        }
        buf_put(out, word);
        column += word.bytes;
    }
}

void header_text(struct buf *out, const char *name, struct str text)
{
    struct str tame = str_trim(tamed(out->scope, text));

    buf_put_z(out, name);
    buf_put_z(out, ": ");
    if (is_plain(tame))
        put_folded(out, strlen(name) + 2, tame);
    else
        put_encoded(out, tame);
    buf_put_z(out, "\r\n");
}

// RFC 5322, 3.2.4: a quoted string.
static void put_quoted(struct buf *out, struct str text)
{
    buf_put_byte(out, '"');
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buf_put_byte(out, '\\');
        buf_put_byte(out, text.data[i]);
    }
    buf_put_byte(out, '"');
}

void header_addresses(struct buf *out, const char *name, const struct address *list, size_t count)
{
    buf_put_z(out, name);
    buf_put_z(out, ": ");
    for (size_t i = 0; i < count; i++) {
        struct str tame = tamed(out->scope, list[i].name);
        if (i > 0)
            buf_put_z(out, ",\r\n ");
        if (tame.bytes && is_plain(tame))
            put_quoted(out, tame);
        else
            put_encoded(out, tame);
        if (tame.bytes)
            buf_put_z(out, tame.bytes > WORD_BYTES ? "\r\n <" : " <");
        buf_put(out, list[i].mailbox);
        if (tame.bytes)
            buf_put_byte(out, '>');
    }
    buf_put_z(out, "\r\n");
}

void header_date(struct buf *out, int64_t at_us)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct date d = moment_date(at_us);
    char clock[MOMENT_TEXT_BYTES_MAX];
    (void)moment_write(at_us, MOMENT_SECONDS, clock);

    buf_format(out, "Date: %.3s, %02u %.3s %04d %.8s +0000\r\n",
               days + (size_t)3 * (date_weekday(d) - 1), (unsigned)d.day,
               months + (size_t)3 * (d.month - 1U), (int)d.year, clock + DATE_TEXT_BYTES + 1);
}

// RFC 2231, 7: what need not be written as %XX.
static bool is_attribute_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$&+-.^_`{|}~", c));
}

static bool is_simple_name(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++)
        if (!is_attribute_character(name.data[i]) && name.data[i] != ' ')
            return false;
    return name.bytes > 0 && name.bytes <= PARAMETER_BYTES;
}

static struct str percent_encoded(struct scope *s, struct str name)
{
    struct buf b = buf_make(s, 3 * name.bytes + 1);

    for (size_t i = 0; i < name.bytes; i++) {
        if (is_attribute_character(name.data[i]))
            buf_put_byte(&b, name.data[i]);
        else
            buf_format(&b, "%%%02X", (unsigned)(unsigned char)name.data[i]);
    }
    return buf_str(&b);
}

// A piece of at most PARAMETER_BYTES that does not end within %XX.
static struct str cut_piece(struct str *rest)
{
    size_t bytes = rest->bytes < PARAMETER_BYTES ? rest->bytes : PARAMETER_BYTES;

    if (bytes < rest->bytes) {
        for (size_t back = 1; back <= 2; back++)
            if (rest->data[bytes - back] == '%')
                bytes -= back;
    }
    struct str piece = str_slice(*rest, 0, bytes);
    *rest = str_slice(*rest, bytes, rest->bytes);
    return piece;
}

void header_attachment(struct buf *out, struct str name)
{
    struct str tame = tamed(out->scope, name);
    struct str rest = percent_encoded(out->scope, tame);

    buf_put_z(out, "Content-Disposition: attachment");
    if (is_simple_name(tame)) {
        buf_put_z(out, ";\r\n filename=\"");
        buf_put(out, tame);
        buf_put_byte(out, '"');
    } else if (rest.bytes <= PARAMETER_BYTES) {
        buf_put_z(out, ";\r\n filename*=UTF-8''");
        buf_put(out, rest);
    } else {
        for (unsigned i = 0; rest.bytes; i++) {
            buf_format(out, ";\r\n filename*%u*=%s", i, i == 0 ? "UTF-8''" : "");
            buf_put(out, cut_piece(&rest));
        }
    }
    buf_put_z(out, "\r\n");
}
