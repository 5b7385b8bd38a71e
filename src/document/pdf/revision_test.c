#include "document/pdf/revision.h"

#include "core/scope.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static struct str rotate(struct scope *s, struct revision *r, size_t page, const char *degrees)
{
    struct str text = {0};

    EXPECT_OK(revision_object(r, revision_page(r, page), &text));
    return pdf_set(s, text, "Rotate", str(degrees));
}

static struct str change_twice(struct scope *s, struct str pdf)
{
    struct str out = pdf;

    for (int i = 1; i <= 2; i++) {
        struct revision *r = NULL;
        EXPECT_OK(revision_open(s, out, &r));
        if (!r)
            return out;
        struct pdf_ref note = revision_reserve(r);
        revision_put(r, revision_page(r, 1), rotate(s, r, 1, i == 1 ? "90" : "180"));
        revision_put_stream(r, note, str("<< /Type /Metadata >>"), str("bytes > >> endobj"));
        struct str catalog = {0};
        EXPECT_OK(revision_object(r, revision_catalog(r), &catalog));
        revision_put(r, revision_catalog(r),
                     pdf_set(s, catalog, i == 1 ? "First" : "Second", pdf_write_ref(s, note)));
        EXPECT_OK(revision_finish(r, &out));
        EXPECT(str_starts(str_slice(out, revision_offset(r, note), 64), str("<< /Type /Metadata")));
    }
    return out;
}

static void expect_changed_twice(struct scope *s, struct str old, struct str out)
{
    struct revision *r = NULL;
    struct str value = {0};

    EXPECT(str_starts(out, old));
    EXPECT(pdf_fixture_sound(s, out));
    REQUIRE_OK(revision_open(s, out, &r));
    EXPECT_EQUAL(revision_page_count(r), 3);
    EXPECT_OK(revision_find(r, revision_page(r, 1), "Rotate", &value));
    EXPECT_STR(value, "180");
    EXPECT_OK(revision_find(r, revision_catalog(r), "First/Type", &value));
    EXPECT_OK(revision_find(r, revision_catalog(r), "Second/Length", &value));
    EXPECT_STR(value, "17");
    EXPECT(revision_find(r, revision_catalog(r), "Third", &value) == NOT_FOUND);
}

TEST(two_updates_leave_a_sound_file_behind_the_old_bytes)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3});

    expect_changed_twice(s, pdf, change_twice(s, pdf));
}

TEST(a_file_with_a_cross_reference_stream_gets_another_one)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3, .xref_stream = true});
    struct str out = change_twice(s, pdf);

    expect_changed_twice(s, pdf, out);
    EXPECT(str_find(str_slice(out, pdf.bytes, out.bytes), str("\ntrailer")) ==
           out.bytes - pdf.bytes);
}

TEST(a_file_without_a_newline_at_its_end_keeps_its_bytes)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3});

    pdf.bytes--;
    expect_changed_twice(s, pdf, change_twice(s, pdf));
}

TEST(updates_are_deterministic)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 2});

    EXPECT(str_equal(change_twice(s, pdf), change_twice(s, pdf)));
}

TEST(a_revision_that_put_nothing_gives_the_old_bytes)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct revision *r = NULL;
    struct str out = {0};

    REQUIRE_OK(revision_open(s, pdf, &r));
    EXPECT_OK(revision_finish(r, &out));
    EXPECT(str_equal(out, pdf));
}

TEST(many_objects_can_be_put_and_put_again)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 300});
    struct revision *r = NULL;
    struct str out = {0};

    REQUIRE_OK(revision_open(s, pdf, &r));
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = revision_page_count(r); i-- > 0;)
            revision_put(r, revision_page(r, i), rotate(s, r, i, round ? "270" : "90"));
    }
    REQUIRE_OK(revision_finish(r, &out));
    EXPECT(pdf_fixture_sound(s, out));
    EXPECT(str_find(out, str("/Rotate 90")) == out.bytes);
}

TEST(what_nothing_can_be_appended_to_is_refused)
{
    struct str sound = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct revision *r = NULL;

    EXPECT(revision_open(s, str(""), &r) == INVALID);
    EXPECT(revision_open(s, str("no PDF at all"), &r) == INVALID);
    EXPECT(revision_open(s, str_slice(sound, 0, sound.bytes - 12), &r) == REFUSED);
    EXPECT(revision_open(s, str_concat(s, 2, str("junk\n"), sound), &r) == REFUSED);
}
