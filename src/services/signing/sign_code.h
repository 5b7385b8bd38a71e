// One-time codes of a session: six digits, sent by mail on request, kept as a keyed digest, valid
// for a while and for a few tries. A session has one at a time.
#ifndef SHEAF_SERVICES_SIGNING_SIGN_CODE_H
#define SHEAF_SERVICES_SIGNING_SIGN_CODE_H

#include "services/signing/builtin.h"

enum { SIGN_CODE_TRIES = 5, SIGN_CODES_MAX = 40, SIGN_CODE_PAUSE_S = 20 };

// Makes a code, puts its mail into the change, and sets it on the session, which the caller puts.
// Errors: LIMIT too many, or too soon.
enum status sign_code_send(struct scope *s, const struct signing *self, struct change *c,
                           struct sign_session *ss, int64_t now_us);

enum code_verdict { CODE_RIGHT, CODE_WRONG, CODE_NONE, CODE_NO_TRIES };
// Compares, and counts the try on the session, which the caller puts. A right one is used up.
enum code_verdict sign_code_check(struct scope *s, const struct signing *self,
                                  struct sign_session *ss, struct str typed, int64_t now_us,
                                  int64_t *tries_left);

#endif
