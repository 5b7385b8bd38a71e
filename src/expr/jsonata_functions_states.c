// Functions that the States Language adds: $partition, $range, $hash, $uuid, $parse ($random with a
// seed is with the others). They follow the intrinsic functions of the same purpose.
#include "core/hex.h"
#include "core/uuid.h"
#include "crypto/digest.h"
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_run_impl.h"

#include <math.h>

enum {
    RANGE_ITEMS_MAX = 1000,   // States Language, States.ArrayRange
    HASH_BYTES_MAX = 10000,   // States Language, States.Hash
    PARSED_BYTES_A_BYTE = 64, // of memory for a document, at most
};

static enum status refuse(struct evaluation *e, const char *why)
{
    return jsonata_raise(e, (struct trouble){.code = "D3137", .text = str(why)});
}

enum status function_partition(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    double size = round(jsonata_number_or(call->arguments[1], 0));
    size_t begun = jsonata_begin(e);

    if (array.type == JSON_NONE)
        return OK;
    if (!(size >= 1))
        return refuse(e, "The chunk size of the partition function must be a positive integer");
    size_t step = size < (double)array.count ? (size_t)size : array.count;
    for (size_t i = 0; i < array.count; i += step) {
        size_t left = array.count - i;
        struct json chunk = {0};
        TRY(jsonata_step(e, 1));
        TRY(jsonata_array(e, array.items + i, left < step ? left : step, 0, &chunk));
        TRY(jsonata_push(e, chunk));
    }
    return jsonata_finish(e, begun, 0, out);
}

enum status function_range(struct evaluation *e, const struct call *call, struct json *out)
{
    double first = round(jsonata_number_or(call->arguments[0], (double)NAN));
    double last = round(jsonata_number_or(call->arguments[1], (double)NAN));
    double step = round(jsonata_number_or(call->arguments[2], (double)NAN));
    size_t begun = jsonata_begin(e);

    if (!isfinite(first) || !isfinite(last) || !isfinite(step))
        return refuse(e, "The range function takes a first and a last number and a step");
    if (step == 0)
        return refuse(e, "The step of the range function must not be zero");
    double count = floor((last - first) / step) + 1;
    if (count > RANGE_ITEMS_MAX)
        return refuse(e, "The range function makes at most 1000 items");
    for (int i = 0; i < count; i++) {
        TRY(jsonata_step(e, 1));
        TRY(jsonata_push(e, value_double(first + i * step)));
    }
    return jsonata_finish(e, begun, 0, out);
}

static bool digest_named(struct str name, enum digest_kind *out)
{
    static const struct {
        const char *name;
        enum digest_kind kind;
    } kinds[] = {
        {"MD5", DIGEST_MD5},        {"SHA-1", DIGEST_SHA1},     {"SHA-256", DIGEST_SHA256},
        {"SHA-384", DIGEST_SHA384}, {"SHA-512", DIGEST_SHA512},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_is(name, kinds[i].name)) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

enum status function_hash(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str data = json_text(call->arguments[0]);
    enum digest_kind kind = DIGEST_MD5;
    uint8_t digest[DIGEST_BYTES_MAX];
    char hex[2 * DIGEST_BYTES_MAX];

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    if (!digest_named(json_text(call->arguments[1]), &kind))
        return refuse(e, "The hash function knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512");
    if (data.bytes > HASH_BYTES_MAX)
        return refuse(e, "The hash function takes at most 10000 bytes");
    TRY(jsonata_walk(e, data));
    digest_of(kind, data, digest);
    hex_write(str_of(digest, digest_bytes(kind)), hex);
    return jsonata_keep_text(e, str_of(hex, 2 * digest_bytes(kind)), out);
}

// RFC 9562, version 4.
enum status function_uuid(struct evaluation *e, const struct call *call, struct json *out)
{
    struct uuid id = {0};
    char text[UUID_TEXT_BYTES];

    (void)call;
    chance_fill(&e->chance, id.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x40);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
    uuid_write(id, text);
    TRY(jsonata_step(e, 1));
    return jsonata_keep_text(e, str_of(text, sizeof text), out);
}

static enum status keep(struct evaluation *e, struct json v, struct json *out);

static enum status keep_object(struct evaluation *e, struct json v, struct json *out)
{
    struct object_maker *o = jsonata_object_begin(e);

    for (size_t i = 0; i < v.count; i++) {
        struct json name = {0};
        struct json value = {0};
        TRY(jsonata_keep_text(e, v.members[i].name, &name));
        TRY(keep(e, v.members[i].value, &value));
        TRY(jsonata_object_set(o, json_text(name), value));
    }
    return jsonata_object_finish(o, out);
}

static enum status keep_array(struct evaluation *e, struct json v, struct json *out)
{
    struct json *items = NULL;

    TRY(jsonata_items(e, v.count, &items));
    for (size_t i = 0; i < v.count; i++)
        TRY(keep(e, v.items[i], &items[i]));
    return jsonata_array(e, items, v.count, 0, out);
}

// Copies a value into the evaluation's memory.
static enum status keep(struct evaluation *e, struct json v, struct json *out)
{
    struct json text = {0};

    TRY(jsonata_step(e, 1));
    *out = v;
    if (v.type == JSON_OBJECT)
        return keep_object(e, v, out);
    if (v.type == JSON_ARRAY)
        return keep_array(e, v, out);
    if (v.type != JSON_STRING && v.type != JSON_NUMBER)
        return OK;
    TRY(jsonata_keep_text(e, json_text(v), &text));
    *out = v.type == JSON_STRING ? text : json_number(json_text(text));
    return OK;
}

enum status function_parse(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str text = json_text(call->arguments[0]);
    struct json parsed = {0};

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    TRY(jsonata_step(e, text.bytes + 1));
    struct scope *scratch = scope_open(text.bytes * PARSED_BYTES_A_BYTE + SCRATCH_BYTES_MAX);
    enum status status = json_parse(scratch, text, &json_limits_lenient, &parsed);
    if (status == OK)
        status = keep(e, parsed, out);
    else
        status = refuse(e, "The parse function takes the text of a JSON value");
    scope_close(scratch);
    return status;
}
