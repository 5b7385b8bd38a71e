// The form's fields are walked for signatures, the name tree for attachments, and the bytes for the
// ends of revisions. Trees of strangers may be endless or lead back into themselves: each walk has
// a stack of its own and a limit on how much it looks at.
#include "document/pdf/inspect.h"

#include "core/hex.h"
#include "core/scope.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/revision_impl.h"

#include <stdlib.h>

enum { KEY_TREE_MAX = 200000 };

struct field {
    struct field *below; // of the stack
    struct str value;    // the field, or a reference to it
    struct str name;     // of its parent
    bool is_signature;   // its parent is
};

struct walk {
    struct scope *scope;
    struct opened *opened;
    struct pdf_facts *facts;
    struct field *stack;
    size_t seen;
};

static enum status push(struct walk *w, struct str value, struct str name, bool is_signature,
                        size_t max)
{
    struct field *f = scope_new(w->scope, struct field);

    if (++w->seen > max)
        return fail(w->scope, TOO_LARGE, "a tree in the PDF has more than %zu nodes", max);
    *f = (struct field){w->stack, value, name, is_signature};
    w->stack = f;
    return OK;
}

static enum status push_all(struct walk *w, struct str array, struct str name, bool is_signature,
                            size_t max)
{
    struct str rest = {0};
    struct str kid = {0};

    TRY(opened_resolve(w->scope, w->opened, array, &array));
    rest = pdf_is_array(array) ? pdf_inside(array) : (struct str){0};
    while (pdf_next(&rest, &kid))
        TRY(push(w, kid, name, is_signature, max));
    return OK;
}

// A text entry; empty where it is missing or no text.
static struct str text_entry(struct walk *w, struct str dictionary, const char *key)
{
    struct str value = {0};
    struct str text = {0};

    if (!pdf_find(dictionary, key, &value) ||
        opened_resolve(w->scope, w->opened, value, &value) != OK ||
        pdf_read_text(w->scope, value, &text) != OK) {
        scope_forgive(w->scope);
        return (struct str){0};
    }
    return text;
}

static struct str name_entry(struct walk *w, struct str dictionary, const char *key)
{
    struct str value = {0};

    if (opened_find(w->scope, w->opened, dictionary, key, &value) != OK) {
        scope_forgive(w->scope);
        return (struct str){0};
    }
    return value.bytes && value.data[0] == '/' ? str_slice(value, 1, value.bytes) : (struct str){0};
}

static enum pdf_permits stricter(enum pdf_permits a, enum pdf_permits b)
{
    if (a == PDF_PERMITS_ANY || b == PDF_PERMITS_ANY)
        return a == PDF_PERMITS_ANY ? b : a;
    return a < b ? a : b;
}

// 12.8.2.2: without P it is 2. What is no known number permits nothing.
static enum pdf_permits permits_of(struct walk *w, struct str parameters, enum pdf_permits absent)
{
    struct str value = {0};
    int64_t p = 0;

    if (!pdf_find(parameters, "P", &value))
        return absent;
    if (opened_resolve(w->scope, w->opened, value, &value) != OK || !pdf_read_int(value, &p) ||
        p < PDF_PERMITS_NOTHING || p > PDF_PERMITS_ANNOTATIONS) {
        scope_forgive(w->scope);
        return PDF_PERMITS_NOTHING;
    }
    return (enum pdf_permits)p;
}

// What is no known action locks all.
static void read_lock(struct walk *w, struct str parameters, struct pdf_signature *out)
{
    struct str action = name_entry(w, parameters, "Action");

    out->locks_fields = true;
    out->lock = str_is(action, "Include")   ? PDF_LOCK_INCLUDE
                : str_is(action, "Exclude") ? PDF_LOCK_EXCLUDE
                                            : PDF_LOCK_ALL;
    if (opened_find(w->scope, w->opened, parameters, "Fields", &out->locked) != OK)
        scope_forgive(w->scope);
}

// One signature reference dictionary (table 256).
static enum status read_reference(struct walk *w, struct str value, struct pdf_signature *out)
{
    struct str reference = {0};
    struct str parameters = {0};

    TRY(opened_resolve(w->scope, w->opened, value, &reference));
    struct str method = name_entry(w, reference, "TransformMethod");
    if (opened_find(w->scope, w->opened, reference, "TransformParams", &parameters) != OK)
        scope_forgive(w->scope);
    if (str_is(method, "DocMDP"))
        out->permits = stricter(out->permits, permits_of(w, parameters, PDF_PERMITS_FORMS));
    if (str_is(method, "FieldMDP")) {
        read_lock(w, parameters, out);
        out->permits = stricter(out->permits, permits_of(w, parameters, PDF_PERMITS_ANY));
    }
    return OK;
}

static enum status read_references(struct walk *w, struct str dictionary, struct pdf_signature *out)
{
    struct str references = {0};
    struct str reference = {0};

    if (opened_find(w->scope, w->opened, dictionary, "Reference", &references) != OK) {
        scope_forgive(w->scope);
        return OK;
    }
    references = pdf_inside(references);
    while (pdf_next(&references, &reference))
        TRY(read_reference(w, reference, out));
    return OK;
}

