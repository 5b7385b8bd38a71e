// Every object is looked at once, whatever refers to it; a rule that knows only a dictionary's
// entries is a row of a table.
#include "document/pdf/archival.h"

#include "core/scope.h"
#include "document/pdf/deflate.h"
#include "document/pdf/open_impl.h"

enum {
    OBJECT_MEMORY_MAX = 1 << 30, // while one object is looked at
    METADATA_BYTES_MAX = 16 << 20,
    CONTENT_BYTES_MAX = 256 << 20,
    DEPTH_MAX = 24, // of arrays and dictionaries within an object
    FLAG_INVISIBLE = 1,
    FLAG_HIDDEN = 2,
    FLAG_PRINT = 4,
    FLAG_NO_VIEW = 32,
    FLAG_TOGGLE_NO_VIEW = 256,
};

struct check {
    struct scope *scope; // of the object that is looked at
    struct scope *lasting;
    struct opened *opened;
    struct pdf_archival *out;
    bool part_3;
};

// An entry that may not be: with this value, or with any where it is NULL; only in a dictionary
// whose `in` is one of the words, or in any.
struct rule {
    const char *clause, *key, *value, *in_key, *in_value;
    const char *what;
};

static const struct rule rules[] = {
    {"6.1.7.1", "F", NULL, "Length", NULL, "a stream is in another file"},
    {"6.1.7.2", "Filter", "LZWDecode", NULL, NULL, "a stream is compressed by LZW"},
    {"6.2.5", "TR", NULL, "Type", "ExtGState", "a transfer function"},
    {"6.2.5", "HTP", NULL, "Type", "ExtGState", "a halftone phase"},
    {"6.2.8", "Interpolate", "true", "Subtype", "Image", "an image is smoothed"},
    {"6.2.8", "Alternates", NULL, "Subtype", "Image", "an image has alternates"},
    {"6.2.8", "OPI", NULL, NULL, NULL, "an image or form is to be replaced (OPI)"},
    {"6.2.9", "Subtype2", "PS", NULL, NULL, "a form is PostScript"},
    {"6.2.9", "PS", NULL, "Subtype", "Form", "a form is PostScript"},
    {"6.2.9", "Ref", NULL, "Subtype", "Form", "a form refers to another file"},
    {"6.2.9", "Subtype", "PS", "Type", "XObject", "a PostScript object"},
    {"6.3.1", "Subtype", "3D", "Rect", NULL, "an annotation of a forbidden kind: 3D"},
    {"6.3.1", "Subtype", "Sound", "Rect", NULL, "an annotation of a forbidden kind: Sound"},
    {"6.3.1", "Subtype", "Screen", "Rect", NULL, "an annotation of a forbidden kind: Screen"},
    {"6.3.1", "Subtype", "Movie", "Rect", NULL, "an annotation of a forbidden kind: Movie"},
    {"6.4.1", "NeedAppearances", "true", NULL, NULL, "a form whose fields have no appearance"},
    {"6.4.1", "A", NULL, "Subtype", "Widget", "a field has an action"},
    {"6.4.1", "AA", NULL, "Subtype", "Widget", "a field has actions of its own"},
    {"6.4.2", "XFA", NULL, NULL, NULL, "a form by XFA"},
    {"6.5.1", "S", "Launch", NULL, NULL, "an action starts a program"},
    {"6.5.1", "S", "Sound", NULL, NULL, "an action plays sound"},
    {"6.5.1", "S", "Movie", NULL, NULL, "an action plays a film"},
    {"6.5.1", "S", "ResetForm", NULL, NULL, "an action empties a form"},
    {"6.5.1", "S", "ImportData", NULL, NULL, "an action reads data"},
    {"6.5.1", "S", "Hide", NULL, NULL, "an action hides"},
    {"6.5.1", "S", "SetOCGState", NULL, NULL, "an action sets layers"},
    {"6.5.1", "S", "Rendition", NULL, NULL, "an action plays media"},
    {"6.5.1", "S", "Trans", NULL, NULL, "an action draws a transition"},
    {"6.5.1", "S", "GoTo3DView", NULL, NULL, "an action moves a 3D view"},
    {"6.5.1", "S", "JavaScript", NULL, NULL, "an action is a script"},
    {"6.5.2", "AA", NULL, "Type", "Page", "a page has actions of its own"},
    {"6.5.2", "AA", NULL, "Type", "Catalog", "the document has actions of its own"},
    {"6.9", "AS", NULL, "Order", NULL, "layers are switched automatically"},
    {"6.10", "AlternatePresentations", NULL, NULL, NULL, "alternate presentations"},
    {"6.10", "PresSteps", NULL, "Type", "Page", "a page has steps of a presentation"},
    {"6.11", "Requirements", NULL, "Type", "Catalog", "the document requires of its reader"},
};

