// JPEG (ITU-T T.81): its header is read, its bytes are kept: PDF shows them as they are.
#include "core/scope.h"
#include "document/typeset/image_impl.h"

enum {
    START_OF_FRAME = 0xC0, // baseline; to 0xC2: extended, progressive
    FRAME_PROGRESSIVE = 0xC2,
    DEFINE_HUFFMAN = 0xC4,
    JPEG_EXTENSION = 0xC8,
    DEFINE_ARITHMETIC = 0xCC,
    FRAME_LAST = 0xCF,
    END_OF_IMAGE = 0xD9,
    START_OF_SCAN = 0xDA,
    APPLICATION_0 = 0xE0,  // JFIF
    APPLICATION_14 = 0xEE, // Adobe
    FRAME_BYTES = 8,
    JFIF_BYTES = 14,
    PER_INCH = 1,
    PER_CENTIMETRE = 2,
};

static const double centimetres_of_inch = 2.54;

struct header {
    uint32_t width, height, components;
    double dots_per_inch;
    bool adobe;
};

static enum status read_frame(struct scope *s, unsigned marker, struct str segment,
                              struct header *h)
{
    if (marker > FRAME_PROGRESSIVE)
        return fail(s, UNSUPPORTED, "the JPEG is lossless or arithmetic");
    if (segment.bytes < FRAME_BYTES)
        return fail(s, INVALID, "the JPEG has a frame that is too short");
    if (segment.data[0] != 8)
        return fail(s, UNSUPPORTED, "the JPEG has %d bits a sample, not 8", segment.data[0]);
    h->height = image_u16(segment, 1);
    h->width = image_u16(segment, 3);
    h->components = (uint8_t)segment.data[5];
    if (h->components != 1 && h->components != 3 && h->components != 4)
        return fail(s, UNSUPPORTED, "the JPEG has %u components", h->components);
    return image_check_size(s, h->width, h->height);
}

static void read_jfif(struct str segment, struct header *h)
{
    if (segment.bytes < JFIF_BYTES || !str_starts(segment, str("JFIF")))
        return;
    uint32_t density = image_u16(segment, 8);
    if (segment.data[7] == PER_INCH)
        h->dots_per_inch = density;
    else if (segment.data[7] == PER_CENTIMETRE)
        h->dots_per_inch = density * centimetres_of_inch;
}

// Cuts the next segment off: its marker, and what stands behind its length.
static enum status next_segment(struct scope *s, struct str *rest, unsigned *marker,
                                struct str *segment)
{
    while (rest->bytes > 1 && (uint8_t)rest->data[0] == 0xFF && (uint8_t)rest->data[1] == 0xFF)
        *rest = str_slice(*rest, 1, rest->bytes); // B.1.1.2: fill bytes
    if (rest->bytes < 4 || (uint8_t)rest->data[0] != 0xFF)
        return fail(s, INVALID, "the JPEG is damaged or cut off");
    *marker = (uint8_t)rest->data[1];
    size_t bytes = image_u16(*rest, 2);
    if (bytes < 2 || bytes + 2 > rest->bytes)
        return fail(s, INVALID, "the JPEG is damaged or cut off");
    *segment = str_slice(*rest, 4, bytes - 2);
    *rest = str_slice(*rest, 2 + bytes, rest->bytes);
    return OK;
}

static enum status read_header(struct scope *s, struct str rest, struct header *h)
{
    unsigned marker = 0;
    struct str segment = {0};

    while (marker != START_OF_SCAN) {
        TRY(next_segment(s, &rest, &marker, &segment));
        bool is_frame = marker >= START_OF_FRAME && marker <= FRAME_LAST &&
                        marker != DEFINE_HUFFMAN && marker != JPEG_EXTENSION &&
                        marker != DEFINE_ARITHMETIC;
        if (is_frame)
            TRY(read_frame(s, marker, segment, h));
        else if (marker == APPLICATION_0)
            read_jfif(segment, h);
        else if (marker == APPLICATION_14)
            h->adobe |= str_starts(segment, str("Adobe"));
    }
    if (!h->components)
        return fail(s, INVALID, "the JPEG has no frame");
    if (str_find(rest, str("\xFF\xD9")) == rest.bytes)
        return fail(s, INVALID, "the JPEG is cut off");
    return OK;
}

enum status image_read_jpeg(struct scope *s, struct str bytes, struct image *out)
{
    static const char *const spaces[] = {[1] = "Gray", [3] = "RGB", [4] = "CMYK"};
    struct header h = {0};

    TRY(read_header(s, str_slice(bytes, 2, bytes.bytes), &h));
    out->width = h.width;
    out->height = h.height;
    out->dots_per_inch = h.dots_per_inch;
    out->data = bytes;
    // Adobe's programs write inks as what is left of white.
    out->entries = str_format(s,
                              "/Type/XObject/Subtype/Image/Width %u/Height %u/ColorSpace/Device%s"
                              "/BitsPerComponent 8/Filter/DCTDecode%s",
                              h.width, h.height, spaces[h.components],
                              h.components == 4 && h.adobe ? "/Decode[1 0 1 0 1 0 1 0]" : "");
    return OK;
}
