// Who seals bundles: the certificate of the settings and, if one is set, a time-stamp authority.
// Without a certificate an authority for development is made at the first start, in DATA/keys,
// which nobody trusts; its names, the log and the reason of each seal say so.
#ifndef SHEAF_SERVICES_SIGNING_SEALING_H
#define SHEAF_SERVICES_SIGNING_SEALING_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct platform;
struct scope;
struct seal_options;
struct sealing;

// Lives as long as the scope. Errors: INVALID the certificate, its key, or the address.
enum status sealing_open(struct scope *s, const struct platform *platform, struct sealing **out);

// What pdf_seal() needs for a seal at that moment. `about` is what is sealed: "bundle 2025-…".
void sealing_options(struct scope *s, const struct sealing *sealing, struct str about,
                     int64_t at_us, struct seal_options *out);

bool sealing_is_development(const struct sealing *sealing);

#endif