static void complain(struct check *c, const char *clause, const char *what)
{
    struct pdf_archival *out = c->out;
    struct str text = str_format(c->lasting, "%s: %s", clause, what);

    for (size_t i = 0; i < out->complaint_count; i++) {
        if (str_equal(out->complaints[i], text))
            return;
    }
    if (out->complaint_count < PDF_COMPLAINTS_MAX)
        out->complaints[out->complaint_count++] = text;
}

static bool value_is(struct str value, const char *what)
{
    struct str rest = pdf_is_array(value) ? pdf_inside(value) : (struct str){0};
    struct str item = {0};

    if (pdf_is_name(value, what) || str_is(value, what))
        return true;
    while (pdf_next(&rest, &item)) {
        if (pdf_is_name(item, what))
            return true;
    }
    return false;
}

static bool has(struct str dictionary, const char *key, const char *value)
{
    struct str found = {0};

    return pdf_find(dictionary, key, &found) && (!value || value_is(found, value));
}

// What a value stands for; empty when it cannot be read.
static struct str resolve(struct check *c, struct str dictionary, const char *path)
{
    struct str found = {0};

    if (opened_find(c->scope, c->opened, dictionary, path, &found) != OK)
        found = (struct str){0};
    scope_forgive(c->scope);
    return found;
}

static int64_t number_of(struct check *c, struct str dictionary, const char *key)
{
    int64_t number = 0;

    return pdf_read_int(resolve(c, dictionary, key), &number) ? number : 0;
}

// 6.2.11.4.1: the programs of all fonts are embedded. A Type 3 font is its own program.
static void check_font(struct check *c, struct str font)
{
    static const char *const programs[] = {"FontDescriptor/FontFile", "FontDescriptor/FontFile2",
                                           "FontDescriptor/FontFile3"};
    bool embedded = has(font, "Subtype", "Type0") || has(font, "Subtype", "Type3");

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        embedded |= resolve(c, font, programs[i]).bytes > 0;
    if (!embedded)
        complain(c, "6.2.11.4.1", "a font is not embedded");
    if (has(font, "Subtype", "CIDFontType2") && resolve(c, font, "CIDToGIDMap").bytes == 0)
        complain(c, "6.2.11.3.2", "a font does not say which glyphs its codes mean");
}

static void check_annotation(struct check *c, struct str annotation)
{
    int64_t flags = number_of(c, annotation, "F");
    bool popup = has(annotation, "Subtype", "Popup");

    if (!popup && (!(flags & FLAG_PRINT) ||
                   flags & (FLAG_INVISIBLE | FLAG_HIDDEN | FLAG_NO_VIEW | FLAG_TOGGLE_NO_VIEW)))
        complain(c, "6.3.2", "an annotation is not printed or not always seen");
    if (!popup && !has(annotation, "Subtype", "Link") &&
        resolve(c, annotation, "AP/N").bytes == 0 && resolve(c, annotation, "AP").bytes == 0)
        complain(c, "6.3.3", "an annotation has no appearance");
}

static void check_file(struct check *c, struct str file)
{
    if (!c->part_3)
        return; // what is attached to PDF/A-2 must be PDF/A: not looked at
    if (resolve(c, file, "F").bytes == 0 || resolve(c, file, "UF").bytes == 0)
        complain(c, "6.8", "an attachment has no name");
    if (resolve(c, file, "AFRelationship").bytes == 0)
        complain(c, "6.8", "an attachment does not say how it relates to the document");
    if (resolve(c, file, "EF/F").bytes && resolve(c, file, "EF/F/Subtype").bytes == 0)
        complain(c, "6.8", "an attachment has no media type");
}

