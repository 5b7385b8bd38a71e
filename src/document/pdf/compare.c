// The order of things: what the catalog names, the form's fields, the pages with their annotations,
// then all else that the earlier revision reaches. Objects that only the later one has need no look
// of their own: they count by who refers to them, and that is a difference.
#include "document/pdf/compare.h"

#include "core/scope.h"
#include "document/pdf/compare_impl.h"

static enum status catalog_key(struct comparison *c, const struct origin *from, struct str key,
                               struct str old, struct str new, bool *handled)
{
    struct origin below = *from;

    *handled = true;
    if (str_is(key, "/AcroForm"))
        return compare_form(c, old, new);
    if (str_is(key, "/DSS") || str_is(key, "/Extensions")) {
        if (!str_equal(old, new))
            compare_note(c, PDF_CHANGE_VALIDATION, str("data for validation was added"), from);
        return OK;
    }
    if (str_is(key, "/Metadata")) {
        below.kind = PDF_CHANGE_METADATA;
        if (str_equal(old, new))
            compare_follow(c, &c->loose, old, &below);
        else
            compare_note(c, PDF_CHANGE_METADATA, str("the metadata were changed"), from);
        return OK;
    }
    *handled = false;
    return OK;
}

static enum status compare_catalog(struct comparison *c)
{
    struct origin origin = {.kind = PDF_CHANGE_CONTENT};
    struct pdf_ref was = c->old->catalog;
    struct pdf_ref is = c->new->catalog;
    struct str old = {0};
    struct str new = {0};

    if (was.number != is.number || was.generation != is.generation) {
        compare_note(c, PDF_CHANGE_CONTENT, str("the catalog is another one"), &origin);
        return OK;
    }
    (void)compare_see(c, was);
    TRY(compare_old(c, pdf_write_ref(c->scope, was), &old));
    TRY(compare_new(c, pdf_write_ref(c->scope, is), &new));
    return compare_keys(c, &origin, old, new, catalog_key);
}

static enum status lose_annotation(struct comparison *c, const struct origin *from, struct str item)
{
    struct str old = {0};
    struct str type = {0};

    TRY(compare_old(c, item, &old));
    bool widget = pdf_find(old, "Subtype", &type) && pdf_is_name(type, "Widget");
    compare_note(c, widget ? PDF_CHANGE_CONTENT : PDF_CHANGE_ANNOTATION_EDITED,
                 widget ? str("a form field was removed") : str("an annotation was removed"), from);
    return OK;
}

static enum status add_annotation(struct comparison *c, const struct origin *from, struct str item)
{
    struct pdf_ref ref = {0};
    struct str new = {0};
    struct str type = {0};

    TRY(compare_new(c, item, &new));
    if (!pdf_is_dictionary(new))
        return OK; // nothing is shown
    if (!pdf_find(new, "Subtype", &type) || !pdf_is_name(type, "Widget"))
        compare_note(c, PDF_CHANGE_ANNOTATION_ADDED, str("an annotation was added"), from);
    else if (!pdf_read_ref(item, &ref) || !compare_was_added(c, ref))
        compare_note(c, PDF_CHANGE_CONTENT, str("a form field was added"), from);
    return OK;
}

static enum status page_key(struct comparison *c, const struct origin *from, struct str key,
                            struct str old, struct str new, bool *handled)
{
    static const struct array_rule rule = {compare_annotation, lose_annotation, add_annotation};

    *handled = str_is(key, "/Annots");
    return *handled ? compare_arrays(c, from, old, new, &rule) : OK;
}

static enum status compare_page(struct comparison *c, size_t index)
{
    struct origin origin = {.kind = PDF_CHANGE_CONTENT, .page = index + 1};
    struct pdf_ref was = {0};
    struct pdf_ref is = {0};
    struct str old = {0};
    struct str new = {0};

    TRY(opened_page(c->scope, c->old, index, &was));
    TRY(opened_page(c->scope, c->new, index, &is));
    if (was.number != is.number || was.generation != is.generation) {
        compare_note(c, PDF_CHANGE_CONTENT, str("the page is another one"), &origin);
        return OK;
    }
    (void)compare_see(c, was);
    TRY(compare_old(c, pdf_write_ref(c->scope, was), &old));
    TRY(compare_new(c, pdf_write_ref(c->scope, is), &new));
    return compare_keys(c, &origin, old, new, page_key);
}

static enum status compare_pages(struct comparison *c)
{
    if (c->old->page_count != c->new->page_count) {
        compare_note(c, PDF_CHANGE_CONTENT, str("pages were added or removed"),
                     &(struct origin){0});
        return OK;
    }
    for (size_t i = 0; i < c->old->page_count; i++)
        TRY(compare_page(c, i));
    return OK;
}

static void compare_trailers(struct comparison *c)
{
    struct origin origin = {.kind = PDF_CHANGE_CONTENT};
    struct origin about = {.kind = PDF_CHANGE_METADATA};
    struct str old = {0};
    struct str new = {0};

    if (c->old->encrypted != c->new->encrypted)
        compare_note(c, PDF_CHANGE_CONTENT, str("its encryption was changed"), &origin);
    (void)pdf_find(c->old->trailer, "Info", &old);
    (void)pdf_find(c->new->trailer, "Info", &new);
    if (!str_equal(old, new))
        compare_note(c, PDF_CHANGE_METADATA, str("the metadata were changed"), &origin);
    else
        compare_follow(c, &c->loose, old, &about);
}

// What qpdf had to put up with in either.
static void note_damage(struct comparison *c)
{
    struct str was = opened_complaint(c->scope, c->old);
    struct str is = opened_complaint(c->scope, c->new);
    struct origin origin = {0};

    if (was.bytes) {
        compare_note(c, PDF_CHANGE_CONTENT,
                     str_concat(c->scope, 2, str("what was signed is no sound PDF: "), was),
                     &origin);
    }
    if (is.bytes)
        compare_note(c, PDF_CHANGE_CONTENT,
                     str_concat(c->scope, 2, str("the file is damaged: "), is), &origin);
}

static enum status open_both(struct comparison *c, struct str earlier, struct str whole,
                             bool *opened)
{
    struct scope *s = c->scope;
    enum status e = opened_read(s, earlier, &c->old);

    *opened = false;
    if (e == OK)
        e = opened_read(s, whole, &c->new);
    if (e == TOO_LARGE)
        return e;
    *opened = e == OK;
    if (!*opened) {
        compare_note(c, PDF_CHANGE_CONTENT,
                     str_format(s, "%s cannot be read: %.*s",
                                c->old ? "the file" : "what was signed", STR(scope_why(s))),
                     &(struct origin){0});
    }
    scope_forgive(s);
    return OK;
}

static enum status compare_all(struct comparison *c)
{
    compare_trailers(c);
    TRY(compare_catalog(c));
    TRY(compare_pages(c));
    TRY(compare_strict(c));
    return compare_loose(c);
}

enum status pdf_compare(struct scope *s, struct str earlier, struct str whole,
                        struct pdf_changes *out)
{
    struct comparison c = {.scope = s, .out = out};
    bool opened = false;

    *out = (struct pdf_changes){.items = scope_array(s, PDF_CHANGES_MAX, sizeof *out->items)};
    TRY(open_both(&c, earlier, whole, &opened));
    if (!opened)
        return OK;
    enum status e = compare_all(&c);
    if (e == TOO_LARGE)
        return e;
    if (e != OK)
        compare_note(&c, PDF_CHANGE_CONTENT, str_copy(s, scope_why(s)), &(struct origin){0});
    scope_forgive(s);
    note_damage(&c);
    return OK;
}
