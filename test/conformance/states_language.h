// What the suites of the States Language share.
#ifndef SHEAF_TEST_STATES_LANGUAGE_H
#define SHEAF_TEST_STATES_LANGUAGE_H

#include "test/flow_driver.h"

// Answers a task as the function that `context`, an object of function names and handlers, names.
void states_function(struct scope *s, void *context, const struct flow_command *c,
                     struct driver_answer *out);

// Whether a value is what was recorded. A recorded text with "<…>" in it, or one of the words that
// the data has for what changes, stands for anything; text that is JSON may have been parsed.
bool states_matches(struct scope *s, struct str name, struct json recorded, struct json value);

#endif
