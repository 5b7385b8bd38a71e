// The door to cmark: Markdown to blocks. Its tree is gone when this file has returned.
#include "document/typeset/blocks_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/template.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

struct reader {
    struct scope *scope;
    const struct front *front;
    const struct source *source;
    size_t line; // of what is being read
};

struct list {
    struct piece *items;
    size_t count, room;
};

static struct str copied(const struct reader *r, const char *z)
{
    return str_copy(r->scope, str(z));
}

static size_t line_of(const struct reader *r, cmark_node *node)
{
    int line = cmark_node_get_start_line(node);

    if (line < 1 || (size_t)line > r->source->line_count)
        return r->line;
    return r->source->lines[line - 1];
}

static void add_piece(struct reader *r, struct list *l, struct piece p)
{
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 8;
        struct piece *more = scope_array(r->scope, room, sizeof *more);
        if (l->items)
            memcpy(more, l->items, l->count * sizeof *more);
        l->items = more;
        l->room = room;
    }
    l->items[l->count++] = p;
}

static enum piece_kind kind_of(const struct mark *mark)
{
    switch (mark->kind) {
    case MARK_EACH:
        return PIECE_EACH;
    case MARK_IF:
        return PIECE_IF;
    case MARK_ELSE:
        return PIECE_ELSE;
    case MARK_END_EACH:
    case MARK_END_IF:
        return PIECE_END;
    case MARK_FIELD:
    case MARK_DIRECTIVE:
    case MARK_END_DIRECTIVE:
    default:
        return PIECE_FIELD;
    }
}

// Text that Markdown has read: with its marks made pieces.
static void add_text(struct reader *r, struct list *l, struct str text, struct piece like)
{
    struct str rest = text;

    while (rest.data) {
        const struct mark *mark = NULL;
        struct piece p = like;
        p.kind = PIECE_TEXT;
        p.text = source_next(r->source, &rest, &mark);
        if (p.text.bytes)
            add_piece(r, l, p);
        if (mark) {
            p.kind = kind_of(mark);
            p.text = (struct str){0};
            p.mark = mark;
            add_piece(r, l, p);
        }
    }
}

static enum status read_inlines(struct reader *r, cmark_node *parent, struct piece like,
                                struct list *l, unsigned depth);

static enum status read_html(struct reader *r, const char *literal, struct list *l)
{
    struct str text = str(literal);

    if (!str_equal_nocase(text, str("<br>")) && !str_equal_nocase(text, str("<br/>")) &&
        !str_equal_nocase(text, str("<br />"))) {
        return template_wrong(r->scope, r->front, r->line,
                              "a template may not have HTML but <br>: %.*s",
                              STR(str_slice(text, 0, 40)));
    }
    add_piece(r, l, (struct piece){.kind = PIECE_BREAK});
    return OK;
}

static enum status read_inline(struct reader *r, cmark_node *node, struct piece like,
                               struct list *l, unsigned depth)
{
    switch ((unsigned)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
        add_text(r, l, copied(r, cmark_node_get_literal(node)), like);
        return OK;
    case CMARK_NODE_CODE:
        like.style |= STYLE_MONO;
        add_text(r, l, copied(r, cmark_node_get_literal(node)), like);
        return OK;
    case CMARK_NODE_SOFTBREAK:
        add_text(r, l, str(" "), like);
        return OK;
    case CMARK_NODE_LINEBREAK:
        add_piece(r, l, (struct piece){.kind = PIECE_BREAK});
        return OK;
    case CMARK_NODE_EMPH:
        like.style |= STYLE_ITALIC;
        return read_inlines(r, node, like, l, depth + 1);
    case CMARK_NODE_STRONG:
        like.style |= STYLE_BOLD;
        return read_inlines(r, node, like, l, depth + 1);
    case CMARK_NODE_LINK:
        like.url = copied(r, cmark_node_get_url(node));
        return read_inlines(r, node, like, l, depth + 1);
    case CMARK_NODE_HTML_INLINE:
        return read_html(r, cmark_node_get_literal(node), l);
    case CMARK_NODE_IMAGE:
        return template_wrong(r->scope, r->front, r->line,
                              "an image stands in a paragraph of its own");
    default:
        return template_wrong(r->scope, r->front, r->line, "%s has no place here",
                              cmark_node_get_type_string(node));
    }
}

static enum status read_inlines(struct reader *r, cmark_node *parent, struct piece like,
                                struct list *l, unsigned depth)
{
    if (depth > BLOCKS_DEPTH_MAX)
        return template_wrong(r->scope, r->front, r->line, "more than %d levels of emphasis",
                              BLOCKS_DEPTH_MAX);
    for (cmark_node *n = cmark_node_first_child(parent); n; n = cmark_node_next(n))
        TRY(read_inline(r, n, like, l, depth));
    return OK;
}

