// Objects of two revisions side by side. Those that an earlier rule has looked at are not looked at
// again: the order is fields, annotations, pages, everything else, and last what may differ.
#include "core/scope.h"
#include "document/pdf/compare_impl.h"

#include <assert.h>

enum {
    SEEN_FIRST = 1024,
    KEYS_MAX = 4096, // of a dictionary that differs
    GONE_MAX = 1024, // items that an array lacks, before the rest is left alone
};

void compare_note(struct comparison *c, enum pdf_change_kind kind, struct str what,
                  const struct origin *from)
{
    struct pdf_changes *out = c->out;
    struct pdf_change change = {
        .kind = kind, .what = what, .field = from->field, .page = from->page, .times = 1};

    for (size_t i = 0; i < out->count; i++) {
        struct pdf_change *known = &out->items[i];
        if (known->kind == kind && str_equal(known->what, what) &&
            str_equal(known->field, from->field)) {
            known->times++;
            return;
        }
    }
    if (out->count < PDF_CHANGES_MAX) {
        out->items[out->count++] = change;
        return;
    }
    out->more = true;
    if (kind > out->items[PDF_CHANGES_MAX - 1].kind)
        out->items[PDF_CHANGES_MAX - 1] = change;
}

static uint64_t key_of(struct pdf_ref ref)
{
    return ((uint64_t)ref.generation << 32 | ref.number) + 1;
}

static uint64_t *slot_of(const struct comparison *c, uint64_t key)
{
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15ULL >> 20) & (c->seen_room - 1);

    while (c->seen[at] && c->seen[at] != key)
        at = (at + 1) & (c->seen_room - 1);
    return &c->seen[at];
}

static void grow(struct comparison *c)
{
    uint64_t *old = c->seen;
    size_t count = c->seen_room;

    c->seen_room = count ? 2 * count : SEEN_FIRST;
    c->seen = scope_array(c->scope, c->seen_room, sizeof *c->seen);
    for (size_t i = 0; i < count; i++) {
        if (old[i])
            *slot_of(c, old[i]) = old[i];
    }
}

bool compare_see(struct comparison *c, struct pdf_ref ref)
{
    if (2 * c->seen_count >= c->seen_room)
        grow(c);
    uint64_t *slot = slot_of(c, key_of(ref));
    if (*slot)
        return false;
    *slot = key_of(ref);
    c->seen_count++;
    return true;
}

void compare_push(struct comparison *c, struct step **stack, struct pdf_ref ref,
                  const struct origin *from)
{
    struct step *step = scope_new(c->scope, struct step);

    *step = (struct step){.below = *stack, .ref = ref, .origin = *from};
    *stack = step;
}

void compare_follow(struct comparison *c, struct step **stack, struct str text,
                    const struct origin *from)
{
    struct str before = {0};
    struct pdf_ref ref = {0};

    while (pdf_next_ref(&text, &before, &ref))
        compare_push(c, stack, ref, from);
}

static enum status resolve(struct comparison *c, struct opened *o, struct str value,
                           struct str *out)
{
    enum status e = opened_resolve(c->scope, o, value, out);

    if (e == TOO_LARGE)
        return e;
    if (e != OK || str_is(*out, "null"))
        *out = (struct str){0};
    scope_forgive(c->scope);
    return OK;
}

enum status compare_old(struct comparison *c, struct str value, struct str *out)
{
    return resolve(c, c->old, value, out);
}

enum status compare_new(struct comparison *c, struct str value, struct str *out)
{
    return resolve(c, c->new, value, out);
}

static enum status compare_key(struct comparison *c, const struct origin *from, struct str key,
                               struct str old, struct str new, key_rule *rule)
{
    bool handled = false;

    if (rule)
        TRY(rule(c, from, key, old, new, &handled));
    if (handled)
        return OK;
    if (str_equal(old, new))
        compare_follow(c, &c->strict, old, from);
    else {
        compare_note(c, PDF_CHANGE_CONTENT,
                     str_format(c->scope, "%.*s was %s", STR(key),
                                old.bytes == 0   ? "added"
                                : new.bytes == 0 ? "removed"
                                                 : "changed"),
                     from);
    }
    return OK;
}

enum status compare_keys(struct comparison *c, const struct origin *from, struct str old,
                         struct str new, key_rule *rule)
{
    bool equal = str_equal(old, new);
    struct str rest = pdf_inside(old);
    struct str key = {0};
    struct str value = {0};
    struct str other = {0};

