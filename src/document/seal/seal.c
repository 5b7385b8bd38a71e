// The signature dictionary is written with places of fixed width for ByteRange and Contents, which
// are filled in when the rest of the file is known: what the range leaves out is exactly the value
// of Contents (ISO 32000-2, 12.8.1).
#include "document/seal/seal.h"

#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/cms.h"
#include "crypto/signer.h"
#include "crypto/timestamp.h"
#include "document/pdf/inspect.h"
#include "document/pdf/revision.h"

#include <assert.h>
#include <string.h>

enum {
    TIMESTAMP_BYTES_MAX = 12288, // a token with its authority's chain
    RANGE_BYTES = 40,            // of `[ 0 n n n ]`, filled up with spaces
    FIELD_FLAGS = 4 | 128,       // print, locked (table 167)
    SIGNATURE_FLAGS = 3,         // signatures exist, append only (table 225)
};

struct sealing {
    struct scope *scope;
    struct revision *revision;
    const struct pdf_facts *facts;
    const struct seal_options *options;
    struct pdf_ref signature, field;
    size_t contents_bytes;
    size_t range_at, contents_at; // in the dictionary's text
};

static enum status check_text(struct scope *s, struct str text, const char *what)
{
    if (text.bytes > SEAL_TEXT_BYTES_MAX)
        return fail(s, INVALID, "the %s of a seal is longer than %d bytes", what,
                    SEAL_TEXT_BYTES_MAX);
    return OK;
}

static enum status check(struct scope *s, const struct pdf_facts *facts,
                         const struct seal_options *options)
{
    TRY(check_text(s, options->name, "name"));
    TRY(check_text(s, options->reason, "reason"));
    TRY(check_text(s, options->location, "location"));
    if (options->permission > 3)
        return fail(s, INVALID, "a seal's permission is 1, 2 or 3, or 0 for none");
    if (facts->permits == PDF_PERMITS_NOTHING)
        return fail(s, REFUSED, "the PDF is certified and permits no change, so no seal (P=1)");
    if (options->permission && facts->signature_count)
        return fail(s, REFUSED, "the PDF is signed: only the first signature can certify it");
    return OK;
}

// "D:20251130101500Z" (7.9.4).
static struct str date_text(struct scope *s, int64_t at_us)
{
    struct str m = moment_to_str(s, at_us, MOMENT_SECONDS);

    return str_format(s, "(D:%.4s%.2s%.2s%.2s%.2s%.2sZ)", m.data, m.data + 5, m.data + 8,
                      m.data + 11, m.data + 14, m.data + 17);
}

static struct str set_text(struct scope *s, struct str dictionary, const char *key, struct str text)
{
    return text.bytes ? pdf_set(s, dictionary, key, pdf_write_text(s, text)) : dictionary;
}

static struct str blank(struct scope *s, char c, size_t bytes)
{
    char *out = scope_bytes(s, bytes);

    memset(out, c, bytes);
    return str_of(out, bytes);
}

static struct str reference(struct scope *s, const char *method, struct str parameters)
{
    return str_format(s,
                      "<< /Type /SigRef /TransformMethod /%s /TransformParams << /Type "
                      "/TransformParams /V /1.2 %.*s >> >> ",
                      method, STR(parameters));
}

// What may be changed afterwards (tables 256 to 258).
static struct str references(struct scope *s, const struct seal_options *o)
{
    struct str certifies = {0};
    struct str locks = {0};

    if (o->permission)
        certifies = reference(s, "DocMDP", str_format(s, "/P %u", o->permission));
    if (o->lock_fields)
        locks = reference(s, "FieldMDP", str("/Action /All"));
    return str_concat(s, 4, str("[ "), certifies, locks, str("]"));
}

// 12.8.1, table 255. The two places stand at the end, so that they are found by counting.
static void put_signature(struct sealing *t)
{
    struct scope *s = t->scope;
    const struct seal_options *o = t->options;
    struct str text =
        str("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached >>");

    text = pdf_set(s, text, "M", date_text(s, o->at_us));
    text = set_text(s, text, "Name", o->name);
    text = set_text(s, text, "Reason", o->reason);
    text = set_text(s, text, "Location", o->location);
    if (o->permission || o->lock_fields)
        text = pdf_set(s, text, "Reference", references(s, o));
    assert(str_ends(text, str(">>")));
    text = str_concat(s, 2, str_slice(text, 0, text.bytes - 2), str(" /ByteRange "));
    t->range_at = text.bytes;
    text = str_concat(s, 3, text, blank(s, ' ', RANGE_BYTES), str(" /Contents "));
    t->contents_at = text.bytes;
    text = str_concat(s, 4, text, str("<"), blank(s, '0', 2 * t->contents_bytes), str("> >>"));
    revision_put(t->revision, t->signature, text);
}

