// Objects that files share are written once, into memory, under the numbers that they have in every
// file; a file takes them in as they are.
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/deflate.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/image.h"
#include "document/typeset/writer_impl.h"

#include <assert.h>

enum { SHARED_BYTES_MAX = 256 << 20 };

// A state that a form may rely on, since it begins with that of whoever shows it (8.10.1).
static const char form_begins[] = "0 g 0 G 1 w[]0 d 0 Tc\n";

struct shared_list shared_list_new(uint32_t next_number, size_t count)
{
    return (struct shared_list){.next_number = next_number, .count = count};
}

const struct shared *shared_find(const struct shared_list *list, uint32_t number)
{
    const struct shared *found = list ? list->first : NULL;

    while (found && found->drawing.number != number)
        found = found->next;
    return found;
}

void shared_add(struct shared *shared, struct buf *out, uint32_t number, struct str text,
                const struct str *data)
{
    struct output_place *p = &shared->objects[shared->object_count++];

    assert(shared->object_count <= SHARED_OBJECTS_MAX);
    *p = (struct output_place){.number = number,
                               .at = out->bytes,
                               .text_bytes = text.bytes,
                               .data_bytes = data ? data->bytes : 0,
                               .stream = data};
    buf_format(out, "%u 0 obj\n", number);
    buf_put(out, text);
    if (data) {
        buf_put_z(out, "\nstream\n");
        buf_put(out, *data);
        buf_put_z(out, "\nendstream");
    }
    buf_put_z(out, "\nendobj\n");
}

static void add_stream(struct scope *s, struct shared *shared, struct buf *out, uint32_t number,
                       struct str entries, struct str data)
{
    shared_add(shared, out, number, str_format(s, "<<%.*s/Length %zu>>", STR(entries), data.bytes),
               &data);
}

static struct str squeeze(struct scope *s, struct str data)
{
    struct buf out = buf_make(s, SHARED_BYTES_MAX);

    deflate_put(&out, data, DEFLATE_BEST);
    return buf_str(&out);
}

void shared_name(struct scope *s, struct shared *shared, const struct str *parts, size_t count)
{
    struct digest *d = digest_open(s, DIGEST_SHA256);
    uint8_t digest[SHA256_BYTES];

    for (size_t i = 0; i < count; i++) {
        digest_add(d, str_of(&parts[i].bytes, sizeof parts[i].bytes));
        digest_add(d, parts[i]);
    }
    digest_finish(d, digest);
    memcpy(shared->name, digest, sizeof shared->name);
}

void shared_seal(struct shared *shared, const struct buf *bytes)
{
    shared->bytes = buf_str(bytes);
    part_check(shared->bytes, shared->check);
}

static struct shared *find_named(const struct shared_list *list, const struct shared *like)
{
    struct shared *found = list->first;

    while (found && memcmp(found->name, like->name, sizeof like->name) != 0)
        found = found->next;
    return found;
}

static const struct drawing *append(struct shared_list *list, struct shared *shared)
{
    if (!list->last)
        list->last = &list->first;
    shared->index = list->count++;
    *list->last = shared;
    list->last = &shared->next;
    return &shared->drawing;
}

void shared_add_deflated(struct scope *s, struct shared *shared, struct buf *out, uint32_t number,
                         struct str entries, struct str data)
{
    add_stream(s, shared, out, number, str_concat(s, 2, entries, str("/Filter/FlateDecode")),
               squeeze(s, data));
}

const struct drawing *shared_image(struct scope *s, struct shared_list *list,
                                   const struct image *image)
{
    struct shared *shared = scope_new(s, struct shared);
    const struct str parts[] = {image->entries, image->data, image->mask_entries, image->mask_data};

    shared_name(s, shared, parts, sizeof parts / sizeof *parts);
    struct shared *known = find_named(list, shared);
    if (known)
        return &known->drawing;
    struct buf out = buf_make(s, SHARED_BYTES_MAX);
    uint32_t number = list->next_number++;
    struct str mask = {0};
    shared->drawing = (struct drawing){
        .number = number, .image = true, .width = image->width, .height = image->height};
    if (image->mask_data.bytes) {
        uint32_t of_mask = list->next_number++;
        mask = str_format(s, "/SMask %u 0 R", of_mask);
        add_stream(s, shared, &out, of_mask, image->mask_entries, image->mask_data);
    }
    add_stream(s, shared, &out, number, str_concat(s, 2, image->entries, mask), image->data);
    shared_seal(shared, &out);
    return append(list, shared);
}