static enum status finish_pieces(struct reader *r, const struct list *l, struct pieces *out)
{
    *out = (struct pieces){l->items, l->count, true};
    for (size_t i = 0; i < l->count; i++) {
        const struct mark *ignored = NULL;
        struct str url = l->items[i].url;
        if (url.bytes)
            (void)source_next(r->source, &url, &ignored);
        if (l->items[i].mark || ignored)
            out->fixed = false;
    }
    return pieces_link(r->scope, r->front, l->items, l->count);
}

static enum status read_pieces(struct reader *r, cmark_node *node, struct pieces *out)
{
    struct list l = {0};

    TRY(read_inlines(r, node, (struct piece){0}, &l, 0));
    return finish_pieces(r, &l, out);
}

static enum status read_block(struct reader *r, cmark_node *node, unsigned depth,
                              struct block **out);

static enum status read_children(struct reader *r, cmark_node *node, unsigned depth,
                                 struct block *parent)
{
    struct block **last = &parent->first;

    if (depth > BLOCKS_DEPTH_MAX)
        return template_wrong(r->scope, r->front, r->line, "more than %d levels of blocks",
                              BLOCKS_DEPTH_MAX);
    for (cmark_node *n = cmark_node_first_child(node); n; n = cmark_node_next(n)) {
        TRY(read_block(r, n, depth + 1, last));
        last = &(*last)->next;
    }
    return blocks_fold(r->scope, r->front, &parent->first);
}

// A paragraph or cell that is nothing but a control mark or a directive.
static const struct mark *control_of(const struct reader *r, cmark_node *node)
{
    cmark_node *first = cmark_node_first_child(node);
    const struct mark *mark = NULL;

    if (!first || cmark_node_next(first) || cmark_node_get_type(first) != CMARK_NODE_TEXT)
        return NULL;
    struct str rest = str_trim(str(cmark_node_get_literal(first)));
    struct str before = source_next(r->source, &rest, &mark);
    return before.bytes == 0 && rest.bytes == 0 && mark && mark->kind != MARK_FIELD ? mark : NULL;
}

static enum status read_directive(struct reader *r, const struct mark *mark, struct block *b)
{
    static const char *const words[] = {
#define DIRECTIVE(name, word, has_body, meaning) word,
#include "document/typeset/directives.def"
#undef DIRECTIVE
    };
    struct str rest = mark->text;
    struct str word = str_cut(&rest, ' ');

    for (size_t i = 0; i < DIRECTIVES; i++) {
        if (str_is(word, words[i])) {
            b->directive = (enum directive_kind)i;
            return pieces_read(r->scope, r->front, r->source, str_trim(rest), &b->text);
        }
    }
    return template_wrong(r->scope, r->front, mark->line, "there is no directive ::: %.*s",
                          STR(str_slice(word, 0, 40)));
}

static enum status read_control(struct reader *r, const struct mark *mark, struct block *b)
{
    b->mark = mark;
    b->line = mark->line;
    b->kind = BLOCK_DIRECTIVE;
    b->directive = DIRECTIVES; // the end of one
    if (mark->kind == MARK_DIRECTIVE)
        return read_directive(r, mark, b);
    if (mark->kind != MARK_END_DIRECTIVE)
        b->kind = mark->kind == MARK_EACH || mark->kind == MARK_END_EACH ? BLOCK_EACH : BLOCK_IF;
    return OK;
}

static enum status read_paragraph(struct reader *r, cmark_node *node, struct block *b)
{
    const struct mark *mark = control_of(r, node);
    cmark_node *first = cmark_node_first_child(node);

    if (mark)
        return read_control(r, mark, b);
    b->kind = BLOCK_PARAGRAPH;
    if (!first || cmark_node_next(first) || cmark_node_get_type(first) != CMARK_NODE_IMAGE)
        return read_pieces(r, node, &b->text);
    b->kind = BLOCK_IMAGE;
    b->file = copied(r, cmark_node_get_url(first));
    b->width = copied(r, cmark_node_get_title(first));
    return read_pieces(r, first, &b->text);
}

static enum status read_table(struct reader *r, cmark_node *node, unsigned depth, struct block *b)
{
    unsigned count = cmark_gfm_extensions_get_table_columns(node);
    const uint8_t *letters = cmark_gfm_extensions_get_table_alignments(node);
    uint8_t *alignments = scope_alloc(r->scope, count);

    if (count > TABLE_COLUMNS_MAX)
        return template_wrong(r->scope, r->front, r->line, "more than %d columns",
                              TABLE_COLUMNS_MAX);
    for (unsigned i = 0; i < count && letters; i++) {
        alignments[i] = letters[i] == 'r'   ? ALIGN_RIGHT
                        : letters[i] == 'c' ? ALIGN_CENTRE
                                            : ALIGN_LEFT;
    }
    b->kind = BLOCK_TABLE;
    b->column_count = count;
    b->alignments = alignments;
    return read_children(r, node, depth, b);
}

// A row whose first cell is a control mark stands for the mark.
static enum status read_row(struct reader *r, cmark_node *node, unsigned depth, struct block *b)
{
    cmark_node *first = cmark_node_first_child(node);
    const struct mark *mark = first ? control_of(r, first) : NULL;

