// The walk through two revisions, for compare.c (forms, pages, the order of things) and
// compare_walk.c (objects).
#ifndef SHEAF_DOCUMENT_PDF_COMPARE_IMPL_H
#define SHEAF_DOCUMENT_PDF_COMPARE_IMPL_H

#include "document/pdf/compare.h"
#include "document/pdf/open_impl.h"

#include <stdint.h>

// Where the walk came from, which decides what a difference is.
struct origin {
    enum pdf_change_kind kind; // of an object that differs
    struct str field;
    size_t page;
    bool is_signature; // a field's inherited type
};

struct step {
    struct step *below; // of the stack
    struct pdf_ref ref;
    struct origin origin;
};

struct comparison {
    struct scope *scope;
    struct opened *old, *new;
    struct pdf_changes *out;
    struct step *fields; // fields to be looked at by their own rules
    struct step *strict; // objects that may not differ
    struct step *loose;  // objects that may differ as their origin says, unless strict reaches them
    uint64_t *seen;      // hash table of references; 0: empty
    size_t seen_count, seen_room;
    struct step *added; // fields of the new revision only
};

// What becomes of a key: handled, or to be compared strictly.
typedef enum status key_rule(struct comparison *c, const struct origin *from, struct str key,
                             struct str old, struct str new, bool *handled);

void compare_note(struct comparison *c, enum pdf_change_kind kind, struct str what,
                  const struct origin *from);

// Remembers a reference; false when it was already.
bool compare_see(struct comparison *c, struct pdf_ref ref);

void compare_push(struct comparison *c, struct step **stack, struct pdf_ref ref,
                  const struct origin *from);

// Pushes all references in a text.
void compare_follow(struct comparison *c, struct step **stack, struct str text,
                    const struct origin *from);

// Compares two dictionaries key by key: those that the rule does not handle must be equal, and what
// they refer to is followed strictly.
enum status compare_keys(struct comparison *c, const struct origin *from, struct str old,
                         struct str new, key_rule *rule);

// Compares two arrays of which the newer may have more items: calls `kept` for each that is in
// both, `gone` and `fresh` for the others.
struct array_rule {
    enum status (*kept)(struct comparison *c, const struct origin *from, struct str item);
    enum status (*gone)(struct comparison *c, const struct origin *from, struct str item);
    enum status (*fresh)(struct comparison *c, const struct origin *from, struct str item);
};
enum status compare_arrays(struct comparison *c, const struct origin *from, struct str old,
                           struct str new, const struct array_rule *rule);

// Gives what a value stands for in each revision; `null` is empty.
enum status compare_old(struct comparison *c, struct str value, struct str *out);
enum status compare_new(struct comparison *c, struct str value, struct str *out);

// Works the stacks off.
enum status compare_strict(struct comparison *c);
enum status compare_loose(struct comparison *c);

// The fields of the form, and those below a field.
enum status compare_form(struct comparison *c, struct str old, struct str new);
// A widget or another annotation that is on a page of both.
enum status compare_annotation(struct comparison *c, const struct origin *from, struct str item);
// Whether an annotation of the newer revision is a widget of a field that was added to the form.
bool compare_was_added(const struct comparison *c, struct pdf_ref ref);

#endif
