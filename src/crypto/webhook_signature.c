// Standard Webhooks, signature v1.
#include "crypto/webhook_signature.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "sys/world.h"

#include <assert.h>

enum {
    SECRET_BYTES_MADE = 32,
    SIGNATURE_BYTES = 47, // "v1," and 44 characters of base64
    TIMESTAMP_BYTES_MAX = 20,
};

static const struct str prefix = STR_INIT("whsec_");

struct str webhook_secret_make(struct scope *s, struct world *w)
{
    uint8_t bytes[SECRET_BYTES_MADE];

    world_random(w, bytes, sizeof bytes);
    struct str text = str_concat(s, 2, prefix, base64_encode(s, str_of(bytes, sizeof bytes)));
    digest_wipe(bytes, sizeof bytes);
    return text;
}

enum status webhook_secret_read(struct scope *s, struct str text, struct hmac_key *out)
{
    struct str bytes = {0};

    if (str_starts(text, prefix))
        text = str_slice(text, prefix.bytes, text.bytes);
    if (text.bytes > 2 * WEBHOOK_SECRET_BYTES_MAX || base64_decode(s, text, &bytes) != OK ||
        bytes.bytes < WEBHOOK_SECRET_BYTES_MIN || bytes.bytes > WEBHOOK_SECRET_BYTES_MAX)
        return fail(s, INVALID, "a webhook secret is whsec_ and the base64 of %d to %d bytes",
                    WEBHOOK_SECRET_BYTES_MIN, WEBHOOK_SECRET_BYTES_MAX);
    hmac_key_init(out, bytes);
    return OK;
}

static struct str signature(struct scope *s, const struct hmac_key *key, struct str id,
                            struct str timestamp, struct str body)
{
    const struct str parts[] = {id, str("."), timestamp, str("."), body};
    uint8_t hash[SHA256_BYTES];

    hmac_sha256(key, parts, sizeof parts / sizeof *parts, hash);
    return str_concat(s, 2, str("v1,"), base64_encode(s, str_of(hash, sizeof hash)));
}

struct str webhook_sign(struct scope *s, const struct hmac_key *keys, size_t key_count,
                        struct str id, int64_t sent_at_s, struct str body)
{
    struct buf out = buf_make(s, (SIGNATURE_BYTES + 1) * key_count);
    struct str timestamp = str_format(s, "%lld", (long long)sent_at_s);

    assert(key_count > 0 && id.bytes > 0 && sent_at_s >= 0);
    for (size_t i = 0; i < key_count; i++) {
        if (i)
            buf_put_byte(&out, ' ');
        buf_put(&out, signature(s, &keys[i], id, timestamp, body));
    }
    assert(!out.overflow);
    return buf_str(&out);
}

static enum status check_timestamp(struct scope *s, struct str timestamp, int64_t now_us)
{
    uint64_t sent_at_s = 0;

    if (timestamp.bytes > TIMESTAMP_BYTES_MAX ||
        !str_to_u64(timestamp, (uint64_t)INT64_MAX / 2, &sent_at_s))
        return fail(s, UNAUTHENTICATED, "webhook-timestamp is missing or not a number of seconds");
    int64_t age_s = now_us / MOMENT_SECOND_US - (int64_t)sent_at_s;
    if (age_s > WEBHOOK_TOLERANCE_S || age_s < -WEBHOOK_TOLERANCE_S)
        return fail(s, UNAUTHENTICATED, "webhook-timestamp is more than %d s away from now",
                    WEBHOOK_TOLERANCE_S);
    return OK;
}

// Compares with every signature of the list; those of other versions cannot be equal.
static bool is_listed(struct str list, struct str should)
{
    bool found = false;

    while (list.bytes)
        found = digest_equal_str(str_cut(&list, ' '), should) || found;
    return found;
}

enum status webhook_verify(struct scope *s, const struct hmac_key *keys, size_t key_count,
                           const struct webhook_received *received, int64_t now_us)
{
    bool proven = false;

    assert(key_count > 0);
    if (received->id.bytes == 0)
        return fail(s, UNAUTHENTICATED, "webhook-id is missing");
    if (received->signature.bytes == 0)
        return fail(s, UNAUTHENTICATED, "webhook-signature is missing");
    TRY(check_timestamp(s, received->timestamp, now_us));
    for (size_t i = 0; i < key_count && !proven; i++)
        proven = is_listed(received->signature, signature(s, &keys[i], received->id,
                                                          received->timestamp, received->body));
    if (!proven)
        return fail(s, UNAUTHENTICATED, "no signature in webhook-signature is right");
    return OK;
}
