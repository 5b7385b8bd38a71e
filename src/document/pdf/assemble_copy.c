// Copies what the pages of a document need, deepest first, so that an object's references are
// those of the result when its digest is taken: what is alike all the way down is merged. Objects
// that lie on a circle (annotations and their page) get their numbers ahead and are never merged.
// The stack is our own: a chain of references can be as long as the document has objects.
#include "core/scope.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/output.h"
#include "document/pdf/page_impl.h"
#include "document/pdf/revision.h"

enum { MADE_UP_MAX = 1024, TEXT_GROWTH = 2 };

enum state {
    UNSEEN,
    OPEN, // its references are being copied
    DONE,
};

struct frame {
    struct frame *below;
    struct pdf_ref ref;
    struct str text;
    struct str rest; // what was not looked through yet
    bool is_stream;
    bool is_page;
};

struct copying {
    struct scope *scope;
    struct joined *joined;
    struct opened *opened;
    struct frame *top;
    uint32_t *numbers; // in the result, by number in the source; 0: null, or not known yet
    uint8_t *states;
    size_t room;
    struct page_tree tree;
};

// What belongs to the structure of the source and not to what is seen.
static bool is_left_out(struct str text)
{
    struct str type = {0};

    return pdf_find(text, "Type", &type) &&
           (pdf_is_name(type, "Pages") || pdf_is_name(type, "Catalog") ||
            pdf_is_name(type, "StructTreeRoot") || pdf_is_name(type, "StructElem"));
}

// Annotations and fields belong to one page; layers of two documents are two layers.
static bool may_merge(struct str text)
{
    struct str rest = pdf_is_dictionary(text) ? pdf_inside(text) : (struct str){0};
    struct str key = {0};
    struct str value = {0};

    while (pdf_next(&rest, &key) && pdf_next(&rest, &value)) {
        if (pdf_is_name(key, "Rect") || pdf_is_name(key, "FT") ||
            (pdf_is_name(key, "Type") && (pdf_is_name(value, "OCG") || pdf_is_name(value, "Page"))))
            return false;
    }
    return true;
}

// A signature covers bytes of its own file: what is left of its field is the picture.
static struct str without_signature(struct scope *s, struct str text)
{
    struct str type = {0};

    return pdf_find(text, "FT", &type) && pdf_is_name(type, "Sig")
               ? pdf_set(s, text, "V", (struct str){0})
               : text;
}

static enum status open_object(struct copying *c, struct pdf_ref ref)
{
    struct frame *f = scope_new(c->scope, struct frame);

    *f = (struct frame){.below = c->top, .ref = ref};
    TRY(opened_object(c->scope, c->opened, ref, &f->text, &f->is_stream));
    if (is_left_out(f->text)) {
        c->states[ref.number] = DONE;
        return OK;
    }
    f->text = without_signature(c->scope, f->text);
    if (f->is_stream)
        f->text = pdf_set(c->scope, f->text, "Length", (struct str){0});
    f->rest = f->text;
    c->states[ref.number] = OPEN;
    c->top = f;
    return OK;
}

// Opens the next object that `f` refers to and that was not seen; false when there is none.
static enum status open_next(struct copying *c, struct frame *f, bool *opened)
{
    struct str before = {0};
    struct pdf_ref ref = {0};

    *opened = false;
    while (pdf_next_ref(&f->rest, &before, &ref)) {
        if (ref.number >= c->room)
            continue;
        if (c->states[ref.number] == OPEN && !c->numbers[ref.number])
            c->numbers[ref.number] = joined_reserve(c->joined);
        if (c->states[ref.number] == UNSEEN) {
            TRY(open_object(c, ref));
            *opened = true;
            return OK;
        }
    }
    return OK;
}

// The text with the result's numbers in it.
static struct str renumber(struct copying *c, struct str text)
{
    struct buf out = buf_make(c->scope, TEXT_GROWTH * text.bytes + 64);
    struct str before = {0};
    struct pdf_ref ref = {0};

    while (pdf_next_ref(&text, &before, &ref)) {
        uint32_t number = ref.number < c->room ? c->numbers[ref.number] : 0;
        buf_put(&out, before);
        if (number)
            buf_format(&out, "%u 0 R", number);
        else
            buf_put_z(&out, "null");
    }
    buf_put(&out, text);
    return buf_str(&out);
}

static enum status write_frame(struct copying *c, const struct frame *f)
{
    struct str text = renumber(c, f->text);
    struct str data = {0};
    uint32_t *number = &c->numbers[f->ref.number];

    if (f->is_page)
        text = pdf_set(c->scope, text, "Parent",
                       pdf_write_ref(c->scope, (struct pdf_ref){JOINED_PAGES, 0}));
    if (f->is_stream) {
        TRY(opened_stream(c->scope, c->opened, f->ref, &data));
        text = pdf_set(c->scope, text, "Length", str_format(c->scope, "%zu", data.bytes));
    }
    if (*number || !may_merge(text)) {
        *number = *number ? *number : joined_reserve(c->joined);
        joined_write(c->joined, *number, text, f->is_stream, data);
    } else {
        *number = joined_merge(c->joined, text, f->is_stream, data);
    }
    c->states[f->ref.number] = DONE;
    return OK;
}

