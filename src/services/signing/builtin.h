// Sessions of the built-in provider, as records: what is signed by whom, with which link, and the
// evidence of how it came about, each entry chained to the one before by its digest. Who asks for
// one by its link's token is told nothing that tells a wrong token from a foreign one.
#ifndef SHEAF_SERVICES_SIGNING_BUILTIN_H
#define SHEAF_SERVICES_SIGNING_BUILTIN_H

#include "core/json.h"
#include "services/signing/provider.h"
#include "services/signing/service_impl.h"

enum {
    SIGN_TOKEN_BYTES = 43, // 256 bits in base64url
    EVIDENCE_MAX = 200,    // entries of a session; the last ENDING of them are for what ends it
    EVIDENCE_ENDING = 40,  //
    EVIDENCE_TEXT_BYTES_MAX = 300, // of a browser's name for itself
};

struct sign_session {
    struct str tenant;
    struct str id; // a UUID
    enum session_state state;
    // reference, title, signee{name,email}, language, document{sha256,size_bytes,page_count}, salt,
    // due_at, created_at, code{…}, signature{…}, reason, evidence[…]
    struct json more;
    uint64_t version;
};

// Errors: NOT_FOUND.
enum status sign_session_get(struct scope *s, struct store *store, struct str tenant, struct str id,
                             struct sign_session *out);
// By the token of a link. Errors: NOT_FOUND.
enum status sign_session_by_token(struct scope *s, struct store *store, struct str token,
                                  struct sign_session *out);
void sign_session_put(struct scope *s, struct change *c, const struct sign_session *ss);
struct json sign_session_member(const struct sign_session *ss, const char *name);
void sign_session_set(struct scope *s, struct sign_session *ss, const char *name,
                      struct json value);
// The token of its link, the same each time; secret.
struct str sign_session_token(struct scope *s, const struct signing *self,
                              const struct sign_session *ss);
// How it stands: one whose time has passed is expired, though nobody has said so yet.
enum session_state sign_session_state(const struct sign_session *ss, int64_t now_us);
int64_t sign_session_due_us(const struct sign_session *ss);

// Moves it to an end, with an entry of the evidence.
void sign_session_end(struct scope *s, struct sign_session *ss, enum session_state state,
                      struct json entry);

// An entry of the evidence: `what` happened ("opened"), and when.
struct json evidence_entry(struct scope *s, const char *what, int64_t at_us);
// Appends it, chained: adds `seq`, `previous` and `hash`. Past the limit only what ends the session
// is taken; returns false when it was not.
bool evidence_append(struct scope *s, struct sign_session *ss, struct json entry);
// What is kept with the signed document: who, what, and the entries.
struct json evidence_log(struct scope *s, const struct sign_session *ss, struct json pages_shown);
// Whether the chain of such a log is unbroken: recomputes it.
bool evidence_holds(struct scope *s, struct json log);

// Blobs.
struct str sign_document_key(struct scope *s, const struct sign_session *ss);
enum status sign_document(struct scope *s, struct store *store, const struct sign_session *ss,
                          struct str *pdf);

// Which pages of it were shown, as [[first, last], …]; and that one was.
enum status sign_pages_shown(struct scope *s, struct store *store, const struct sign_session *ss,
                             struct json *out);
void sign_page_shown(struct scope *s, struct change *c, const struct sign_session *ss,
                     uint64_t page, int64_t at_us);

#endif
