// Stamps and seals a document that may carry signatures of others, in the way that leaves them
// valid. Without signatures the stamp is content. With signatures it is annotations, and the seal a
// further signature, in one incremental update. Where a signature forbids even that (DocMDP with
// P=1 or 2, FieldMDP that permits no annotations), or the signed file is damaged or encrypted, a
// copy of what is seen is stamped, the untouched original is attached to it, and the copy is
// sealed. The result is verified (document/seal/verify.h) before it is given: a signature that was
// valid and would not be any more is a failure, never a result.
//
// Pure, as pdf_seal() is; fit to be repeated.
#ifndef SHEAF_DOCUMENT_SEAL_PLAN_H
#define SHEAF_DOCUMENT_SEAL_PLAN_H

#include "core/status.h"
#include "core/str.h"
#include "document/seal/seal.h"

#include <stdbool.h>
#include <stddef.h>

struct pdf_stamp;
struct scope;

enum stamp_way {
    STAMP_CONTENT,
    STAMP_ANNOTATIONS,
    STAMP_COPY, // with the original attached
};

struct stamped_and_sealed {
    struct str pdf;
    enum stamp_way way;
    size_t page_count;
    size_t kept_signatures; // of the original, valid beside the new one
    bool repaired;          // it was damaged or encrypted, and written anew first
};

// "content", "annotations", "copy"; static.
const char *stamp_way_name(enum stamp_way way);

// The name of the attachment of a copy.
#define STAMP_ORIGINAL_NAME "signed-original.pdf"

// Errors: as of pdf_stamp() and pdf_seal(); REFUSED a signature of it is broken already; INTERNAL
// the result would not be valid.
enum status stamp_and_seal(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                           const struct seal_options *options, struct stamped_and_sealed *out);

// The same in parts, of which only the middle one, seal_end(), needs the key: begin gives a file
// that waits for its signature; check looks at the signed result, and at the original to say whose
// fault it is. See document/seal/apart.h.
enum status stamp_and_seal_begin(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                                 const struct seal_options *options, size_t contents_bytes,
                                 struct stamped_and_sealed *out, struct seal_place *place);
enum status stamp_and_seal_check(struct scope *s, struct str original, int64_t at_us,
                                 const struct stamped_and_sealed *result);

#endif
