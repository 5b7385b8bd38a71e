// The kinds of images. Private to the folder.
#ifndef SHEAF_DOCUMENT_TYPESET_IMAGE_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_IMAGE_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "document/typeset/image.h"

struct scope;

enum status image_read_png(struct scope *s, struct str bytes, struct image *out);
enum status image_read_jpeg(struct scope *s, struct str bytes, struct image *out);

// Errors: INVALID a side is 0; TOO_LARGE.
enum status image_check_size(struct scope *s, uint64_t width, uint64_t height);

// A number of two or four bytes, the highest first.
uint32_t image_u16(struct str bytes, size_t at);
uint32_t image_u32(struct str bytes, size_t at);

#endif
