// Signing the content of a time stamp, which stands in the signature (RFC 3161, 2.4.2).
#ifndef SHEAF_CRYPTO_CMS_IMPL_H
#define SHEAF_CRYPTO_CMS_IMPL_H

#include "crypto/cms.h"

// `content` is TSTInfo in DER. Errors: INTERNAL.
enum status cms_sign_token(struct scope *s, const struct signer *signer, struct str content,
                           struct cms *out);

#endif
