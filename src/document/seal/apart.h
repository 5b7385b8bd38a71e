// Stamping and sealing documents of strangers: what reads them (parsing, stamping, writing,
// verifying) is done in sandboxed children, and the signature is made here. A child never has the
// key; this process never parses the document.
#ifndef SHEAF_DOCUMENT_SEAL_APART_H
#define SHEAF_DOCUMENT_SEAL_APART_H

#include "document/seal/plan.h"
#include "sys/sandbox.h"

// To be among the jobs that the sandbox is opened with.
extern const struct sandbox_job seal_jobs[];

// As stamp_and_seal(); without a sandbox (NULL) it is that. Besides its errors: INVALID a child
// crashed over the document; TIMEOUT it took too long.
enum status stamp_and_seal_apart(struct scope *s, struct sandbox *sandbox, struct str pdf,
                                 const struct pdf_stamp *stamp, const struct seal_options *options,
                                 struct stamped_and_sealed *out);

#endif
