// Tests of a Choice state: a tree that is compiled with the definition and evaluated without side
// effects. Comparing a value of another type than the operator's is false; a Variable that leads
// nowhere is an error, except for IsPresent.
// Source: the States Language, Choice State; what AWS's service answers.
#ifndef SHEAF_FLOW_CHOICE_H
#define SHEAF_FLOW_CHOICE_H

#include "core/status.h"

#include <stdbool.h>

struct choice_test;
struct eval;
struct eval_failure;
struct scope;

// Errors: REFUSED, as `failure` says.
enum status choice_evaluate(struct scope *s, const struct choice_test *test,
                            const struct eval *eval, bool *out, struct eval_failure *failure);

#endif