// The number behind "Seal" in a field's name; 0 for any other name.
static uint64_t seal_number(struct str name)
{
    uint64_t number = 0;

    return str_starts(name, str("Seal")) &&
                   str_to_u64(str_slice(name, 4, name.bytes), PDF_FIELDS_MAX, &number)
               ? number
               : 0;
}

// A partial name that no other field at the top has.
static enum status new_name(struct sealing *t, struct str fields, struct str *out)
{
    struct str rest = pdf_inside(fields);
    struct str field = {0};
    struct str name = {0};
    uint64_t highest = 0;

    while (pdf_next(&rest, &field)) {
        TRY(revision_resolve(t->revision, field, &field));
        if (!pdf_find(field, "T", &name))
            continue;
        TRY(revision_resolve(t->revision, name, &name));
        if (pdf_read_text(t->scope, name, &name) != OK) {
            scope_forgive(t->scope);
            continue;
        }
        if (seal_number(name) > highest)
            highest = seal_number(name);
    }
    *out = str_format(t->scope, "(Seal%llu)", (unsigned long long)highest + 1);
    return OK;
}

// Sets the array of this key with one more item; an array that is an object of its own is changed
// in its place.
static enum status add_to(struct sealing *t, struct str *dictionary, const char *key,
                          struct pdf_ref item)
{
    struct str value = {0};
    struct str array = {0};
    struct pdf_ref apart = {0};

    (void)pdf_find(*dictionary, key, &value);
    TRY(revision_resolve(t->revision, value, &array));
    array = pdf_add(t->scope, array, pdf_write_ref(t->scope, item));
    if (pdf_read_ref(value, &apart))
        revision_put(t->revision, apart, array);
    else
        *dictionary = pdf_set(t->scope, *dictionary, key, array);
    return OK;
}

// An invisible signature field, merged with its widget (12.7.5.5).
static enum status put_field(struct sealing *t, struct str fields)
{
    struct scope *s = t->scope;
    struct pdf_ref page_ref = revision_page(t->revision, 0);
    struct str page = {0};
    struct str name = {0};

    TRY(new_name(t, fields, &name));
    revision_put(t->revision, t->field,
                 str_format(s,
                            "<< /Type /Annot /Subtype /Widget /FT /Sig /T %.*s /V %u 0 R "
                            "/Rect [ 0 0 0 0 ] /F %d /P %u %u R >>",
                            STR(name), t->signature.number, FIELD_FLAGS, page_ref.number,
                            page_ref.generation));
    TRY(revision_object(t->revision, page_ref, &page));
    struct str old = page;
    TRY(add_to(t, &page, "Annots", t->field));
    if (!str_equal(page, old))
        revision_put(t->revision, page_ref, page);
    return OK;
}

// The form in the catalog, or an object of its own.
static enum status put_form(struct sealing *t)
{
    struct scope *s = t->scope;
    struct revision *r = t->revision;
    struct pdf_ref apart = {0};
    struct str catalog = {0};
    struct str value = {0};
    struct str form = {0};
    struct str fields = {0};

    TRY(revision_object(r, revision_catalog(r), &catalog));
    struct str old = catalog;
    (void)pdf_find(catalog, "AcroForm", &value);
    TRY(revision_resolve(r, value, &form));
    if (!pdf_is_dictionary(form))
        form = str("<< >>");
    if (pdf_find(form, "Fields", &fields))
        TRY(revision_resolve(r, fields, &fields));
    TRY(put_field(t, fields));
    TRY(add_to(t, &form, "Fields", t->field));
    form = pdf_set(s, form, "SigFlags", str_format(s, "%d", SIGNATURE_FLAGS));
    if (pdf_read_ref(value, &apart))
        revision_put(r, apart, form);
    else
        catalog = pdf_set(s, catalog, "AcroForm", form);
    if (t->options->permission) {
        struct str permissions = {0};
        if (pdf_find(catalog, "Perms", &permissions))
            TRY(revision_resolve(r, permissions, &permissions));
        permissions = pdf_set(s, permissions, "DocMDP", pdf_write_ref(s, t->signature));
        catalog = pdf_set(s, catalog, "Perms", permissions);
    }
    if (!str_equal(catalog, old))
        revision_put(r, revision_catalog(r), catalog);
    return OK;
}

