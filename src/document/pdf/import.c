// Objects are copied as they are found: each gets a new number when it is first referred to.
#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/import_impl.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/page_impl.h"
#include "document/pdf/revision.h"

enum { OBJECTS_MAX = 2000, NUMBER_MAX = 100000 };

struct import {
    struct scope *scope;
    struct revision *revision;
    struct opened *from;
    uint32_t *numbers; // in the update, by number; 0: none yet
    struct pdf_ref waiting[OBJECTS_MAX];
    size_t waiting_count, count;
};

static enum status renumber(struct import *m, struct str text, struct str *out)
{
    struct buf b = buf_make(m->scope, 2 * text.bytes + OBJECTS_MAX);
    struct str before = {0};
    struct pdf_ref ref = {0};

    while (pdf_next_ref(&text, &before, &ref)) {
        if (ref.number >= m->from->size || m->count == OBJECTS_MAX)
            return fail(m->scope, INVALID, "the page to be shown refers to too much");
        if (!m->numbers[ref.number]) {
            m->numbers[ref.number] = revision_reserve(m->revision).number;
            m->waiting[m->waiting_count++] = ref;
            m->count++;
        }
        buf_put(&b, before);
        buf_format(&b, "%u 0 R", m->numbers[ref.number]);
    }
    buf_put(&b, text);
    return buf_finish(&b, "an object", out);
}

static enum status copy(struct import *m, struct pdf_ref ref)
{
    struct pdf_ref to = {m->numbers[ref.number], 0};
    struct str text = {0};
    struct str data = {0};
    bool is_stream = false;

    TRY(opened_object(m->scope, m->from, ref, &text, &is_stream));
    TRY(renumber(m, text, &text));
    if (!is_stream) {
        revision_put(m->revision, to, text);
        return OK;
    }
    TRY(opened_stream(m->scope, m->from, ref, &data));
    revision_put_stream(m->revision, to, pdf_set(m->scope, text, "Length", (struct str){0}), data);
    return OK;
}

// One stream, alone or in an array.
static enum status read_content(struct import *m, struct str page, struct imported *out)
{
    struct str value = {0};
    struct str rest = {0};
    struct pdf_ref ref = {0};
    bool is_stream = false;

    if (pdf_find(page, "Contents", &value) && pdf_is_array(value)) {
        rest = pdf_inside(value);
        if (!pdf_next(&rest, &value) || pdf_next(&rest, &rest))
            value = (struct str){0};
    }
    if (!pdf_read_ref(value, &ref))
        return fail(m->scope, INVALID, "the page to be shown has not one stream of content");
    TRY(opened_object(m->scope, m->from, ref, &out->dictionary, &is_stream));
    if (!is_stream)
        return fail(m->scope, INVALID, "the page to be shown has not one stream of content");
    return opened_stream(m->scope, m->from, ref, &out->content);
}

static enum status read_page(struct import *m, struct imported *out)
{
    struct page_tree tree = {.scope = m->scope, .opened = m->from};
    struct pdf_ref ref = {0};
    struct page_box box = {0};
    struct str page = {0};
    struct str resources = {0};
    bool is_stream = false;

    TRY(opened_page(m->scope, m->from, 0, &ref));
    TRY(opened_object(m->scope, m->from, ref, &page, &is_stream));
    TRY(page_box(&tree, page, &box));
    if (box.x0 < 0 || box.x0 > 0 || box.y0 < 0 || box.y0 > 0 || box.turns)
        return fail(m->scope, INVALID, "the page to be shown does not begin at 0, 0");
    out->width = box.x1;
    out->height = box.y1;
    TRY(read_content(m, page, out));
    TRY(page_attribute(&tree, page, "Resources", &resources));
    TRY(opened_resolve(m->scope, m->from, resources, &resources));
    TRY(renumber(m, resources, &resources));
    out->dictionary =
        pdf_set(m->scope, out->dictionary, "Resources", resources.bytes ? resources : str("<< >>"));
    out->dictionary = pdf_set(m->scope, out->dictionary, "Length", (struct str){0});
    return OK;
}

enum status revision_import(struct scope *s, struct revision *r, struct str pdf,
                            struct imported *out)
{
    struct import *m = scope_new(s, struct import);

    *m = (struct import){.scope = s, .revision = r};
    TRY(opened_read(s, pdf, &m->from));
    if (m->from->encrypted || opened_complaint(s, m->from).bytes || m->from->size > NUMBER_MAX)
        return fail(s, INVALID, "the page to be shown is not of a sound PDF in the clear");
    m->numbers = scope_array(s, m->from->size, sizeof *m->numbers);
    TRY(read_page(m, out));
    while (m->waiting_count)
        TRY(copy(m, m->waiting[--m->waiting_count]));
    return OK;
}
