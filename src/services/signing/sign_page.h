// The pages that a signee sees: of a session that can be signed, of what has become of it, of a
// link that leads nowhere. Answers carry what keeps a page with a secret in its address to itself:
// no caching, no referrer, nothing from elsewhere.
#ifndef SHEAF_SERVICES_SIGNING_SIGN_PAGE_H
#define SHEAF_SERVICES_SIGNING_SIGN_PAGE_H

#include "services/signing/builtin.h"

struct call;

enum sign_text {
#define SIGN_TEXT(name, swedish, english) SIGN_TEXT_##name,
#include "services/signing/sign_texts.def"
#undef SIGN_TEXT
    SIGN_TEXTS
};

// In Swedish, or in English for "en".
const char *sign_text(struct str language, enum sign_text text);

// What the signee is shown besides the session.
struct sign_view {
    struct str token;
    struct str error; // of what was just tried; empty: nothing
    struct str name;  // as it was typed
    bool reject_open; // it was about rejecting
    int code;         // of the answer; 0: 200
};

void sign_answer_page(struct scope *s, struct call *c, const struct sign_session *ss,
                      const struct sign_view *view);
void sign_answer_signed(struct scope *s, struct call *c, const struct sign_session *ss);
void sign_answer_rejected(struct scope *s, struct call *c, const struct sign_session *ss);
// 410: it has ended.
void sign_answer_ended(struct scope *s, struct call *c, const struct sign_session *ss);
// 404, in both languages: nobody knows whose it would be.
void sign_answer_unknown(struct scope *s, struct call *c);
void sign_answer_busy(struct scope *s, struct call *c, const struct sign_session *ss);
// The headers of every answer under a token.
void sign_answer_headers(struct call *c);

#endif
