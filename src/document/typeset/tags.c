// The structure of a document (ISO 32000-1, 14.7 and 14.8). A tag is linked into its parent when
// its first content comes, so the order of the content is the order of reading, and a tag in which
// nothing stands is left out.
#include "core/scope.h"
#include "document/pdf/syntax.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/writer_impl.h"

#include <assert.h>

struct tag *writer_tag(struct writer *w, struct tag *parent, const char *kind,
                       const struct tag_about *about)
{
    struct tag *tag = scope_new(w->scope, struct tag);

    *tag = (struct tag){.parent = parent ? parent : &w->root, .kind = kind};
    tag->last = &tag->first;
    if (about) {
        tag->about = *about;
        tag->about.alternate = str_copy(w->scope, about->alternate);
    }
    return tag;
}

void canvas_tag(struct canvas *c, struct tag *tag)
{
    canvas_untag(c);
    canvas_end_text(c);
    c->marked = true;
    c->tag = tag;
    if (!tag) {
        buf_put_z(&c->out, "/Artifact BMC\n");
        return;
    }
    c->tags = canvas_grow(c->scope, c->tags, c->tag_count, &c->tag_room, sizeof *c->tags);
    buf_format(&c->out, "/%s<</MCID %zu>>BDC\n", tag->kind, c->tag_count);
    c->tags[c->tag_count++] = tag;
}

static void add_kid(struct writer *w, struct tag *tag, struct tag_kid kid)
{
    struct tag_kid *added = scope_new(w->scope, struct tag_kid);

    *added = kid;
    *tag->last = added;
    tag->last = &added->next;
}

// Links a tag and those above it that are not yet linked.
static void link_tag(struct writer *w, struct tag *tag)
{
    if (tag == &w->root || tag->number)
        return;
    link_tag(w, tag->parent);
    tag->number = output_reserve(w->output);
    add_kid(w, tag->parent, (struct tag_kid){.tag = tag});
}

void take_tags(struct writer *w, size_t page, const struct canvas *content)
{
    if (!w->root.last)
        w->root.last = &w->root.first;
    for (size_t i = 0; i < content->tag_count; i++) {
        link_tag(w, content->tags[i]);
        add_kid(w, content->tags[i], (struct tag_kid){.page = page, .mark = i});
    }
}

size_t add_parent(struct writer *w, uint32_t object)
{
    w->parents =
        canvas_grow(w->scope, w->parents, w->parent_count, &w->parent_room, sizeof *w->parents);
    w->parents[w->parent_count] = object;
    return w->parent_count++;
}

static void put_kid(struct writer *w, struct buf *out, const struct tag_kid *kid, size_t page)
{
    uint32_t of_page = w->pages[kid->page].number;

    if (kid->tag)
        buf_format(out, "%u 0 R ", kid->tag->number);
    else if (kid->annotation)
        buf_format(out, "<</Type/OBJR/Pg %u 0 R/Obj %u 0 R>>", of_page, kid->annotation);
    else if (kid->page == page)
        buf_format(out, "%zu ", kid->mark);
    else
        buf_format(out, "<</Type/MCR/Pg %u 0 R/MCID %zu>>", of_page, kid->mark);
}

static void put_about(struct writer *w, struct buf *out, const struct tag *tag)
{
    bool heads = strcmp(tag->kind, "TH") == 0;

    if (tag->about.alternate.bytes)
        buf_format(out, "/Alt%.*s", STR(pdf_write_text(w->scope, tag->about.alternate)));
    if (!heads && tag->about.columns < 2)
        return;
    buf_put_z(out, "/A<</O/Table");
    if (heads)
        buf_format(out, "/Scope/%s", tag->about.row_header ? "Row" : "Column");
    if (tag->about.columns > 1)
        buf_format(out, "/ColSpan %u", tag->about.columns);
    buf_put_z(out, ">>");
}