// Fills in the ByteRange, and says what it leaves out.
static void fill_range(struct sealing *t, struct str file, struct seal_place *place)
{
    size_t at = revision_offset(t->revision, t->signature);
    size_t from = at + t->contents_at;
    size_t to = from + 2 * t->contents_bytes + 2;
    struct str range = str_format(t->scope, "[ 0 %zu %zu %zu ]", from, to, file.bytes - to);

    assert(range.bytes <= RANGE_BYTES);
    revision_fill(t->revision, at + t->range_at, range);
    *place = (struct seal_place){from, to - from};
}

enum status revision_seal_begin(struct scope *s, struct revision *r, const struct pdf_facts *facts,
                                const struct seal_options *options, size_t contents_bytes,
                                struct str *file, struct seal_place *place)
{
    struct sealing t = {.scope = s,
                        .revision = r,
                        .facts = facts,
                        .options = options,
                        .contents_bytes = contents_bytes};

    TRY(check(s, facts, options));
    t.signature = revision_reserve(r);
    t.field = revision_reserve(r);
    put_signature(&t);
    TRY(put_form(&t));
    TRY(revision_finish(r, file));
    fill_range(&t, *file, place);
    return OK;
}

static struct str digest_around(struct scope *s, struct str file, const struct seal_place *place,
                                enum digest_kind kind)
{
    uint8_t *out = scope_alloc(s, digest_bytes(kind));
    struct digest *d = digest_open(s, kind);

    digest_add(d, str_slice(file, 0, place->from));
    digest_add(d, str_slice(file, place->from + place->bytes, file.bytes));
    digest_finish(d, out);
    return str_of(out, digest_bytes(kind));
}

// A time stamp of the signature's value (RFC 3161, appendix A).
static enum status stamp_time(struct scope *s, const struct seal_options *options,
                              struct str signature, struct str *token)
{
    const struct timestamper *stamper = options->timestamper;
    struct timestamp_question question = {0};
    struct str answer = {0};

    TRY(timestamp_ask(s, signature, stamper->policy, &question));
    TRY(stamper->ask(s, stamper->context, question.request, &answer));
    return timestamp_take(s, &question, answer, stamper->trust, options->at_us, token);
}

size_t seal_contents_bytes(const struct seal_options *options)
{
    return cms_bytes_max(options->signer, options->timestamper ? TIMESTAMP_BYTES_MAX : 0);
}

static bool is_place(struct str file, const struct seal_place *place)
{
    return place->bytes > 2 && place->from < file.bytes &&
           place->bytes <= file.bytes - place->from && file.data[place->from] == '<' &&
           file.data[place->from + place->bytes - 1] == '>';
}

enum status seal_end(struct scope *s, struct str file, const struct seal_place *place,
                     const struct seal_options *options)
{
    struct cms cms = {0};
    struct str token = {0};

    assert(options->signer);
    TRY(signer_check(s, options->signer, options->at_us));
    if (!is_place(file, place))
        return fail(s, INVALID, "the file has no place for a signature where it should be");
    struct str digest = digest_around(s, file, place, cms_digest_kind(options->signer));
    TRY(cms_sign(s, options->signer, digest, &cms));
    if (options->timestamper)
        TRY(stamp_time(s, options, cms.signature, &token));
    struct str hex = hex_encode(s, cms_write(s, &cms, token));
    if (hex.bytes > place->bytes - 2)
        return fail(s, TOO_LARGE, "the signature has %zu bytes, and its place %zu", hex.bytes / 2,
                    place->bytes / 2 - 1);
    memcpy((char *)(uintptr_t)file.data + place->from + 1, hex.data, hex.bytes);
    return OK;
}

enum status revision_seal(struct scope *s, struct revision *r, const struct pdf_facts *facts,
                          const struct seal_options *options, struct str *out)
{
    struct seal_place place = {0};

    assert(options->signer);
    TRY(revision_seal_begin(s, r, facts, options, seal_contents_bytes(options), out, &place));
    return seal_end(s, *out, &place, options);
}

enum status pdf_seal(struct scope *s, struct str pdf, const struct seal_options *options,
                     struct str *out)
{
    struct revision *r = NULL;
    struct pdf_facts facts = {0};

    TRY(revision_open(s, pdf, &r));
    TRY(revision_inspect(s, r, &facts));
    return revision_seal(s, r, &facts, options, out);
}
