// Scope memory, text views and growing text.
#include "core/buf.h"
#include "core/scope.h"
#include "core/str.h"

#include "test/harness.h"

static void note(void *log)
{
    ++*(int *)log;
}

TEST(a_scope_runs_what_was_deferred_when_it_closes)
{
    int closed = 0;
    struct scope *inner = scope_open(1000);
    scope_defer(inner, note, &closed);
    scope_defer(inner, note, &closed);

    scope_close(inner);

    EXPECT_EQUAL(closed, 2);
    EXPECT(scope_has_room(s, 1));
}

TEST(a_scope_keeps_the_sentence_of_the_last_failure)
{
    EXPECT(fail(s, LIMIT, "at most %d", 3) == LIMIT);
    EXPECT_STR(scope_why(s), "at most 3");
    EXPECT(fail(s, INVALID, "because %.*s", STR(scope_why(s))) == INVALID);
    EXPECT_STR(scope_why(s), "because at most 3");
    scope_forgive(s);
    EXPECT_STR(scope_why(s), "");
}

TEST(a_reset_scope_has_its_whole_budget_again)
{
    struct scope *inner = scope_open(100000);
    memset(scope_alloc(inner, 90000), 1, 90000);
    EXPECT(!scope_has_room(inner, 20000));

    scope_reset(inner);

    EXPECT(scope_has_room(inner, 100000));
    const char *again = scope_alloc(inner, 4000);
    EXPECT(again[0] == 0 && again[3999] == 0);
    scope_close(inner);
}

TEST(numbers_are_read_whole_or_not_at_all)
{
    uint64_t u = 0;
    int64_t i = 0;

    EXPECT(str_to_u64(str("255"), 255, &u) && u == 255);
    EXPECT(!str_to_u64(str("256"), 255, &u));
    EXPECT(!str_to_u64(str(""), 255, &u));
    EXPECT(!str_to_u64(str("1 "), 255, &u));
    EXPECT(str_to_u64(str("18446744073709551615"), UINT64_MAX, &u) && u == UINT64_MAX);
    EXPECT(!str_to_u64(str("18446744073709551616"), UINT64_MAX, &u));
    EXPECT(str_to_i64(str("-9223372036854775808"), &i) && i == INT64_MIN);
    EXPECT(!str_to_i64(str("9223372036854775808"), &i));
}

TEST(text_is_cut_at_the_first_separator)
{
    struct str rest = str("a=b=c");

    EXPECT_STR(str_cut(&rest, '='), "a");
    EXPECT_STR(rest, "b=c");
    EXPECT_STR(str_cut(&rest, ';'), "b=c");
    EXPECT(rest.data == NULL);
    EXPECT_STR(str_trim(str(" \t x y\r\n")), "x y");
    EXPECT(str_compare(str("ab"), str("abc")) < 0);
}

TEST(growing_text_stops_at_its_largest_size)
{
    struct buf b = buf_make(s, 1000);
    struct str all = {0};

    for (int i = 0; i < 100; i++)
        buf_format(&b, "%08d", i);
    EXPECT_OK(buf_finish(&b, "the text", &all));
    EXPECT_EQUAL(all.bytes, 800);
    EXPECT_STR(str_slice(all, 792, 8), "00000099");
    for (int i = 0; i < 100; i++)
        buf_put_u64(&b, 12345678);
    EXPECT(buf_finish(&b, "the text", &all) == TOO_LARGE);
    EXPECT_STR(scope_why(s), "the text is longer than 1000 bytes");
}

TEST(growing_text_stops_when_its_scope_is_full)
{
    struct scope *tight = scope_open(2000);
    struct buf b = buf_make(tight, 1 << 20);
    struct str all = {0};

    for (int i = 0; i < 1000; i++)
        buf_put_z(&b, "12345678");
    EXPECT(buf_finish(&b, "the text", &all) == TOO_LARGE);
    EXPECT(b.bytes >= 800 && b.bytes <= 2000);
    scope_close(tight);
}
