#include "document/pdf/winansi.h"

#include "core/scope.h"
#include "test/harness.h"

TEST(swedish_text_is_encoded_and_measured)
{
    struct str bytes = {0};

    REQUIRE_OK(winansi_encode(s, str("Åäö €–"), &bytes));
    EXPECT_STR(bytes, "\xC5\xE4\xF6 \x80\x96");
    EXPECT_EQUAL(winansi_width(bytes), 667 + 556 + 556 + 278 + 556 + 556);
}

TEST(a_character_that_cannot_be_shown_is_named)
{
    struct str bytes = {0};

    EXPECT(winansi_encode(s, str("日"), &bytes) == INVALID);
    EXPECT(str_find(scope_why(s), str("U+65E5")) < scope_why(s).bytes);
    EXPECT(winansi_encode(s, str("\n"), &bytes) == INVALID);
    EXPECT(winansi_encode(s, str("\xC3"), &bytes) == INVALID);
}
