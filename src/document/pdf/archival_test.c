#include "document/pdf/archival.h"

#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

#include <stdio.h>

static const char claim[] =
    "10 0 obj << /Type /Metadata /Subtype /XML /Length 64 >> stream\n"
    "<rdf pdfaid:part=\"2\" ><pdfaid:conformance>B</pdfaid:conformance>\nendstream endobj ";

static size_t complaints(struct scope *s, struct str pdf, struct pdf_archival *out)
{
    EXPECT_OK(pdf_archival(s, pdf, out));
    return out->complaint_count;
}

TEST(a_file_that_claims_nothing_has_no_complaints)
{
    struct pdf_archival a = {0};

    EXPECT_EQUAL(complaints(s, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}), &a), 0);
    EXPECT_EQUAL(a.claim.bytes, 0);
}

TEST(a_claim_that_is_not_kept_is_told_with_the_clause)
{
    struct pdf_archival a = {0};
    struct pdf_fixture f = {.pages = 1,
                            .catalog = "/Metadata 10 0 R /OpenAction << /S /JavaScript /JS () >>",
                            .more = claim};
    size_t count = complaints(s, pdf_fixture(s, &f), &a);

    EXPECT_STR(a.claim, "2B");
    EXPECT_EQUAL(count, 3);
    EXPECT_STR(a.complaints[0], "6.1.3: the trailer has no identifier");
    EXPECT_STR(a.complaints[1], "6.5.1: an action is a script");
    EXPECT_STR(a.complaints[2], "6.2.11.4.1: a font is not embedded");
}

// Outside files whose names say the clause and whether they keep it.
TEST(files_of_the_verapdf_suite_that_pass_have_no_complaints)
{
    struct str folder = test_conformance_directory(s);
    struct str names = {0};
    size_t told = 0;

    if (folder.bytes == 0 ||
        file_read_whole(s, world_real(), str_concat(s, 2, folder, str("/pdf/oracle-verapdf.tsv")),
                        1 << 20, &names) != OK) {
        test_skip("no conformance data");
        return;
    }
    (void)str_cut(&names, '\n');
    while (names.bytes) {
        struct str line = str_cut(&names, '\n');
        struct str name = str_cut(&line, '\t');
        struct str pdf = {0};
        struct pdf_archival a = {0};
        REQUIRE_OK(file_read_whole(
            s, world_real(), str_concat(s, 3, folder, str("/pdf/verapdf/"), name), 1 << 24, &pdf));
        bool read = pdf_archival(s, pdf, &a) == OK;
        if (str_find(name, str("-pass-")) == name.bytes) {
            told += a.complaint_count > 0;
            continue;
        }
        EXPECT(read);
        EXPECT_EQUAL(a.complaint_count, 0);
        for (size_t i = 0; i < a.complaint_count; i++)
            (void)printf("  %.*s: %.*s\n", STR(name), STR(a.complaints[i]));
    }
    EXPECT(told >= 5); // most of the others break what is not looked at
}
