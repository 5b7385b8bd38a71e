#include "mail/message.h"

#include "core/base64.h"
#include "core/buf.h"
#include "test/harness.h"

enum { MAIL_MAX = 1 << 20 };

static const struct str ann[] = {STR_INIT("Ann Åberg <ann@example.com>")};

static struct letter plain(void)
{
    return (struct letter){
        .from = str("Sheaf <sheaf@example.com>"),
        .to = ann,
        .to_count = 1,
        .id = str("invoice-1.acme"),
        .at_us = 1795358616000000, // 2026-11-22T14:43:36Z
        .subject = str("Invoice 1"),
        .text = str("Hello\n"),
    };
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

static void expect_lines(struct str text)
{
    while (text.bytes) {
        size_t end = str_find(text, str("\r\n"));
        REQUIRE(end < text.bytes);
        EXPECT(end <= 78);
        EXPECT(str_find_byte(str_slice(text, 0, end), '\n') == end);
        text = str_slice(text, end + 2, text.bytes);
    }
}

TEST(a_plain_mail_is_as_rfc_5322_says)
{
    struct letter l = plain();
    struct str out = {0};

    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &out));

    EXPECT_STR(out, "Date: Sun, 22 Nov 2026 14:43:36 +0000\r\n"
                    "From: \"Sheaf\" <sheaf@example.com>\r\n"
                    "To: =?UTF-8?B?QW5uIMOFYmVyZw==?= <ann@example.com>\r\n"
                    "Message-ID: <invoice-1.acme@example.com>\r\n"
                    "Subject: Invoice 1\r\n"
                    "Auto-Submitted: auto-generated\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: quoted-printable\r\n"
                    "\r\n"
                    "Hello\r\n");
}

TEST(text_is_quoted_so_that_it_comes_through_whole)
{
    struct letter l = plain();
    struct str out = {0};
    l.text =
        str("Räksmörgås = 1 \n.dot\nFrom here\nA line that is a good deal longer than what fits "
            "in seventy-six characters of a line\r\nend");

    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &out));

    EXPECT(has(out, "\r\n\r\nR=C3=A4ksm=C3=B6rg=C3=A5s =3D 1=20\r\n=2Edot\r\n=46rom here\r\n"));
    EXPECT(has(out, "=\r\n"));
    EXPECT(has(out, "\r\nend\r\n"));
    expect_lines(out);
}

TEST(a_long_subject_becomes_encoded_words_of_whole_characters)
{
    struct letter l = plain();
    struct str out = {0};
    l.subject = str("Faktura från Åbergs Bilförsäljning AB i Örnsköldsvik för räkenskapsåret, "
                    "underlag till er bokföring, återigen");

    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &out));
    expect_lines(out);
    struct buf decoded = buf_make(s, 1000);
    struct str rest = str_slice(out, str_find(out, str("Subject: ")) + 9, out.bytes);
    while (str_starts(rest, str("=?UTF-8?B?"))) {
        struct str word = str_slice(rest, 10, str_find(rest, str("?=")) - 10);
        struct str piece = {0};
        REQUIRE_OK(base64_decode(s, word, &piece));
        buf_put(&decoded, piece);
        rest = str_slice(rest, word.bytes + 12, rest.bytes);
        if (str_starts(rest, str("\r\n =?")))
            rest = str_slice(rest, 3, rest.bytes);
    }
    EXPECT(str_equal(buf_str(&decoded), l.subject));
}

TEST(nothing_in_a_mail_can_begin_a_header_line)
{
    struct letter l = plain();
    struct str out = {0};
    struct letter_part part = {str("a.pdf\"\r\nBcc: x@example.com"), str("application/pdf"),
                               str("%PDF")};
    l.subject = str("Hello\r\nBcc: bo@example.com\r\n\r\nbody");
    l.parts = &part;
    l.part_count = 1;

    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &out));
    EXPECT(!has(out, "\nBcc"));
    l.id = str("a>\r\nBcc: x");
    EXPECT(letter_write(s, &l, MAIL_MAX, &out) == INVALID);
    l = plain();
    l.from = str("x\r\nBcc: y@example.com");
    EXPECT(letter_write(s, &l, MAIL_MAX, &out) == INVALID);
    part.media_type = str("text/plain\r\nBcc: x");
    l = plain();
    l.parts = &part;
    l.part_count = 1;
    EXPECT(letter_write(s, &l, MAIL_MAX, &out) == INVALID);
}

TEST(attachments_and_html_are_parts_with_names_in_any_language)
{
    struct letter l = plain();
    struct str out = {0};
    struct str again = {0};
    struct letter_part parts[] = {
        {str("faktura-1.pdf"), str("application/pdf"), str("%PDF-1.7")},
        {str("Fakturaspecifikation för räkenskapsåret åt Åbergs Bilförsäljning AB.xml"),
         str("application/xml"), str("<x/>")},
        {str("å.xml"), str("application/xml"), str("")},
    };
    l.html = str("<p>Hej</p>");
    l.parts = parts;
    l.part_count = 3;

    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &out));
    REQUIRE_OK(letter_write(s, &l, MAIL_MAX, &again));
    EXPECT(str_equal(out, again));
    expect_lines(out);
    EXPECT(has(out, "Content-Type: multipart/mixed;\r\n boundary=\"=_mixed_"));
    EXPECT(has(out, "Content-Type: multipart/alternative;\r\n"));
    EXPECT(has(out, "attachment;\r\n filename=\"faktura-1.pdf\"\r\n"));
    EXPECT(has(out, ";\r\n filename*0*=UTF-8''Fakturaspecifikation%20f%C3%B6r"));
    EXPECT(has(out, ";\r\n filename*1*="));
    EXPECT(has(out, "filename*=UTF-8''%C3%A5.xml"));
    EXPECT(has(out, "\r\n\r\nJVBERi0xLjc=\r\n"));
    EXPECT(letter_write(s, &l, 500, &out) == TOO_LARGE);
}
