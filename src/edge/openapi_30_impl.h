// The OpenAPI 3.0 form of a 3.1 document, for importers that know no other: what 3.0 cannot say is
// said in its older words.
#ifndef SHEAF_EDGE_OPENAPI_30_IMPL_H
#define SHEAF_EDGE_OPENAPI_30_IMPL_H

#include "core/json.h"

// The values live in `s` and borrow from `document`.
struct json openapi_30(struct scope *s, struct json document);

#endif
