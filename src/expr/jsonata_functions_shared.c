// Small things that many built-in functions of JSONata do.
#include "expr/jsonata_functions_shared_impl.h"

#include <math.h>

enum status jsonata_keep_text(struct evaluation *e, struct str text, struct json *out)
{
    char *kept = NULL;

    TRY(jsonata_bytes(e, text.bytes, &kept));
    if (text.bytes > 0)
        memcpy(kept, text.data, text.bytes);
    *out = json_string(str_of(kept, text.bytes));
    return OK;
}

double jsonata_number_or(struct json argument, double otherwise)
{
    return value_is_number(argument) ? value_number(argument) : otherwise;
}

size_t jsonata_slice_index(double place, size_t count)
{
    place = isnan(place) ? 0 : trunc(place);
    if (place < 0)
        place += (double)count;
    if (place < 0)
        return 0;
    return place < (double)count ? (size_t)place : count;
}

size_t jsonata_count_below(double number)
{
    if (!(number > 0))
        return 0;
    return number < (double)(SIZE_MAX / 2) ? (size_t)ceil(number) : SIZE_MAX;
}

enum status jsonata_refuse_missing(struct evaluation *e, size_t index)
{
    return jsonata_raise(e, (struct trouble){.code = "T0410", .index = index});
}

enum status jsonata_call_with(struct evaluation *e, struct json function,
                              const struct json three[3], struct json *out)
{
    unsigned arity = jsonata_arity(function);

    TRY(jsonata_step(e, 1));
    return jsonata_call(e, function, three, arity >= 3 ? 3 : arity >= 2 ? 2 : 1, out);
}
