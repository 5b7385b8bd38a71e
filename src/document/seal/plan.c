// Chooses the way from the facts; each way is a few calls.
#include "document/seal/plan.h"

#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/repair.h"
#include "document/pdf/revision.h"
#include "document/pdf/stamp.h"
#include "document/seal/seal.h"
#include "document/seal/verify.h"

#include <assert.h>

const char *stamp_way_name(enum stamp_way way)
{
    static const char *const names[] = {"content", "annotations", "copy"};

    return names[way];
}

static enum stamp_way choose(const struct pdf_facts *facts, bool appendable)
{
    if (facts->signature_count == 0)
        return STAMP_CONTENT;
    if (!appendable || facts->damaged || facts->encrypted)
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

// Opens for an update, or at least finds the facts of what cannot have one.
static enum status open_fit(struct scope *s, struct str pdf, struct revision **r,
                            struct pdf_facts *facts)
{
    enum status e = revision_open(s, pdf, r);

    if (e == OK)
        return revision_inspect(s, *r, facts);
    if (e != REFUSED)
        return e;
    scope_forgive(s);
    return pdf_inspect(s, pdf, facts);
}

// Something else in the place of what cannot have an update.
static enum status open_anew(struct scope *s, struct str pdf, struct revision **r,
                             struct pdf_facts *facts)
{
    TRY(revision_open(s, pdf, r));
    return revision_inspect(s, *r, facts);
}

// The first signature that is not as it should be; NULL: all are. `fresh` are the newest ones,
// behind which nothing may have been changed.
static const struct verified_signature *first_broken(const struct verification *v, size_t fresh)
{
    for (size_t i = 0; i < v->count; i++) {
        bool own = i + fresh >= v->count;
        if (v->signatures[i].verdict > (own ? SIGNATURE_VALID : SIGNATURE_CHANGED))
            return &v->signatures[i];
    }
    return NULL;
}

static const char *why_broken(struct scope *s, const struct verified_signature *sig)
{
    for (size_t i = 0; i < sig->changes.count; i++) {
        if (sig->forbidden[i])
            return str_z(s, sig->changes.items[i].what);
    }
    return sig->why.bytes ? str_z(s, sig->why) : "something was changed after it";
}

static enum status check_original(struct scope *s, struct str pdf, int64_t now_us)
{
    struct verification v = {0};

    TRY(pdf_verify(s, pdf, &(struct verify_options){.now_us = now_us}, &v));
    const struct verified_signature *broken = first_broken(&v, 0);
    if (broken)
        return fail(s, REFUSED, "the signature %.*s of the PDF is not valid: %s",
                    STR(broken->found.field), why_broken(s, broken));
    return OK;
}

// A signature that is broken in the result was broken before, or we have broken it.
enum status stamp_and_seal_check(struct scope *s, struct str original, int64_t at_us,
                                 const struct stamped_and_sealed *result)
{
    struct verification v = {0};

    TRY(pdf_verify(s, result->pdf, &(struct verify_options){.now_us = at_us}, &v));
    const struct verified_signature *broken = first_broken(&v, 1);
    if (!broken && v.count == result->kept_signatures + 1)
        return OK;
    TRY(check_original(s, original, at_us));
    return fail(s, INTERNAL, "stamped and sealed, the PDF's signature would not be valid: %s",
                broken ? why_broken(s, broken) : "it is not there");
}

enum status stamp_and_seal_begin(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                                 const struct seal_options *options, size_t contents_bytes,
                                 struct stamped_and_sealed *out, struct seal_place *place)
{
    struct revision *r = NULL;
    struct pdf_facts facts = {0};
    struct str from = pdf;

    TRY(open_fit(s, pdf, &r, &facts));
    *out = (struct stamped_and_sealed){.way = choose(&facts, r != NULL)};
    out->repaired = out->way == STAMP_CONTENT && (!r || facts.damaged || facts.encrypted);
    if (out->way == STAMP_COPY) {
        TRY(check_original(s, pdf, options->at_us));
        TRY(copy(s, pdf, &from));
    }
    if (out->repaired)
        TRY(pdf_repair(s, pdf, &from));
    if (out->repaired || out->way == STAMP_COPY)
        TRY(open_anew(s, from, &r, &facts));
    assert(r);
    out->page_count = revision_page_count(r);
    out->kept_signatures = facts.signature_count;
    TRY(revision_stamp(s, r, stamp, out->way == STAMP_ANNOTATIONS));
    return revision_seal_begin(s, r, &facts, options, contents_bytes, &out->pdf, place);
}

enum status stamp_and_seal(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                           const struct seal_options *options, struct stamped_and_sealed *out)
{
    struct seal_place place = {0};

    TRY(stamp_and_seal_begin(s, pdf, stamp, options, seal_contents_bytes(options), out, &place));
    TRY(seal_end(s, out->pdf, &place, options));
    return stamp_and_seal_check(s, pdf, options->at_us, out);
}
