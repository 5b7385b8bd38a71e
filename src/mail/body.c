// Bodies: text as quoted-printable (RFC 2045, 6.7), anything else as base64 in lines.
#include "mail/message_impl.h"

#include "core/base64.h"
#include "core/scope.h"

enum { BASE64_LINE_BYTES = 57 }; // of content: 76 characters

struct quoting {
    struct buf *out;
    size_t column;
};

// Puts one unit ("a", "=C3") in the line, after a soft line break when it does not fit with one.
static void put_unit(struct quoting *q, const char *unit, size_t bytes)
{
    if (q->column + bytes > LINE_BYTES - 1) {
        buf_put_z(q->out, "=\r\n");
        q->column = 0;
    }
    buf_put(q->out, str_of(unit, bytes));
    q->column += bytes;
}

static void put_escaped(struct quoting *q, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char unit[] = {'=', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};

    put_unit(q, unit, sizeof unit);
}

// White space at the end of a line may get lost on the way, a dot or "From " at its start be taken
// for something else: these are escaped as well.
static bool must_escape(const struct quoting *q, struct str line, size_t i)
{
    unsigned char c = (unsigned char)line.data[i];

    if (c == ' ' || c == '\t')
        return i + 1 == line.bytes;
    if (q->column == 0 &&
        (c == '.' || (c == 'F' && str_starts(str_slice(line, i, 5), str("From ")))))
        return true;
    return c < ' ' || c > 0x7e || c == '=';
}

void body_text(struct buf *out, struct str text)
{
    struct str rest = text;

    buf_put_z(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    while (rest.bytes) {
        struct quoting q = {.out = out};
        struct str line = str_cut(&rest, '\n');
        if (line.bytes && line.data[line.bytes - 1] == '\r')
            line.bytes--;
        for (size_t i = 0; i < line.bytes; i++) {
            if (must_escape(&q, line, i))
                put_escaped(&q, line.data[i]);
            else
                put_unit(&q, &line.data[i], 1);
        }
        buf_put_z(out, "\r\n");
    }
}

void body_base64(struct buf *out, struct str content)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    buf_put_z(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    for (size_t at = 0; at < content.bytes; at += BASE64_LINE_BYTES) {
        struct str piece = str_slice(content, at, BASE64_LINE_BYTES);
        char line[LINE_BYTES + 2];
        size_t bytes = 0;
        for (size_t i = 0; i < piece.bytes; i += 3) {
            const unsigned char *in = (const unsigned char *)piece.data + i;
            size_t have = piece.bytes - i;
            unsigned long group = (unsigned long)in[0] << 16;
            if (have > 1)
                group |= (unsigned long)in[1] << 8;
            if (have > 2)
                group |= in[2];
            line[bytes++] = alphabet[group >> 18];
            line[bytes++] = alphabet[group >> 12 & 63];
            line[bytes++] = have > 1 ? alphabet[group >> 6 & 63] : '=';
            line[bytes++] = have > 2 ? alphabet[group & 63] : '=';
        }
        line[bytes++] = '\r';
        line[bytes++] = '\n';
        buf_put(out, str_of(line, bytes));
    }
}
