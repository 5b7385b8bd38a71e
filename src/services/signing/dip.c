// Source: OnBase, Document Import Processor, "Self Configuring DIP Tags".
#include "services/signing/dip.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/pdf/winansi.h"

enum { LATIN_A_FIRST = 0x100, LATIN_A_END = 0x180, COMBINING_FIRST = 0x300, COMBINING_END = 0x370 };

// The letters of Latin Extended-A without their marks.
static const char latin_a[] = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
                              "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
_Static_assert(sizeof latin_a - 1 == LATIN_A_END - LATIN_A_FIRST, "one for each");

static char stand_in(uint32_t code_point)
{
    if (code_point >= LATIN_A_FIRST && code_point < LATIN_A_END)
        return latin_a[code_point - LATIN_A_FIRST];
    switch (code_point) {
    case 0x2010: // hyphens, the minus sign
    case 0x2011:
    case 0x2212:
        return '-';
    case 0x2002: // spaces
    case 0x2003:
    case 0x2009:
    case 0x202f:
        return ' ';
    default:
        return '?';
    }
}

static bool has_code(struct scope *s, struct str character)
{
    struct str encoded = {0};
    bool has = winansi_encode(s, character, &encoded) == OK;

    if (!has)
        scope_forgive(s);
    return has;
}

static void put_character(struct buf *b, struct str character, uint32_t code_point)
{
    if (code_point < 0x20 || code_point == 0x7f)
        buf_put_byte(b, ' ');
    else if (code_point < 0x7f || has_code(b->scope, character))
        buf_put(b, character);
    else if (code_point < COMBINING_FIRST || code_point >= COMBINING_END)
        buf_put_byte(b, stand_in(code_point));
}

struct str dip_plain(struct scope *s, struct str text)
{
    struct buf b = buf_make(s, UTF8_BYTES_MAX * (text.bytes + 1));

    while (text.bytes) {
        uint32_t code_point = '?';
        size_t bytes = utf8_decode(text, &code_point);
        if (bytes == 0) { // malformed
            buf_put_byte(&b, '?');
            bytes = 1;
        } else {
            put_character(&b, str_slice(text, 0, bytes), code_point);
        }
        text = str_slice(text, bytes, text.bytes);
    }
    return buf_str(&b);
}

static void put_text(struct buf *b, struct str text)
{
    struct str encoded = {0};

    if (winansi_encode(b->scope, dip_plain(b->scope, utf8_cut(text, DIP_VALUE_BYTES_MAX)),
                       &encoded) == OK)
        buf_put(b, encoded);
}

static void put_line(struct buf *b, const char *tag, struct str value)
{
    buf_put_z(b, tag);
    buf_put_z(b, ": ");
    put_text(b, value);
    buf_put_z(b, "\r\n");
}

static enum status put_record(struct scope *s, struct buf *b, const struct dip_record *r)
{
    struct date d = r->date;

    if (r->document_type.bytes == 0 || r->file.bytes == 0)
        return fail(s, INVALID, "a document for OnBase has no type or no file");
    if (r->keyword_count > DIP_KEYWORDS_MAX)
        return fail(s, TOO_LARGE, "a document for OnBase has more than %d keywords",
                    DIP_KEYWORDS_MAX);
    buf_put_z(b, "BEGIN:\r\n");
    put_line(b, ">>DocTypeName", r->document_type);
    put_line(b, ">>DocDate", str_format(s, "%02d/%02d/%04d", d.month, d.day, d.year));
    put_line(b, ">>FileTypeNum", str_format(s, "%d", (int)r->file_type)); // before the path
    put_line(b, r->full_path ? ">>FullPath" : ">>FileName", r->file);
    for (size_t i = 0; i < r->keyword_count; i++)
        if (r->keywords[i].value.bytes)
            put_line(b, r->keywords[i].name, r->keywords[i].value);
    buf_put_z(b, "END:\r\n");
    return OK;
}

enum status dip_write(struct scope *s, const struct dip_record *records, size_t count,
                      struct str *out)
{
    struct buf b = buf_make(s, DIP_BYTES_MAX);

    if (count > DIP_RECORDS_MAX)
        return fail(s, TOO_LARGE, "an index for OnBase has more than %d documents",
                    DIP_RECORDS_MAX);
    buf_put_z(&b, ">>>>Self Configuring Tagged DIP<<<<\r\n");
    for (size_t i = 0; i < count; i++)
        TRY(put_record(s, &b, &records[i]));
    return buf_finish(&b, "the index for OnBase", out);
}

struct str dip_file_name(struct scope *s, struct str text)
{
    char *name = scope_bytes(s, text.bytes);

    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '_' || c == '-' || (c == '.' && i > 0);
        name[i] = plain ? c : '-';
    }
    return str_of(name, text.bytes);
}
