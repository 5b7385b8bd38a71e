// Compiling: what its stages share, and the stages in their order.
#include "expr/jsonata_syntax_impl.h"

#include "core/utf8.h"
#include "expr/jsonata_error_impl.h"
#include "expr/jsonata_functions_impl.h"

enum {
    NODES_MAX = 2 * JSONATA_TEXT_BYTES_MAX,
    ROOM_BYTES = 4096, // more than any one step of compiling takes, but for lists and text
};

static const char *const node_words[] = {
#define NODE(name, word) word,
#include "expr/jsonata_nodes.def"
#undef NODE
};

const char *jsonata_node_word(const struct node *n)
{
    return node_words[n->kind];
}

enum status jsonata_compile_room(struct compiler *c)
{
    if (c->nodes <= NODES_MAX && scope_has_room(c->scope, ROOM_BYTES + 16 * c->text.bytes))
        return OK;
    (void)jsonata_refuse(c, "U1001", c->token.position, (struct str){0});
    return TOO_LARGE;
}

struct node *jsonata_node(struct compiler *c, enum node_kind kind, size_t position)
{
    struct node *n = scope_new(c->scope, struct node);

    c->nodes++;
    n->kind = (uint8_t)kind;
    n->position = (uint32_t)position;
    return n;
}

struct extras *jsonata_extras(struct compiler *c, struct node *n)
{
    if (!n->extras)
        n->extras = scope_new(c->scope, struct extras);
    return n->extras;
}

void jsonata_list_push(struct scope *s, struct list *list, void *item)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 4;
        void **larger = scope_array(s, room, sizeof *larger);
        if (list->count)
            memcpy(larger, list->items, list->count * sizeof *larger);
        list->items = larger;
        list->room = room;
    }
    list->items[list->count++] = item;
}

static size_t bucket_of(struct str name)
{
    return (size_t)(str_hash(name) % SYMBOL_BUCKETS);
}

static struct symbol *find(const struct symbols *symbols, struct str name)
{
    size_t bucket = bucket_of(name);

    for (; symbols; symbols = symbols->parent) {
        for (struct symbol *y = symbols->buckets[bucket]; y; y = y->next)
            if (str_equal(y->name, name))
                return y;
    }
    return NULL;
}

const struct symbol *jsonata_symbol_find(const struct symbols *symbols, struct str name)
{
    return find(symbols, name);
}

static struct offered offer(struct compiler *c, struct str name, bool states_language)
{
    struct offered o = {.builtin = jsonata_builtin_find(name, states_language)};

    if (o.builtin)
        o.signature = jsonata_builtin_signature(c->scope, o.builtin);
    return o;
}

struct symbol *jsonata_symbol(struct compiler *c, struct str name)
{
    struct symbol *found = find(c->symbols, name);

    if (found)
        return found;
    struct symbol *y = scope_new(c->scope, struct symbol);
    struct symbol **bucket = &c->symbols->buckets[bucket_of(name)];
    *y = (struct symbol){.next = *bucket, .name = name};
    y->offered[0] = offer(c, name, false);
    y->offered[1] = offer(c, name, true);
    if (y->offered[0].builtin || y->offered[1].builtin)
        y->function = c->symbols->function_count++;
    *bucket = y;
    return y;
}

static enum status compile(struct compiler *c, struct jsonata *out)
{
    struct syntax *written = NULL;
    struct node *root = NULL;

    if (c->text.bytes > JSONATA_TEXT_BYTES_MAX)
        return fail(c->scope, TOO_LARGE, "the expression has %zu bytes; the most is %d",
                    c->text.bytes, JSONATA_TEXT_BYTES_MAX);
    if (!utf8_valid(c->text))
        return fail(c->scope, INVALID, "the expression is not UTF-8");
    TRY(jsonata_parse(c, &written));
    TRY(jsonata_process(c, written, &root));
    if (root->kind == NODE_PARENT || (root->extras && root->extras->seeking))
        return jsonata_refuse(c, "S0217", root->position, str(jsonata_node_word(root)));
    *out = (struct jsonata){c->text, c->symbols, root};
    return OK;
}

enum status jsonata_compile_with(struct scope *s, struct str text, const struct symbols *parent,
                                 struct jsonata *out, struct raised *raised)
{
    struct compiler c = {.scope = s, .text = str_copy(s, text)};

    c.symbols = scope_new(s, struct symbols);
    c.symbols->parent = parent;
    c.symbols->function_count = parent ? parent->function_count : 0;
    enum status e = compile(&c, out);
    *raised = c.raised;
    return e;
}

enum status jsonata_compile(struct scope *s, struct str text, const struct jsonata **out,
                            struct jsonata_error *error)
{
    struct jsonata *made = scope_new(s, struct jsonata);
    struct raised raised = {0};
    struct jsonata_error told = {0};
    enum status e = jsonata_compile_with(s, text, NULL, made, &raised);

    if (raised.trouble.code) {
        jsonata_tell(s, text, &raised, &told);
        (void)fail(s, e, "%s at %zu: %.*s", told.code, told.position, STR(told.message));
    }
    if (e != OK && !raised.trouble.code)
        told.message = scope_why(s);
    if (error)
        *error = told;
    *out = e == OK ? made : NULL;
    return e;
}
