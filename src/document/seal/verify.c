// Mathematics first (crypto/cms_verify.h), then what stands behind the covered bytes
// (document/pdf/compare.h), judged by what the signatures up to this one permit.
#include "document/seal/verify.h"

#include "core/moment.h"
#include "core/scope.h"
#include "document/pdf/syntax.h"

#include <assert.h>

struct verifying {
    struct scope *scope;
    struct str pdf;
    const struct verify_options *options;
    struct pdf_facts facts;
};

const char *signature_verdict_name(enum signature_verdict verdict)
{
    static const char *const names[] = {"valid", "changed", "changed-forbidden", "invalid"};

    return names[verdict];
}

// "D:20251130101500+01'00'" (7.9.4), with less behind the year; 0: it is no such date.
static int64_t read_date(struct scope *s, struct str text)
{
    static const char full[] = "00000101000000";
    struct str digits = str_starts(text, str("D:")) ? str_slice(text, 2, text.bytes) : text;
    size_t count = 0;
    char d[sizeof full];
    int64_t at_us = 0;

    while (count < digits.bytes && count < sizeof full - 1 && digits.data[count] >= '0' &&
           digits.data[count] <= '9')
        count++;
    if (count < 4 || count % 2)
        return 0;
    memcpy(d, full, sizeof full);
    memcpy(d, digits.data, count);
    struct str zone = str_slice(digits, count, digits.bytes);
    bool offset = zone.bytes >= 3 && (zone.data[0] == '+' || zone.data[0] == '-');
    struct str minutes = zone.bytes >= 6 ? str_slice(zone, 4, 2) : str("00");
    struct str written =
        str_format(s, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%.*s%s%.*s", d, d + 4, d + 6, d + 8, d + 10,
                   d + 12, offset ? 3 : 1, offset ? zone.data : "Z", offset ? ":" : "",
                   offset ? (int)minutes.bytes : 0, minutes.data);
    return moment_read(written, &at_us) ? at_us : 0;
}

static uint64_t end_of(const struct pdf_signature *sig)
{
    return sig->byte_range[2] + sig->byte_range[3];
}

static bool is_blank(struct str bytes)
{
    for (size_t i = 0; i < bytes.bytes; i++) {
        if (!memchr(" \t\r\n\f", bytes.data[i], 5) && bytes.data[i] != '\0')
            return false;
    }
    return true;
}

static struct str between(const struct verifying *v, uint64_t a, uint64_t b)
{
    return str_slice(v->pdf, (size_t)(a < b ? a : b), (size_t)(a < b ? b - a : a - b));
}

// The revision that ends where the signature's range ends, from 1; 0: none does.
static size_t revision_of(const struct verifying *v, const struct pdf_signature *sig)
{
    for (size_t i = 0; i < v->facts.revision_count; i++) {
        if (is_blank(between(v, v->facts.revision_ends[i], end_of(sig))))
            return i + 1;
    }
    return 0;
}

static bool names_field(struct scope *s, struct str names, struct str field)
{
    struct str rest = pdf_inside(names);
    struct str name = {0};

    while (pdf_next(&rest, &name)) {
        if (pdf_read_text(s, name, &name) != OK) {
            scope_forgive(s);
            continue;
        }
        // The name of a field stands for all below it.
        if (str_equal(name, field) || (str_starts(field, name) && field.data[name.bytes] == '.'))
            return true;
    }
    return false;
}

static bool is_locked(struct scope *s, const struct verified_signature *all, size_t count,
                      struct str field)
{
    for (size_t i = 0; i < count; i++) {
        const struct pdf_signature *sig = &all[i].found;
        if (sig->lock == PDF_LOCK_ALL ||
            (sig->lock == PDF_LOCK_INCLUDE && names_field(s, sig->locked, field)) ||
            (sig->lock == PDF_LOCK_EXCLUDE && !names_field(s, sig->locked, field)))
            return true;
    }
    return false;
}