static bool read_range(struct str array, uint64_t out[4])
{
    struct str rest = pdf_inside(array);
    struct str value = {0};
    int64_t number = 0;

    for (int i = 0; i < 4; i++) {
        if (!pdf_next(&rest, &value) || !pdf_read_int(value, &number) || number < 0)
            return false;
        out[i] = (uint64_t)number;
    }
    return !pdf_next(&rest, &value);
}

// 12.8.1: what the range leaves out is the value of Contents with its brackets, nothing else.
static bool well_placed(struct walk *w, const struct pdf_signature *sig)
{
    const uint64_t *range = sig->byte_range;
    struct str pdf = w->opened->bytes;
    struct str bytes = {0};

    if (range[0] != 0 || range[1] >= range[2] || range[2] > pdf.bytes ||
        range[3] > pdf.bytes - range[2])
        return false;
    struct str gap = str_slice(pdf, (size_t)range[1], (size_t)(range[2] - range[1]));
    if (gap.bytes < 2 || gap.data[0] != '<' || gap.data[gap.bytes - 1] != '>')
        return false;
    bool reads = hex_decode(w->scope, str_slice(gap, 1, gap.bytes - 2), &bytes) == OK;
    scope_forgive(w->scope);
    return reads && str_equal(bytes, sig->contents);
}

static enum status read_signature(struct walk *w, struct str name, struct str dictionary)
{
    struct pdf_facts *facts = w->facts;
    struct pdf_signature *sig = &facts->signatures[facts->signature_count++];
    struct str value = {0};

    *sig = (struct pdf_signature){
        .field = name,
        .sub_filter = name_entry(w, dictionary, "SubFilter"),
        .reason = text_entry(w, dictionary, "Reason"),
        .location = text_entry(w, dictionary, "Location"),
        .name = text_entry(w, dictionary, "Name"),
        .signed_at = text_entry(w, dictionary, "M"),
    };
    sig->timestamp = str_is(name_entry(w, dictionary, "Type"), "DocTimeStamp");
    if (opened_find(w->scope, w->opened, dictionary, "Contents", &value) != OK ||
        pdf_read_bytes(w->scope, value, &sig->contents) != OK)
        scope_forgive(w->scope);
    bool ranged = opened_find(w->scope, w->opened, dictionary, "ByteRange", &value) == OK &&
                  read_range(value, sig->byte_range);
    scope_forgive(w->scope);
    sig->well_placed = ranged && well_placed(w, sig);
    sig->covers_file =
        sig->well_placed && sig->byte_range[2] + sig->byte_range[3] == w->opened->bytes.bytes;
    TRY(read_references(w, dictionary, sig));
    facts->permits = stricter(facts->permits, sig->permits);
    facts->locks_fields |= sig->locks_fields;
    return OK;
}

static struct str full_name(struct walk *w, struct str parent, struct str field)
{
    struct str own = text_entry(w, field, "T");

    if (parent.bytes == 0 || own.bytes == 0)
        return own.bytes ? own : parent;
    return str_concat(w->scope, 3, parent, str("."), own);
}

// 12.7.4: the type is inherited, and the value of a signature field is its signature.
static enum status read_field(struct walk *w, const struct field *f)
{
    struct str field = {0};
    struct str value = {0};

    TRY(opened_resolve(w->scope, w->opened, f->value, &field));
    struct str name = full_name(w, f->name, field);
    bool signs =
        pdf_find(field, "FT", &value) ? str_is(name_entry(w, field, "FT"), "Sig") : f->is_signature;
    if (pdf_find(field, "Kids", &value))
        TRY(push_all(w, value, name, signs, PDF_FIELDS_MAX));
    if (!signs || (!pdf_find(field, "V", &value) && pdf_find(field, "Kids", &value)))
        return OK;
    if (!pdf_find(field, "V", &value)) {
        w->facts->empty_signature_fields++;
        return OK;
    }
    TRY(opened_resolve(w->scope, w->opened, value, &value));
    return pdf_is_dictionary(value) && w->facts->signature_count < PDF_REVISIONS_MAX
               ? read_signature(w, name, value)
               : OK;
}

static int by_place(const void *a, const void *b)
{
    const struct pdf_signature *x = a;
    const struct pdf_signature *y = b;

    return (x->byte_range[2] > y->byte_range[2]) - (x->byte_range[2] < y->byte_range[2]);
}

static enum status read_signatures(struct walk *w, struct str catalog)
{
    struct str fields = {0};

    if (opened_find(w->scope, w->opened, catalog, "AcroForm/Fields", &fields) != OK) {
        scope_forgive(w->scope);
        return OK;
    }
    w->facts->signatures = scope_array(w->scope, PDF_REVISIONS_MAX, sizeof *w->facts->signatures);
    TRY(push_all(w, fields, (struct str){0}, false, PDF_FIELDS_MAX));
    while (w->stack) {
        struct field *f = w->stack;
        w->stack = f->below;
        TRY(read_field(w, f));
    }
    qsort(w->facts->signatures, w->facts->signature_count, sizeof *w->facts->signatures, by_place);
    return OK;
}

