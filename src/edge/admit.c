// The first half of the way of a request, when its head is there: which operation, who calls, what
// it may, how much.
#include "edge/edge_impl.h"

#include "core/scope.h"
#include "edge/auth_impl.h"
#include "edge/limits_impl.h"
#include "edge/signature_impl.h"
#include "http/exchange.h"

static enum status match(struct call *c)
{
    struct str allow = {0};
    struct http_exchange *x = c->exchange;
    enum status e =
        openapi_match(&c->edge->api, c->scope, http_method(x), http_path(x), &c->operation, &allow);

    if (e == INVALID) {
        c->answer.code = 405; // RFC 9110, 15.5.6
        call_answer_header(c, "Allow", allow);
    }
    return e;
}

static bool from_loopback(struct http_exchange *x)
{
    struct str peer = http_peer(x);

    return str_is(peer, "127.0.0.1") || str_is(peer, "::1") || str_is(peer, "::ffff:127.0.0.1");
}

// An operator of the whole server, as the command line is, may act for any tenant.
static enum status choose_tenant(struct call *c)
{
    struct str tenant = http_header(c->exchange, "Sheaf-Tenant");

    if (!tenant.data || str_equal(tenant, c->principal.tenant))
        return OK;
    if (!principal_may(&c->principal, str("admin")) || c->principal.client.bytes)
        return fail(c->scope, DENIED, "only an operator of the whole server chooses the tenant");
    if (!tenant_is_valid(tenant))
        return fail(c->scope, INVALID, "Sheaf-Tenant: 1 to 40 of a-z, 0-9 and '-'");
    c->principal.tenant = tenant;
    c->principal.account = tenant_account(c->scope, tenant);
    return OK;
}

static enum status authenticate(struct call *c)
{
    const struct operation *op = c->operation;
    struct str authorization = http_header(c->exchange, "Authorization");

    if (c->claim)
        return signature_identify(c);
    if (op->open || (op->open_on_loopback && !authorization.data && from_loopback(c->exchange)))
        return OK;
    if (op->signed_link && !authorization.data) {
        TRY(auth_check_link(c->scope, c->edge->auth, http_path(c->exchange),
                            http_query(c->exchange), c->now_us, &c->principal));
        c->authenticated = true;
        return OK;
    }
    TRY(auth_identify(c->scope, c->edge->auth, authorization, c->now_us, &c->principal));
    c->authenticated = true;
    return choose_tenant(c);
}

static enum status limit_rate(struct call *c)
{
    uint32_t rate = c->principal.requests_per_second ? c->principal.requests_per_second
                                                     : c->edge->requests_per_second;
    struct limits_left left = {0};

    if (!c->authenticated || rate == 0)
        return OK;
    bool within = limits_take(c->edge->limits, c->principal.id, rate, c->now_us, &left);
    call_answer_header(c, "RateLimit-Policy",
                       str_format(c->scope, "\"key\";q=%u;w=%d", rate, LIMITS_BURST_S));
    call_answer_header(c, "RateLimit",
                       str_format(c->scope, "\"key\";r=%u;t=%u", left.remaining, left.reset_s));
    if (within)
        return OK;
    call_retry_after(c, left.reset_s);
    return fail(c->scope, LIMIT, "the key may send %u requests a second", rate);
}

// What a known caller may do at all.
static enum status check_caller(struct call *c)
{
    TRY(limit_rate(c));
    if (c->operation->scope.bytes && c->authenticated && !c->operation->signed_link)
        TRY(principal_require(c->scope, &c->principal, c->operation->scope));
    c->admitted_headers = c->answer.header_count;
    return OK;
}

static bool takes_media_type(const struct operation *op, struct str type)
{
    for (size_t i = 0; i < op->media_type_count; i++)
        if (str_equal(op->media_types[i], type))
            return true;
    return false;
}

// JSON is UTF-8 (RFC 8259, 8.1); XML may also be what expr/xml.h reads besides.
static bool takes_charset(struct str type, struct str charset)
{
    static const char *const for_xml[] = {"us-ascii", "iso-8859-1"};

    if (str_equal_nocase(charset, str("utf-8")))
        return true;
    for (size_t i = 0; i < sizeof for_xml / sizeof for_xml[0]; i++)
        if (str_ends(type, str("/xml")) && str_equal_nocase(charset, str(for_xml[i])))
            return true;
    return false;
}

static struct str charset_of(struct str value)
{
    size_t at = str_find(value, str("charset="));
    struct str charset = str_trim(str_slice(value, at + 8, value.bytes));

    charset = str_trim(str_slice(charset, 0, str_find_byte(charset, ';')));
    if (charset.bytes >= 2 && charset.data[0] == '"')
        charset = str_slice(charset, 1, charset.bytes - 2);
    return charset;
}

static enum status check_media_type(struct call *c)
{
    struct str value = http_header(c->exchange, "Content-Type");
    struct str type = call_media_type(c);

    if (c->operation->media_type_count == 0 || !value.data)
        return OK;
    if (!takes_media_type(c->operation, type))
        return fail(c->scope, UNSUPPORTED, "the media type %.*s is not taken here", STR(type));
    struct str charset = charset_of(value);
    bool is_text = str_is(type, "application/json") || str_ends(type, str("/xml"));
    if (is_text && charset.bytes && !takes_charset(type, charset))
        return fail(c->scope, UNSUPPORTED, "%.*s is not taken in the charset %.*s: use UTF-8",
                    STR(type), STR(charset));
    return OK;
}

// A signature covers the body, so who signs is known for sure when the body is there.
enum status edge_admit(struct call *c)
{
    enum status claimed = signature_read(c);

    c->operation = protocol_find(c);
    TRY(claimed);
    if (!c->operation)
        TRY(match(c));
    TRY(authenticate(c));
    if (!c->claim)
        TRY(check_caller(c));
    TRY(check_media_type(c));
    http_body_limit(c->exchange, c->operation->body_bytes_max, 0);
    return OK;
}

enum status edge_prove(struct call *c)
{
    TRY(signature_check(c));
    return check_caller(c);
}
