// Fills blocks: the only place where data become text of a document.
#include "document/typeset/fill_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/template.h"

struct runs {
    struct run *items;
    size_t count, room;
};

static enum status check_room(struct fill *f)
{
    if (f->blocks++ >= FILL_BLOCKS_MAX || !scope_has_room(f->scope, FILL_ROOM_BYTES))
        return fail(f->scope, TOO_LARGE, "%.*s: the data make a document that is too large",
                    STR(f->context.front->name));
    return OK;
}

static void add_run(struct fill *f, struct runs *r, struct run run)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 4;
        struct run *more = scope_array(f->scope, room, sizeof *more);
        if (r->items)
            memcpy(more, r->items, r->count * sizeof *more);
        r->items = more;
        r->room = room;
    }
    r->items[r->count++] = run;
}

// Text of data; its line feeds break the line.
static void add_text(struct fill *f, struct runs *r, struct run like, struct str text)
{
    while (text.data) {
        like.text = str_cut(&text, '\n');
        if (like.text.bytes)
            add_run(f, r, like);
        if (text.data)
            add_run(f, r, (struct run){.is_break = true});
    }
}

static enum status fill_url(struct fill *f, const struct source *source, struct str url,
                            struct str *out)
{
    struct buf text = buf_make(f->scope, FILL_LINK_BYTES_MAX);
    struct str rest = url;

    while (rest.data) {
        const struct mark *mark = NULL;
        struct str value = {0};
        buf_put(&text, source_next(source, &rest, &mark));
        if (mark && mark->kind == MARK_FIELD)
            TRY(expression_text(f->scope, &mark->expression, &f->context, &value));
        buf_put(&text, value);
    }
    return buf_finish(&text, "the address of a link", out);
}

static enum status fill_range(struct fill *f, const struct source *source,
                              const struct pieces *pieces, size_t from, size_t to,
                              struct runs *out);

// Gives the items that a value stands for: those of an array, itself, or none.
static void items_of(struct json value, struct json *one, const struct json **items, size_t *count)
{
    *one = value;
    *items = one;
    *count = value.type == JSON_NONE || value.type == JSON_NULL ? 0 : 1;
    if (value.type == JSON_ARRAY) {
        *items = value.items;
        *count = value.count;
    }
}

static enum status fill_each(struct fill *f, const struct source *source,
                             const struct pieces *pieces, size_t at, struct runs *out)
{
    struct expression_context outer = f->context;
    const struct piece *p = &pieces->items[at];
    const struct json *items = NULL;
    struct json value = {0};
    struct json one = {0};
    size_t count = 0;

    TRY(expression_evaluate(f->scope, &p->mark->expression, &f->context, &value));
    items_of(value, &one, &items, &count);
    for (size_t i = 0; i < count; i++) {
        f->context.input = items[i];
        f->context.index = i + 1;
        f->context.item_count = count;
        TRY(check_room(f));
        TRY(fill_range(f, source, pieces, at + 1, p->other, out));
    }
    f->context = outer;
    return OK;
}

static enum status fill_if(struct fill *f, const struct source *source, const struct pieces *pieces,
                           size_t at, struct runs *out, size_t *next)
{
    const struct piece *p = &pieces->items[at];
    const struct piece *other = &pieces->items[p->other];
    struct json value = {0};

    TRY(expression_evaluate(f->scope, &p->mark->expression, &f->context, &value));
    *next = (other->kind == PIECE_ELSE ? other->other : p->other) + 1;
    if (expression_holds(value))
        return fill_range(f, source, pieces, at + 1, p->other, out);
    return other->kind == PIECE_ELSE
               ? fill_range(f, source, pieces, p->other + 1, other->other, out)
               : OK;
}

static enum status fill_field(struct fill *f, const struct piece *p, struct run like,
                              struct runs *out)
{
    struct str text = {0};

    TRY(expression_text(f->scope, &p->mark->expression, &f->context, &text));
    add_text(f, out, like, text);
    return OK;
}

