// The inside of Signicat's side; signicat.c takes calls, signicat_documents.c, signicat_sessions.c
// and signicat_check.c answer them, signicat_signing.c signs, signicat_events.c makes webhooks.
// Everything is under the lock.
#ifndef SHEAF_PARTNERS_SIGNICAT_IMPL_H
#define SHEAF_PARTNERS_SIGNICAT_IMPL_H

#include "core/json.h"
#include "partners/agenda.h"
#include "partners/ledger.h"
#include "partners/signicat.h"
#include "sys/thread.h"

enum {
    ESIGN_TOKENS = 64,
    ESIGN_TOKEN_BYTES = 40,
    ESIGN_REASON_BYTES_MAX = 2048,
    ESIGN_LIST_MAX = 100,
    ESIGN_PROBLEMS_BYTES_MAX = 16384,
};
#define ESIGN_US_PER_MS 1000LL
#define ESIGN_US_PER_S 1000000LL

struct esign_token {
    char text[ESIGN_TOKEN_BYTES];
    int64_t until_us; // 0: none
};

struct esign_document {
    struct ledger_entry told;
    struct str bytes; // heap
    const char *media_type;
    struct json metadata;
    int64_t created_us;
    bool result; // of a signature
    bool deleted;
};

struct esign_collection {
    struct ledger_entry told;
    struct json request;
    struct str package_id, result_id; // empty: not made
    bool deleted;
};

enum esign_state { ESIGN_READY, ESIGN_SIGNED, ESIGN_REJECTED, ESIGN_EXPIRED };

struct esign_reference;

struct esign_session {
    struct ledger_entry told;
    struct esign_session *same; // of the reference
    struct esign_reference *reference;
    struct json request;
    int64_t created_us, listed_us, due_us;
    enum esign_state state;
    struct str reason;
    struct str result_id;                     // of the signature
    struct str package_id, package_result_id; // empty: not made
    bool deleted;
};

struct esign_reference {
    struct ledger_entry told;
    struct esign_session *first;
    unsigned sessions, signed_ones;
};

// What happens by itself.
enum esign_kind { ESIGN_ACT, ESIGN_EXPIRE, ESIGN_PACKAGE };
struct esign_happening {
    struct due due;
    enum esign_kind kind;
    struct esign_session *session;
};

struct esign {
    struct esign_options options;
    struct scope *scope; // what lives as long as it does
    struct mutex lock;   // guards the rest
    struct chance chance;
    struct ledger *documents, *collections, *sessions, *references;
    struct esign_session **order; // by creation
    size_t count, room;
    struct esign_token tokens[ESIGN_TOKENS];
    unsigned next_token;
    struct agenda happenings, events;
    const struct signer *signer;
    struct str authority;
    struct esign_counts counts;
};

// One call on its way.
struct esign_at {
    struct scope *s;
    struct esign *e;
    const struct esign_call *call;
    struct esign_reply *out;
};

// signicat.c
int64_t esign_now_us(const struct esign *e);
struct str esign_id(struct scope *s, struct esign *e);
void esign_answer_json(struct esign_at *t, int code, struct json body);
void esign_problem(struct esign_at *t, int code, const char *detail, struct str invalid_params);
void esign_plan(struct esign *e, enum esign_kind kind, struct esign_session *session,
                int64_t at_us);

// signicat_documents.c; `rest` is the path behind the resource, without '/'.
void esign_documents(struct esign_at *t, struct str rest);
void esign_collections(struct esign_at *t, struct str rest);
struct esign_document *esign_find_document(struct esign *e, struct str id);
struct esign_collection *esign_find_collection(struct esign *e, struct str id);
// Keeps bytes as a new document and returns its id.
struct str esign_keep_document(struct esign *e, struct str bytes, const char *media_type,
                               bool result);

// signicat_sessions.c
void esign_sessions(struct esign_at *t, struct str rest);
bool esign_is_live(const struct esign_session *session);
struct json esign_session_json(struct scope *s, const struct esign *e,
                               const struct esign_session *session);
unsigned esign_live_count(const struct esign_reference *r);

// signicat_check.c: what is wrong with a request, as the API words it; empty: nothing.
struct str esign_check_sessions(struct scope *s, struct esign *e, struct json body);
struct str esign_check_collection(struct scope *s, struct esign *e, struct json body);

// signicat_signing.c
void esign_signing_open(struct esign *e);
void esign_happen(struct scope *s, struct esign *e, struct esign_happening *h);
bool esign_act(struct scope *s, struct esign *e, struct esign_session *session, enum esign_act act,
               const char *reason);

// signicat_events.c
void esign_emit(struct scope *s, struct esign *e, const char *name,
                const struct esign_session *session, struct json data);
void esign_events_free(struct esign *e);

#endif
