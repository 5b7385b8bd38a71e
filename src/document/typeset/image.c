#include "document/typeset/image.h"

#include "core/scope.h"
#include "document/typeset/image_impl.h"

#include <assert.h>

enum status image_check_size(struct scope *s, uint64_t width, uint64_t height)
{
    if (width == 0 || height == 0)
        return fail(s, INVALID, "the image has no size");
    if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX || width * height > IMAGE_PIXELS_MAX) {
        return fail(s, TOO_LARGE,
                    "the image is %llu x %llu pixels; the most is %d on a side and %d in all",
                    (unsigned long long)width, (unsigned long long)height, IMAGE_SIDE_MAX,
                    IMAGE_PIXELS_MAX);
    }
    return OK;
}

uint32_t image_u16(struct str bytes, size_t at)
{
    assert(at + 2 <= bytes.bytes);
    return (uint32_t)(uint8_t)bytes.data[at] << 8 | (uint8_t)bytes.data[at + 1];
}

uint32_t image_u32(struct str bytes, size_t at)
{
    return image_u16(bytes, at) << 16 | image_u16(bytes, at + 2);
}

enum status image_read(struct scope *s, struct str bytes, struct image *out)
{
    *out = (struct image){0};
    if (bytes.bytes > IMAGE_BYTES_MAX)
        return fail(s, TOO_LARGE, "the image is longer than %d bytes", IMAGE_BYTES_MAX);
    if (str_starts(bytes, str("\x89PNG\r\n\x1A\n")))
        return image_read_png(s, bytes, out);
    if (str_starts(bytes, str("\xFF\xD8\xFF")))
        return image_read_jpeg(s, bytes, out);
    return fail(s, UNSUPPORTED, "the image is neither PNG nor JPEG");
}
