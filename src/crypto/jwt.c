// Compact tokens: header.claims.signature, each in base64url.
#include "crypto/jwt.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"

#include <assert.h>

static const int64_t latest_s = 253402300799; // the end of the year 9999

static const struct json_limits limits = {
    .bytes_max = JWT_BYTES_MAX,
    .depth_max = 16,
    .values_max = 2000,
    .duplicates = JSON_REFUSE, // RFC 7515, 4, and RFC 7519, 4
};

// A token taken apart; nothing of it is verified.
struct parts {
    struct json header;
    struct str key_id;
    struct str claims;      // in base64url
    struct str signed_text; // header.claims
    struct str signature;
};

static enum status refuse(struct scope *s, const char *why)
{
    return fail(s, UNAUTHENTICATED, "%s", why);
}

// Decodes one part to an object.
static enum status read_object(struct scope *s, struct str part, struct json *out)
{
    struct str text = {0};

    if (base64url_decode(s, part, &text) != OK || json_parse(s, text, &limits, out) != OK ||
        !json_is(*out, JSON_OBJECT))
        return refuse(s, "the token's header and claims are not JSON objects in base64url");
    return OK;
}

static enum status take_apart(struct scope *s, struct str token, struct parts *out)
{
    struct str rest = token;

    if (token.bytes > JWT_BYTES_MAX)
        return fail(s, UNAUTHENTICATED, "the token is longer than %d bytes", JWT_BYTES_MAX);
    if (str_find_byte(token, '=') != token.bytes)
        return refuse(s, "the token is padded"); // RFC 7515, 2: base64url without padding
    struct str header = str_cut(&rest, '.');
    out->claims = str_cut(&rest, '.');
    if (!rest.data || str_find_byte(rest, '.') != rest.bytes)
        return refuse(s, "the token is not header.claims.signature");
    out->signed_text = str_slice(token, 0, header.bytes + 1 + out->claims.bytes);
    if (base64url_decode(s, rest, &out->signature) != OK)
        return refuse(s, "the token's signature is not base64url");
    TRY(read_object(s, header, &out->header));
    struct json key_id = json_member(out->header, "kid");
    if (!json_is(key_id, JSON_NONE) && !json_is(key_id, JSON_STRING))
        return refuse(s, "the token's key id is not a text");
    out->key_id = json_text(key_id);
    return OK;
}

enum status jwt_peek(struct scope *s, struct str token, struct jwt_hint *out)
{
    struct parts parts = {0};
    struct json claims = {0};

    TRY(take_apart(s, token, &parts));
    TRY(read_object(s, parts.claims, &claims));
    struct json issuer = json_member(claims, "iss");
    *out = (struct jwt_hint){
        .issuer = json_is(issuer, JSON_STRING) ? json_text(issuer) : (struct str){0},
        .key_id = parts.key_id,
    };
    return OK;
}

// RFC 8725, 3.11: a token of another kind (a logout token, say) is no proof of who is calling.
static bool is_access_token(struct json header)
{
    struct json type = json_member(header, "typ");
    struct str text = json_text(type);

    return json_is(type, JSON_NONE) ||
           (json_is(type, JSON_STRING) &&
            (str_equal_nocase(text, str("JWT")) || str_equal_nocase(text, str("at+jwt")) ||
             str_equal_nocase(text, str("application/at+jwt"))));
}

static enum status check_header(struct scope *s, struct json header)
{
    if (!json_is(json_member(header, "alg"), JSON_STRING))
        return refuse(s, "the token names no algorithm");
    if (!json_is(json_member(header, "crit"), JSON_NONE)) // RFC 7515, 4.1.11
        return refuse(s, "the token has extensions that are not understood");
    if (!is_access_token(header))
        return refuse(s, "the token is of another type than JWT or at+jwt");
    return OK;
}

// Finds the one key that may have signed the token: of its id and its algorithm, or the only one of
// its algorithm when it names no id.
static enum status find_key(struct scope *s, struct jwks keys, const struct parts *parts,
                            const struct jwk **out)
{
    struct str algorithm = json_text(json_member(parts->header, "alg"));
    size_t found = 0;
    bool known = false;

    for (size_t i = 0; i < keys.count; i++) {
        const struct jwk *k = keys.keys[i];
        if (parts->key_id.bytes && !str_equal(parts->key_id, jwk_id(k)))
            continue;
        known = true;
        if (!str_is(algorithm, jwk_algorithm_name(jwk_algorithm(k))))
            continue;
        *out = k;
        found++;
    }
    if (found == 1)
        return OK;
    if (found > 1)
        return refuse(s, "the token does not say which of several keys signed it");
    return refuse(s, known ? "the token's algorithm is not the one of the key"
                           : "no key has the token's key id");
}

