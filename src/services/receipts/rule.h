// Rules of a receipt type: a JSONata expression that must be true of a document, and the sentence
// that is told when it is not. `{{ … }}` in the sentence is an expression on the document too.
// $now() and $millis() are when the receipt was received, so that a rule judges a document alike
// whenever it is asked.
//
// A rule is compiled once and used by any thread. What it may do is limited: one that takes too
// long or whose expression fails is a finding, never a failure of the machine.
#ifndef SHEAF_SERVICES_RECEIPTS_RULE_H
#define SHEAF_SERVICES_RECEIPTS_RULE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct rule;

enum { RULES_MAX = 100, RULE_STEPS_MAX = 1000000, RULE_BYTES_MAX = 4 << 20 };

// Compiles; the texts are borrowed and must live as long as `s`. Errors: INVALID with what is
// wrong in the expression, and where.
enum status rule_compile(struct scope *s, struct str name, struct str check, struct str message,
                         const struct rule **out);

struct str rule_name(const struct rule *r);

// Returns whether the rule holds; `*why` is its sentence when it does not.
bool rule_holds(struct scope *s, const struct rule *r, struct json document, int64_t received_at_us,
                struct str *why);

#endif
