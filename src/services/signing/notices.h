// Mails about how a bundle ended: to its signee, with the signed document where that is small
// enough, when it was delivered; to the operators of the setting signing.operators_mail always.
#ifndef SHEAF_SERVICES_SIGNING_NOTICES_H
#define SHEAF_SERVICES_SIGNING_NOTICES_H

#include "services/signing/bundle.h"

struct change;
struct scope;
struct signing;

enum { NOTICE_ATTACHMENT_BYTES_MAX = 8 << 20 };

// Puts the mails into the change. An address that cannot be written to is logged, and stops
// nothing.
void bundle_notify(struct scope *s, const struct signing *self, struct change *c,
                   const struct bundle *b);

#endif
