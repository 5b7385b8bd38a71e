// AES-256-GCM against the examples of its specification, and what must not open.
#include "crypto/aead.h"

#include "core/hex.h"
#include "core/scope.h"
#include "sys/thread.h"
#include "sys/world.h"

#include "test/harness.h"

#include <stdlib.h>

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

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test cases 13, 14 and 16.
TEST(the_examples_of_gcm_come_out)
{
    static const struct {
        const char *key, *nonce, *associated, *plain, *sealed;
    } cases[] = {
        {"0000000000000000000000000000000000000000000000000000000000000000",
         "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {"0000000000000000000000000000000000000000000000000000000000000000",
         "000000000000000000000000", "", "00000000000000000000000000000000",
         "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
         "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
         "49a6b525b16aedf5aa0de657ba637b39",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
         "56828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str key, nonce, associated, plain;
        REQUIRE_OK(hex_decode(s, str(cases[i].key), &key));
        REQUIRE_OK(hex_decode(s, str(cases[i].nonce), &nonce));
        REQUIRE_OK(hex_decode(s, str(cases[i].associated), &associated));
        REQUIRE_OK(hex_decode(s, str(cases[i].plain), &plain));
        struct aead_key *k = key_in(s, (const uint8_t *)key.data);
        char *out = scope_alloc(s, plain.bytes + AEAD_EXTRA_BYTES);

        aead_seal_with(k, (const uint8_t *)nonce.data, associated, plain, out);

        struct str sealed = str_of(out, plain.bytes + AEAD_EXTRA_BYTES);
        EXPECT(str_starts(sealed, nonce));
        EXPECT_STR(hex_encode(s, str_slice(sealed, AEAD_NONCE_BYTES, sealed.bytes)),
                   cases[i].sealed);
    }
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

enum { SEALERS = 4, SEALED_EACH = 200 };

struct sealer {
    struct aead_key *key; // shared
    struct thread *thread;
    char sealed[SEALED_EACH][AEAD_EXTRA_BYTES + 1];
};

static void seal_many(void *argument)
{
    struct sealer *sealer = argument;

    for (int i = 0; i < SEALED_EACH; i++)
        aead_seal_into(sealer->key, str("t#1"), str("x"), sealer->sealed[i]);
}

static int by_nonce(const void *left, const void *right)
{
    return memcmp(left, right, AEAD_NONCE_BYTES);
}

TEST(threads_share_a_key_and_no_nonce)
{
    struct aead_key *key = key_in(s, secret);
    struct sealer *sealers = scope_array(s, SEALERS, sizeof *sealers);
    char(*all)[AEAD_EXTRA_BYTES + 1] = scope_array(s, SEALERS * SEALED_EACH, sizeof *all);
    size_t count = 0;

    for (int i = 0; i < SEALERS; i++) {
        sealers[i].key = key;
        sealers[i].thread = thread_start("sealer", seal_many, &sealers[i]);
    }
    for (int i = 0; i < SEALERS; i++) {
        thread_join(sealers[i].thread);
        for (int j = 0; j < SEALED_EACH; j++)
            memcpy(all[count++], sealers[i].sealed[j], sizeof *all);
    }

    qsort(all, count, sizeof *all, by_nonce);
    for (size_t i = 0; i < count; i++) {
        struct str opened = {0};
        EXPECT_OK(aead_open(s, key, str("t#1"), str_of(all[i], sizeof *all), &opened));
        EXPECT(i == 0 || by_nonce(all[i], all[i - 1]) != 0);
    }
}
