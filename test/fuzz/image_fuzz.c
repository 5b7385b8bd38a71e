// Images of strangers: whatever the bytes, an image or an error, within the limits.
#include "document/typeset/image.h"
#include "test/fuzz/fuzz.h"

FUZZ
{
    struct image image = {0};

    if (image_read(s, input, &image) == OK) {
        assert(image.width > 0 && image.height > 0 && image.data.bytes > 0);
        assert((uint64_t)image.width * image.height <= IMAGE_PIXELS_MAX);
    } else {
        assert(scope_why(s).bytes > 0);
    }
}
