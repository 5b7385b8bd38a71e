// The form and annotations of two revisions. A signature field's value is its signature, which
// stays as it is; the value of any other field may be filled in.
#include "core/scope.h"
#include "document/pdf/compare_impl.h"

#include <assert.h>

static bool name_is(struct comparison *c, struct opened *o, struct str dictionary, const char *key,
                    const char *name)
{
    struct str value = {0};

    if (!pdf_find(dictionary, key, &value))
        return false;
    if (opened_resolve(c->scope, o, value, &value) != OK)
        scope_forgive(c->scope);
    return pdf_is_name(value, name);
}

static struct str full_name(struct comparison *c, struct opened *o, struct str parent,
                            struct str field)
{
    struct str own = {0};

    if (!pdf_find(field, "T", &own) || opened_resolve(c->scope, o, own, &own) != OK ||
        pdf_read_text(c->scope, own, &own) != OK) {
        scope_forgive(c->scope);
        return parent;
    }
    return parent.bytes ? str_concat(c->scope, 3, parent, str("."), own) : own;
}

static enum status keep_field(struct comparison *c, const struct origin *from, struct str item)
{
    struct pdf_ref ref = {0};

    if (pdf_read_ref(item, &ref))
        compare_push(c, &c->fields, ref, from);
    else
        compare_follow(c, &c->strict, item, from);
    return OK;
}

static enum status lose_field(struct comparison *c, const struct origin *from, struct str item)
{
    (void)item;
    compare_note(c, PDF_CHANGE_CONTENT, str("a form field was removed"), from);
    return OK;
}

// A field that the earlier revision has not: signed, or it is a change of content.
static enum status add_field(struct comparison *c, const struct origin *from, struct str item)
{
    struct origin origin = *from;
    struct pdf_ref ref = {0};
    struct str field = {0};
    struct str value = {0};
    struct str kids = {0};
    struct str kid = {0};

    TRY(compare_new(c, item, &field));
    origin.field = full_name(c, c->new, from->field, field);
    if (pdf_find(field, "V", &value))
        TRY(compare_new(c, value, &value));
    if (!pdf_is_dictionary(value) ||
        !(from->is_signature || name_is(c, c->new, field, "FT", "Sig"))) {
        compare_note(c, PDF_CHANGE_CONTENT, str("a form field was added"), &origin);
        return OK;
    }
    if (pdf_read_ref(item, &ref))
        compare_push(c, &c->added, ref, &origin);
    if (pdf_find(field, "Kids", &kids))
        TRY(compare_new(c, kids, &kids));
    for (struct str rest = pdf_inside(kids); pdf_next(&rest, &kid);) {
        if (pdf_read_ref(kid, &ref))
            compare_push(c, &c->added, ref, &origin);
    }
    if (name_is(c, c->new, value, "Type", "DocTimeStamp"))
        compare_note(c, PDF_CHANGE_VALIDATION, str("a document time-stamp was added"), &origin);
    else
        compare_note(c, PDF_CHANGE_SIGNATURE, str("a signature was added"), &origin);
    return OK;
}

static const struct array_rule field_rule = {keep_field, lose_field, add_field};

bool compare_was_added(const struct comparison *c, struct pdf_ref ref)
{
    for (const struct step *step = c->added; step; step = step->below) {
        if (step->ref.number == ref.number && step->ref.generation == ref.generation)
            return true;
    }
    return false;
}

static enum status compare_value(struct comparison *c, const struct origin *from, struct str old,
                                 struct str new)
{
    struct str is = {0};
    struct str was = {0};

    if (from->is_signature && str_equal(old, new)) {
        compare_follow(c, &c->strict, old,
                       &(struct origin){.kind = PDF_CHANGE_CONTENT, .field = from->field});
        return OK;
    }
    TRY(compare_old(c, old, &was));
    TRY(compare_new(c, new, &is));
    if (from->is_signature) {
        compare_note(c, was.bytes ? PDF_CHANGE_CONTENT : PDF_CHANGE_SIGNATURE,
                     was.bytes ? str("a signature was replaced or removed")
                               : str("a signature field was signed"),
                     from);
    } else if (!str_equal(was, is)) {
        compare_note(c, PDF_CHANGE_FORM, str("a field was filled in"), from);
    }
    return OK;
}

