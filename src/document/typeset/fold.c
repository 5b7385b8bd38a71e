// Folds what Markdown gives as siblings ({{#each}}, blocks, {{/each}}) into blocks that hold
// blocks, and links inline marks.
#include "core/scope.h"
#include "document/typeset/blocks_impl.h"
#include "document/typeset/front_impl.h"

struct folder {
    struct scope *scope;
    const struct front *front;
    struct block *rest;
};

static const bool bodies[DIRECTIVES + 1] = {
#define DIRECTIVE(name, word, has_body, meaning) has_body,
#include "document/typeset/directives.def"
#undef DIRECTIVE
};

static bool is_control(const struct block *b)
{
    return b->mark && (b->kind == BLOCK_EACH || b->kind == BLOCK_IF || b->kind == BLOCK_DIRECTIVE);
}

static const char *written(enum mark_kind kind)
{
    switch (kind) {
    case MARK_EACH:
        return "{{#each}}";
    case MARK_IF:
        return "{{#if}}";
    case MARK_ELSE:
        return "{{else}}";
    case MARK_END_EACH:
        return "{{/each}}";
    case MARK_END_IF:
        return "{{/if}}";
    case MARK_FIELD:
    case MARK_DIRECTIVE:
    case MARK_END_DIRECTIVE:
    default:
        return ":::";
    }
}

static enum status fold(struct folder *f, const struct block *opener, struct block **first,
                        struct block **end);

// What stands between a mark and its end; the parts of {{#if}} are two.
static enum status fold_body(struct folder *f, struct block *b)
{
    enum mark_kind wanted = b->kind == BLOCK_EACH ? MARK_END_EACH
                            : b->kind == BLOCK_IF ? MARK_END_IF
                                                  : MARK_END_DIRECTIVE;
    struct block *end = NULL;

    TRY(fold(f, b, &b->first, &end));
    if (end && end->mark->kind == MARK_ELSE && b->kind == BLOCK_IF)
        TRY(fold(f, b, &b->otherwise, &end));
    if (!end)
        return template_wrong(f->scope, f->front, b->line, "%s has no end within its place",
                              written(b->mark->kind));
    if (end->mark->kind != wanted) {
        return template_wrong(f->scope, f->front, end->line,
                              "%s ends nothing here; %s of line %zu is open",
                              written(end->mark->kind), written(b->mark->kind), b->line);
    }
    return OK;
}

static bool opens(const struct block *b)
{
    return b->mark->kind == MARK_EACH || b->mark->kind == MARK_IF ||
           (b->mark->kind == MARK_DIRECTIVE && bodies[b->directive]);
}

// Takes siblings up to the end of the opener: what ended it is in `*end`, NULL at the last sibling.
static enum status fold(struct folder *f, const struct block *opener, struct block **first,
                        struct block **end)
{
    struct block **last = first;

    *first = NULL;
    *end = NULL;
    while (f->rest) {
        struct block *b = f->rest;
        f->rest = b->next;
        b->next = NULL;
        if (is_control(b) && !opens(b) && b->mark->kind != MARK_DIRECTIVE) {
            *end = b;
            if (opener)
                return OK;
            return template_wrong(f->scope, f->front, b->line, "%s ends nothing",
                                  written(b->mark->kind));
        }
        if (is_control(b) && opens(b))
            TRY(fold_body(f, b));
        *last = b;
        last = &b->next;
    }
    return OK;
}

enum status blocks_fold(struct scope *s, const struct front *front, struct block **first)
{
    struct folder f = {s, front, *first};
    struct block *end = NULL;

    return fold(&f, NULL, first, &end);
}

enum status pieces_link(struct scope *s, const struct front *front, struct piece *items,
                        size_t count)
{
    size_t open[SOURCE_NESTING_MAX];
    size_t depth = 0;

    for (size_t i = 0; i < count; i++) {
        struct piece *p = &items[i];
        if (p->kind == PIECE_EACH || p->kind == PIECE_IF) {
            if (depth == SOURCE_NESTING_MAX)
                return template_wrong(s, front, p->mark->line, "more than %d levels of nesting",
                                      SOURCE_NESTING_MAX);
            open[depth++] = i;
        }
        if (p->kind != PIECE_ELSE && p->kind != PIECE_END)
            continue;
        struct piece *opener = depth ? &items[open[depth - 1]] : NULL;
        bool fits = opener && (p->kind == PIECE_ELSE ? opener->kind == PIECE_IF
                               : p->mark->kind == MARK_END_EACH
                                   ? opener->kind == PIECE_EACH
                                   : opener->kind == PIECE_IF || opener->kind == PIECE_ELSE);
        if (!fits)
            return template_wrong(s, front, p->mark->line, "%s ends nothing",
                                  written(p->mark->kind));
        opener->other = i;
        if (p->kind == PIECE_ELSE)
            open[depth - 1] = i;
        else
            depth--;
    }
    if (depth) {
        return template_wrong(s, front, items[open[depth - 1]].mark->line,
                              "%s has no end within its paragraph",
                              written(items[open[depth - 1]].mark->kind));
    }
    return OK;
}
