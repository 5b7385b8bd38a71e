// Functions over arrays.
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_run_impl.h"

#include <math.h>

enum status function_count(struct evaluation *e, const struct call *call, struct json *out)
{
    *out = value_double(call->arguments[0].type == JSON_NONE ? 0 : call->arguments[0].count);
    return jsonata_step(e, 1);
}

enum status function_append(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json a = call->arguments[0];
    struct json b = call->arguments[1];

    TRY(jsonata_step(e, (value_is_array(a) ? a.count : 1) + (value_is_array(b) ? b.count : 1)));
    return jsonata_append(e, a, b, out);
}

enum status function_reverse(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    struct json *items = NULL;

    *out = array;
    if (array.type == JSON_NONE || array.count <= 1)
        return OK;
    TRY(jsonata_step(e, array.count));
    TRY(jsonata_items(e, array.count, &items));
    for (size_t i = 0; i < array.count; i++)
        items[array.count - 1 - i] = array.items[i];
    return jsonata_array(e, items, array.count, 0, out);
}

// The inside-out form of the Fisher-Yates shuffle.
enum status function_shuffle(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    struct json *items = NULL;

    *out = array;
    if (array.type == JSON_NONE || array.count <= 1)
        return OK;
    TRY(jsonata_step(e, array.count));
    TRY(jsonata_items(e, array.count, &items));
    for (size_t i = 0; i < array.count; i++) {
        size_t other = (size_t)chance_below(&e->chance, i + 1);
        items[i] = items[other];
        items[other] = array.items[i];
    }
    return jsonata_array(e, items, array.count, 0, out);
}

enum status function_zip(struct evaluation *e, const struct call *call, struct json *out)
{
    size_t shortest = SIZE_MAX;
    size_t begun = jsonata_begin(e);

    for (size_t i = 0; i < call->count; i++) {
        size_t count = value_is_array(call->arguments[i]) ? call->arguments[i].count : 0;
        shortest = count < shortest ? count : shortest;
    }
    for (size_t i = 0; i < shortest && call->count > 0; i++) {
        struct json *tuple = NULL;
        struct json array = {0};
        TRY(jsonata_step(e, call->count));
        TRY(jsonata_items(e, call->count, &tuple));
        for (size_t j = 0; j < call->count; j++)
            tuple[j] = call->arguments[j].items[i];
        TRY(jsonata_array(e, tuple, call->count, 0, &array));
        TRY(jsonata_push(e, array));
    }
    return jsonata_finish(e, begun, 0, out);
}

// Equal values have equal hashes; objects and arrays are told apart by their size only.
static uint64_t hash_of(struct json v)
{
    double number = 0;

    if (value_is_number(v)) {
        number = value_number(v);
        number = number == 0 ? 0 : number; // -0 equals 0
        return str_hash(str_of(&number, sizeof number));
    }
    if (v.type == JSON_STRING)
        return str_hash(json_text(v));
    size_t size = v.type == JSON_OBJECT ? value_object(v).count : v.count;
    return (size * UINT64_C(16) + v.type) * UINT64_C(0x9E3779B97F4A7C15);
}

// Which of the values are there already, by place plus one; 0 is empty.
struct seen {
    const struct json *values; // those that are there
    size_t count;
    uint32_t *slots;
    size_t slot_count;
};

static enum status seen_new(struct evaluation *e, size_t values, struct seen *out)
{
    struct json *room = NULL;
    struct json *slots = NULL;

    TRY(jsonata_items(e, values, &room));
    TRY(jsonata_items(e, values, &slots)); // four slots in the place of each
    memset(slots, 0, values * sizeof *slots);
    *out = (struct seen){.values = room,
                         .slots = (uint32_t *)(void *)slots,
                         .slot_count = values * (sizeof *slots / sizeof *out->slots)};
    return OK;
}

// Looks for a value and adds it when it is new.
static enum status see(struct evaluation *e, struct seen *seen, struct json v, struct json *room)
{
    size_t slot = (size_t)(hash_of(v) % seen->slot_count);

