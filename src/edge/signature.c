// What a request signs is taken from the exchange as it stands on the wire.
#include "edge/signature_impl.h"

#include "core/scope.h"
#include "crypto/digest.h"
#include "edge/auth_impl.h"
#include "edge/edge_impl.h"
#include "edge/protocol.h"
#include "http/exchange.h"

// AWS signs so for routes of one's own behind its API gateway.
static const char own_service[] = "execute-api";

static struct sigv4_request request_of(const struct call *c)
{
    size_t count = http_header_count(c->exchange);
    struct sigv4_header *headers = scope_array(c->scope, count, sizeof *headers);

    for (size_t i = 0; i < count; i++) {
        struct http_field field = http_header_at(c->exchange, i);
        headers[i] = (struct sigv4_header){field.name, field.value};
    }
    return (struct sigv4_request){.method = http_method(c->exchange),
                                  .path = http_path(c->exchange),
                                  .query = http_query(c->exchange),
                                  .headers = headers,
                                  .header_count = count};
}

// A look that costs nothing, since few requests are signed.
static bool may_be_signed(const struct call *c)
{
    struct str query = http_query(c->exchange);
    struct str part = str("X-Amz-Signature");

    return str_starts(http_header(c->exchange, "Authorization"), str("AWS4-")) ||
           (query.bytes && str_find(query, part) < query.bytes);
}

enum status signature_read(struct call *c)
{
    if (!may_be_signed(c))
        return OK;
    struct sigv4_claim *claim = scope_new(c->scope, struct sigv4_claim);
    struct sigv4_request request = request_of(c);
    enum status e = sigv4_read(c->scope, &request, claim);
    if (e == NOT_FOUND) {
        scope_forgive(c->scope);
        return OK;
    }
    c->signature = claim->fault;
    TRY(e);
    c->claim = claim;
    c->is_signed = true;
    return OK;
}

const struct operation *protocol_find(const struct call *c)
{
    struct str target = http_header(c->exchange, "X-Amz-Target");

    for (size_t i = 0; i < c->edge->protocol_count; i++) {
        const struct operation *op = &c->edge->protocols[i];
        if (c->claim ? str_is(c->claim->service, op->protocol->signing_name)
                     : target.bytes && str_starts(target, str(op->protocol->target)))
            return op;
    }
    return NULL;
}

enum status signature_identify(struct call *c)
{
    if (!c->operation->protocol && !str_is(c->claim->service, own_service)) {
        c->signature = SIGV4_MALFORMED;
        return fail(c->scope, UNAUTHENTICATED,
                    "the service %.*s is not served here: what is ours is signed for %s",
                    STR(c->claim->service), own_service);
    }
    c->signature = SIGV4_UNKNOWN_KEY;
    TRY(auth_identify_claim(c->scope, c->edge->auth, c->claim, c->now_us, &c->principal));
    c->signature = SIGV4_SOUND;
    c->authenticated = true;
    return OK;
}

enum status signature_check(struct call *c)
{
    struct sigv4_request request = request_of(c);

    request.payload_hash = digest_sha256_hex(c->scope, http_body(c->exchange));
    return auth_check_signature(c->scope, c->edge->auth, &request, c->claim, c->now_us,
                                &c->signature);
}
