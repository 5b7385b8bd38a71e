// A provider of signing sessions for tests, which stands for the signee too: every session is
// signed at once, unless told otherwise. What it knows outlives a crash of the service.
#ifndef SHEAF_TEST_BUNDLE_SIGNEE_H
#define SHEAF_TEST_BUNDLE_SIGNEE_H

#include "services/signing/provider.h"

enum { SIGNEE_SESSIONS_MAX = 200 };

struct bundle_signee {
    struct provider provider;
    struct scope *scope;
    enum session_state answer; // of sessions to come, and of those that are open
    struct session sessions[SIGNEE_SESSIONS_MAX];
    struct str documents[SIGNEE_SESSIONS_MAX];
    size_t count;
};

// Lives as long as the scope.
struct bundle_signee *bundle_signee_new(struct scope *s, enum session_state answer);

#endif
