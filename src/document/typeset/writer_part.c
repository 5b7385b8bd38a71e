// The directory of a short document (document/pdf/part.h).
#include "core/scope.h"
#include "document/typeset/writer_impl.h"

// All objects that stand before `end`, by number; those of the fonts and the stock stand behind it.
static struct output_place *own_places(struct writer *w, size_t end, size_t *count)
{
    uint32_t numbers = output_count(w->output);
    struct output_place *own = scope_array(w->scope, numbers, sizeof *own);

    *count = 0;
    for (uint32_t i = NUMBER_STOCK; i < numbers; i++) {
        if (output_find(w->output, i, &own[*count]) && own[*count].at < end)
            ++*count;
    }
    return own;
}

static void place_shared(struct writer *w, const struct shared *shared, struct part_shared *out)
{
    struct output_place *objects = scope_array(w->scope, shared->object_count, sizeof *objects);

    for (size_t i = 0; i < shared->object_count; i++)
        (void)output_find(w->output, shared->objects[i].number, &objects[i]);
    memcpy(out->name, shared->name, sizeof out->name);
    memcpy(out->check, shared->check, sizeof out->check);
    out->at = objects[0].at - shared->objects[0].at;
    out->bytes = shared->bytes.bytes;
    out->objects = objects;
    out->object_count = shared->object_count;
}

void write_part(struct writer *w, size_t own_end, const struct writer_about *about)
{
    struct part p = {.own_at = w->own_at,
                     .own_bytes = own_end - w->own_at,
                     .page_count = w->page_count,
                     .parents = w->parents,
                     .parent_count = w->parent_count,
                     .size = output_count(w->output),
                     .language = about->language,
                     .profile = about->pdfa ? NUMBER_PROFILE : 0,
                     .outline = w->bookmark_count > 0};
    struct part_shared *shared = scope_array(w->scope, w->used_count, sizeof *shared);
    uint32_t *pages = scope_array(w->scope, w->page_count, sizeof *pages);
    uint32_t *tops = scope_array(w->scope, p.size, sizeof *tops);

    p.own = own_places(w, own_end, &p.own_count);
    for (size_t i = 0; i < w->used_count; i++)
        place_shared(w, w->used[i], &shared[i]);
    p.shared = shared;
    p.shared_count = w->used_count;
    for (size_t i = 0; i < w->page_count; i++)
        pages[i] = w->pages[i].number;
    p.pages = pages;
    for (const struct tag_kid *kid = w->root.first; kid; kid = kid->next)
        tops[p.top_count++] = kid->tag->number;
    p.tops = tops;
    output_stream(w->output, NUMBER_PART, (struct str){0},
                  part_write(w->scope, &p, output_bytes(w->output, p.own_at, own_end)));
}
