// Chooses the way from the facts; each way is a few calls.
#include "document/seal/plan.h"

#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "document/seal/seal.h"

const char *stamp_way_name(enum stamp_way way)
{
    static const char *const names[] = {"content", "annotations", "copy"};

    return names[way];
}

static enum stamp_way choose(const struct pdf_facts *facts)
{
    if (facts->signature_count == 0)
        return STAMP_CONTENT;
    if (facts->damaged || facts->encrypted)
        return STAMP_COPY;
    return facts->permits == PDF_PERMITS_ANY || facts->permits == PDF_PERMITS_ANNOTATIONS
               ? STAMP_ANNOTATIONS
               : STAMP_COPY;
}

// What is seen of the document, without its signatures, and with it as an attachment.
static enum status copy(struct scope *s, struct str pdf, struct str *out)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    TRY(assembly_add(a, pdf, (struct str){0}, &part));
    TRY(assembly_attach(
        a, &(struct assembly_attachment){.name = str(STAMP_ORIGINAL_NAME),
                                         .media_type = str("application/pdf"),
                                         .description = str("The document as it was signed"),
                                         .data = pdf}));
    return assembly_finish(a, &(struct assembly_about){0}, out);
}

enum status stamp_and_seal(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                           const struct seal_options *options, struct stamped_and_sealed *out)
{
    struct pdf_facts facts = {0};
    struct pdf_stamped stamped = {0};

    TRY(pdf_inspect(s, pdf, &facts));
    *out = (struct stamped_and_sealed){.way = choose(&facts)};
    if (out->way == STAMP_COPY)
        TRY(copy(s, pdf, &pdf));
    TRY(pdf_stamp(s, pdf, stamp, &stamped));
    TRY(pdf_seal(s, stamped.pdf, options, &out->pdf));
    out->page_count = stamped.page_count;
    out->repaired = stamped.repaired;
    out->kept_signatures = out->way == STAMP_ANNOTATIONS ? facts.signature_count : 0;
    return OK;
}
