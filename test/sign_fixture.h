// The signing page with one session of a bundle, over HTTP on a store in memory; mails are caught.
#ifndef SHEAF_TEST_SIGN_FIXTURE_H
#define SHEAF_TEST_SIGN_FIXTURE_H

#include "services/signing/builtin.h"
#include "services/signing/sessions_impl.h"
#include "test/edge_fixture.h"

struct sandbox;

struct sign_fixture {
    struct edge_fixture edge;
    struct signing *self;
    const struct provider_at *at; // the provider
    struct str link;
    struct str path; // "/sign/TOKEN"
    struct str id;   // of the session
    struct scope *scope;
};

// All may be zero.
struct sign_fixture_options {
    const char *name; // of the signee
    const char *language;
    struct str pdf;
    struct sandbox *sandbox;
};

// What the last mail said; mails that were sent since the start. Handlers run on other threads, one
// at a time.
extern char sign_fixture_mail[2000];
extern unsigned sign_fixture_mails;
// From now on mails are also written into a folder, as the outbox does; empty: no more.
void sign_fixture_to_folder(struct str folder);
// The code in it.
struct str sign_fixture_code(struct scope *s);

// Ends with the scope. NULL, with the test failed, when it did not start.
struct sign_fixture *sign_fixture_start(struct scope *s,
                                        const struct sign_fixture_options *options);
struct answered sign_fixture_get(struct sign_fixture *f, const char *below);
struct answered sign_fixture_post(struct sign_fixture *f, const char *below, struct str form);
struct sign_session sign_fixture_session(struct sign_fixture *f);

#endif
