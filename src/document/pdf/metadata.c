#include "document/pdf/metadata.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <stdint.h>

enum {
    TEXT_FACTOR = 8, // what escaping adds, and more
    PACKET_BYTES = 4096,
    PROFILE_BYTES_MAX = 4096,
};

// XML has no place for control characters; what is malformed shows as such.
static void put_xml(struct buf *out, struct str text)
{
    while (text.bytes) {
        uint32_t c = 0;
        size_t length = utf8_decode(text, &c);
        if (length == 0 || (c < ' ' && c != '\t' && c != '\n'))
            buf_put_z(out, "\xEF\xBF\xBD");
        else if (c == '&')
            buf_put_z(out, "&amp;");
        else if (c == '<')
            buf_put_z(out, "&lt;");
        else if (c == '>')
            buf_put_z(out, "&gt;");
        else
            buf_put(out, str_slice(text, 0, length));
        text = str_slice(text, length ? length : 1, text.bytes);
    }
}

static void put_element(struct buf *out, const char *before, struct str text, const char *after)
{
    if (text.bytes == 0)
        return;
    buf_put_z(out, before);
    put_xml(out, text);
    buf_put_z(out, after);
}

struct str metadata_write(struct scope *s, const struct metadata *m)
{
    size_t bytes = m->title.bytes + m->author.bytes + m->subject.bytes + m->keywords.bytes;
    struct buf out = buf_make(s, PACKET_BYTES + bytes * TEXT_FACTOR);

    buf_put_z(&out, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
                    "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                    "<rdf:Description rdf:about=\"\" "
                    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
                    "xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" "
                    "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
                    "xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">"
                    "<dc:format>application/pdf</dc:format><pdf:Producer>Sheaf</pdf:Producer>");
    put_element(&out, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">", m->title,
                "</rdf:li></rdf:Alt></dc:title>");
    put_element(&out, "<dc:creator><rdf:Seq><rdf:li>", m->author,
                "</rdf:li></rdf:Seq></dc:creator>");
    put_element(&out, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">", m->subject,
                "</rdf:li></rdf:Alt></dc:description>");
    put_element(&out, "<pdf:Keywords>", m->keywords, "</pdf:Keywords>");
    put_element(&out, "<xmp:CreateDate>", m->created, "</xmp:CreateDate>");
    put_element(&out, "<xmp:ModifyDate>", m->created, "</xmp:ModifyDate>");
    if (m->archival) {
        buf_format(&out, "<pdfaid:part>%d</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
                   m->archival);
    }
    buf_put_z(&out, "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>");
    return buf_str(&out);
}

struct str metadata_intent(struct scope *s, unsigned profile)
{
    return str_format(s,
                      "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1"
                      "/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)"
                      "/DestOutputProfile %u 0 R>>]",
                      profile);
}

static void put_u32(struct buf *out, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};

    buf_put(out, str_of(bytes, sizeof bytes));
}

// A number of ICC, in 65536ths.
static void put_fixed(struct buf *out, const int32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_u32(out, (uint32_t)numbers[i]);
}

static void put_words(struct buf *out, const char *type, const char *text)
{
    buf_put_z(out, type);
    put_u32(out, 0);
    put_u32(out, 1);  // one language
    put_u32(out, 12); // bytes of its record
    buf_put_z(out, "enUS");
    put_u32(out, (uint32_t)strlen(text) * 2);
    put_u32(out, 28);
    for (; *text; text++) {
        buf_put_byte(out, 0);
        buf_put_byte(out, *text);
    }
}

struct profile_tag {
    char name[5];
    struct str data;
};

static struct str fixed_tag(struct scope *s, const char *type, const int32_t *numbers, size_t count)
{
    struct buf out = buf_make(s, PROFILE_BYTES_MAX);

    buf_put_z(&out, type);
    put_u32(&out, 0);
    put_fixed(&out, numbers, count);
    return buf_str(&out);
}

static struct str curve_tag(struct scope *s)
{
    // IEC 61966-2-1: a power of 2.4 above a straight beginning.
    static const int32_t curve[] = {157286, 62119, 3417, 5072, 2651};
    struct buf out = buf_make(s, PROFILE_BYTES_MAX);

    buf_put_z(&out, "para");
    put_u32(&out, 0);
    put_u32(&out, 3 << 16); // the form with these five parameters
    put_fixed(&out, curve, sizeof curve / sizeof *curve);
    return buf_str(&out);
}

static struct str words_tag(struct scope *s, const char *text)
{
    struct buf out = buf_make(s, PROFILE_BYTES_MAX);

    put_words(&out, "mluc", text);
    return buf_str(&out);
}

// ISO 15076-1, 7.2: the header of a profile for displays, by matrix and curves.
static void put_profile_header(struct buf *out, uint32_t bytes)
{
    static const int32_t white[] = {63190, 65536, 54061}; // D50

    put_u32(out, bytes);
    put_u32(out, 0);
    put_u32(out, 0x04200000); // version 4.2
    buf_put_z(out, "mntrRGB XYZ ");
    buf_put(out, str_of("\x07\xEA\0\1\0\1\0\0\0\0\0\0", 12)); // the day it was made
    buf_put_z(out, "acsp");
    for (int i = 0; i < 7; i++) // platform, flags, maker, model, attributes, intent
        put_u32(out, 0);
    put_fixed(out, white, 3);
    while (out->bytes < 128)
        put_u32(out, 0);
}

struct str metadata_profile(struct scope *s)
{
    static const int32_t white[] = {63190, 65536, 54061};
    static const int32_t red[] = {28578, 14581, 912};
    static const int32_t green[] = {25241, 46982, 6363};
    static const int32_t blue[] = {9376, 3973, 46799};
    static const int32_t adapted[] = {68674, 1503, -3290, 1939, 64912,
                                      -1119, -604, 986,   49271}; // from D65 to D50
    struct str curve = curve_tag(s);
    const struct profile_tag tags[] = {
        {"desc", words_tag(s, "sRGB")},
        {"cprt", words_tag(s, "No copyright, use freely")},
        {"wtpt", fixed_tag(s, "XYZ ", white, 3)},
        {"chad", fixed_tag(s, "sf32", adapted, 9)},
        {"rXYZ", fixed_tag(s, "XYZ ", red, 3)},
        {"gXYZ", fixed_tag(s, "XYZ ", green, 3)},
        {"bXYZ", fixed_tag(s, "XYZ ", blue, 3)},
        {"rTRC", curve},
        {"gTRC", curve},
        {"bTRC", curve},
    };
    enum { TAGS = sizeof tags / sizeof *tags };
    struct buf out = buf_make(s, PROFILE_BYTES_MAX);
    struct buf data = buf_make(s, PROFILE_BYTES_MAX);
    struct buf table = buf_make(s, PROFILE_BYTES_MAX);
    size_t start = 128 + 4 + 12 * (size_t)TAGS;
    size_t at = 0;

    put_u32(&table, TAGS);
    for (size_t i = 0; i < TAGS; i++) {
        if (i == 0 || tags[i].data.data != tags[i - 1].data.data) {
            at = data.bytes;
            buf_put(&data, tags[i].data);
            while (data.bytes % 4)
                buf_put_byte(&data, 0);
        }
        buf_put_z(&table, tags[i].name);
        put_u32(&table, (uint32_t)(start + at));
        put_u32(&table, (uint32_t)tags[i].data.bytes);
    }
    put_profile_header(&out, (uint32_t)(start + data.bytes));
    buf_put(&out, buf_str(&table));
    buf_put(&out, buf_str(&data));
    return buf_str(&out);
}
