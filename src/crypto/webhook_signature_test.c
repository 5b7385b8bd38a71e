// Standard Webhooks: what a sender signs a receiver believes, and nothing else.
#include "crypto/webhook_signature.h"

#include "core/scope.h"
#include "sys/world.h"

#include "test/harness.h"

enum { SENT_AT_S = 1700000000 };

static const int64_t now_us = SENT_AT_S * INT64_C(1000000);

static struct hmac_key new_key(struct scope *s)
{
    struct hmac_key key = {{0}, {0}};

    EXPECT_OK(webhook_secret_read(s, webhook_secret_make(s, world_real()), &key));
    return key;
}

static struct webhook_received receive(struct str signature)
{
    return (struct webhook_received){
        .id = str("msg_1"),
        .timestamp = str("1700000000"),
        .signature = signature,
        .body = str("{\"a\":1}"),
    };
}

static struct str sign(struct scope *s, const struct hmac_key *keys, size_t count)
{
    return webhook_sign(s, keys, count, str("msg_1"), SENT_AT_S, str("{\"a\":1}"));
}

TEST(a_signed_webhook_is_believed_for_five_minutes)
{
    struct hmac_key key = new_key(s);
    struct webhook_received r = receive(sign(s, &key, 1));
    const int64_t second = 1000000;

    EXPECT_OK(webhook_verify(s, &key, 1, &r, now_us));
    EXPECT_OK(webhook_verify(s, &key, 1, &r, now_us + 300 * second));
    EXPECT_OK(webhook_verify(s, &key, 1, &r, now_us - 300 * second));
    EXPECT(webhook_verify(s, &key, 1, &r, now_us + 301 * second) == UNAUTHENTICATED);
    EXPECT(webhook_verify(s, &key, 1, &r, now_us - 301 * second) == UNAUTHENTICATED);
}

TEST(a_webhook_with_any_part_changed_is_not_believed)
{
    struct hmac_key key = new_key(s);
    struct webhook_received sound = receive(sign(s, &key, 1));
    struct webhook_received r = sound;

    r.id = str("msg_2");
    EXPECT(webhook_verify(s, &key, 1, &r, now_us) == UNAUTHENTICATED);
    r = sound;
    r.timestamp = str("1700000001");
    EXPECT(webhook_verify(s, &key, 1, &r, now_us) == UNAUTHENTICATED);
    r = sound;
    r.body = str("{\"a\":2}");
    EXPECT(webhook_verify(s, &key, 1, &r, now_us) == UNAUTHENTICATED);
    r = sound;
    r.signature = str_slice(sound.signature, 0, sound.signature.bytes - 1);
    EXPECT(webhook_verify(s, &key, 1, &r, now_us) == UNAUTHENTICATED);
}

TEST(a_secret_is_replaced_without_a_gap)
{
    struct hmac_key keys[] = {new_key(s), new_key(s)}; // new, old
    struct webhook_received by_both = receive(sign(s, keys, 2));
    struct webhook_received by_old = receive(sign(s, keys + 1, 1));

    EXPECT_OK(webhook_verify(s, keys, 1, &by_both, now_us));     // receiver has the new one
    EXPECT_OK(webhook_verify(s, keys + 1, 1, &by_both, now_us)); // receiver has the old one
    EXPECT_OK(webhook_verify(s, keys, 2, &by_old, now_us));      // receiver has both
    EXPECT(webhook_verify(s, keys, 1, &by_old, now_us) == UNAUTHENTICATED);
}

TEST(a_secret_is_whsec_and_base64_of_24_to_64_bytes)
{
    static const struct {
        const char *text;
        enum status should;
    } cases[] = {
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", OK},
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", OK},
        {"", INVALID},
        {"whsec_", INVALID},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", INVALID},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*", INVALID},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAAAAA==",
         INVALID},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hmac_key key;
        EXPECT(webhook_secret_read(s, str(cases[i].text), &key) == cases[i].should);
    }
}
