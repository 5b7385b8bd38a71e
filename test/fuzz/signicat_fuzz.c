// Signicat's answers: whatever comes, every deed of the provider ends in a status that its contract
// has, says why, and gives nothing out that was not checked.
#include "core/scope.h"
#include "core/url.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"
#include "sys/sim.h"
#include "test/fuzz/fuzz.h"

static const int codes[] = {200, 200, 200, 201, 204, 302, 400, 401, 404, 409, 422, 429, 500, 503};
static const char token[] = "{\"access_token\":\"t\",\"expires_in\":600,\"token_type\":\"Bearer\"}";

// Every call but the one for a token is answered with the input; its first byte is the code.
static enum status answer(void *context, struct scope *s, const struct http_request *request,
                          struct http_reply *out)
{
    const struct str *input = context;
    uint8_t first = input->bytes ? (uint8_t)input->data[0] : 0;

    (void)s;
    if (str_ends(request->url, str("/token")))
        *out = (struct http_reply){.code = 200, .body = str(token)};
    else
        *out = (struct http_reply){.code = codes[first % (sizeof codes / sizeof codes[0])],
                                   .body = str_slice(*input, 1, input->bytes)};
    return OK;
}

static void check_session(struct scope *s, const struct session *session)
{
    struct url parts = {0};

    assert(signicat_is_id(session->id));
    assert(session->state != SESSION_OPEN ||
           (url_split(s, session->link, &parts) == OK && parts.https));
    assert(session->reason.bytes <= SIGNICAT_REASON_BYTES_MAX);
}

static void check_failure(struct scope *s, enum status e)
{
    assert(e == TEMPORARY || e == TIMEOUT || e == REFUSED || e == NOT_FOUND || e == BUSY);
    assert(scope_why(s).bytes > 0);
}

static void run(struct scope *s, struct signicat *p)
{
    const struct provider *d = &signicat_provider;
    struct session_request r = {.tenant = str("acme"),
                                .bundle_id = str("b"),
                                .reference = str("b#1"),
                                .title = str("t"),
                                .pdf = str("%PDF-1.7")};
    struct session session = {0};
    struct session *found = NULL;
    size_t count = 0;
    struct str pdf = {0};

    enum status e = d->create(s, p, &r, &session);
    if (e == OK)
        check_session(s, &session);
    else
        check_failure(s, e);
    e = d->look(s, p, r.tenant, str("id1"), &session);
    if (e == OK)
        check_session(s, &session);
    else
        check_failure(s, e);
    e = d->find(s, p, r.tenant, r.reference, &found, &count);
    for (size_t i = 0; e == OK && i < count; i++)
        check_session(s, &found[i]);
    e = d->fetch(s, p, r.tenant, str("id1"), &pdf);
    assert(e != OK || str_starts(pdf, str("%PDF-")));
    e = d->cancel(s, p, r.tenant, str("id1"));
    assert(e == OK || e == TEMPORARY || e == TIMEOUT || e == REFUSED);
}

FUZZ
{
    struct world *world = sim_new(1);
    struct str public_url = str("https://sheaf.test");
    struct signicat *p = NULL;
    struct scope *own = scope_open((size_t)512 << 20);
    struct http_client *http = http_client_new(
        &(struct http_client_options){.stand_in = answer, .stand_in_context = &input});
    struct signicat_options options = {.world = world,
                                       .http = http,
                                       .url = str("https://api.signicat.test/sign"),
                                       .token_url = str("https://api.signicat.test/token"),
                                       .client_id = str("a"),
                                       .client_secret = str("b"),
                                       .flow = str("PKISIGNING"),
                                       .vendor = str("SBID"),
                                       .package = true,
                                       .public_url = &public_url};
    enum status e = signicat_open(own, &options, &p);

    (void)s;
    assert(e == OK);
    run(own, p);
    scope_close(own);
    http_client_free(http);
    sim_free(world);
}
