#include "document/typeset/stamp_page.h"

#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static const struct str lines[] = {STR_INIT("Elektroniskt signerat av Åsa Öberg Łukasiewicz"),
                                   STR_INIT("2026-09-21 14:13 UTC"),
                                   STR_INIT("2026-09-21-DEALER123 / 0193a8f0-7d2e")};

static struct str make(struct scope *s)
{
    struct str page = {0};

    EXPECT_OK(stamp_page_make(
        s, &(struct stamp_page){.lines = lines, .line_count = 3, .code = str("0193a8f0-7d2e")},
        &page));
    return page;
}

TEST(a_stamp_is_a_page_that_pages_show)
{
    struct pdf_stamp stamp = {.lines = lines, .line_count = 3, .page = make(s)};
    struct pdf_stamped out = {0};

    EXPECT(pdf_fixture_sound(s, stamp.page));
    REQUIRE_OK(pdf_stamp(s, pdf_fixture(s, &(struct pdf_fixture){.pages = 2}), &stamp, &out));
    EXPECT(pdf_fixture_sound(s, out.pdf));
    struct str text = pdf_fixture_text(s, out.pdf, 2, 2);
    EXPECT(str_find(text, str("Åsa Öberg Łukasiewicz")) < text.bytes);
    EXPECT(str_find(text, str("Page 2")) < text.bytes);
    EXPECT(str_find(out.pdf, str("/Helvetica")) < str_find(out.pdf, str("startxref")));
    EXPECT(str_equal(make(s), stamp.page));
}

TEST(what_is_no_page_of_a_stamp_is_refused)
{
    struct pdf_stamp stamp = {.lines = lines, .line_count = 3, .page = str("%PDF-1.7 nothing")};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct pdf_stamped out = {0};

    EXPECT(pdf_stamp(s, pdf, &stamp, &out) == INVALID);
    stamp.page = pdf_fixture(s, &(struct pdf_fixture){.pages = 1, .page = "/Rotate 90"});
    EXPECT(pdf_stamp(s, pdf, &stamp, &out) == INVALID);
    EXPECT(stamp_page_make(s, &(struct stamp_page){.lines = lines}, &stamp.page) == INVALID);
}
