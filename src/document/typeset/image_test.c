#include "document/typeset/image.h"

#include "core/buf.h"
#include "document/typeset/canvas.h"
#include "document/typeset/qr.h"
#include "document/typeset/writer.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

#include <png.h>

enum { SIDE = 16, PNG_BYTES_MAX = 1 << 16 };

// A picture of a gradient, as a PNG of the format.
static struct str make_png(struct scope *s, unsigned format, bool opaque)
{
    png_image png = {.version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = format};
    uint8_t *pixels = scope_alloc(s, PNG_IMAGE_SIZE(png));
    png_alloc_size_t bytes = PNG_BYTES_MAX;
    char *out = scope_bytes(s, bytes);
    size_t step = PNG_IMAGE_PIXEL_CHANNELS(format);

    for (size_t i = 0; i < PNG_IMAGE_SIZE(png); i++) {
        bool alpha = format & PNG_FORMAT_FLAG_ALPHA && i % step == step - 1;
        pixels[i] = alpha && opaque ? 255 : (uint8_t)(i * 7);
    }
    EXPECT(png_image_write_to_memory(&png, out, &bytes, 0, pixels, 0, NULL));
    return str_of(out, bytes);
}

// ITU-T T.81: one pixel, the smallest tables that there can be.
static struct str make_jpeg(struct scope *s, uint8_t width)
{
    struct buf out = buf_make(s, 1024);
    const char frame[] = {(char)0xFF, (char)0xC0, 0, 11, 8, 0, 1, 0, (char)width, 1, 1, 0x11, 0};

    buf_put(&out, str_of("\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\1\0\x96\0\x96\0\0", 20));
    buf_put(&out, str_of("\xFF\xDB\0\x43\0", 5));
    for (int i = 0; i < 64; i++)
        buf_put_byte(&out, 1);
    buf_put(&out, str_of(frame, sizeof frame));
    for (int table = 0; table <= 0x10; table += 0x10) {
        buf_put(&out, str_of("\xFF\xC4\0\x14", 4));
        buf_put_byte(&out, (char)table);
        buf_put(&out, str_of("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17));
    }
    buf_put(&out, str_of("\xFF\xDA\0\x08\1\1\0\0\x3F\0\x3F\xFF\xD9", 13));
    return buf_str(&out);
}

static struct str page_with(struct scope *s, struct str bytes)
{
    struct writer *w = writer_new(s, NULL);
    struct canvas *c = canvas_new(s);
    struct image image = {0};
    struct str out = {0};

    EXPECT_OK(image_read(s, bytes, &image));
    canvas_draw(c, writer_image(w, &image), (struct box){100, 100, 200, 200});
    canvas_draw(c, writer_image(w, &image), (struct box){300, 400, 50, 50});
    writer_page(w, c, PAPER_A4);
    EXPECT_OK(writer_finish(w, &(struct writer_about){0}, &out));
    return out;
}

TEST(png_and_jpeg_of_every_kind_are_shown)
{
    static const unsigned formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB,
                                       PNG_FORMAT_RGBA};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        EXPECT(pdf_fixture_sound(s, page_with(s, make_png(s, formats[i], true))));
        EXPECT(pdf_fixture_sound(s, page_with(s, make_png(s, formats[i], false))));
    }
    EXPECT(pdf_fixture_sound(s, page_with(s, make_jpeg(s, 1))));
}

TEST(a_plain_png_keeps_its_bytes_and_an_opaque_one_gets_no_mask)
{
    struct image image = {0};
    struct str png = make_png(s, PNG_FORMAT_RGB, true);

    EXPECT_OK(image_read(s, png, &image));
    EXPECT(str_find(png, image.data) < png.bytes);
    EXPECT_OK(image_read(s, make_png(s, PNG_FORMAT_RGBA, true), &image));
    EXPECT_EQUAL(image.mask_data.bytes, 0);
    EXPECT_OK(image_read(s, make_png(s, PNG_FORMAT_RGBA, false), &image));
    EXPECT(image.mask_data.bytes > 0);
    EXPECT_EQUAL(image.width, SIDE);
}

TEST(a_jpeg_says_its_size_and_density)
{
    struct image image = {0};

    EXPECT_OK(image_read(s, make_jpeg(s, 1), &image));
    EXPECT_EQUAL(image.width, 1);
    EXPECT_EQUAL(image.height, 1);
    EXPECT_EQUAL(image.dots_per_inch, 150);
    EXPECT(image_read(s, make_jpeg(s, 0), &image) == INVALID);
    EXPECT(image_read(s, str("GIF89a"), &image) == UNSUPPORTED);
}

TEST(a_damaged_image_is_an_error_and_nothing_worse)
{
    const struct str whole[] = {make_png(s, PNG_FORMAT_RGBA, false),
                                make_png(s, PNG_FORMAT_RGB, true), make_jpeg(s, 1)};

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        for (size_t at = 0; at < whole[i].bytes; at++) {
            struct scope *one = scope_open((size_t)256 << 20);
            struct image image = {0};
            struct str changed = str_copy(one, whole[i]);
            bool cut = image_read(one, str_slice(whole[i], 0, at), &image) != OK;
            EXPECT(cut || whole[i].bytes - at <= 12); // the last chunk of a PNG says nothing
            char *byte = scope_bytes(one, changed.bytes);
            memcpy(byte, changed.data, changed.bytes);
            byte[at] = (char)~byte[at];
            (void)image_read(one, str_of(byte, changed.bytes), &image);
            scope_close(one);
        }
    }
}

TEST(a_png_that_claims_to_be_huge_is_refused_before_it_is_decoded)
{
    struct str png = make_png(s, PNG_FORMAT_RGB, true);
    char *bytes = scope_bytes(s, png.bytes);
    struct image image = {0};

    memcpy(bytes, png.data, png.bytes);
    memcpy(bytes + 16, "\0\0\x7F\xFF\0\0\x7F\xFF", 8);
    // With a check that fits: CRC-32 of the header.
    uint32_t crc = 0xFFFFFFFF;
    for (int i = 12; i < 29; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    for (int i = 0; i < 4; i++)
        bytes[29 + i] = (char)(~crc >> (24 - 8 * i));
    EXPECT(image_read(s, str_of(bytes, png.bytes), &image) == TOO_LARGE);
}

TEST(a_qr_code_has_its_three_eyes_and_is_drawn)
{
    struct qr qr = {0};
    struct canvas *c = canvas_new(s);
    struct writer *w = writer_new(s, NULL);
    struct str out = {0};

    REQUIRE_OK(qr_encode(s, str("https://example.com/verify/0193a8f0-7d2e-7c44"), &qr));
    EXPECT(qr.side >= 21 && qr.side % 4 == 1);
    for (size_t i = 0; i < 7; i++) {
        EXPECT(qr.modules[i] && qr.modules[qr.side - 1 - i]);
        EXPECT(qr.modules[(qr.side - 1) * qr.side + i]);
    }
    qr_draw(c, &qr, (struct box){100, 100, 80, 80});
    writer_page(w, c, PAPER_A4);
    EXPECT_OK(writer_finish(w, &(struct writer_about){0}, &out));
    EXPECT(pdf_fixture_sound(s, out));
    EXPECT(qr_encode(s, str(""), &qr) == INVALID);
    char *more = scope_alloc(s, QR_TEXT_BYTES_MAX + 1);
    EXPECT(qr_encode(s, str_of(more, QR_TEXT_BYTES_MAX + 1), &qr) == TOO_LARGE);
}
