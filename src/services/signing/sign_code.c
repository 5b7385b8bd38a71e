#include "services/signing/sign_code.h"

#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "edge/secrets.h"
#include "services/signing/sessions_impl.h"
#include "sys/world.h"

#include <assert.h>

enum { SALT_BYTES = 16, CODES = 1000000, CODES_REMEMBERED = 60 };

// Six digits, each code as likely: what would make some likelier is drawn again.
static struct str draw(struct scope *s, struct world *w)
{
    uint32_t number = 0;
    const uint32_t fair = UINT32_MAX - UINT32_MAX % CODES;

    do
        world_random(w, &number, sizeof number);
    while (number >= fair);
    return str_format(s, "%06u", number % CODES);
}

// A plain digest of six digits is undone in no time: the key is the installation's.
static struct str digest_of_code(struct scope *s, const struct signing *self,
                                 const struct sign_session *ss, struct str salt, struct str code)
{
    uint8_t key[SECRET_BYTES];
    uint8_t digest[SHA256_BYTES];

    secrets_derive(self->platform->secrets, "sign-code", ss->tenant, key);
    hmac_sha256_once(str_of(key, sizeof key),
                     str_concat(s, 5, ss->id, str("/"), salt, str("/"), code), digest);
    digest_wipe(key, sizeof key);
    return hex_encode(s, str_of(digest, sizeof digest));
}

static int64_t moment_at(struct json list, size_t i)
{
    int64_t at_us = 0;

    return moment_read(json_text(json_at(list, i)), &at_us) ? at_us : 0;
}

// Those that were sent within the last hour.
static int64_t recent(struct json sent, int64_t now_us)
{
    int64_t count = 0;

    for (size_t i = 0; i < sent.count; i++)
        count += moment_at(sent, i) > now_us - MOMENT_HOUR_US;
    return count;
}

static void remember(struct scope *s, struct sign_session *ss, struct json sent, int64_t now_us)
{
    struct json *items = scope_array(s, sent.count + 1, sizeof *items);

    assert(sent.count < CODES_REMEMBERED);
    for (size_t i = 0; i < sent.count; i++)
        items[i] = json_at(sent, i);
    items[sent.count] = moment_json(s, now_us);
    sign_session_set(s, ss, "codes_sent", json_array(items, sent.count + 1));
}

enum status sign_code_send(struct scope *s, const struct signing *self, struct change *c,
                           struct sign_session *ss, int64_t now_us)
{
    const struct sessions *all = self->sessions;
    struct json sent = sign_session_member(ss, "codes_sent");
    struct json code = json_object(NULL, 0);
    uint8_t salt_bytes[SALT_BYTES];

    if (sent.count >= SIGN_CODES_MAX || recent(sent, now_us) >= all->codes_max ||
        (sent.count &&
         moment_at(sent, sent.count - 1) > now_us - SIGN_CODE_PAUSE_S * MOMENT_SECOND_US))
        return fail(s, LIMIT, "no more codes are sent for session %.*s just now", STR(ss->id));
    world_random(self->platform->world, salt_bytes, sizeof salt_bytes);
    struct str salt = hex_encode(s, str_of(salt_bytes, sizeof salt_bytes));
    struct str digits = draw(s, self->platform->world);
    code = json_with(s, code, str("salt"), json_string(salt));
    code =
        json_with(s, code, str("digest"), json_string(digest_of_code(s, self, ss, salt, digits)));
    code = json_with(s, code, str("expires_at"), moment_json(s, now_us + all->code_life_us));
    code = json_with(s, code, str("tries"), json_i64(s, 0));
    sign_session_set(s, ss, "code", code);
    remember(s, ss, sent, now_us);
    struct json signee = sign_session_member(ss, "signee");
    struct code_mail mail = {
        .tenant = ss->tenant,
        .session_id = ss->id,
        .to = json_text(json_member(signee, "email")),
        .language = json_text(sign_session_member(ss, "language")),
        .code = digits,
        .number = (unsigned)sent.count + 1,
        .minutes = (int)(all->code_life_us / MOMENT_MINUTE_US),
    };
    return session_mail_code(s, all, c, &mail);
}

enum code_verdict sign_code_check(struct scope *s, const struct signing *self,
                                  struct sign_session *ss, struct str typed, int64_t now_us,
                                  int64_t *tries_left)
{
    struct json code = sign_session_member(ss, "code");
    int64_t tries = 0;

    *tries_left = 0;
    (void)json_to_i64(json_member(code, "tries"), &tries);
    if (code.type == JSON_NONE || session_moment(json_member(code, "expires_at")) <= now_us)
        return CODE_NONE;
    if (tries >= SIGN_CODE_TRIES)
        return CODE_NO_TRIES;
    struct str digest =
        digest_of_code(s, self, ss, json_text(json_member(code, "salt")), str_trim(typed));
    if (digest_equal_str(digest, json_text(json_member(code, "digest")))) {
        sign_session_set(s, ss, "code", json_null());
        return CODE_RIGHT;
    }
    *tries_left = SIGN_CODE_TRIES - tries - 1;
    sign_session_set(s, ss, "code", json_with(s, code, str("tries"), json_i64(s, tries + 1)));
    return *tries_left > 0 ? CODE_WRONG : CODE_NO_TRIES;
}
