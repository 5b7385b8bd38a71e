// One loop answers; what comes late holds up what comes behind it, as a slow authority does.
#include "partners/tsa.h"

#include "core/chance.h"
#include "core/heap.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/authority.h"
#include "crypto/signer.h"
#include "crypto/timestamp.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/server.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum { SCOPE_BYTES_MAX = 4 << 20, DAYS = 365, URL_BYTES_MAX = 64 };

struct tsa {
    struct scope *scope;
    struct tsa_options options;
    struct authority *authority;
    struct signer *signer;
    struct http_server *server;
    struct str url;
    struct mutex lock; // guards the rest and the faults
    struct chance chance;
    uint64_t stamps;
};

static enum status make_signer(struct scope *s, struct tsa *t)
{
    int64_t now_us = world_now_us(t->options.world);
    struct authority_order order = {
        .name = str("Time-stamp test authority"),
        .organization = str("A partner of Sheaf, trusted by nobody"),
        .valid_from_us = now_us - DAYS * MOMENT_DAY_US,
        .valid_until_us = now_us + 10 * DAYS * MOMENT_DAY_US,
    };
    struct authority_issued issued = {0};

    TRY(authority_new(s, &order, &t->authority));
    order.name = str("Time-stamp test unit");
    order.purpose = AUTHORITY_TIMESTAMPING;
    TRY(authority_issue(s, t->authority, &order, &issued));
    return signer_open(s, issued.chain_pem, issued.key_pem, &t->signer);
}

static void on_request(void *context, struct http_exchange *x)
{
    struct tsa *t = context;
    struct tsa_reply reply = {.code = 405};

    if (str_is(http_method(x), "POST"))
        tsa_call(http_scope(x), t, http_body(x), &reply);
    if (reply.code == 0)
        return; // kept, and closed when the server ends
    if (reply.late_ms)
        thread_pause_us((int64_t)reply.late_ms * MOMENT_MS_US);
    if (reply.code == 200)
        http_answer_header(x, str("Content-Type"), str("application/timestamp-reply"));
    http_answer(x, reply.code, reply.body);
}

static enum status listen_on(struct scope *s, struct tsa *t)
{
    struct http_server_options options = {
        .port = t->options.port,
        .handler = {.context = t, .on_request = on_request},
    };

    TRY(http_server_new(s, &options, &t->server));
    t->url = str_format(t->scope, "http://127.0.0.1:%u", (unsigned)http_server_port(t->server));
    return OK;
}

enum status tsa_start(struct scope *s, const struct tsa_options *options, struct tsa **out)
{
    struct tsa *t = heap_new(struct tsa);
    enum status e = OK;

    *t = (struct tsa){.scope = scope_open(SCOPE_BYTES_MAX),
                      .options = *options,
                      .chance = chance_seeded(options->seed ^ 0x747361)};
    mutex_init(&t->lock);
    e = make_signer(t->scope, t);
    if (e == OK && options->listens)
        e = listen_on(t->scope, t);
    if (e == OK) {
        *out = t;
        return OK;
    }
    e = scope_pass(s, e, t->scope);
    tsa_stop(t);
    return e;
}

void tsa_stop(struct tsa *t)
{
    if (!t)
        return;
    http_server_free(t->server);
    mutex_fini(&t->lock);
    scope_close(t->scope);
    free(t);
}

struct str tsa_url(const struct tsa *t)
{
    return t->url;
}

struct str tsa_authority(const struct tsa *t)
{
    return authority_pem(t->authority);
}

void tsa_set_faults(struct tsa *t, const struct faults *faults)
{
    mutex_lock(&t->lock);
    t->options.faults = *faults;
    mutex_unlock(&t->lock);
}

uint64_t tsa_stamps(struct tsa *t)
{
    mutex_lock(&t->lock);
    uint64_t stamps = t->stamps;
    mutex_unlock(&t->lock);
    return stamps;
}

// What happens to a request before it is looked at; 0: nothing does.
static bool strikes(struct tsa *t, struct tsa_reply *out)
{
    const struct faults *f = &t->options.faults;

    out->late_ms = f->answer_ms;
    if (faults_down(f, world_now_us(t->options.world)))
        out->code = 503;
    else if (faults_strike(&t->chance, f->fail_before))
        out->code = 500;
    else if (faults_strike(&t->chance, f->busy))
        out->code = 429;
    else if (!faults_strike(&t->chance, f->silent))
        return false;
    return true;
}

void tsa_call(struct scope *s, struct tsa *t, struct str request, struct tsa_reply *out)
{
    enum timestamp_fault fault = TIMESTAMP_SOUND;

    *out = (struct tsa_reply){0};
    mutex_lock(&t->lock);
    bool struck = strikes(t, out);
    bool garbled = !struck && faults_strike(&t->chance, t->options.faults.garble);
    if (faults_strike(&t->chance, t->options.faults.refuse))
        fault = TIMESTAMP_REFUSES;
    else if (faults_strike(&t->chance, t->options.faults.contradict))
        fault = TIMESTAMP_WRONG_NONCE;
    t->stamps += !struck && !garbled && fault == TIMESTAMP_SOUND;
    mutex_unlock(&t->lock);
    if (struck)
        return;
    out->code = 200;
    out->body = str("<html>Welcome</html>");
    if (!garbled && timestamp_answer(s, t->signer, request, world_now_us(t->options.world), fault,
                                     &out->body) != OK)
        out->code = 500;
}

enum status tsa_stand_in(void *context, struct scope *s, const struct http_request *request,
                         struct http_reply *out)
{
    struct tsa_reply reply = {0};

    tsa_call(s, context, request->body, &reply);
    if (reply.code == 0)
        return fail(s, TIMEOUT, "no answer came in time");
    *out = (struct http_reply){.code = reply.code, .body = reply.body};
    return OK;
}
