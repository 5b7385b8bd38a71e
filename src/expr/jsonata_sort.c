// The order-by step: a stable merge sort that divides as the reference does. A term is worked out
// once an item, and only when the terms before it leave two items equal.
#include "expr/jsonata_tree_impl.h"

struct row {
    struct json item;
    struct json *keys; // one a term
    size_t known;      // of them
};

struct sorter {
    struct evaluation *e;
    const struct node *sort;
    struct frame *frame;
    bool tuples;
    struct row *spare;
};

static enum status key_of(struct sorter *s, struct row *row, size_t term, struct json *out)
{
    struct json context = row->item;
    struct frame *frame = s->frame;

    if (row->known <= term) {
        if (s->tuples) {
            context = tuple_of(row->item)->at;
            frame = jsonata_tuple_frame(s->e, frame, tuple_of(row->item));
        }
        row->keys[term] = value_none();
        TRY(jsonata_run(s->e, s->sort->list[term]->a, context, frame, &row->keys[term]));
        row->known = term + 1;
    }
    *out = row->keys[term];
    return OK;
}

static bool sortable(struct json v)
{
    return v.type == JSON_STRING || value_is_number(v);
}

static enum status compare_keys(struct sorter *s, struct json a, struct json b, int *out)
{
    struct trouble trouble = {.value = sortable(a) ? b : a};

    if (a.type == JSON_NONE || b.type == JSON_NONE) {
        *out = b.type != JSON_NONE ? 2 : a.type != JSON_NONE ? -2 : 0; // last, whatever the order
        return OK;
    }
    if (sortable(a) && sortable(b)) {
        trouble = (struct trouble){.code = "T2007", .value = a, .value2 = b};
        if (value_is_number(a) && value_is_number(b)) {
            *out = (value_number(a) > value_number(b)) - (value_number(a) < value_number(b));
            return OK;
        }
        if (a.type == b.type) {
            *out = jsonata_compare_text(json_text(a), json_text(b));
            return OK;
        }
    } else {
        trouble.code = "T2008";
    }
    (void)jsonata_raise(s->e, trouble);
    s->e->raised.position = s->sort->position;
    return INVALID;
}

static enum status comes_after(struct sorter *s, struct row *a, struct row *b, bool *out)
{
    int order = 0;

    TRY(jsonata_step(s->e, 1));
    for (size_t i = 0; order == 0 && i < s->sort->count; i++) {
        struct json left = {0};
        struct json right = {0};
        TRY(key_of(s, a, i, &left));
        TRY(key_of(s, b, i, &right));
        TRY(compare_keys(s, left, right, &order));
        if (s->sort->list[i]->flag && (order == 1 || order == -1))
            order = -order;
    }
    *out = order > 0;
    return OK;
}

static enum status merge(struct sorter *s, struct row *rows, size_t middle, size_t count)
{
    size_t left = 0;
    size_t right = middle;
    size_t to = 0;

    while (left < middle && right < count) {
        bool after = false;
        TRY(comes_after(s, &rows[left], &rows[right], &after));
        s->spare[to++] = after ? rows[right++] : rows[left++];
    }
    while (left < middle)
        s->spare[to++] = rows[left++];
    memcpy(rows, s->spare, to * sizeof *rows);
    return OK;
}

static enum status sort_rows(struct sorter *s, struct row *rows, size_t count)
{
    size_t middle = count / 2;

    if (count <= 1)
        return OK;
    TRY(sort_rows(s, rows, middle));
    TRY(sort_rows(s, rows + middle, count - middle));
    return merge(s, rows, middle, count);
}

static enum status make_rows(struct sorter *s, struct json input, struct row **out)
{
    struct evaluation *e = s->e;
    struct json *keys = NULL;
    struct json *memory = NULL;
    size_t terms = s->sort->count;

    static_assert(sizeof(struct row) == 2 * sizeof(struct json), "a row is as large as two");
    TRY(jsonata_items(e, (size_t)input.count * terms, &keys));
    TRY(jsonata_items(e, (size_t)input.count * 4, &memory));
    struct row *rows = (struct row *)(void *)memory;
    for (size_t i = 0; i < input.count; i++)
        rows[i] = (struct row){.item = input.items[i], .keys = keys + i * terms};
    s->spare = rows + input.count;
    *out = rows;
    return OK;
}

enum status jsonata_sort(struct evaluation *e, const struct node *sort, struct json input,
                         struct frame *frame, struct json *out)
{
    struct sorter s = {
        .e = e, .sort = sort, .frame = frame, .tuples = (input.flags & VALUE_TUPLES) != 0};
    struct row *rows = NULL;
    struct json *items = NULL;

    *out = input;
    if (!value_is_array(input) || input.count <= 1)
        return OK;
    TRY(make_rows(&s, input, &rows));
    TRY(sort_rows(&s, rows, input.count));
    TRY(jsonata_items(e, input.count, &items));
    for (size_t i = 0; i < input.count; i++)
        items[i] = rows[i].item;
    return jsonata_array(e, items, input.count, 0, out);
}
