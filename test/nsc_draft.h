// Writes NSC interface files, sound or not: for tests and for the generator of samples. Values are
// given as nsc.h has them (2025-09-15, -1234.50) and written in the form of the file; what is no
// such value is written as it stands.
#ifndef SHEAF_TEST_NSC_DRAFT_H
#define SHEAF_TEST_NSC_DRAFT_H

#include "core/buf.h"
#include "services/signing/nsc.h"

struct nsc_draft {
    enum nsc_form form;
    bool latin1; // else UTF-8 with its mark
    bool comma;  // decimal, where the form has a choice
    struct buf out;
    size_t count;
    struct decimal sum;
};

// Begins with a header of 2025-09-15 (lines end with CR LF), unless another day is given;
// `sequence` is the file's.
struct nsc_draft nsc_draft_begin(struct scope *s, enum nsc_form form, const char *file_date,
                                 unsigned sequence);
// A sound contract, which the caller then changes: contract_id 35972395, dealer DEALER123.
struct nsc_row nsc_draft_row(void);
void nsc_draft_add(struct nsc_draft *d, const struct nsc_row *row);
// A line as it is, which is not counted.
void nsc_draft_line(struct nsc_draft *d, const char *line);
// Ends with a trailer that is right and returns the file, encoded.
struct str nsc_draft_end(struct scope *s, struct nsc_draft *d);
// Returns the file as it is, encoded.
struct str nsc_draft_text(struct scope *s, const struct nsc_draft *d);

#endif