    for (; seen->slots[slot]; slot = slot + 1 == seen->slot_count ? 0 : slot + 1) {
        bool equal = false;
        TRY(jsonata_equal(e, seen->values[seen->slots[slot] - 1], v, &equal));
        if (equal)
            return OK;
    }
    room[seen->count++] = v;
    seen->slots[slot] = (uint32_t)seen->count;
    return OK;
}

enum status function_distinct(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    struct seen seen = {0};

    *out = array;
    if (!value_is_array(array) || array.count <= 1)
        return OK;
    TRY(jsonata_step(e, array.count));
    TRY(seen_new(e, array.count, &seen));
    struct json *room = (struct json *)(uintptr_t)seen.values;
    for (size_t i = 0; i < array.count; i++)
        TRY(see(e, &seen, array.items[i], room));
    return jsonata_array(e, room, seen.count, array.flags & VALUE_SEQUENCE, out);
}

// What ECMAScript takes for true, which is not what the language does.
static bool is_true(struct json v)
{
    if (value_is_number(v))
        return value_number(v) != 0 && !isnan(value_number(v));
    if (v.type == JSON_STRING)
        return v.count > 0;
    return v.type != JSON_NONE && v.type != JSON_NULL && v.type != JSON_FALSE;
}

// Whether the right one goes first. Without a function all are numbers or all are texts.
static enum status is_before(struct evaluation *e, struct json function, struct json left,
                             struct json right, bool *out)
{
    struct json pair[] = {left, right};
    struct json answer = {0};

    TRY(jsonata_step(e, 1));
    if (function.type != JSON_NONE) {
        TRY(jsonata_call(e, function, pair, 2, &answer));
        *out = is_true(answer);
    } else if (left.type == JSON_STRING) {
        *out = jsonata_compare_text(json_text(left), json_text(right)) > 0;
    } else {
        *out = value_number(left) > value_number(right);
    }
    return OK;
}

static enum status merge(struct evaluation *e, struct json function, const struct json *left,
                         size_t left_count, const struct json *right, size_t right_count,
                         struct json *out)
{
    while (left_count > 0 && right_count > 0) {
        bool swap = false;
        TRY(is_before(e, function, *left, *right, &swap));
        *out++ = swap ? *right++ : *left++;
        left_count -= swap ? 0 : 1;
        right_count -= swap ? 1 : 0;
    }
    memcpy(out, left_count > 0 ? left : right, (left_count + right_count) * sizeof *out);
    return OK;
}

// A stable merge sort that compares in the reference's order, since the function may tell. Sorts
// `items`, with `room` for as many.
static enum status sort(struct evaluation *e, struct json function, struct json *items,
                        size_t count, struct json *room)
{
    size_t middle = count / 2;

    if (count <= 1)
        return OK;
    TRY(sort(e, function, items, middle, room));
    TRY(sort(e, function, items + middle, count - middle, room));
    TRY(merge(e, function, items, middle, items + middle, count - middle, room));
    memcpy(items, room, count * sizeof *items);
    return OK;
}

static enum status check_sortable(struct evaluation *e, struct json array)
{
    bool numbers = true;
    bool texts = true;

    for (size_t i = 0; i < array.count; i++) {
        struct json v = array.items[i];
        if (value_is_number(v) && isinf(value_number(v)))
            return jsonata_raise(e, (struct trouble){.code = "D1001", .value = v});
        numbers = numbers && value_is_number(v) && !isnan(value_number(v));
        texts = texts && v.type == JSON_STRING;
    }
    if (!numbers && !texts)
        return jsonata_raise(e, (struct trouble){.code = "D3070", .index = 1});
    return OK;
}

enum status function_sort(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    struct json *items = NULL;
    struct json *room = NULL;

    *out = array;
    if (array.type == JSON_NONE || array.count <= 1)
        return OK;
    TRY(jsonata_step(e, array.count));
    if (call->arguments[1].type == JSON_NONE)
        TRY(check_sortable(e, array));
    TRY(jsonata_items(e, array.count, &items));
    TRY(jsonata_items(e, array.count, &room));
    memcpy(items, array.items, array.count * sizeof *items);
    TRY(sort(e, call->arguments[1], items, array.count, room));
    return jsonata_array(e, items, array.count, 0, out);
}
