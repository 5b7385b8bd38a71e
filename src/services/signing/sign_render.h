// Pictures of a document's pages, made by pdftoppm in a sandbox and kept for a while.
#ifndef SHEAF_SERVICES_SIGNING_SIGN_RENDER_H
#define SHEAF_SERVICES_SIGNING_SIGN_RENDER_H

#include "services/signing/builtin.h"

// Gives a page (from 1) as PNG. Errors: NOT_FOUND there is no such page; UNSUPPORTED pictures
// cannot be made here.
enum status sign_render(struct scope *s, const struct signing *self, const struct sign_session *ss,
                        uint64_t page, struct str *png);

#endif
