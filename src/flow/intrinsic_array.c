// Intrinsic functions on arrays.
#include "flow/intrinsic_impl.h"

#include "core/scope.h"

#include <assert.h>

static enum status array_argument(struct intrinsic_run *run, struct json *out)
{
    *out = run->arguments[0];
    return json_is(*out, JSON_ARRAY) ? OK : intrinsic_refuse(run, "");
}

enum status run_array(struct intrinsic_run *run, struct json *out)
{
    *out = json_array(run->arguments, run->call->count);
    return OK;
}

enum status run_array_partition(struct intrinsic_run *run, struct json *out)
{
    struct json array = {0};
    int64_t size = 0;

    TRY(array_argument(run, &array));
    TRY(intrinsic_whole(run, 1, &size));
    if (size < 1)
        return intrinsic_refuse(run, "");
    size_t step = (size_t)size;
    size_t count = (array.count + step - 1) / step;
    TRY(intrinsic_room(run, count * sizeof(struct json)));
    struct json *parts = scope_array(run->s, count, sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        size_t left = array.count - i * step;
        parts[i] = json_array(array.items + i * step, left < step ? left : step);
    }
    *out = json_array(parts, count);
    return OK;
}

enum status run_array_contains(struct intrinsic_run *run, struct json *out)
{
    struct json array = {0};

    TRY(array_argument(run, &array));
    *out = json_bool(false);
    for (size_t i = 0; i < array.count; i++)
        if (json_equal(array.items[i], run->arguments[1]))
            *out = json_bool(true);
    return OK;
}

// Both ends belong to it; the step may go down.
enum status run_array_range(struct intrinsic_run *run, struct json *out)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t step = 0;

    TRY(intrinsic_whole(run, 0, &from));
    TRY(intrinsic_whole(run, 1, &to));
    TRY(intrinsic_whole(run, 2, &step));
    if (step == 0)
        return intrinsic_refuse(run, "");
    int64_t count = (to - from) / step + 1;
    if (step > 0 ? from > to : from < to)
        count = 0;
    if (count > INTRINSIC_RANGE_ITEMS_MAX)
        return intrinsic_refuse(run, "the range has more than 1000 items");
    TRY(intrinsic_room(run, (size_t)count * 64));
    struct json *items = scope_array(run->s, (size_t)count, sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = json_i64(run->s, from + i * step);
    *out = json_array(items, (size_t)count);
    return OK;
}

enum status run_array_get_item(struct intrinsic_run *run, struct json *out)
{
    struct json array = {0};
    int64_t index = 0;

    TRY(array_argument(run, &array));
    if (!json_to_i64(run->arguments[1], &index) || index < 0 || index >= array.count)
        return intrinsic_refuse(run, "");
    *out = array.items[index];
    return OK;
}

enum status run_array_length(struct intrinsic_run *run, struct json *out)
{
    struct json array = {0};

    TRY(array_argument(run, &array));
    *out = json_i64(run->s, array.count);
    return OK;
}

// Equal values have equal hashes: numbers by their double, objects regardless of order.
static uint64_t hash_of(struct json j)
{
    uint64_t hash = j.type * 0x9E3779B97F4A7C15U;
    double number = 0;

    if (json_is(j, JSON_NUMBER)) {
        (void)json_to_double(j, &number);
        number += 0.0; // -0 is 0
        return hash ^ str_hash(str_of(&number, sizeof number));
    }
    if (json_is(j, JSON_STRING))
        return hash ^ str_hash(json_text(j));
    for (size_t i = 0; json_is(j, JSON_ARRAY) && i < j.count; i++)
        hash = hash * 31 + hash_of(j.items[i]);
    for (size_t i = 0; json_is(j, JSON_OBJECT) && i < j.count; i++)
        hash += str_hash(j.members[i].name) * 31 ^ hash_of(j.members[i].value);
    return hash;
}

// Looks for the value among those that were kept; `slots` hold their place plus one.
static bool is_new(const struct json *kept, uint32_t *slots, size_t mask, struct json value,
                   size_t count)
{
    size_t slot = (size_t)hash_of(value) & mask;

    for (; slots[slot]; slot = (slot + 1) & mask)
        if (json_equal(kept[slots[slot] - 1], value))
            return false;
    slots[slot] = (uint32_t)count + 1;
    return true;
}

enum status run_array_unique(struct intrinsic_run *run, struct json *out)
{
    struct json array = {0};
    size_t room = 16;
    size_t count = 0;

    TRY(array_argument(run, &array));
    while (room < (size_t)array.count * 2)
        room *= 2;
    TRY(intrinsic_room(run, room * sizeof(uint32_t) + array.count * sizeof(struct json)));
    uint32_t *slots = scope_array(run->s, room, sizeof *slots);
    struct json *kept = scope_array(run->s, array.count, sizeof *kept);
    for (size_t i = 0; i < array.count; i++)
        if (is_new(kept, slots, room - 1, array.items[i], count))
            kept[count++] = array.items[i];
    *out = json_array(kept, count);
    return OK;
}
