#include "document/pdf/syntax.h"

#include "core/scope.h"
#include "test/harness.h"

TEST(values_are_cut_off_one_by_one)
{
    static const char *const cases[][2] = {
        {"12 0 R 7", "12 0 R"},
        {"12 0 Rx", "12"},
        {"12 13 14", "12"},
        {"-1.5 x", "-1.5"},
        {"/Name/Next", "/Name"},
        {"/Name(text)", "/Name"},
        {"(a (b) \\) c) d", "(a (b) \\) c)"},
        {"<AB CD>1", "<AB CD>"},
        {"<< /A << /B [ 1 ] >> >> /C", "<< /A << /B [ 1 ] >> >>"},
        {"[ 1 [ (]) ] ] 2", "[ 1 [ (]) ] ]"},
        {" % a comment ]\n true", "true"},
        {"(never closed", "(never closed"},
        {"[ 1 2", "[ 1 2"},
        {"<<", "<<"},
        {"] 1", "]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str rest = str(cases[i][0]);
        struct str value = {0};
        EXPECT(pdf_next(&rest, &value));
        EXPECT_STR(value, cases[i][1]);
    }
    struct str nothing = str("  % only this");
    struct str value = {0};
    EXPECT(!pdf_next(&nothing, &value));
}

TEST(a_key_is_found_at_its_own_level_only)
{
    struct str dictionary = str("<< /A << /B 1 >> /C (/B 2) /B 3 0 R /D/B >>");
    struct str value = {0};

    REQUIRE(pdf_find(dictionary, "B", &value));
    EXPECT_STR(value, "3 0 R");
    REQUIRE(pdf_find(dictionary, "D", &value));
    EXPECT(pdf_is_name(value, "B"));
    EXPECT(!pdf_find(dictionary, "E", &value));
    EXPECT(!pdf_find(str("[ /B 1 ]"), "B", &value));
}

TEST(a_key_is_set_replaced_and_removed)
{
    EXPECT_STR(pdf_set(s, str("<< /A 1 >>"), "B", str("2")), "<< /A 1 /B 2 >>");
    EXPECT_STR(pdf_set(s, str("<< /A 1 /B 2 >>"), "A", str("[ 3 ]")), "<< /B 2 /A [ 3 ] >>");
    EXPECT_STR(pdf_set(s, str("<</A<<>>/B 2>>"), "A", (struct str){0}), "<</B 2 >>");
    EXPECT_STR(pdf_set(s, str("null"), "A", str("1")), "<< /A 1 >>");
    EXPECT_STR(pdf_add(s, str("[ 1 0 R ]"), str("2 0 R")), "[ 1 0 R  2 0 R ]");
    EXPECT_STR(pdf_add(s, str("null"), str("1")), "[ 1 ]");
}

TEST(references_and_integers_are_read_strictly)
{
    struct pdf_ref ref = {0};
    int64_t number = 0;

    EXPECT(pdf_read_ref(str("12 3 R"), &ref) && ref.number == 12 && ref.generation == 3);
    EXPECT(!pdf_read_ref(str("0 0 R"), &ref));
    EXPECT(!pdf_read_ref(str("12 0 RG"), &ref));
    EXPECT(!pdf_read_ref(str("99999999999 0 R"), &ref));
    EXPECT(pdf_read_int(str("-7"), &number) && number == -7);
    EXPECT(!pdf_read_int(str("1.5"), &number));
}

TEST(strings_are_read_in_all_their_forms)
{
    static const char *const cases[][2] = {
        {"(plain)", "plain"},
        {"(a\\(b\\)\\\\)", "a(b)\\"},
        {"(\\101\\1012\\53)", "AA2+"},
        {"(one\\\r\ntwo)", "onetwo"},
        {"(\\n)", "\n"},
        {"<48 656C6C6F>", "Hello"},
        {"<485>", "HP"},
        {"(r\\344ksm\\366rg\\345s)", "räksmörgås"},
        {"<FEFF00E50410D83DDE00>", "åА😀"},
        {"<FEFFD83D>", "\xEF\xBF\xBD"},
        {"(\\357\\273\\277\xC3\xA5)", "å"},
    };
    struct str text = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_OK(pdf_read_text(s, str(cases[i][0]), &text));
        EXPECT_STR(text, cases[i][1]);
    }
    EXPECT(pdf_read_text(s, str("/Name"), &text) == INVALID);
    EXPECT(pdf_read_text(s, str("<4X>"), &text) == INVALID);
    EXPECT(pdf_read_text(s, str("<< >>"), &text) == INVALID);
}

TEST(text_strings_survive_the_way_there_and_back)
{
    static const char *const cases[] = {"plain", "räksmörgås", "a(b)\\", "😀", ""};
    struct str text = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_OK(pdf_read_text(s, pdf_write_text(s, str(cases[i])), &text));
        EXPECT_STR(text, cases[i]);
    }
}

TEST(references_are_found_at_any_depth_but_not_in_strings)
{
    struct str rest = str("<< /A [ 1 0 R (2 0 R) ] % 3 0 R\n /B << /C 4 0 R >> /D 5 6 7 >>");
    struct str before = {0};
    struct pdf_ref ref = {0};

    REQUIRE(pdf_next_ref(&rest, &before, &ref));
    EXPECT_EQUAL(ref.number, 1);
    EXPECT_STR(before, "<< /A [ ");
    REQUIRE(pdf_next_ref(&rest, &before, &ref));
    EXPECT_EQUAL(ref.number, 4);
    EXPECT(!pdf_next_ref(&rest, &before, &ref));
    EXPECT_STR(rest, " >> /D 5 6 7 >>");
}
