// AES-256-GCM, HKDF, API keys.
#include "crypto/aead.h"

#include "core/scope.h"
#include "sys/world.h"

#include "test/harness.h"

static const uint8_t secret[AEAD_KEY_BYTES] = {1, 2, 3};

static void free_key(void *key)
{
    aead_key_free(key);
}

static struct aead_key *key_in(struct scope *s, const uint8_t bytes[AEAD_KEY_BYTES])
{
    struct aead_key *k = aead_key_new(world_real(), bytes);

    scope_defer(s, free_key, k);
    return k;
}

TEST(what_was_sealed_opens_to_the_same_bytes)
{
    struct aead_key *k = key_in(s, secret);
    const size_t sizes[] = {0, 1, 15, 16, 17, 800, 70000};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct str plain = str_of(scope_alloc(s, sizes[i]), sizes[i]);
        struct str opened = {0};
        struct str sealed = aead_seal(s, k, str("t#1"), plain);

        EXPECT_EQUAL(sealed.bytes, sizes[i] + AEAD_EXTRA_BYTES);
        EXPECT_OK(aead_open(s, k, str("t#1"), sealed, &opened));
        EXPECT(str_equal(opened, plain));
    }
}

TEST(an_altered_byte_anywhere_does_not_open)
{
    struct aead_key *k = key_in(s, secret);
    struct str sealed = aead_seal(s, k, str("t#1"), str("twelve bytes"));
    struct str opened = {0};

    for (size_t i = 0; i < sealed.bytes; i++) {
        char *altered = str_z(s, sealed);
        altered[i] ^= 1;
        EXPECT(aead_open(s, k, str("t#1"), str_of(altered, sealed.bytes), &opened) == CORRUPT);
    }
    for (size_t bytes = 0; bytes < sealed.bytes; bytes++)
        EXPECT(aead_open(s, k, str("t#1"), str_slice(sealed, 0, bytes), &opened) == CORRUPT);
}

TEST(sealed_bytes_do_not_open_elsewhere_or_with_another_key)
{
    struct aead_key *k = key_in(s, secret);
    struct aead_key *other = key_in(s, (uint8_t[AEAD_KEY_BYTES]){9});
    struct str sealed = aead_seal(s, k, str("t#1"), str("x"));
    struct str opened = {0};

    EXPECT(aead_open(s, k, str("t#2"), sealed, &opened) == CORRUPT);
    EXPECT(aead_open(s, k, str(""), sealed, &opened) == CORRUPT);
    EXPECT(aead_open(s, other, str("t#1"), sealed, &opened) == CORRUPT);
    EXPECT_STR(scope_why(s), "sealed bytes were altered, or belong to another key or place");
}

TEST(what_does_not_open_leaves_zeros)
{
    struct aead_key *k = key_in(s, secret);
    struct str sealed = aead_seal(s, k, str("t#1"), str("secret"));
    char out[6] = "......";

    EXPECT(aead_open_into(s, k, str("t#2"), sealed, out) == CORRUPT);
    EXPECT(memcmp(out, "\0\0\0\0\0\0", 6) == 0);
}

TEST(no_two_messages_share_a_nonce)
{
    struct aead_key *k = key_in(s, secret);
    struct aead_key *again = key_in(s, secret); // as after a restart
    struct str a = aead_seal(s, k, str(""), str("x"));
    struct str b = aead_seal(s, k, str(""), str("x"));
    struct str c = aead_seal(s, again, str(""), str("x"));

    EXPECT(memcmp(a.data, b.data, AEAD_NONCE_BYTES) != 0);
    EXPECT(memcmp(a.data, c.data, AEAD_NONCE_BYTES) != 0);
    EXPECT(memcmp(b.data, c.data, AEAD_NONCE_BYTES) != 0);
}

TEST(a_data_key_unwraps_in_its_own_context_only)
{
    struct aead_key *master = key_in(s, secret);
    uint8_t key[AEAD_KEY_BYTES] = {7, 7, 7};
    uint8_t out[AEAD_KEY_BYTES] = {0};
    struct str wrapped = aead_wrap(s, master, str("blobs/a"), key);

    EXPECT_EQUAL(wrapped.bytes, AEAD_WRAPPED_BYTES);
    EXPECT_OK(aead_unwrap(s, master, str("blobs/a"), wrapped, out));
    EXPECT(memcmp(key, out, sizeof key) == 0);
    EXPECT(aead_unwrap(s, master, str("blobs/b"), wrapped, out) == CORRUPT);
    EXPECT(aead_unwrap(s, master, str("blobs/a"), str("short"), out) == CORRUPT);
}
