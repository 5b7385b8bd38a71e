// What a page inherits, and the box that is seen of it: see page_impl.h.
#include "core/scope.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/page_impl.h"

#include <math.h>

enum { SIDE_MAX = 1000000 };

static const struct page_box a4 = {0, 0, 595, 842, 0};

static enum status ancestor(struct page_tree *tree, unsigned depth, struct pdf_ref ref,
                            struct str *out)
{
    struct str text = {0};
    bool is_stream = false;

    if (tree->refs[depth].number != ref.number) {
        TRY(opened_object(tree->scope, tree->opened, ref, &text, &is_stream));
        tree->attributes[depth] = pdf_set(tree->scope, text, "Kids", (struct str){0});
        tree->refs[depth] = ref;
    }
    *out = tree->attributes[depth];
    return OK;
}

enum status page_attribute(struct page_tree *tree, struct str page, const char *key,
                           struct str *out)
{
    struct str parent = {0};
    struct pdf_ref ref = {0};

    *out = (struct str){0};
    for (unsigned depth = 0; depth < PAGE_TREE_DEPTH_MAX; depth++) {
        if (pdf_find(page, key, out) || !pdf_find(page, "Parent", &parent) ||
            !pdf_read_ref(parent, &ref))
            return OK;
        TRY(ancestor(tree, depth, ref, &page));
    }
    return OK;
}

// Digits, a sign and a point: PDF knows no exponents (7.3.3).
static bool read_real(struct str text, double *out)
{
    bool negative = text.bytes && text.data[0] == '-';
    double value = 0;
    double unit = 0;

    for (size_t i = negative || (text.bytes && text.data[0] == '+') ? 1 : 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (c == '.' && unit == 0) {
            unit = 1;
        } else if (c < '0' || c > '9') {
            return false;
        } else {
            value = value * 10 + (c - '0');
            unit *= 10;
        }
    }
    *out = (negative ? -value : value) / (unit > 0 ? unit : 1);
    return text.bytes > 0 && fabs(*out) < SIDE_MAX;
}

static enum status read_box(struct page_tree *tree, struct str page, const char *key, double out[4],
                            bool *found)
{
    struct str box = {0};
    struct str side = {0};

    *found = false;
    TRY(page_attribute(tree, page, key, &box));
    TRY(opened_resolve(tree->scope, tree->opened, box, &box));
    struct str rest = pdf_is_array(box) ? pdf_inside(box) : (struct str){0};
    for (int i = 0; i < 4; i++) {
        if (!pdf_next(&rest, &side))
            return OK;
        TRY(opened_resolve(tree->scope, tree->opened, side, &side));
        if (!read_real(side, &out[i]))
            return OK;
    }
    *found = fabs(out[2] - out[0]) >= 1 && fabs(out[3] - out[1]) >= 1;
    return OK;
}

static enum status read_turns(struct page_tree *tree, struct str page, unsigned *out)
{
    struct str value = {0};
    int64_t degrees = 0;

    TRY(page_attribute(tree, page, "Rotate", &value));
    TRY(opened_resolve(tree->scope, tree->opened, value, &value));
    *out = pdf_read_int(value, &degrees) ? (unsigned)((degrees % 360 + 360) % 360) / 90 : 0;
    return OK;
}

enum status page_box(struct page_tree *tree, struct str page, struct page_box *out)
{
    double b[4] = {0};
    bool found = false;

    *out = a4;
    TRY(read_box(tree, page, "CropBox", b, &found));
    if (!found)
        TRY(read_box(tree, page, "MediaBox", b, &found));
    if (found)
        *out = (struct page_box){fmin(b[0], b[2]), fmin(b[1], b[3]), fmax(b[0], b[2]),
                                 fmax(b[1], b[3]), 0};
    return read_turns(tree, page, &out->turns);
}

bool page_box_equal(const struct page_box *a, const struct page_box *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 && a->y1 == b->y1 &&
           a->turns == b->turns;
}