static void write_tag(struct writer *w, const struct tag *tag)
{
    struct buf *out = output_begin(w->output, tag->number);
    const struct tag_kid *content = tag->first;

    while (content && (content->tag || content->annotation))
        content = content->next;
    buf_format(out, "<</S/%s/P %u 0 R", tag->kind,
               tag->parent == &w->root ? NUMBER_TAGS : tag->parent->number);
    if (content)
        buf_format(out, "/Pg %u 0 R", w->pages[content->page].number);
    put_about(w, out, tag);
    buf_put_z(out, "/K[");
    for (const struct tag_kid *kid = tag->first; kid; kid = kid->next)
        put_kid(w, out, kid, content ? content->page : SIZE_MAX);
    buf_put_z(out, "]>>");
    output_end(w->output);
    for (const struct tag_kid *kid = tag->first; kid; kid = kid->next) {
        if (kid->tag)
            write_tag(w, kid->tag);
    }
}

// 14.7.4.4: for each page, what tag each of its marks belongs to.
static void write_marks(struct writer *w, size_t page)
{
    const struct page *p = &w->pages[page];
    struct buf *out = output_begin(w->output, w->parents[page]);

    buf_put_z(out, "[");
    for (size_t i = 0; i < p->tag_count; i++)
        buf_format(out, "%u 0 R ", p->tags[i]->number);
    buf_put_z(out, "]");
    output_end(w->output);
}

void write_tags(struct writer *w)
{
    for (const struct tag_kid *kid = w->root.first; kid; kid = kid->next)
        write_tag(w, kid->tag);
    for (size_t i = 0; i < w->page_count && w->root.first; i++)
        write_marks(w, i);
}

void write_tag_root(struct writer *w)
{
    struct buf *out = NULL;

    if (!w->root.first)
        return;
    out = output_begin(w->output, NUMBER_TAGS);
    buf_format(out, "<</Type/StructTreeRoot/ParentTree %d 0 R/ParentTreeNextKey %zu/K[",
               NUMBER_PARENTS, w->parent_count);
    for (const struct tag_kid *kid = w->root.first; kid; kid = kid->next)
        buf_format(out, "%u 0 R ", kid->tag->number);
    buf_put_z(out, "]>>");
    output_end(w->output);
    out = output_begin(w->output, NUMBER_PARENTS);
    buf_put_z(out, "<</Nums[");
    for (size_t i = 0; i < w->parent_count; i++)
        buf_format(out, "%zu %u 0 R ", i, w->parents[i]);
    buf_put_z(out, "]>>");
    output_end(w->output);
}

// A link of a tag: an address, or a page of the document.
static void write_link(struct writer *w, struct canvas_link *link, size_t page, uint32_t number)
{
    bool tagged = link->tag && link->tag->number;
    size_t key = tagged ? add_parent(w, link->tag->number) : 0;
    struct buf *out = output_begin(w->output, number);

    buf_put_z(out, "<</Type/Annot/Subtype/Link/Border[0 0 0]/F 4/Rect[");
    canvas_put_points(out, link->box.x);
    canvas_put_points(out, link->box.y);
    canvas_put_points(out, link->box.x + link->box.width);
    canvas_put_points(out, link->box.y + link->box.height);
    if (link->address.bytes) {
        buf_format(out, "]/A<</S/URI/URI%.*s>>", STR(pdf_write_bytes(w->scope, link->address)));
    } else {
        buf_format(out, "]/Dest[%u 0 R/XYZ null ", w->pages[link->page].number);
        canvas_put_points(out, link->y);
        buf_put_z(out, "null]");
    }
    if (tagged) {
        buf_format(out, "/StructParent %zu", key);
        add_kid(w, link->tag, (struct tag_kid){.page = page, .annotation = number});
    }
    buf_put_z(out, ">>");
    output_end(w->output);
}

// Before the tags are written: a link is a kid of its tag.
void write_links(struct writer *w)
{
    for (size_t i = 0; i < w->page_count; i++) {
        struct page *p = &w->pages[i];
        p->annotations = scope_array(w->scope, p->link_count, sizeof *p->annotations);
        for (size_t k = 0; k < p->link_count; k++) {
            if (!p->links[k].address.bytes && p->links[k].page >= w->page_count)
                continue;
            p->annotations[k] = output_reserve(w->output);
            write_link(w, &p->links[k], i, p->annotations[k]);
        }
    }
}
