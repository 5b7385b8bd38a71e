#include "services/signing/dip.h"

#include "core/scope.h"
#include "test/harness.h"

static struct str written(struct scope *s, const struct dip_keyword *keywords, size_t count)
{
    struct dip_record r = {.document_type = str("VEH - Contract"),
                           .date = {2025, 9, 5},
                           .file_type = DIP_PDF,
                           .file = str("b.pdf"),
                           .keywords = keywords,
                           .keyword_count = count};
    struct str out = {0};

    EXPECT_OK(dip_write(s, &r, 1, &out));
    return out;
}

TEST(dip_index_is_the_self_configuring_tagged_form)
{
    struct dip_keyword keywords[] = {{"Contract Number", str("00035")}, {"VIN", {0}}};

    EXPECT_STR(written(s, keywords, 2), ">>>>Self Configuring Tagged DIP<<<<\r\n"
                                        "BEGIN:\r\n"
                                        ">>DocTypeName: VEH - Contract\r\n"
                                        ">>DocDate: 09/05/2025\r\n"
                                        ">>FileTypeNum: 16\r\n"
                                        ">>FileName: b.pdf\r\n"
                                        "Contract Number: 00035\r\n"
                                        "END:\r\n");
}

static struct str value_written(struct scope *s, const char *value)
{
    struct dip_keyword keyword = {"K", str(value)};
    struct str out = written(s, &keyword, 1);
    size_t at = str_find(out, str("\r\nK: ")) + strlen("\r\nK: ");

    return str_slice(out, at, str_find(str_slice(out, at, out.bytes), str("\r\nEND:")));
}

TEST(dip_values_are_windows_1252_and_what_that_lacks_is_transliterated)
{
    EXPECT_STR(value_written(s, "Åsa Öberg é €"), "\xc5sa \xd6"
                                                  "berg \xe9 \x80");
    EXPECT_STR(value_written(s, "Łukasz Dvořák Šimić"), "Lukasz Dvor\xe1k \x8aimic");
    EXPECT_STR(value_written(s, "漢A\xcc\x8a"), "?A");
    EXPECT_STR(value_written(s, "\xff!"), "?!");
}

TEST(dip_values_cannot_begin_a_line_of_their_own)
{
    EXPECT_STR(value_written(s, "x\r\nEND:\tBEGIN:"), "x  END: BEGIN:");
}

TEST(dip_record_without_a_file_is_refused)
{
    struct dip_record r = {.document_type = str("T"), .date = {2025, 9, 5}};
    struct str out = {0};

    EXPECT_EQUAL(dip_write(s, &r, 1, &out), INVALID);
}

TEST(dip_file_names_are_plain)
{
    EXPECT_STR(dip_file_name(s, str("../a b/ö#1.txt")), "-.-a-b----1.txt");
}
