// API keys: what was made is read back, what was mistyped is told apart.
#include "crypto/api_key.h"

#include "core/scope.h"
#include "sys/world.h"

#include "test/harness.h"

TEST(a_made_key_is_read_and_matches_its_hash_only)
{
    struct api_key key, other;
    struct str id = {0};
    api_key_make(s, world_real(), &key);
    api_key_make(s, world_real(), &other);

    EXPECT_EQUAL(key.text.bytes, API_KEY_TEXT_BYTES);
    EXPECT_EQUAL(key.id.bytes, API_KEY_ID_BYTES);
    EXPECT_OK(api_key_read(s, key.text, &id));
    EXPECT(str_equal(id, key.id));
    EXPECT(!str_equal(key.id, other.id));
    EXPECT(api_key_matches(key.text, key.hash));
    EXPECT(!api_key_matches(other.text, key.hash));
    EXPECT(!api_key_matches(str(""), key.hash));
}

TEST(a_key_with_any_character_mistyped_is_told_apart)
{
    struct api_key key;
    struct str id = {0};
    api_key_make(s, world_real(), &key);

    for (size_t i = 0; i < key.text.bytes; i++) {
        char *typed = str_z(s, key.text);
        typed[i] = typed[i] == 'b' ? 'c' : 'b';
        EXPECT(api_key_read(s, str(typed), &id) == UNAUTHENTICATED);
        typed[i] = '1'; // not of the alphabet
        EXPECT(api_key_read(s, str(typed), &id) == UNAUTHENTICATED);
    }
}

TEST(a_cut_or_foreign_text_is_no_key)
{
    struct api_key key;
    struct str id = {0};
    api_key_make(s, world_real(), &key);

    for (size_t bytes = 0; bytes < key.text.bytes; bytes++)
        EXPECT(api_key_read(s, str_slice(key.text, 0, bytes), &id) == UNAUTHENTICATED);
    EXPECT(api_key_read(s, str_concat(s, 2, key.text, str("a")), &id) == UNAUTHENTICATED);
    EXPECT(api_key_read(s, str("eyJhbGciOiJIUzI1NiJ9.e30.x"), &id) == UNAUTHENTICATED);
}
