// The signing service: takes nightly contract files and invoices in, and gives signed, stamped,
// sealed and delivered bundles, and VAT invoices by e-mail. See README.md.
#ifndef SHEAF_SERVICES_SIGNING_SIGNING_H
#define SHEAF_SERVICES_SIGNING_SIGNING_H

extern const struct service signing_service;

#endif
