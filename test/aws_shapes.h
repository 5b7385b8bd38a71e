// Checks requests and answers of an AWS protocol against the shapes that AWS publishes of its
// services (conformance data, aws-models/NAME.json).
#ifndef SHEAF_TEST_AWS_SHAPES_H
#define SHEAF_TEST_AWS_SHAPES_H

#include "core/json.h"
#include "core/str.h"

#include <stdbool.h>

struct scope;

// Reads the model of a service ("stepfunctions"). JSON_NONE: there is no conformance data.
struct json aws_model_open(struct scope *s, const char *service);

// Whether a value fits the input or output of an operation; `*why` says what does not.
bool aws_fits(struct scope *s, struct json model, struct str operation, bool output,
              struct json value, struct str *why);

// Whether an error that an answer names is one of the operation's.
bool aws_has_error(struct json model, struct str operation, struct str name);

#endif