// What may be different in a field or its widget when it is filled in (12.7.4, 12.5.5).
static enum status field_key(struct comparison *c, const struct origin *from, struct str key,
                             struct str old, struct str new, bool *handled)
{
    static const char *const with_value[] = {"/AS", "/M", "/I", "/Ff", "/RV"};
    struct origin below = *from;

    *handled = true;
    if (str_is(key, "/V"))
        return compare_value(c, from, old, new);
    if (str_is(key, "/Kids"))
        return compare_arrays(c, from, old, new, &field_rule);
    below.kind = PDF_CHANGE_FORM;
    if (str_is(key, "/AP")) {
        if (str_equal(old, new))
            compare_follow(c, &c->loose, old, &below);
        else
            compare_note(c, PDF_CHANGE_FORM, str("its appearance was changed"), from);
        return OK;
    }
    for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
        if (!str_is(key, with_value[i]))
            continue;
        if (!str_equal(old, new))
            compare_note(c, PDF_CHANGE_FORM, str("a field was filled in"), from);
        return OK;
    }
    *handled = false;
    return OK;
}

static enum status compare_field(struct comparison *c, const struct step *step)
{
    struct origin origin = step->origin;
    struct str value = pdf_write_ref(c->scope, step->ref);
    struct str old = {0};
    struct str new = {0};

    if (!compare_see(c, step->ref))
        return OK;
    TRY(compare_old(c, value, &old));
    TRY(compare_new(c, value, &new));
    origin.field = full_name(c, c->old, origin.field, old);
    if (pdf_find(old, "FT", &value))
        origin.is_signature = name_is(c, c->old, old, "FT", "Sig");
    if (!pdf_is_dictionary(old) || !pdf_is_dictionary(new)) {
        compare_note(c, PDF_CHANGE_CONTENT, str("a form field was removed"), &origin);
        return OK;
    }
    return compare_keys(c, &origin, old, new, field_key);
}

static enum status form_key(struct comparison *c, const struct origin *from, struct str key,
                            struct str old, struct str new, bool *handled)
{
    struct origin below = {.kind = PDF_CHANGE_FORM};

    *handled = true;
    if (str_is(key, "/Fields"))
        return compare_arrays(c, from, old, new, &field_rule);
    if (str_is(key, "/SigFlags"))
        return OK;
    if (str_is(key, "/DR") || str_is(key, "/DA") || str_is(key, "/NeedAppearances")) {
        if (str_equal(old, new))
            compare_follow(c, &c->loose, old, &below);
        else
            compare_note(c, PDF_CHANGE_FORM, str("how fields look was changed"), from);
        return OK;
    }
    *handled = false;
    return OK;
}

enum status compare_form(struct comparison *c, struct str old, struct str new)
{
    struct origin origin = {.kind = PDF_CHANGE_CONTENT};

    TRY(compare_old(c, old, &old));
    TRY(compare_new(c, new, &new));
    if (old.bytes && !new.bytes)
        compare_note(c, PDF_CHANGE_CONTENT, str("the form was removed"), &origin);
    TRY(compare_keys(c, &origin, old, new, form_key));
    while (c->fields) {
        struct step *step = c->fields;
        c->fields = step->below;
        TRY(compare_field(c, step));
    }
    return OK;
}

enum status compare_annotation(struct comparison *c, const struct origin *from, struct str item)
{
    struct origin origin = *from;
    struct pdf_ref ref = {0};
    struct str old = {0};
    struct str new = {0};

    if (pdf_read_ref(item, &ref) && !compare_see(c, ref))
        return OK;
    TRY(compare_old(c, item, &old));
    TRY(compare_new(c, item, &new));
    if (name_is(c, c->old, old, "Subtype", "Widget"))
        return compare_keys(c, &origin, old, new, field_key);
    origin.kind = PDF_CHANGE_ANNOTATION_EDITED;
    if (str_equal(old, new))
        compare_follow(c, &c->loose, old, &origin);
    else
        compare_note(c, origin.kind, str("an annotation was changed"), &origin);
    return OK;
}