    b->kind = BLOCK_ROW;
    b->level = cmark_gfm_extensions_get_table_row_is_header(node) ? 1 : 0;
    return mark ? read_control(r, mark, b) : read_children(r, node, depth, b);
}

static enum status read_code(struct reader *r, cmark_node *node, struct block *b)
{
    struct list l = {0};
    struct str text = copied(r, cmark_node_get_literal(node));

    b->kind = BLOCK_CODE;
    if (str_ends(text, str("\n")))
        text.bytes--;
    while (text.data) {
        add_text(r, &l, str_cut(&text, '\n'), (struct piece){.style = STYLE_MONO});
        if (text.data)
            add_piece(r, &l, (struct piece){.kind = PIECE_BREAK});
    }
    return finish_pieces(r, &l, &b->text);
}

static enum status read_list(struct reader *r, cmark_node *node, unsigned depth, struct block *b)
{
    int start = cmark_node_get_list_start(node);

    b->kind = BLOCK_LIST;
    b->ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    b->tight = cmark_node_get_list_tight(node) != 0;
    b->start = start > 0 ? (unsigned)start : 0;
    return read_children(r, node, depth, b);
}

static enum status read_plain(struct reader *r, cmark_node *node, unsigned depth, struct block *b,
                              enum block_kind kind)
{
    b->kind = kind;
    return read_children(r, node, depth, b);
}

static enum status read_core(struct reader *r, cmark_node *node, unsigned depth, struct block *b)
{
    switch ((unsigned)cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH:
        return read_paragraph(r, node, b);
    case CMARK_NODE_HEADING:
        b->kind = BLOCK_HEADING;
        b->level = (unsigned)cmark_node_get_heading_level(node);
        return read_pieces(r, node, &b->text);
    case CMARK_NODE_CODE_BLOCK:
        return read_code(r, node, b);
    case CMARK_NODE_BLOCK_QUOTE:
        return read_plain(r, node, depth, b, BLOCK_QUOTE);
    case CMARK_NODE_LIST:
        return read_list(r, node, depth, b);
    case CMARK_NODE_ITEM:
        return read_plain(r, node, depth, b, BLOCK_ITEM);
    case CMARK_NODE_THEMATIC_BREAK:
        b->kind = BLOCK_RULE;
        return OK;
    default:
        return template_wrong(r->scope, r->front, r->line,
                              "%s has no place in a template: text, lists, tables, code, rules",
                              cmark_node_get_type_string(node));
    }
}

static enum status read_block(struct reader *r, cmark_node *node, unsigned depth,
                              struct block **out)
{
    struct block *b = scope_new(r->scope, struct block);
    const char *type = cmark_node_get_type_string(node);

    r->line = line_of(r, node);
    b->line = r->line;
    *out = b;
    if (!scope_has_room(r->scope, SOURCE_ROOM_BYTES))
        return fail(r->scope, TOO_LARGE, "%.*s: the template is too large", STR(r->front->name));
    // The kinds of the table's extension have numbers of their own, known only when it runs.
    if (str_is(str(type), "table"))
        return read_table(r, node, depth, b);
    if (str_is(str(type), "table_row") || str_is(str(type), "table_header"))
        return read_row(r, node, depth, b);
    if (str_is(str(type), "table_cell")) {
        b->kind = BLOCK_CELL;
        return read_pieces(r, node, &b->text);
    }
    return read_core(r, node, depth, b);
}

// Sets what does not depend on data, from the leaves up.
static bool settle(struct block *b)
{
    b->fixed = b->text.fixed || b->text.count == 0;
    for (struct block *c = b->first; c; c = c->next)
        b->fixed &= settle(c);
    for (struct block *c = b->otherwise; c; c = c->next)
        b->fixed &= settle(c);
    if (b->kind == BLOCK_EACH || b->kind == BLOCK_IF)
        b->fixed = false;
    return b->fixed;
}

static void free_parser(void *parser)
{
    cmark_parser_free(parser);
}

static void free_node(void *node)
{
    cmark_node_free(node);
}

enum status blocks_read(struct scope *s, const struct front *front, const struct source *source,
                        struct block **out)
{
    struct reader r = {.scope = s, .front = front, .source = source, .line = front->body_line};
    struct scope *work = scope_open(1 << 20);

    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    scope_defer(work, free_parser, parser);
    cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
    cmark_parser_feed(parser, source->markdown.data, source->markdown.bytes);
    cmark_node *root = cmark_parser_finish(parser);
    scope_defer(work, free_node, root);
    *out = scope_new(s, struct block);
    enum status e = read_children(&r, root, 0, *out);
    scope_close(work);
    if (e == OK)
        (void)settle(*out);
    return e;
}

enum status pieces_read(struct scope *s, const struct front *front, const struct source *source,
                        struct str text, struct pieces *out)
{
    struct reader r = {.scope = s, .front = front, .source = source};
    struct list l = {0};

    if (text.bytes)
        add_text(&r, &l, text, (struct piece){0});
    return finish_pieces(&r, &l, out);
}