static void check_dictionary(struct check *c, struct str dictionary)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *r = &rules[i];
        if (has(dictionary, r->key, r->value) &&
            (!r->in_key || has(dictionary, r->in_key, r->in_value)))
            complain(c, r->clause, r->what);
    }
    if (has(dictionary, "Type", "Font"))
        check_font(c, dictionary);
    if (has(dictionary, "Rect", NULL) && has(dictionary, "Subtype", NULL))
        check_annotation(c, dictionary);
    if (has(dictionary, "EF", NULL))
        check_file(c, dictionary);
}

static void visit(struct check *c, struct str value, int depth)
{
    struct str rest = pdf_inside(value);
    struct str item = {0};

    if (depth == DEPTH_MAX)
        return;
    if (pdf_is_dictionary(value))
        check_dictionary(c, value);
    while (pdf_next(&rest, &item)) {
        if (pdf_is_dictionary(item) || pdf_is_array(item))
            visit(c, item, depth + 1);
    }
}

// The text of an element or attribute of XMP; empty where it is missing.
static struct str xmp_value(struct str xmp, const char *name)
{
    struct str rest = xmp;
    size_t at = 0;

    while ((at = str_find(rest, str(name))) < rest.bytes) {
        rest = str_slice(rest, at + strlen(name), rest.bytes);
        struct str value = str_trim(rest);
        if (value.bytes && value.data[0] == '>')
            return str_trim(str_slice(value, 1, str_find_byte(value, '<') - 1));
        if (value.bytes && value.data[0] == '=') {
            value = str_trim(str_slice(value, 1, value.bytes));
            char quote = value.bytes ? value.data[0] : 0;
            value = str_slice(value, 1, value.bytes);
            return str_slice(value, 0, str_find_byte(value, quote));
        }
    }
    return (struct str){0};
}

// 6.6.4: the claim stands in the metadata. Nothing is said where there is none.
static enum status read_claim(struct check *c, struct str catalog)
{
    struct str value = {0};
    struct pdf_ref ref = {0};
    struct str xmp = {0};

    if (!pdf_find(catalog, "Metadata", &value) || !pdf_read_ref(value, &ref))
        return OK;
    TRY(opened_stream(c->scope, c->opened, ref, &xmp));
    if (value_is(resolve(c, catalog, "Metadata/Filter"), "FlateDecode"))
        TRY(deflate_undo(c->scope, xmp, METADATA_BYTES_MAX, &xmp));
    struct str part = xmp_value(xmp, "pdfaid:part");
    struct str level = xmp_value(xmp, "pdfaid:conformance");
    if (part.bytes == 0)
        return OK;
    c->part_3 = str_is(part, "3");
    c->out->claim = str_concat(c->lasting, 2, part, level);
    if (!str_is(part, "1") && !str_is(part, "2") && !c->part_3)
        complain(c, "6.6.4", "there is no such part of the standard");
    if (level.bytes != 1 || !strchr("ABU", level.data[0]))
        complain(c, "6.6.4", "there is no such level of conformance");
    return OK;
}

// 6.2.3: what the colours mean; false where nothing says it.
static bool check_intent(struct check *c, struct str catalog)
{
    struct str intents = resolve(c, catalog, "OutputIntents");
    struct str rest = pdf_is_array(intents) ? pdf_inside(intents) : (struct str){0};
    struct str value = {0};
    struct str intent = {0};
    bool found = false;

    while (pdf_next(&rest, &value)) {
        if (opened_resolve(c->scope, c->opened, value, &intent) == OK &&
            has(intent, "S", "GTS_PDFA1"))
            found = true;
        if (has(intent, "S", "GTS_PDFA1") && resolve(c, intent, "DestOutputProfile").bytes == 0 &&
            resolve(c, intent, "OutputConditionIdentifier").bytes == 0)
            complain(c, "6.2.3", "the output intent names no profile");
    }
    scope_forgive(c->scope);
    return found;
}