static enum status read_names(struct walk *w, struct str names)
{
    struct pdf_facts *facts = w->facts;
    struct str rest = {0};
    struct str key = {0};
    struct str file = {0};

    TRY(opened_resolve(w->scope, w->opened, names, &names));
    rest = pdf_inside(names);
    while (pdf_next(&rest, &key) && pdf_next(&rest, &file)) {
        if (facts->attachment_count == PDF_ATTACHMENTS_MAX)
            return fail(w->scope, TOO_LARGE, "the PDF has more than %d attachments",
                        PDF_ATTACHMENTS_MAX);
        TRY(opened_resolve(w->scope, w->opened, file, &file));
        struct str name = text_entry(w, file, "UF");
        facts->attachments[facts->attachment_count++] = (struct pdf_attachment){
            .name = name.bytes ? name : text_entry(w, file, "F"),
            .description = text_entry(w, file, "Desc"),
        };
    }
    return OK;
}

static enum status read_attachments(struct walk *w, struct str catalog)
{
    struct str node = {0};
    struct str value = {0};

    if (opened_find(w->scope, w->opened, catalog, "Names/EmbeddedFiles", &node) != OK) {
        scope_forgive(w->scope);
        return OK;
    }
    w->facts->attachments =
        scope_array(w->scope, PDF_ATTACHMENTS_MAX, sizeof *w->facts->attachments);
    w->seen = 0;
    TRY(push(w, node, (struct str){0}, false, KEY_TREE_MAX));
    while (w->stack) {
        TRY(opened_resolve(w->scope, w->opened, w->stack->value, &node));
        w->stack = w->stack->below;
        if (pdf_find(node, "Names", &value))
            TRY(read_names(w, value));
        if (pdf_find(node, "Kids", &value))
            TRY(push_all(w, value, (struct str){0}, false, KEY_TREE_MAX));
    }
    return OK;
}

// Whether a cross-reference stands at the place that `text` (behind startxref) names; the offset
// behind %%EOF goes to `end`. A PDF within a PDF names places of its own, which do not fit.
static bool ends_revision(struct str pdf, struct str text, uint64_t *end)
{
    struct str value = {0};
    struct str at_xref = {0};
    int64_t place = 0;
    struct str head = str_slice(text, 0, 64);
    size_t mark = str_find(head, str("%%EOF"));
    size_t behind = (size_t)(text.data - pdf.data) + mark + strlen("%%EOF");

    if (mark == head.bytes || !pdf_next(&head, &value) || !pdf_read_int(value, &place) ||
        place <= 0 || (uint64_t)place >= behind)
        return false;
    at_xref = str_slice(pdf, (size_t)place, 64);
    if (!pdf_next(&at_xref, &value) || (!str_is(value, "xref") && !pdf_read_int(value, &place)))
        return false;
    behind += behind < pdf.bytes && pdf.data[behind] == '\r' ? 1 : 0;
    behind += behind < pdf.bytes && pdf.data[behind] == '\n' ? 1 : 0;
    *end = behind;
    return true;
}

// 7.5.6: each update ends as the file ended before it.
static void find_revisions(struct scope *s, struct str pdf, struct pdf_facts *facts)
{
    struct str rest = pdf;

    facts->revision_ends = scope_array(s, PDF_REVISIONS_MAX, sizeof *facts->revision_ends);
    while (facts->revision_count < PDF_REVISIONS_MAX) {
        size_t at = str_find(rest, str("startxref"));
        if (at == rest.bytes)
            return;
        rest = str_slice(rest, at + strlen("startxref"), rest.bytes);
        if (ends_revision(pdf, rest, &facts->revision_ends[facts->revision_count]))
            facts->revision_count++;
    }
}

// 7.2.2: the catalog's Version counts where it is later than the header's.
static struct str later_version(struct walk *w, struct str catalog)
{
    struct str header = str_copy(w->scope, str(qpdf_get_pdf_version(w->opened->qpdf)));
    struct str own = name_entry(w, catalog, "Version");

    return own.bytes && str_compare(own, header) > 0 ? own : header;
}

static enum status inspect(struct scope *s, struct opened *o, struct pdf_facts *out)
{
    struct walk w = {.scope = s, .opened = o, .facts = out};
    struct str catalog = {0};
    bool is_stream = false;

    *out = (struct pdf_facts){0};
    TRY(opened_object(s, o, o->catalog, &catalog, &is_stream));
    out->version = later_version(&w, catalog);
    out->page_count = o->page_count;
    out->encrypted = o->encrypted;
    TRY(read_signatures(&w, catalog));
    TRY(read_attachments(&w, catalog));
    find_revisions(s, o->bytes, out);
    out->complaint = opened_complaint(s, o);
    out->damaged = out->complaint.bytes > 0;
    return OK;
}

enum status pdf_inspect(struct scope *s, struct str pdf, struct pdf_facts *out)
{
    struct opened *o = NULL;

    TRY(opened_read(s, pdf, &o));
    return inspect(s, o, out);
}

enum status revision_inspect(struct scope *s, const struct revision *r, struct pdf_facts *out)
{
    return inspect(s, revision_opened(r), out);
}
