// Compression of stored bytes: what goes in comes out, and damage is noticed.
#include "store/compress.h"

#include "core/scope.h"
#include "test/harness.h"

static struct str repeated(struct scope *s, const char *word, size_t times)
{
    size_t bytes = strlen(word);
    char *text = scope_bytes(s, bytes * times + 1);

    for (size_t i = 0; i < times; i++)
        memcpy(text + i * bytes, word, bytes);
    return str_of(text, bytes * times);
}

TEST(packed_text_unpacks_to_itself)
{
    struct compressor *c = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct str plain = repeated(s, "a receipt has lines. ", 100);
    struct str packed = {0};
    struct str back = {0};

    REQUIRE(compress(s, c, plain, &packed));
    EXPECT(packed.bytes < plain.bytes / 4);
    REQUIRE_OK(decompress(s, c, packed, plain.bytes, &back));
    EXPECT(str_equal(back, plain));
    EXPECT(decompress(s, c, packed, plain.bytes - 1, &back) == TOO_LARGE);
    compressor_free(c);
}

TEST(text_that_does_not_become_smaller_is_not_packed)
{
    struct compressor *c = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct str packed = {0};

    EXPECT(!compress(s, c, str("x7Qk2"), &packed));
    EXPECT(!compress(s, c, (struct str){0}, &packed));
    compressor_free(c);
}

TEST(a_dictionary_makes_short_texts_smaller_and_is_needed_to_unpack)
{
    struct str sample = repeated(s, "{\"client\":\"acme\",\"currency\":\"SEK\",\"lines\":[]}", 4);
    struct compressor *plain = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct compressor *with = compressor_new(sample, COMPRESS_LEVEL_FAST);
    struct str text = str("{\"client\":\"acme\",\"currency\":\"NOK\",\"lines\":[]}");
    struct str packed = {0};
    struct str back = {0};

    REQUIRE(compress(s, with, text, &packed));
    EXPECT(packed.bytes < text.bytes / 2);
    EXPECT_OK(decompress(s, with, packed, 1000, &back));
    EXPECT(str_equal(back, text));
    EXPECT(decompress(s, plain, packed, 1000, &back) == CORRUPT);
    compressor_free(plain);
    compressor_free(with);
}

TEST(bytes_that_are_not_packed_are_refused)
{
    struct compressor *c = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct str plain = repeated(s, "abc ", 100);
    struct str packed = {0};
    struct str back = {0};

    EXPECT(decompress(s, c, str("garbage"), 100, &back) == CORRUPT);
    EXPECT(decompress(s, c, (struct str){0}, 100, &back) == CORRUPT);
    REQUIRE(compress(s, c, plain, &packed));
    EXPECT(decompress(s, c, str_slice(packed, 0, packed.bytes - 3), 1000, &back) == CORRUPT);
    compressor_free(c);
}
