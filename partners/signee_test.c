#include "partners/signee.h"

#include "core/scope.h"
#include "mail/message.h"
#include "test/harness.h"
#include "test/sign_fixture.h"

static enum status read_last(void *context, struct scope *s, struct str *text)
{
    (void)context;
    *text = str_copy(s, str(sign_fixture_mail));
    return OK;
}

static struct str invitation(struct scope *s, struct sign_fixture *f)
{
    return str_concat(s, 3, str("Read and sign:\n"), f->link, str("\n\nThe link is personal."));
}

static struct signee someone(struct sign_fixture *f, struct signee_options options)
{
    struct signee who;

    options.client = f->edge.client;
    options.seed = 1;
    options.code_mail = read_last;
    signee_init(&who, &options);
    return who;
}

TEST(a_signee_reads_the_mail_and_signs)
{
    struct sign_fixture *f = sign_fixture_start(s, &(struct sign_fixture_options){0});
    enum signee_end end = SIGNEE_GONE;
    REQUIRE(f != NULL);
    struct signee who = someone(f, (struct signee_options){.twice = 100});

    REQUIRE_OK(signee_take(s, &who, invitation(s, f), &end));

    EXPECT_EQUAL(end, SIGNEE_SIGNED);
    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_SIGNED);
    REQUIRE_OK(signee_take(s, &who, invitation(s, f), &end));
    EXPECT_EQUAL(end, SIGNEE_GONE);
    EXPECT_EQUAL(who.signed_count, 1);
}

TEST(a_signee_rejects_stays_away_or_comes_late_when_told_to)
{
    struct sign_fixture *f = sign_fixture_start(s, &(struct sign_fixture_options){0});
    enum signee_end end = SIGNEE_GONE;
    REQUIRE(f != NULL);
    struct signee away = someone(f, (struct signee_options){.never = 100});
    struct signee late = someone(f, (struct signee_options){.late = 100});
    struct signee rejects = someone(f, (struct signee_options){.rejects = 100});

    REQUIRE_OK(signee_take(s, &away, invitation(s, f), &end));
    EXPECT_EQUAL(end, SIGNEE_AWAY);
    REQUIRE_OK(signee_take(s, &late, invitation(s, f), &end));
    EXPECT_EQUAL(end, SIGNEE_LATE);
    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_OPEN);
    REQUIRE_OK(signee_take(s, &rejects, invitation(s, f), &end));
    EXPECT_EQUAL(end, SIGNEE_REJECTED);
    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_REJECTED);
}

TEST(a_signee_finds_link_and_code_in_a_mail_as_it_is_sent)
{
    struct str to = str("Åsa <asa@dealer.example>");
    struct letter letter = {.from = str("sheaf@example.com"), .to = &to, .to_count = 1};
    struct str link = {0};
    struct str code = {0};
    struct str mail = {0};

    letter.id = str("signing-123456-1-invitation");
    letter.subject = str("Avtal att signera");
    letter.text = str("Hej Åsa,\n\nhttps://sheaf.example.com:8443/sign/"
                      "V7xWXlyNditL3XNWss-szGTyD4lsr9sYIS9i0AC7ffM\n");
    letter.html = str("<p><a href=\"https://sheaf.example.com/other\">x</a></p>");
    REQUIRE_OK(letter_write(s, &letter, 1 << 20, &mail));
    REQUIRE(signee_link(s, mail, &link));
    EXPECT_STR(link, "https://sheaf.example.com:8443/sign/"
                     "V7xWXlyNditL3XNWss-szGTyD4lsr9sYIS9i0AC7ffM");
    EXPECT(!signee_code(s, mail, &code));
    letter.text = str("Din engångskod: 012345\n\nDen gäller i 10 minuter.");
    REQUIRE_OK(letter_write(s, &letter, 1 << 20, &mail));
    REQUIRE(signee_code(s, mail, &code));
    EXPECT_STR(code, "012345");
}
