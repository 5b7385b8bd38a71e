// The templates that documents of the signing service are set with: compiled once, constant, used
// by any thread. A file of the folder in the setting signing.templates stands in for the shipped
// one of the same name.
#ifndef SHEAF_SERVICES_SIGNING_TEMPLATES_H
#define SHEAF_SERVICES_SIGNING_TEMPLATES_H

#include "core/status.h"
#include "core/str.h"

struct platform;
struct scope;
struct template;

// Compiles templates/NAME.md. Lives as long as the scope. Errors: INVALID the template, with its
// line; NOT_FOUND there is none.
enum status template_open(struct scope *s, const struct platform *platform, const char *name,
                          struct template **out);

#endif
