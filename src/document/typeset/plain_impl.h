// Sets filled blocks in the standard font Helvetica, line by line: what stands in for layout.
#ifndef SHEAF_DOCUMENT_TYPESET_PLAIN_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_PLAIN_IMPL_H

#include "core/status.h"

struct fill;
struct filled;
struct template;
struct template_about;
struct template_result;

// Errors: INVALID a character that the font lacks; TOO_LARGE.
enum status plain_render(struct fill *f, const struct template *t, const struct filled *blocks,
                         const struct template_about *about, struct template_result *out);

#endif
