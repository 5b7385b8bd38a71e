// PNG (ISO/IEC 15948), by libpng's simple interface, which keeps its long jumps to itself. Every
// image is decoded, so that a damaged one is refused; one that PDF can show as it is compressed
// (8.6.6.3 and 7.4.4.4: the same filters, palettes) then keeps its bytes.
#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/deflate.h"
#include "document/typeset/image_impl.h"

#include <assert.h>
#include <png.h>

enum {
    SIGNATURE_BYTES = 8,
    CHUNK_BYTES = 12, // length, name, check
    HEADER_BYTES = 13,
    PHYSICAL_BYTES = 9,
    PALETTE_MAX = 256,
    GREY = 0,
    COLOUR = 2,
    PALETTE = 3,
    DATA_BYTES_MAX = 256 << 20,
};

static const double inches_of_metre = 0.0254;

struct chunks {
    struct str header, palette, physical;
    struct buf data;
    bool transparent;
};

// Gathers what is needed; libpng has found the chunks sound before.
static void read_chunks(struct scope *s, struct str bytes, struct chunks *out)
{
    struct str rest = str_slice(bytes, SIGNATURE_BYTES, bytes.bytes);

    out->data = buf_make(s, IMAGE_BYTES_MAX);
    while (rest.bytes >= CHUNK_BYTES) {
        uint32_t length = image_u32(rest, 0);
        struct str name = str_slice(rest, 4, 4);
        struct str data = str_slice(rest, 8, length);
        if (length > rest.bytes - CHUNK_BYTES)
            return;
        if (str_is(name, "IHDR"))
            out->header = data;
        else if (str_is(name, "PLTE"))
            out->palette = data;
        else if (str_is(name, "pHYs"))
            out->physical = data;
        else if (str_is(name, "tRNS"))
            out->transparent = true;
        else if (str_is(name, "IDAT"))
            buf_put(&out->data, data);
        rest = str_slice(rest, CHUNK_BYTES + (size_t)length, rest.bytes);
    }
}

static struct str size_entries(struct scope *s, const struct image *image)
{
    return str_format(s, "/Type/XObject/Subtype/Image/Width %u/Height %u", image->width,
                      image->height);
}

// Keeps the compressed bytes; false when PDF has no such image.
static bool keep(struct scope *s, const struct chunks *c, struct image *out)
{
    if (c->header.bytes != HEADER_BYTES || c->transparent)
        return false;
    uint8_t depth = (uint8_t)c->header.data[8];
    uint8_t kind = (uint8_t)c->header.data[9];
    bool interlaced = c->header.data[12] != 0;
    size_t colours = c->palette.bytes / 3;
    struct str space = str(kind == GREY ? "/DeviceGray" : "/DeviceRGB");

    if (interlaced || depth > 8 || (kind != GREY && kind != COLOUR && kind != PALETTE))
        return false;
    if (kind == PALETTE) {
        if (colours == 0 || colours > PALETTE_MAX)
            return false;
        struct buf text = buf_make(s, 4096);
        buf_format(&text, "[/Indexed/DeviceRGB %zu<", colours - 1);
        for (size_t i = 0; i < 3 * colours; i++)
            buf_format(&text, "%02x", (uint8_t)c->palette.data[i]);
        buf_put_z(&text, ">]");
        space = buf_str(&text);
    }
    out->entries = str_format(
        s,
        "%.*s/ColorSpace%.*s/BitsPerComponent %d/Filter/FlateDecode"
        "/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent %d/Columns %u>>",
        STR(size_entries(s, out)), STR(space), depth, kind == COLOUR ? 3 : 1, depth, out->width);
    out->data = buf_str(&c->data);
    return true;
}

static struct str squeeze(struct scope *s, const uint8_t *pixels, size_t bytes)
{
    struct buf out = buf_make(s, DATA_BYTES_MAX);

    deflate_put(&out, str_of(pixels, bytes), DEFLATE_BEST);
    return buf_str(&out);
}

// Compresses pixels anew: colours, and how opaque each is.
static void take_pixels(struct scope *s, uint8_t *pixels, size_t colours, bool has_alpha,
                        struct image *out)
{
    size_t count = (size_t)out->width * out->height;
    size_t step = colours + has_alpha;
    uint8_t *alpha = scope_alloc(s, has_alpha ? count : 1);
    struct str size = size_entries(s, out);
    bool opaque = true;

    for (size_t i = 0; i < count && has_alpha; i++) {
        alpha[i] = pixels[i * step + colours];
        opaque &= alpha[i] == UINT8_MAX;
        memmove(pixels + i * colours, pixels + i * step, colours);
    }
    out->data = squeeze(s, pixels, count * colours);
    out->entries = str_format(s, "%.*s/ColorSpace/Device%s/BitsPerComponent 8/Filter/FlateDecode",
                              STR(size), colours == 1 ? "Gray" : "RGB");
    if (opaque)
        return;
    out->mask_data = squeeze(s, alpha, count);
    out->mask_entries = str_format(
        s, "%.*s/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode", STR(size));
}

static void read_density(const struct chunks *c, struct image *out)
{
    if (c->physical.bytes == PHYSICAL_BYTES && c->physical.data[8] == 1)
        out->dots_per_inch = image_u32(c->physical, 0) * inches_of_metre;
}

static enum status decode(struct scope *s, struct str bytes, png_image *png, struct image *out)
{
    struct chunks chunks = {0};

    if (!png_image_begin_read_from_memory(png, bytes.data, bytes.bytes))
        return fail(s, INVALID, "the PNG is damaged: %s", png->message);
    TRY(image_check_size(s, png->width, png->height));
    bool has_alpha = png->format & PNG_FORMAT_FLAG_ALPHA;
    size_t colours = png->format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    png->format =
        (colours == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY) | (has_alpha ? PNG_FORMAT_FLAG_ALPHA : 0);
    if (!scope_has_room(s, 2 * PNG_IMAGE_SIZE(*png)))
        return fail(s, TOO_LARGE, "the image needs more memory than there is for it");
    uint8_t *pixels = scope_alloc(s, PNG_IMAGE_SIZE(*png));
    if (!png_image_finish_read(png, NULL, pixels, 0, NULL))
        return fail(s, INVALID, "the PNG is damaged: %s", png->message);
    if (png->warning_or_error)
        return fail(s, INVALID, "the PNG is damaged: %s", png->message);
    out->width = png->width;
    out->height = png->height;
    read_chunks(s, bytes, &chunks);
    read_density(&chunks, out);
    if (has_alpha || !keep(s, &chunks, out))
        take_pixels(s, pixels, colours, has_alpha, out);
    return OK;
}

enum status image_read_png(struct scope *s, struct str bytes, struct image *out)
{
    png_image png = {.version = PNG_IMAGE_VERSION};

    enum status e = decode(s, bytes, &png, out);
    png_image_free(&png);
    return e;
}
