// Remembers verified credentials, so that a request pays one SHA-256 and not a signature. Any
// thread.
#ifndef SHEAF_EDGE_AUTH_CACHE_IMPL_H
#define SHEAF_EDGE_AUTH_CACHE_IMPL_H

#include "edge/principal.h"

struct auth_cache;

enum { AUTH_DIGEST_BYTES = 32, PRINCIPAL_TEXTS = 6 };

struct auth_cache *auth_cache_new(void);
void auth_cache_free(struct auth_cache *c);

// Copies the principal of a credential's digest into `s`; false: not remembered, or too old.
bool auth_cache_find(struct scope *s, struct auth_cache *c, const uint8_t digest[AUTH_DIGEST_BYTES],
                     int64_t now_us, struct principal *out);
void auth_cache_put(struct auth_cache *c, const uint8_t digest[AUTH_DIGEST_BYTES],
                    const struct principal *p, int64_t until_us);
void auth_cache_clear(struct auth_cache *c);

#endif