static enum status fill_range(struct fill *f, const struct source *source,
                              const struct pieces *pieces, size_t from, size_t to, struct runs *out)
{
    for (size_t i = from; i < to;) {
        const struct piece *p = &pieces->items[i];
        struct run like = {.style = p->style};
        size_t next = i + 1;
        if (p->url.bytes)
            TRY(fill_url(f, source, p->url, &like.url));
        if (p->kind == PIECE_TEXT) {
            like.text = p->text;
            like.fixed = p;
            add_run(f, out, like);
        } else if (p->kind == PIECE_BREAK) {
            add_run(f, out, (struct run){.is_break = true});
        } else if (p->kind == PIECE_FIELD) {
            TRY(fill_field(f, p, like, out));
        } else if (p->kind == PIECE_EACH) {
            TRY(fill_each(f, source, pieces, i, out));
            next = p->other + 1;
        } else if (p->kind == PIECE_IF) {
            TRY(fill_if(f, source, pieces, i, out, &next));
        }
        i = next;
    }
    return OK;
}

enum status fill_pieces(struct fill *f, const struct source *source, const struct pieces *pieces,
                        const struct run **runs, size_t *count)
{
    struct runs r = {0};

    TRY(fill_range(f, source, pieces, 0, pieces->count, &r));
    *runs = r.items;
    *count = r.count;
    return OK;
}

static enum status fill_siblings(struct fill *f, const struct block *first, struct filled ***last);

static enum status repeat(struct fill *f, const struct block *b, struct filled ***last)
{
    struct expression_context outer = f->context;
    const struct json *items = NULL;
    struct json value = {0};
    struct json one = {0};
    size_t count = 0;

    TRY(expression_evaluate(f->scope, &b->mark->expression, &f->context, &value));
    items_of(value, &one, &items, &count);
    for (size_t i = 0; i < count; i++) {
        f->context.input = items[i];
        f->context.index = i + 1;
        f->context.item_count = count;
        TRY(check_room(f));
        TRY(fill_siblings(f, b->first, last));
    }
    f->context = outer;
    return OK;
}

static enum status decide(struct fill *f, const struct block *b, struct filled ***last)
{
    struct json value = {0};

    TRY(expression_evaluate(f->scope, &b->mark->expression, &f->context, &value));
    return fill_siblings(f, expression_holds(value) ? b->first : b->otherwise, last);
}

static enum status fill_block(struct fill *f, const struct block *b, struct filled ***last)
{
    struct filled *filled = NULL;

    if (b->kind == BLOCK_EACH)
        return repeat(f, b, last);
    if (b->kind == BLOCK_IF)
        return decide(f, b, last);
    TRY(check_room(f));
    filled = scope_new(f->scope, struct filled);
    filled->of = b;
    **last = filled;
    *last = &filled->next;
    if (b->in_chunk && f->chunks)
        return OK;
    TRY(fill_pieces(f, f->source, &b->text, &filled->runs, &filled->run_count));
    return fill_blocks(f, b->first, &filled->first);
}

static enum status fill_siblings(struct fill *f, const struct block *first, struct filled ***last)
{
    for (const struct block *b = first; b; b = b->next)
        TRY(fill_block(f, b, last));
    return OK;
}

enum status fill_some(struct fill *f, const struct block *first, const struct block *end,
                      struct filled **out)
{
    struct filled **last = out;

    *out = NULL;
    for (const struct block *b = first; b != end; b = b->next)
        TRY(fill_block(f, b, &last));
    return OK;
}

enum status fill_blocks(struct fill *f, const struct block *first, struct filled **out)
{
    struct filled **last = out;

    *out = NULL;
    return fill_siblings(f, first, &last);
}

struct str runs_text(struct scope *s, const struct run *runs, size_t count)
{
    struct buf text = buf_make(s, SIZE_MAX / 2);

    for (size_t i = 0; i < count; i++) {
        if (runs[i].is_break)
            buf_put_byte(&text, ' ');
        buf_put(&text, runs[i].text);
    }
    return buf_str(&text);
}