// Whether content sets a colour of the device's own, as far as up to an image within it.
static bool paints_by_device(struct str content)
{
    static const char *const operators[] = {"g", "G", "rg", "RG", "k", "K"};
    struct str word = {0};

    while (pdf_next(&content, &word) && !str_is(word, "BI")) {
        for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
            if (str_is(word, operators[i]))
                return true;
        }
    }
    return false;
}

static struct str content_of(struct check *c, struct str ref_text)
{
    struct pdf_ref ref = {0};
    struct str text = {0};
    struct str data = {0};
    bool is_stream = false;

    if (!pdf_read_ref(ref_text, &ref) ||
        opened_object(c->scope, c->opened, ref, &text, &is_stream) != OK || !is_stream ||
        opened_stream(c->scope, c->opened, ref, &data) != OK)
        return (struct str){0};
    if (has(text, "Filter", "FlateDecode") &&
        deflate_undo(c->scope, data, CONTENT_BYTES_MAX, &data) != OK)
        return (struct str){0};
    return has(text, "Filter", NULL) && !has(text, "Filter", "FlateDecode") ? (struct str){0}
                                                                            : data;
}

static bool page_paints_by_device(struct check *c, size_t index)
{
    struct pdf_ref ref = {0};
    struct str page = {0};
    struct str contents = {0};
    bool is_stream = false;
    bool paints = false;

    if (opened_page(c->scope, c->opened, index, &ref) == OK &&
        opened_object(c->scope, c->opened, ref, &page, &is_stream) == OK &&
        pdf_find(page, "Contents", &contents)) {
        struct str rest = pdf_is_array(contents) ? pdf_inside(contents) : contents;
        struct str item = {0};
        while (!paints && pdf_next(&rest, &item))
            paints = paints_by_device(content_of(c, item));
    }
    return paints;
}

// 6.2.4.3: colours of the device's own need an output intent that says which device.
static void check_pages(struct check *c)
{
    bool paints = false;

    for (size_t i = 0; i < c->opened->page_count && !paints; i++) {
        c->scope = scope_open(OBJECT_MEMORY_MAX);
        paints = page_paints_by_device(c, i);
        scope_close(c->scope);
    }
    c->scope = c->lasting;
    if (paints)
        complain(c, "6.2.4.3", "no output intent says what the colours mean");
}

static void check_frame(struct check *c)
{
    struct str head = str_slice(c->opened->bytes, 0, 15);
    size_t high = 0;

    // 6.1.2: the second line has four bytes of the upper half, so that nobody takes it for text.
    for (size_t i = 10; i < head.bytes && (uint8_t)head.data[i] > 127; i++)
        high++;
    if (!str_starts(head, str("%PDF-1.")) || head.bytes < 15 || head.data[9] != '%' || high < 4)
        complain(c, "6.1.2", "the header is not that of a PDF of binary content");
    if (!has(c->opened->trailer, "ID", NULL))
        complain(c, "6.1.3", "the trailer has no identifier");
    if (c->opened->encrypted)
        complain(c, "6.1.3", "it is encrypted");
}

enum status pdf_archival(struct scope *s, struct str pdf, struct pdf_archival *out)
{
    struct check c = {.scope = s, .lasting = s, .out = out};
    struct str text = {0};
    bool is_stream = false;

    *out = (struct pdf_archival){0};
    TRY(opened_read(s, pdf, &c.opened));
    TRY(opened_object(s, c.opened, c.opened->catalog, &text, &is_stream));
    TRY(read_claim(&c, text));
    if (out->claim.bytes == 0)
        return OK;
    check_frame(&c);
    if (!check_intent(&c, text))
        check_pages(&c);
    for (uint32_t i = 1; i < c.opened->size; i++) {
        c.scope = scope_open(OBJECT_MEMORY_MAX);
        enum status e = opened_object(c.scope, c.opened, (struct pdf_ref){i, 0}, &text, &is_stream);
        if (e == OK)
            visit(&c, text, 0);
        else
            complain(&c, "6.1.9", "an object cannot be read");
        scope_close(c.scope);
    }
    if (opened_complaint(s, c.opened).bytes)
        complain(&c, "6.1", "it is damaged");
    return OK;
}
