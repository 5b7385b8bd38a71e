#include "mail/address.h"

#include "test/harness.h"

static const struct {
    const char *text;
    const char *name;
    const char *mailbox; // NULL: it is no address
} addresses[] = {
    {"ann@example.com", "", "ann@example.com"},
    {"Ann Åberg <ann.a+b@mail.example.com>", "Ann Åberg", "ann.a+b@mail.example.com"},
    {"\"Åberg, Ann\" <ann@example.com>", "Åberg, Ann", "ann@example.com"},
    {"<ann@example.com>", "", "ann@example.com"},
    {"sheaf@localhost", "", "sheaf@localhost"},
    {"", NULL, NULL},
    {"ann", NULL, NULL},
    {"@example.com", NULL, NULL},
    {"ann@", NULL, NULL},
    {"ann@example..com", NULL, NULL},
    {"ann@-example.com", NULL, NULL},
    {".ann@example.com", NULL, NULL},
    {"an..n@example.com", NULL, NULL},
    {"ann@example.com, bo@example.com", NULL, NULL},
    {"ann@example.com\r\nBcc: bo@example.com", NULL, NULL},
    {"Ann\r\nBcc: x <ann@example.com>", NULL, NULL},
    {"Ann <ann@example.com> <bo@example.com>", NULL, NULL},
    {"åsa@example.com", NULL, NULL},
    {"ann@[127.0.0.1]", NULL, NULL},
    {"ann @example.com", NULL, NULL},
};

TEST(an_address_is_taken_apart_and_what_is_none_is_refused)
{
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct address a = {0};
        bool is_one = address_read(str(addresses[i].text), &a);
        EXPECT_EQUAL(is_one, addresses[i].mailbox != NULL);
        if (!is_one || !addresses[i].mailbox)
            continue;
        EXPECT_STR(a.mailbox, addresses[i].mailbox);
        EXPECT_STR(a.name, addresses[i].name);
    }
}