// 12.8.2.2. Without a certifying signature readers permit what P=3 does, but for editing what was
// there: hiding what had been seen is an old trick.
static bool is_permitted(enum pdf_change_kind kind, enum pdf_permits permits)
{
    switch (kind) {
    case PDF_CHANGE_VALIDATION:
        return true;
    case PDF_CHANGE_METADATA:
    case PDF_CHANGE_SIGNATURE:
    case PDF_CHANGE_FORM:
        return permits != PDF_PERMITS_NOTHING;
    case PDF_CHANGE_ANNOTATION_ADDED:
        return permits == PDF_PERMITS_ANY || permits == PDF_PERMITS_ANNOTATIONS;
    case PDF_CHANGE_ANNOTATION_EDITED:
        return permits == PDF_PERMITS_ANNOTATIONS;
    case PDF_CHANGE_CONTENT:
    default:
        return false;
    }
}

static void judge_changes(struct verifying *v, struct verified_signature *all, size_t index)
{
    struct verified_signature *own = &all[index];
    struct pdf_changes *changes = &own->changes;

    own->forbidden = scope_array(v->scope, changes->count, sizeof *own->forbidden);
    own->verdict = SIGNATURE_CHANGED;
    for (size_t i = 0; i < changes->count; i++) {
        const struct pdf_change *change = &changes->items[i];
        own->forbidden[i] =
            !is_permitted(change->kind, own->permits) ||
            (change->kind == PDF_CHANGE_FORM && is_locked(v->scope, all, index + 1, change->field));
        if (own->forbidden[i])
            own->verdict = SIGNATURE_CHANGED_FORBIDDEN;
    }
}

static void add_change(struct pdf_changes *changes, const char *what)
{
    size_t at = changes->count < PDF_CHANGES_MAX ? changes->count++ : PDF_CHANGES_MAX - 1;

    changes->items[at] =
        (struct pdf_change){.kind = PDF_CHANGE_CONTENT, .what = str(what), .times = 1};
}

// What stands behind the covered bytes must be whole updates of which each change is permitted.
static enum status look_behind(struct verifying *v, struct verified_signature *all, size_t index)
{
    struct verified_signature *own = &all[index];
    const struct pdf_facts *facts = &v->facts;
    uint64_t end = end_of(&own->found);
    uint64_t last = facts->revision_count ? facts->revision_ends[facts->revision_count - 1] : 0;

    own->revision = revision_of(v, &own->found);
    if (is_blank(between(v, end, v->pdf.bytes)))
        return OK;
    TRY(pdf_compare(v->scope, str_slice(v->pdf, 0, (size_t)end), v->pdf, &own->changes));
    if (own->revision == 0)
        add_change(&own->changes, "what it covers is no whole revision");
    if (!is_blank(between(v, last, v->pdf.bytes)))
        add_change(&own->changes, "there are bytes behind the last revision");
    judge_changes(v, all, index);
    return OK;
}

static const char *misplaced(const struct pdf_signature *sig)
{
    const uint64_t *range = sig->byte_range;

    if (sig->contents.bytes == 0)
        return "it has no signature value";
    if (range[1] == 0 && range[2] == 0 && range[3] == 0)
        return "it does not say which bytes it covers";
    if (range[0] != 0)
        return "its byte range does not begin with the file";
    if (range[1] >= range[2])
        return "its byte range overlaps itself";
    return "its byte range leaves out other bytes than the signature value";
}

static void verify_cms(struct verifying *v, struct verified_signature *own)
{
    const uint64_t *range = own->found.byte_range;
    struct str parts[2] = {str_slice(v->pdf, 0, (size_t)range[1]),
                           str_slice(v->pdf, (size_t)range[2], (size_t)range[3])};
    struct cms_question question = {
        .trust = v->options->trust, .now_us = v->options->now_us, .parts = parts, .part_count = 2};

    if (own->found.timestamp) {
        struct cms_token token = {0};
        cms_verify_token(v->scope, own->found.contents, &question, &token);
        own->cms = (struct cms_verdict){.fault = token.stamp.fault,
                                        .why = token.stamp.why,
                                        .signer.name = token.stamp.authority,
                                        .chain = token.stamp.chain,
                                        .stamp = token.stamp};
    } else {
        cms_verify(v->scope, own->found.contents, &question, &own->cms);
    }
    if (own->cms.fault != CMS_SOUND) {
        own->verdict = SIGNATURE_INVALID;
        own->why = own->cms.why;
    }
}

