// What the files of the JSONata module share; nobody else may include it.
//
// A value of the language is a struct json with three more types: a computed number holds its
// double, a function points to one, a tuple is an item of a path that binds variables. Arrays carry
// flags that the rules of sequences need. Input is used as it is, nothing is copied; what leaves an
// evaluation is made plain JSON again by jsonata_export().
//
// An evaluation counts steps, depth and bytes. Every loop over data calls jsonata_step(); memory
// whose size depends on data is asked for by the functions with a status here.
#ifndef SHEAF_EXPR_JSONATA_IMPL_H
#define SHEAF_EXPR_JSONATA_IMPL_H

#include "core/buf.h"
#include "core/chance.h"
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonata.h"

#include <assert.h>
#include <string.h>

struct evaluation;
struct frame;

enum value_type {
    VALUE_DOUBLE = JSON_OBJECT + 1, // see value_double(); may be infinite or no number
    VALUE_FUNCTION,
    VALUE_TUPLE,
};

enum value_flag {       // beside those of core/json
    VALUE_MADE = 4,     // array, object: made here, so it may hold what is not JSON
    VALUE_SEQUENCE = 8, // array: a result that stands for its only item, or for nothing
    VALUE_KEEP = 16,    // array: a sequence that stays one when it has a single item
    VALUE_CONS = 32,    // array: constructed as a step, not flattened into a sequence
    VALUE_WRAPPER = 64, // array: holds an input that is itself an array
    VALUE_TUPLES = 128, // array: of tuples
    VALUE_BOXED = 8,    // object: of a transform, in which it is changed; see value_object()
};

static inline struct json value_double(double number)
{
    struct json v = {.type = VALUE_DOUBLE};

    static_assert(sizeof number == sizeof v.text, "a double lies where a pointer would");
    memcpy(&v.text, &number, sizeof number);
    return v;
}

static inline struct json value_none(void)
{
    return (struct json){.type = JSON_NONE};
}

static inline bool value_is_array(struct json v)
{
    return v.type == JSON_ARRAY;
}

static inline bool value_is_sequence(struct json v)
{
    return v.type == JSON_ARRAY && v.flags & VALUE_SEQUENCE;
}

static inline bool value_is_number(struct json v)
{
    return v.type == JSON_NUMBER || v.type == VALUE_DOUBLE;
}

// Reads a number, written or computed; infinite when what was written exceeds all doubles.
double value_number(struct json number);
// Views an object's members, also those of one that a transform is changing.
struct json value_object(struct json object);
// As Object.keys() of ECMAScript orders them: names that are array indices first.
enum status jsonata_ordered(struct evaluation *e, struct json object, struct json *out);

// What went wrong, when `code` is told with jsonata_raise(). Its template in jsonata_errors.def
// says which of these it shows.
struct trouble {
    const char *code;
    struct json value;
    struct json value2;
    size_t index;    // of an argument, counted from 1
    struct str text; // a message, a type or a name, as the template has it
};

// Returns INVALID, after keeping what went wrong: return jsonata_raise(e, (struct trouble){...}).
enum status jsonata_raise(struct evaluation *e, struct trouble trouble);

// Counts steps. Errors: LIMIT too many, or too much memory.
enum status jsonata_step(struct evaluation *e, size_t steps);

// Memory of the evaluation. jsonata_small() never fails and is for pieces of at most 256 bytes, a
// few between two steps; the others fail with LIMIT. Nothing is zeroed but jsonata_small()'s.
enum { JSONATA_SMALL_BYTES_MAX = 256 };
void *jsonata_small(struct evaluation *e, size_t bytes);
enum status jsonata_bytes(struct evaluation *e, size_t bytes, char **out);
enum status jsonata_items(struct evaluation *e, size_t count, struct json **out);
// A growing text, with what memory is left as its largest size; jsonata_text_finish() tells LIMIT.
struct buf jsonata_text(struct evaluation *e);
enum status jsonata_text_finish(struct evaluation *e, const struct buf *text, struct json *out);

// Making an array of unknown length: begin, push, push, finish. Arrays may be made inside one
// another, so that the one begun last is finished first; after an error none needs to be.
size_t jsonata_begin(struct evaluation *e);
enum status jsonata_push(struct evaluation *e, struct json item);
size_t jsonata_count(const struct evaluation *e, size_t begun);
enum status jsonata_finish(struct evaluation *e, size_t begun, unsigned flags, struct json *out);
// An array of items that lie in the evaluation's memory already.
enum status jsonata_array(struct evaluation *e, const struct json *items, size_t count,
                          unsigned flags, struct json *out);

// Making an object: a name that is set again keeps its place. Any size is fine.
struct object_maker *jsonata_object_begin(struct evaluation *e);
enum status jsonata_object_set(struct object_maker *o, struct str name, struct json value);
// Returns the value to read or change, until the next set; NULL when there is none.
struct json *jsonata_object_find(struct object_maker *o, struct str name);
enum status jsonata_object_finish(struct object_maker *o, struct json *out);

// Rules of the language that operators and functions share.
enum status jsonata_truth(struct evaluation *e, struct json v, bool *out); // $boolean; none: false
// The operator =.
enum status jsonata_equal(struct evaluation *e, struct json a, struct json b, bool *out);
int jsonata_compare_text(struct str a, struct str b); // by UTF-16 units
enum status jsonata_append(struct evaluation *e, struct json a, struct json b, struct json *out);
enum status jsonata_lookup(struct evaluation *e, struct json v, struct str name, struct json *out);
// $string. Errors: D3001 for a number that is none.
enum status jsonata_string(struct evaluation *e, struct json v, bool pretty, struct json *out);

#endif
