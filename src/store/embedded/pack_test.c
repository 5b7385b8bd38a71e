#include "store/embedded/pack.h"

#include "core/scope.h"
#include "test/harness.h"

TEST(packed_numbers_and_texts_are_read_back)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 300, 1U << 31, INT64_MAX, UINT64_MAX};
    struct pack p = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pack_number(&p, numbers[i]);
        pack_str(&p, str_format(s, "%zu", i));
    }

    struct unpack u = unpack_of(pack_view(&p));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        EXPECT(unpack_number(&u) == numbers[i]);
        EXPECT(str_equal(unpack_str(&u), str_format(s, "%zu", i)));
    }
    EXPECT(!u.bad && unpack_ended(&u));
    pack_fini(&p);
}

TEST(what_was_cut_or_altered_is_bad_and_reads_as_nothing)
{
    struct pack p = {0};
    pack_str(&p, str("some text"));

    for (size_t i = 0; i < p.bytes; i++) {
        struct unpack cut = unpack_of(str_of(p.data, i));
        EXPECT_EQUAL(unpack_str(&cut).bytes, 0);
        EXPECT(cut.bad && unpack_ended(&cut));
    }
    struct unpack endless = unpack_of(str("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
    EXPECT_EQUAL(unpack_number(&endless), 0);
    EXPECT(endless.bad);
    pack_fini(&p);
}
