// The token of the API (OAuth 2.0, client credentials): kept until shortly before it expires, and
// fetched by one thread at a time; who comes meanwhile waits, and shares how it ended.
#include "core/base64.h"
#include "core/scope.h"
#include "core/url.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"
#include "sys/world.h"

#include <stdio.h>
#include <string.h>

enum {
    LIFE_S_STANDARD = 60, // where the answer does not say
    LIFE_S_MAX = 86400,
    EARLY_S_LEAST = 10,
    EARLY_S_MOST = 60,
    US_PER_S = 1000000,
};

// How long a token is used: a tenth of its life is left, and at least ten seconds.
static int64_t use_us(int64_t life_s)
{
    int64_t early_s = life_s / 10;

    early_s = early_s < EARLY_S_LEAST ? EARLY_S_LEAST : early_s;
    early_s = early_s > EARLY_S_MOST ? EARLY_S_MOST : early_s;
    if (life_s < 2 * EARLY_S_LEAST)
        return life_s * US_PER_S / 2;
    return (life_s - early_s) * US_PER_S;
}

static struct str form(struct scope *s, const struct signicat *p)
{
    struct str grant = str("grant_type=client_credentials&scope=signicat-api");

    if (!p->options.secret_in_form)
        return grant;
    return str_concat(s, 5, grant, str("&client_id="), url_encode(s, p->options.client_id),
                      str("&client_secret="), url_encode(s, p->options.client_secret));
}

// RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
static struct str basic(struct scope *s, const struct signicat *p)
{
    if (p->options.secret_in_form)
        return (struct str){0};
    struct str pair = str_concat(s, 3, url_encode(s, p->options.client_id), str(":"),
                                 url_encode(s, p->options.client_secret));
    return str_concat(s, 2, str("Basic "), base64_encode(s, pair));
}

static bool is_token(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return text.bytes > 0 && text.bytes <= SIGNICAT_TOKEN_BYTES_MAX;
}

static enum status read_answer(struct scope *s, const struct http_reply *reply, struct str *token,
                               int64_t *life_s)
{
    struct json j = {0};
    struct str none[SIGNICAT_SECRETS_MAX] = {0};

    if (reply->code != 200)
        return fail(s, TEMPORARY, "signicat gives no token: %.*s",
                    STR(signicat_words(s, reply, none)));
    TRY(signicat_parse(s, reply->body, &j));
    struct str type = json_text(json_member(j, "token_type"));
    *token = json_text(json_member(j, "access_token"));
    if (!is_token(*token) || (type.bytes && !str_equal_nocase(type, str("Bearer"))))
        return fail(s, TEMPORARY, "signicat's token cannot be used");
    if (!json_to_i64(json_member(j, "expires_in"), life_s))
        *life_s = LIFE_S_STANDARD;
    if (*life_s < 1 || *life_s > LIFE_S_MAX)
        *life_s = *life_s < 1 ? 1 : LIFE_S_MAX;
    return OK;
}

// Fetches one. Whatever goes wrong, nothing was done that matters: TEMPORARY.
static enum status fly(struct scope *s, struct signicat *p, struct str *token, int64_t *life_s)
{
    struct http_reply reply = {0};
    struct signicat_call call = {.method = "POST",
                                 .path = p->options.token_url,
                                 .content_type = "application/x-www-form-urlencoded",
                                 .body = form(s, p)};

    if (signicat_call_raw(s, p, &call, basic(s, p), &reply) != OK)
        return fail(s, TEMPORARY, "signicat gives no token: %.*s", STR(scope_why(s)));
    return read_answer(s, &reply, token, life_s);
}

static bool is_good(const struct signicat *p)
{
    return p->token_bytes > 0 && world_monotonic_us(p->options.world) < p->token_until_us;
}

// Under the lock.
static void land(struct scope *s, struct signicat *p, enum status e, struct str token,
                 int64_t until_us)
{
    p->flying = false;
    p->landed_as = e;
    if (e == OK) {
        memcpy(p->token, token.data, token.bytes);
        p->token_bytes = token.bytes;
        p->token_until_us = until_us;
    } else {
        (void)snprintf(p->landed_why, sizeof p->landed_why, "%.*s", STR(scope_why(s)));
    }
    condition_broadcast(&p->landed);
}

static enum status fetch(struct scope *s, struct signicat *p, struct str *out)
{
    int64_t life_s = 0;
    int64_t asked_at_us = world_monotonic_us(p->options.world);
    enum status e = fly(s, p, out, &life_s);

    mutex_lock(&p->lock);
    land(s, p, e, *out, asked_at_us + use_us(life_s));
    mutex_unlock(&p->lock);
    return e;
}

enum status signicat_token(struct scope *s, struct signicat *p, struct str *out)
{
    bool waited = false;
    enum status e = OK;

    *out = (struct str){0};
    mutex_lock(&p->lock);
    while (p->flying) {
        condition_wait(&p->landed, &p->lock);
        waited = true;
    }
    bool mine = !is_good(p) && !(waited && p->landed_as != OK);
    if (mine)
        p->flying = true;
    else if (is_good(p))
        *out = str_copy(s, str_of(p->token, p->token_bytes));
    else
        e = fail(s, p->landed_as, "%s", p->landed_why);
    mutex_unlock(&p->lock);
    return mine ? fetch(s, p, out) : e;
}

void signicat_token_refused(struct signicat *p, struct str token)
{
    mutex_lock(&p->lock);
    if (str_equal(str_of(p->token, p->token_bytes), token))
        p->token_bytes = 0;
    mutex_unlock(&p->lock);
}
