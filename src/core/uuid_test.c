// UUIDs: the example of RFC 9562, order by time, text form.
#include "core/uuid.h"

#include "test/harness.h"

static const uint8_t random_bytes[UUID_RANDOM_BYTES] = {0x0C, 0xC3, 0x18, 0xC4, 0xDC,
                                                        0x0C, 0x0C, 0x07, 0x39, 0x8F};

TEST(a_version_7_id_is_as_in_the_example_of_rfc_9562)
{
    struct uuid id = uuid_v7(0x017F22E279B0, random_bytes);

    EXPECT_STR(uuid_to_str(s, id), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    EXPECT_EQUAL(uuid_unix_ms(id), 1645557742000);
}

TEST(ids_sort_by_the_time_they_were_made)
{
    static const uint8_t all_ones[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t zeros[UUID_RANDOM_BYTES] = {0};
    struct uuid before = uuid_v7(255, all_ones);
    struct uuid after = uuid_v7(256, zeros);

    EXPECT(uuid_compare(before, after) < 0);
    EXPECT(str_compare(uuid_to_str(s, before), uuid_to_str(s, after)) < 0);
    EXPECT(uuid_compare(after, after) == 0);
}

TEST(an_id_is_read_from_its_one_form)
{
    static const char *const others[] = {
        "",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e279b0-7cc3-98c4-dc0c0c07398f--",
        "017f22e2079b007cc3098c40dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
    };
    struct uuid id = {0};

    REQUIRE(uuid_read(str("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
    EXPECT(uuid_compare(id, uuid_v7(0x017F22E279B0, random_bytes)) == 0);
    REQUIRE(uuid_read(str("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &id));
    EXPECT_EQUAL(uuid_unix_ms(id), -1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT(!uuid_read(str(others[i]), &id));
}