// ETSI EN 319 142-1, 6: what makes a signature PAdES baseline, as far as it can be seen.
static const char *profile_of(const struct verified_signature *own)
{
    if (own->found.timestamp)
        return "document time-stamp";
    if (!str_is(own->found.sub_filter, "ETSI.CAdES.detached") || !own->cms.names_certificate ||
        own->cms.has_signing_time || own->claimed_at_us == 0)
        return "CMS";
    return own->cms.stamp.present && own->cms.stamp.fault == CMS_SOUND ? "PAdES B-T" : "PAdES B-B";
}

static enum status verify_one(struct verifying *v, struct verified_signature *all, size_t index)
{
    struct verified_signature *own = &all[index];
    struct str kind = own->found.sub_filter;

    own->claimed_at_us = read_date(v->scope, own->found.signed_at);
    own->profile = "CMS";
    if (!own->found.well_placed) {
        own->verdict = SIGNATURE_INVALID;
        own->why = str(misplaced(&own->found));
        return OK;
    }
    if (!own->found.timestamp && !str_is(kind, "ETSI.CAdES.detached") &&
        !str_is(kind, "adbe.pkcs7.detached")) {
        own->verdict = SIGNATURE_INVALID;
        own->why = str_format(v->scope, "its kind is not known here: %.*s", STR(kind));
        return OK;
    }
    verify_cms(v, own);
    own->profile = profile_of(own);
    return own->verdict == SIGNATURE_INVALID ? OK : look_behind(v, all, index);
}

static enum pdf_permits stricter(enum pdf_permits a, enum pdf_permits b)
{
    if (a == PDF_PERMITS_ANY || b == PDF_PERMITS_ANY)
        return a == PDF_PERMITS_ANY ? b : a;
    return a < b ? a : b;
}

// A file without signatures may have had one, in a revision that is still there.
static enum status look_for_removed(struct verifying *v, bool *out)
{
    const struct pdf_facts *facts = &v->facts;
    size_t last = facts->revision_count;

    for (size_t i = 1; i < last && i <= VERIFY_REVISIONS_MAX && !*out; i++) {
        uint64_t end = facts->revision_ends[last - 1 - i];
        struct pdf_facts earlier = {0};
        enum status e = pdf_inspect(v->scope, str_slice(v->pdf, 0, (size_t)end), &earlier);
        if (e == TOO_LARGE)
            return e;
        *out = e == OK && earlier.signature_count > 0;
        scope_forgive(v->scope);
    }
    return OK;
}

enum status pdf_verify(struct scope *s, struct str pdf, const struct verify_options *options,
                       struct verification *out)
{
    struct verifying v = {.scope = s, .pdf = pdf, .options = options};
    enum pdf_permits permits = PDF_PERMITS_ANY;

    TRY(pdf_inspect(s, pdf, &v.facts));
    if (v.facts.signature_count > VERIFY_SIGNATURES_MAX)
        return fail(s, TOO_LARGE, "the PDF has %zu signatures; the most is %d",
                    v.facts.signature_count, VERIFY_SIGNATURES_MAX);
    *out = (struct verification){
        .signatures = scope_array(s, v.facts.signature_count, sizeof *out->signatures),
        .count = v.facts.signature_count,
        .revision_count = v.facts.revision_count,
        .empty_fields = v.facts.empty_signature_fields,
        .all_trusted = true,
    };
    for (size_t i = 0; i < out->count; i++) {
        struct verified_signature *own = &out->signatures[i];
        own->found = v.facts.signatures[i];
        permits = stricter(permits, own->found.permits);
        own->permits = permits;
        TRY(verify_one(&v, out->signatures, i));
        if (own->verdict > out->worst)
            out->worst = own->verdict;
        out->all_trusted &= own->cms.chain.trusted;
    }
    return out->count ? OK : look_for_removed(&v, &out->removed);
}