// Reads a time in seconds, which may have a fraction (RFC 7519, 2: NumericDate).
static bool read_time(struct json j, int64_t *out_us)
{
    int64_t whole_s = 0;
    double seconds = 0;

    if (json_to_i64(j, &whole_s)) {
        *out_us = whole_s >= 0 && whole_s <= latest_s ? whole_s * MOMENT_SECOND_US : -1;
        return *out_us >= 0;
    }
    if (!json_to_double(j, &seconds) || !(seconds >= 0 && seconds <= (double)latest_s))
        return false;
    *out_us = (int64_t)(seconds * (double)MOMENT_SECOND_US);
    return true;
}

static enum status check_times(struct scope *s, struct json claims, const struct jwt_rules *rules,
                               struct jwt *out)
{
    static const char *const starts[] = {"nbf", "iat"};
    int64_t leeway_us = rules->leeway_s * MOMENT_SECOND_US;

    if (!read_time(json_member(claims, "exp"), &out->expires_at_us))
        return refuse(s, "the token does not say when it expires");
    if (rules->now_us >= out->expires_at_us + leeway_us)
        return refuse(s, "the token has expired");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct json start = json_member(claims, starts[i]);
        int64_t start_us = 0;
        if (json_is(start, JSON_NONE))
            continue;
        if (!read_time(start, &start_us))
            return fail(s, UNAUTHENTICATED, "the token's %s is no time", starts[i]);
        if (start_us > rules->now_us + leeway_us)
            return fail(s, UNAUTHENTICATED, "the token's %s lies in the future", starts[i]);
    }
    return OK;
}

// RFC 7519, 4.1.3: one text or an array of texts.
static bool is_meant_for(struct json audience, struct str us)
{
    if (json_is(audience, JSON_STRING))
        return str_equal(json_text(audience), us);
    for (size_t i = 0; json_is(audience, JSON_ARRAY) && i < audience.count; i++) {
        struct json item = json_at(audience, i);
        if (json_is(item, JSON_STRING) && str_equal(json_text(item), us))
            return true;
    }
    return false;
}

static enum status read_name(struct scope *s, struct json claims, const char *claim,
                             struct str *out)
{
    struct json value = json_member(claims, claim);

    if (!json_is(value, JSON_NONE) && !json_is(value, JSON_STRING))
        return fail(s, UNAUTHENTICATED, "the token's %s is not a text", claim);
    *out = json_text(value);
    return OK;
}

static enum status check_claims(struct scope *s, struct json claims, const struct jwt_rules *rules,
                                struct jwt *out)
{
    TRY(check_times(s, claims, rules, out));
    TRY(read_name(s, claims, "iss", &out->issuer));
    TRY(read_name(s, claims, "sub", &out->subject));
    if (rules->issuer.bytes && !str_equal(out->issuer, rules->issuer))
        return refuse(s, "the token was issued by somebody else");
    if (rules->audience.bytes && !is_meant_for(json_member(claims, "aud"), rules->audience))
        return refuse(s, "the token is meant for somebody else");
    out->claims = claims;
    return OK;
}

enum status jwt_verify(struct scope *s, struct jwks keys, struct str token,
                       const struct jwt_rules *rules, struct jwt *out)
{
    struct parts parts = {0};
    struct json claims = {0};

    *out = (struct jwt){0};
    assert(rules->leeway_s >= 0 && rules->now_us >= 0);
    TRY(take_apart(s, token, &parts));
    TRY(check_header(s, parts.header));
    TRY(find_key(s, keys, &parts, &out->key));
    if (!jwk_verify(out->key, parts.signed_text, parts.signature))
        return refuse(s, "the token's signature is wrong");
    TRY(read_object(s, parts.claims, &claims));
    return check_claims(s, claims, rules, out);
}

static struct str make_header(struct scope *s, const struct jwk *key)
{
    struct buf out = buf_make(s, JWT_BYTES_MAX);

    buf_format(&out, "{\"alg\":\"%s\",\"typ\":\"JWT\"", jwk_algorithm_name(jwk_algorithm(key)));
    if (jwk_id(key).bytes) {
        buf_put_z(&out, ",\"kid\":");
        json_write_string(&out, jwk_id(key));
    }
    buf_put_byte(&out, '}');
    return buf_str(&out);
}

enum status jwt_issue(struct scope *s, const struct jwk *key, struct json claims, struct str *token)
{
    int64_t expires_at_us = 0;
    struct str signature = {0};

    bool expires = read_time(json_member(claims, "exp"), &expires_at_us);
    assert(expires);
    struct str text = str_concat(s, 3, base64url_encode(s, make_header(s, key)), str("."),
                                 base64url_encode(s, json_to_str(s, claims)));
    TRY(jwk_sign(s, key, text, &signature));
    *token = str_concat(s, 3, text, str("."), base64url_encode(s, signature));
    if (token->bytes > JWT_BYTES_MAX)
        return fail(s, TOO_LARGE, "the token is longer than %d bytes", JWT_BYTES_MAX);
    return OK;
}
