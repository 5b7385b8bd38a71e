#include "expr/iregexp.h"

#include "core/scope.h"
#include "expr/regex.h"
#include "test/harness.h"

static bool finds(struct scope *s, const char *pattern, enum iregexp_extent extent,
                  const char *subject)
{
    const struct regex *regex = NULL;
    bool found = false;

    if (iregexp_compile(s, str(pattern), extent, &regex) == OK)
        EXPECT_OK(regex_search(regex_work_new(s, 10000), regex, str(subject), 0, &found, NULL));
    return found;
}

TEST(patterns_of_i_regexp_mean_what_the_rfc_says)
{
    static const struct {
        const char *pattern;
        const char *subject;
        bool whole;
        bool found;
    } cases[] = {
        {"ab", "ab", true, true},
        {"ab", "xab", true, false},
        {"ab", "xabx", false, true},
        {"a|b", "xb", true, false},
        {"a|b", "b", true, true},
        {"", "", true, true},
        {"a{2,3}", "aaa", true, true},
        {"a{2}", "aaa", true, false},
        {"a{2,}", "aaaa", true, true},
        {"(ab)+c?", "ababc", true, true},
        {".", "\n", true, false},
        {".", "\xE2\x80\xA8", true, true},
        {"[^a-c]", "d", true, true},
        {"[-a]", "-", true, true},
        {"[a-]", "-", true, true},
        {"[.]", "x", true, false},
        {"\\p{Lu}\\P{Lu}", "Aa", true, true},
        {"[\\p{L}0-9]+", "x1", true, true},
        {"\\.\\n\\(", ".\n(", true, true},
        {"a/b", "a/b", true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)test_expect(finds(s, cases[i].pattern,
                                cases[i].whole ? IREGEXP_WHOLE : IREGEXP_SEARCH,
                                cases[i].subject) == cases[i].found,
                          __FILE__, __LINE__, cases[i].pattern);
    }
}

TEST(what_is_no_i_regexp_is_refused)
{
    static const char *const patterns[] = {
        "*",          "a**",      "(",     ")",     "a)b",   "[",     "[]",    "[a",
        "[a-\\p{L}]", "\\d",      "\\w",   "\\s",   "\\b",   "(?:a)", "(?=a)", "\\1",
        "\\p{Greek}", "\\p{Lx}",  "a{",    "a{,2}", "a{2,1", "a{x}",  "}",     "]",
        "[[a]]",      "[a&&[b]]", "\\x41", "a+?",   "\\",    "\xff",
    };
    const struct regex *regex = NULL;

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        (void)test_expect(iregexp_compile(s, str(patterns[i]), IREGEXP_WHOLE, &regex) == INVALID,
                          __FILE__, __LINE__, patterns[i]);
}