    for (size_t i = 0; pdf_next(&rest, &key) && pdf_next(&rest, &value); i++) {
        if (i == KEYS_MAX && !equal) {
            compare_note(c, PDF_CHANGE_CONTENT, str("a dictionary is too long to be compared"),
                         from);
            return OK;
        }
        other = equal ? value : (struct str){0};
        if (!equal)
            (void)pdf_find(new, str_z(c->scope, str_slice(key, 1, key.bytes)), &other);
        TRY(compare_key(c, from, key, value, other, rule));
    }
    rest = equal ? (struct str){0} : pdf_inside(new);
    for (size_t i = 0; i < KEYS_MAX && pdf_next(&rest, &key) && pdf_next(&rest, &value); i++) {
        if (!pdf_find(old, str_z(c->scope, str_slice(key, 1, key.bytes)), &other))
            TRY(compare_key(c, from, key, (struct str){0}, value, rule));
    }
    if (rest.bytes && pdf_next(&rest, &key))
        compare_note(c, PDF_CHANGE_CONTENT, str("a dictionary is too long to be compared"), from);
    return OK;
}

enum status compare_arrays(struct comparison *c, const struct origin *from, struct str old,
                           struct str new, const struct array_rule *rule)
{
    struct str olds = {0};
    struct str news = {0};
    struct str item = {0};
    struct str other = {0};
    size_t gone = 0;

    TRY(compare_old(c, old, &old));
    TRY(compare_new(c, new, &new));
    olds = pdf_is_array(old) ? pdf_inside(old) : olds;
    news = pdf_is_array(new) ? pdf_inside(new) : news;
    while (pdf_next(&olds, &item)) {
        struct str ahead = news;
        bool found = false;
        while (!found && pdf_next(&ahead, &other))
            found = str_equal(item, other);
        if (!found) {
            TRY(rule->gone(c, from, item));
            if (++gone == GONE_MAX)
                return OK;
            continue;
        }
        while (pdf_next(&news, &other) && !str_equal(item, other))
            TRY(rule->fresh(c, from, other));
        TRY(rule->kept(c, from, item));
    }
    while (pdf_next(&news, &other))
        TRY(rule->fresh(c, from, other));
    return OK;
}

struct object {
    struct str text;
    struct str data;
    bool is_stream;
};

static enum status read_object(struct comparison *c, struct opened *o, struct pdf_ref ref,
                               struct object *out)
{
    enum status e = opened_object(c->scope, o, ref, &out->text, &out->is_stream);

    if (e == OK && out->is_stream)
        e = opened_stream(c->scope, o, ref, &out->data);
    if (e == TOO_LARGE)
        return e;
    if (e != OK)
        *out = (struct object){.text = str("null")};
    scope_forgive(c->scope);
    return OK;
}

// Whether an object is the same in both revisions; gives its text.
static enum status same(struct comparison *c, struct pdf_ref ref, struct str *text, bool *out)
{
    struct object old = {0};
    struct object new = {0};

    TRY(read_object(c, c->old, ref, &old));
    TRY(read_object(c, c->new, ref, &new));
    *text = old.text;
    *out = old.is_stream == new.is_stream &&str_equal(old.text, new.text) &&
           str_equal(old.data, new.data);
    return OK;
}

static struct str changed(enum pdf_change_kind kind)
{
    return kind == PDF_CHANGE_METADATA            ? str("the metadata were changed")
           : kind == PDF_CHANGE_ANNOTATION_EDITED ? str("an annotation was changed")
                                                  : str("its appearance was changed");
}

static enum status work_off(struct comparison *c, struct step **stack)
{
    struct str text = {0};
    bool equal = false;

    while (*stack) {
        struct step *step = *stack;
        *stack = step->below;
        if (!compare_see(c, step->ref))
            continue;
        TRY(same(c, step->ref, &text, &equal));
        if (equal) {
            compare_follow(c, stack, text, &step->origin);
        } else if (step->origin.kind == PDF_CHANGE_CONTENT) {
            compare_note(c, PDF_CHANGE_CONTENT,
                         str_format(c->scope, "object %u was changed", step->ref.number),
                         &step->origin);
        } else {
            compare_note(c, step->origin.kind, changed(step->origin.kind), &step->origin);
        }
    }
    return OK;
}

enum status compare_strict(struct comparison *c)
{
    return work_off(c, &c->strict);
}

enum status compare_loose(struct comparison *c)
{
    return work_off(c, &c->loose);
}
