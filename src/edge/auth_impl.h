// Finds out who calls: an API key or an access token of ours, as `Authorization: Bearer`, or a
// SigV4 signature made with the access key that belongs to an API key.
// What was verified is remembered until it expires, a minute at most, so that a revoked key is
// refused soon everywhere and at once in the process that revoked it. Any thread.
#ifndef SHEAF_EDGE_AUTH_IMPL_H
#define SHEAF_EDGE_AUTH_IMPL_H

#include "crypto/sigv4.h"
#include "edge/principal.h"
#include "store/store.h"

struct auth;
struct secrets;

enum { AUTH_REMEMBER_S = 60, ACCESS_TOKEN_LIFE_S = 900, SIGNED_LINK_LIFE_S_MAX = 7 * 86400 };

// The secrets sign tokens and links; they must outlive it.
enum status auth_open(struct scope *s, struct store *store, const struct secrets *secrets,
                      struct auth **out);
void auth_close(struct auth *a);

// Verifies the value of an Authorization header. The principal's text lives in `s`.
// Errors: UNAUTHENTICATED with why, never with the credential.
enum status auth_identify(struct scope *s, struct auth *a, struct str authorization, int64_t now_us,
                          struct principal *out);

// Finds whose access key a signed request claims to be; auth_check_signature() must follow.
// Errors: UNAUTHENTICATED.
enum status auth_identify_claim(struct scope *s, struct auth *a, const struct sigv4_claim *claim,
                                int64_t now_us, struct principal *out);
// Verifies the signature of a request with its body's hash. Errors: UNAUTHENTICATED, `*fault` says
// why.
enum status auth_check_signature(struct scope *s, struct auth *a, const struct sigv4_request *r,
                                 const struct sigv4_claim *claim, int64_t now_us,
                                 enum sigv4_fault *fault);

// Verifies a key's id and secret and issues an access token for the scopes asked for (empty: all
// that the key has). Errors: UNAUTHENTICATED; DENIED a scope that the key does not have.
enum status auth_issue(struct scope *s, struct auth *a, struct str key_id, struct str secret,
                       struct str scopes, int64_t now_us, struct str *token, struct str *granted);

// Forgets all that was verified, after a key was revoked.
void auth_forget(struct auth *a);

// Signs a path for anybody who has the link: "PATH?expires=…&tenant=…&signature=…".
struct str auth_sign_link(struct scope *s, struct auth *a, struct str path, struct str tenant,
                          int64_t expires_at_s);
// Verifies such a link; the principal is then the tenant, with no scope but what the link is for.
// Errors: DENIED.
enum status auth_check_link(struct scope *s, struct auth *a, struct str path, struct str query,
                            int64_t now_us, struct principal *out);

#endif
