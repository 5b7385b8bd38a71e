#include "expr/names.h"

#include "test/harness.h"

TEST(every_name_is_found_at_its_place_and_no_other)
{
    enum { COUNT = 2000 };
    struct str *list = scope_array(s, COUNT, sizeof *list);

    for (size_t i = 0; i < COUNT; i++)
        list[i] = str_format(s, "%.*s%zu", (int)(i % 24), "abcdefghijklmnopqrstuvwxyz", i);
    struct names names = names_make(s, list, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        EXPECT_EQUAL(names_find(&names, list[i]), i);
        EXPECT_EQUAL(names_find(&names, str_format(s, "%.*s!", STR(list[i]))), NAMES_NONE);
    }
}

TEST(an_empty_table_and_an_empty_name_are_names_too)
{
    struct str list[] = {str("a"), str(""), str("a")};
    struct names none = names_make(s, list, 0);
    struct names some = names_make(s, list, 3);

    EXPECT_EQUAL(names_find(&none, str("")), NAMES_NONE);
    EXPECT_EQUAL(names_find(&some, str("")), 1);
    EXPECT_EQUAL(names_find(&some, str("a")), 0);
}
