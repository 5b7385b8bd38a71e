// PDF objects as text: whatever the text, what is found lies within it, and what is set is found.
#include "document/pdf/syntax.h"
#include "test/fuzz/fuzz.h"

static bool within(struct str part, struct str whole)
{
    return part.bytes == 0 ||
           (part.data >= whole.data && part.data + part.bytes <= whole.data + whole.bytes);
}

static void walk(struct scope *s, struct str text)
{
    struct str rest = text;
    struct str value = {0};
    struct str read = {0};
    struct pdf_ref ref = {0};

    while (pdf_next(&rest, &value)) {
        assert(value.bytes > 0 && within(value, text));
        (void)pdf_read_text(s, value, &read);
        (void)pdf_read_ref(value, &ref);
        (void)pdf_find(value, "A", &read);
    }
    for (rest = text; pdf_next_ref(&rest, &value, &ref);)
        assert(within(value, text) && ref.number > 0);
}

FUZZ
{
    struct str value = {0};

    walk(s, input);
    struct str set = pdf_set(s, input, "Sheaf", str("(there)"));
    if (!pdf_is_dictionary(input))
        assert(pdf_find(set, "Sheaf", &value) && str_is(value, "(there)"));
}
