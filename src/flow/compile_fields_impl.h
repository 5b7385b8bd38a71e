// Single fields of a definition, for the files compile_*.c: each gives a field as it is compiled
// and reports what is wrong with it.
#ifndef SHEAF_FLOW_COMPILE_FIELDS_IMPL_H
#define SHEAF_FLOW_COMPILE_FIELDS_IMPL_H

#include "core/json.h"
#include "core/str.h"
#include "flow/compile_impl.h"
#include "flow/path.h"

#include <stdbool.h>
#include <stddef.h>

struct template;

// Where fields may stand.
enum field_language { FOR_BOTH, FOR_JSONPATH, FOR_JSONATA };
struct field_rule {
    const char *name;
    enum field_language language;
    unsigned types; // of states: bits 1 << enum state_type
};

// Reports members of an object that no rule of the state type's bits allows.
void fields_check(struct compiler *c, const struct place *at, struct json object,
                  const struct field_rule *rules, size_t rule_count, unsigned types);
// Reports which of the names are not there; `names` is NULL-terminated.
bool fields_require(struct compiler *c, const struct place *at, struct json object,
                    const char *const *names);
// Reports when more than one of the names is there, or none and one is wanted.
bool fields_choose(struct compiler *c, const struct place *at, struct json object,
                   const char *const *names, bool one_is_wanted);

// Give a field; the zero value when it is not there, or is of another type, which is reported.
struct str field_text(struct compiler *c, const struct place *at, struct json object,
                      const char *name);
bool field_flag(struct compiler *c, const struct place *at, struct json object, const char *name);
struct json field_object(struct compiler *c, const struct place *at, struct json object,
                         const char *name);
struct json field_array(struct compiler *c, const struct place *at, struct json object,
                        const char *name);
// A whole number within a range; `otherwise` when it is not there or wrong.
int64_t field_integer(struct compiler *c, const struct place *at, struct json object,
                      const char *name, int64_t min, int64_t max, int64_t otherwise);
// Reports a value that is no number within a range.
bool number_check(struct compiler *c, const struct place *at, struct json value, double min,
                  double max);
// One of the words; the index of it, or -1.
int field_word(struct compiler *c, const struct place *at, struct json object, const char *name,
               const char *const *words);

const struct path *field_path(struct compiler *c, const struct place *at, struct json object,
                              const char *name, enum path_use use);
struct path_field field_path_or_null(struct compiler *c, const struct place *at, struct json object,
                                     const char *name, enum path_use use);
// In the query language of the place. NULL: not there, or wrong.
const struct template *field_template(struct compiler *c, const struct place *at,
                                      struct json object, const char *name);
// As field_template(), of an object.
const struct template *field_payload(struct compiler *c, const struct place *at, struct json object,
                                     const char *name);
const struct template *field_assign(struct compiler *c, const struct place *at, struct json object);

// A number that may also be given as "NAMEPath" (JSONPath) or "{% … %}" (JSONata).
struct number_rule {
    const char *name;
    const char *path_name;
    double min;
    double max;
    bool fraction; // need not be whole
};
struct operand field_number(struct compiler *c, const struct place *at, struct json object,
                            const struct number_rule *rule);
// Whether a value is a text "{% … %}".
bool is_expression(struct json value);

// Reads a Resource and reports one that is none, or that may not do what its pattern says.
bool field_resource(struct compiler *c, const struct place *at, struct json object,
                    struct resource *out);

#endif