void put_resources(struct buf *out, unsigned fonts, const struct drawing *const *drawings,
                   size_t drawing_count)
{
    buf_put_z(out, "/Resources<<");
    if (fonts) {
        buf_put_z(out, "/Font<<");
        for (uint32_t i = 0; i < FONTS; i++) {
            if (fonts & (1U << i))
                buf_format(out, "/F%u %u 0 R", i, NUMBER_FONTS + i * FONT_OBJECTS);
        }
        buf_put_z(out, ">>");
    }
    if (drawing_count) {
        buf_put_z(out, "/XObject<<");
        for (size_t i = 0; i < drawing_count; i++)
            buf_format(out, "/X%u %u 0 R", drawings[i]->number, drawings[i]->number);
        buf_put_z(out, ">>");
    }
    buf_put_z(out, ">>");
}

static struct str form_text(struct scope *s, const struct canvas *c, struct paper size)
{
    struct buf entries = buf_make(s, CANVAS_BYTES_MAX);

    buf_put_z(&entries, "/Type/XObject/Subtype/Form/BBox[0 0 ");
    canvas_put_points(&entries, size.width);
    canvas_put_points(&entries, size.height);
    buf_put_z(&entries, "]/Filter/FlateDecode");
    put_resources(&entries, c->fonts, c->drawings, c->drawing_count);
    return buf_str(&entries);
}

const struct drawing *shared_form(struct scope *s, struct shared_list *list,
                                  const struct shared_list *more, struct canvas *content,
                                  struct paper size)
{
    struct shared *shared = scope_new(s, struct shared);
    struct str operators = str_concat(s, 2, str(form_begins), canvas_finish(content));
    struct str entries = form_text(s, content, size);
    struct str *parts = scope_array(s, content->drawing_count + 2, sizeof *parts);
    struct buf out = buf_make(s, SHARED_BYTES_MAX);

    shared->needs = scope_array(s, content->drawing_count, sizeof *shared->needs);
    parts[0] = operators;
    parts[1] = entries;
    for (size_t i = 0; i < content->drawing_count; i++) {
        uint32_t number = content->drawings[i]->number;
        const struct shared *need = shared_find(list, number);
        need = need ? need : shared_find(more, number);
        assert(need); // a drawing of another stock
        shared->needs[shared->need_count++] = need;
        parts[2 + i] = str_of(need->name, sizeof need->name);
    }
    shared_name(s, shared, parts, content->drawing_count + 2);
    struct shared *known = find_named(list, shared);
    if (known)
        return &known->drawing;
    shared->fonts = content->fonts;
    shared->drawing =
        (struct drawing){.number = list->next_number++, .width = size.width, .height = size.height};
    add_stream(s, shared, &out, shared->drawing.number, entries, squeeze(s, operators));
    shared_seal(shared, &out);
    return append(list, shared);
}

// Marks what a drawing needs, and the drawing: by its place in the lists.
static void mark(bool *used, unsigned *fonts, const struct shared *shared)
{
    if (used[shared->index])
        return;
    used[shared->index] = true;
    *fonts |= shared->fonts;
    for (size_t i = 0; i < shared->need_count; i++)
        mark(used, fonts, shared->needs[i]);
}

static void write_one(struct writer *w, const struct shared *shared)
{
    w->used[w->used_count++] = shared;
    output_copy(w->output, shared->bytes, shared->objects, shared->object_count);
}

void write_shared(struct writer *w, bool with_profile)
{
    const struct shared_list *stock = w->stock ? &w->stock->list : NULL;
    bool *used = scope_array(w->scope, w->list.count, sizeof *used);
    unsigned fonts = 0;

    w->used = scope_array(w->scope, w->list.count + FONTS + 1, sizeof *w->used);
    for (size_t i = 0; i < w->page_count; i++) {
        const struct page *page = &w->pages[i];
        fonts |= page->fonts;
        for (size_t k = 0; k < page->drawing_count; k++) {
            const struct shared *shared = shared_find(&w->list, page->drawings[k]->number);
            shared = shared ? shared : shared_find(stock, page->drawings[k]->number);
            assert(shared); // a drawing of another stock
            mark(used, &fonts, shared);
        }
    }
    for (const struct shared *i = stock ? stock->first : NULL; i; i = i->next) {
        if (used[i->index])
            write_one(w, i);
    }
    for (const struct shared *i = w->list.first; i; i = i->next) {
        if (used[i->index])
            write_one(w, i);
    }
    for (size_t i = 0; i < FONTS; i++) {
        if (fonts & (1U << i))
            write_one(w, shared_font(i));
    }
    if (with_profile)
        write_one(w, shared_profile());
}
