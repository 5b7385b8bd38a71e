// How tasks ended whose commits failed: so that the function is not run again when only the commit
// must be. The newest are kept, in memory; what is lost here is run again.
#ifndef SHEAF_FLOW_OUTCOMES_H
#define SHEAF_FLOW_OUTCOMES_H

#include "core/str.h"

#include <stdbool.h>

struct outcomes;
struct scope;

struct outcomes *outcomes_new(void);
void outcomes_free(struct outcomes *o);
void outcome_keep(struct outcomes *o, struct str id, struct str text);
// Copies it into the scope; false: there is none.
bool outcome_find(struct scope *s, struct outcomes *o, struct str id, struct str *text);
void outcome_drop(struct outcomes *o, struct str id);

#endif