// Copies what is on the stack, and what it needs.
static enum status copy_open(struct copying *c)
{
    bool opened = false;

    while (c->top) {
        struct frame *f = c->top;
        TRY(open_next(c, f, &opened));
        if (opened || c->top != f)
            continue;
        TRY(write_frame(c, f));
        c->top = f->below;
        if (output_is_full(c->joined->output))
            return fail(c->scope, TOO_LARGE, "the joined PDF would be longer than %d bytes",
                        PDF_BYTES_MAX);
    }
    return OK;
}

// A page on its own: what it inherits becomes its own, what ties it to the source is cut.
static enum status free_page(struct copying *c, struct str page, struct str *out)
{
    static const char *const inherited[] = {"Resources", "MediaBox", "CropBox", "Rotate"};
    static const char *const ties[] = {"Parent", "StructParents", "B"};
    struct str value = {0};
    struct str text = page;

    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; i++) {
        TRY(page_attribute(&c->tree, page, inherited[i], &value));
        if (value.bytes)
            text = pdf_set(c->scope, text, inherited[i], value);
    }
    if (!pdf_find(text, "MediaBox", &value))
        text = pdf_set(c->scope, text, "MediaBox", str("[ 0 0 612 792 ]"));
    for (size_t i = 0; i < sizeof ties / sizeof ties[0]; i++)
        text = pdf_set(c->scope, text, ties[i], (struct str){0});
    *out = text;
    return OK;
}

static enum status copy_page(struct copying *c, struct pdf_ref ref)
{
    struct frame *f = scope_new(c->scope, struct frame);
    struct str page = {0};

    *f = (struct frame){.ref = ref, .is_page = true};
    TRY(opened_object(c->scope, c->opened, ref, &page, &f->is_stream));
    if (!pdf_is_dictionary(page) || f->is_stream)
        return fail(c->scope, CORRUPT, "a page of the PDF is no dictionary");
    TRY(free_page(c, page, &f->text));
    f->rest = f->text;
    c->top = f;
    return copy_open(c);
}

static enum status copy_pages(struct copying *c)
{
    size_t count = c->opened->page_count;
    struct pdf_ref *pages = scope_array(c->scope, count, sizeof *pages);

    // All pages have their numbers first: links lead from one to another.
    for (size_t i = 0; i < count; i++) {
        TRY(opened_page(c->scope, c->opened, i, &pages[i]));
        if (pages[i].number >= c->room || c->states[pages[i].number] != UNSEEN)
            return fail(c->scope, CORRUPT, "the PDF names a page twice");
        c->numbers[pages[i].number] = joined_reserve(c->joined);
        c->states[pages[i].number] = DONE;
    }
    for (size_t i = 0; i < count; i++)
        TRY(copy_page(c, pages[i]));
    for (size_t i = 0; i < count; i++)
        joined_add(c->joined, &c->joined->pages, c->numbers[pages[i].number]);
    return OK;
}

static void add_layers(struct copying *c, struct str array, struct buf *out)
{
    struct str rest = pdf_inside(array);
    struct str value = {0};
    struct pdf_ref ref = {0};

    while (pdf_next(&rest, &value)) {
        if (pdf_read_ref(value, &ref) && ref.number < c->room && c->numbers[ref.number])
            buf_format(out, " %u 0 R", c->numbers[ref.number]);
    }
}

// 8.11.4: a layer that was hidden stays hidden; one that no page uses is not copied.
static enum status copy_layers(struct copying *c)
{
    struct str catalog = {0};
    struct str value = {0};
    bool is_stream = false;

    TRY(opened_object(c->scope, c->opened, c->opened->catalog, &catalog, &is_stream));
    if (opened_find(c->scope, c->opened, catalog, "OCProperties/OCGs", &value) == OK)
        add_layers(c, value, &c->joined->layers);
    if (opened_find(c->scope, c->opened, catalog, "OCProperties/D/OFF", &value) == OK)
        add_layers(c, value, &c->joined->layers_off);
    scope_forgive(c->scope);
    return OK;
}

enum status joined_copy(struct scope *s, struct joined *j, struct opened *o)
{
    struct copying c = {.scope = s, .joined = j, .opened = o};

    // qpdf gives pages that are no objects of their own, or are named twice, numbers at the end.
    c.room = (size_t)o->size + o->page_count + MADE_UP_MAX;
    c.numbers = scope_array(s, c.room, sizeof *c.numbers);
    c.states = scope_array(s, c.room, sizeof *c.states);
    c.tree = (struct page_tree){.scope = s, .opened = o};
    c.states[o->catalog.number < c.room ? o->catalog.number : 0] = DONE;
    TRY(copy_pages(&c));
    return copy_layers(&c);
}
