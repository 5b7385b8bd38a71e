#include "expr/regex.h"

#include "test/harness.h"

enum { STEPS_MAX = 100000 };

static bool found(struct scope *s, const char *pattern, const char *subject)
{
    const struct regex *regex = NULL;
    bool is_found = false;

    EXPECT_OK(regex_compile(s, str(pattern), 0, &regex));
    if (regex)
        EXPECT_OK(
            regex_search(regex_work_new(s, STEPS_MAX), regex, str(subject), 0, &is_found, NULL));
    return is_found;
}

TEST(a_pattern_means_what_ecma_262_says)
{
    static const struct {
        const char *pattern;
        const char *subject;
        bool found;
    } cases[] = {
        {"b", "abc", true}, // a search, not a match of the whole
        {"^abc$", "abc", true},
        {"^abc$", "abc\n", false},
        {"^\\d$", "7", true},
        {"^\\d$", "\u09ea", false},
        {"^\\w$", "\u00e9", false},
        {"^\\W$", "\u00e9", true},
        {"^\\s$", "\u00a0", true},
        {"^\\s$", "\ufeff", true},
        {"^\\s$", "\u2028", true},
        {"^\\S$", "\u2028", false},
        {"^[\\s]$", "\u3000", true},
        {"^[^\\s]$", "\u3000", false},
        {"^[\\S]$", "x", true},
        {"^[\\s\\S]+$", "a \n\u3000\U0001F600", true},
        {"^.$", "\u2028", false},
        {"^.$", "\x0b", true},
        {"^.$", "\U0001F600", true},
        {"^\\v$", "\x0b", true},
        {"^\\v$", "\n", false},
        {"^\\t\\cC\\cc$", "\t\x03\x03", true},
        {"^\\x41\\u0042\\u{1F600}$", "AB\U0001F600", true},
        {"^\\uD83D\\uDE00$", "\U0001F600", true},
        {"\\p{Letter}cole", "\u00e9cole", true},
        {"\\P{Letter}cole", "\u00e9cole", false},
        {"^\\p{digit}+$", "\u09ea\u09e8", true},
        {"^\\p{gc=Lu}\\p{General_Category=Lowercase_Letter}$", "Ab", true},
        {"^\\p{Script=Greek}+$", "\u03b1\u03b2", true},
        {"^\\p{sc=Cyrl}$", "\u0436", true},
        {"^[\\p{L}\\p{Nd}_-]+$", "\u00e9_4-", true},
        {"^[\\w-.]+$", "a-b.c", true},
        {"^[[:alpha:]]$", ":]", true},
        {"^[]$", "a", false},
        {"^[^]$", "\n", true},
        {"^[\\b]$", "\b", true},
        {"^(a)?\\1b$", "b", true},
        {"^(a)\\1$", "aa", true},
        {"^(?<x>a)\\k<x>$", "aa", true},
        {"^a{2,3}$", "aaa", true},
        {"^a{,3}$", "a{,3}", true},
        {"^{x}$", "{x}", true},
        {"^a+?b*?c??$", "ab", true},
        {"^\\/\\.\\-\\$$", "/.-$", true},
        {"(?<=a)b(?!c)", "abd", true},
        {"(?<!a)b", "ab", false},
        {"", "", true},
        {"^$", "", true},
        {"a|b|", "c", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!test_expect(found(s, cases[i].pattern, cases[i].subject) == cases[i].found, __FILE__,
                         __LINE__, cases[i].pattern))
            continue;
    }
}

TEST(what_only_perl_knows_is_refused)
{
    static const char *const cases[] = {
        "(*UTF)a",    "(*LIMIT_MATCH=1)a",
        "a(*FAIL)",   "(?i)a",
        "(?R)",       "(?>a)",
        "(?P<n>a)",   "(?#c)",
        "a++",        "a**",
        "a{2}+",      "*a",
        "^*",         "|*",
        "\\Z",        "\\A",
        "\\a",        "\\h",
        "\\R",        "\\Qa\\E",
        "\\p",        "\\pL",
        "\\p{",       "\\p{L",
        "\\p{Lo ng}", "\\p{Nonsense}",
        "\\u12",      "\\u{110000}",
        "\\u{}",      "\\uD800",
        "\\x1",       "\\c1",
        "\\01",       "[a",
        "a)",         "(a",
        "[b-a]",      "\\",
        "[\\",        "\\k<a>",
        "\\kx",       "(?<a",
        "\\1",        "\xff",
    };
    const struct regex *regex = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        (void)test_expect(regex_compile(s, str(cases[i]), 0, &regex) == INVALID, __FILE__, __LINE__,
                          cases[i]);
}

TEST(a_wrong_pattern_is_named_with_its_place)
{
    const struct regex *regex = NULL;

    EXPECT_EQUAL(regex_compile(s, str("ab\\Z"), 0, &regex), INVALID);
    EXPECT_STR(scope_why(s), "the pattern \"ab\\Z\" is wrong at character 3: this escape does not "
                             "exist in ECMA-262");
}

TEST(groups_are_given_with_their_places)
{
    const struct regex *regex = NULL;
    struct regex_match match = {0};
    bool is_found = false;

    REQUIRE_OK(regex_compile(s, str("(\\d+)-(x)?(\\w)"), REGEX_CASELESS, &regex));
    struct regex_work *work = regex_work_new(s, STEPS_MAX);
    REQUIRE_OK(regex_search(work, regex, str("1-A 22-B"), 1, &is_found, &match));
    REQUIRE(is_found && match.count == 4);
    EXPECT_EQUAL(match.groups[0].from, 4);
    EXPECT_EQUAL(match.groups[0].to, 8);
    EXPECT_EQUAL(match.groups[1].to, 6);
    EXPECT(!match.groups[2].found);
    EXPECT_EQUAL(match.groups[3].from, 7);
}

TEST(flags_change_case_and_lines)
{
    const struct regex *regex = NULL;
    bool is_found = false;

    REQUIRE_OK(regex_compile(s, str("^B$"), REGEX_CASELESS | REGEX_MULTILINE, &regex));
    REQUIRE_OK(
        regex_search(regex_work_new(s, STEPS_MAX), regex, str("a\nb\nc"), 0, &is_found, NULL));
    EXPECT(is_found);
}

TEST(a_search_that_explodes_is_refused)
{
    static const char *const patterns[] = {"^(a+)+$", "^(a|a)*$", "^(?:\\w*)*x", "(a*)*c",
                                           "a.*a.*a.*b.*c"};
    const struct regex *regex = NULL;
    bool is_found = false;
    struct str subject =
        str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab!");

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        REQUIRE_OK(regex_compile(s, str(patterns[i]), 0, &regex));
        struct regex_work *work = regex_work_new(s, STEPS_MAX);
        enum status e = regex_search(work, regex, subject, 0, &is_found, NULL);
        (void)test_expect(e == REFUSED || (e == OK && !is_found), __FILE__, __LINE__, patterns[i]);
    }
    EXPECT_STR(scope_why(s), "matching a pattern takes too many steps on this text");
}

TEST(the_budget_is_for_all_searches_of_a_work_object)
{
    const struct regex *regex = NULL;
    bool is_found = false;
    unsigned count = 0;

    REQUIRE_OK(regex_compile(s, str("a.*b"), 0, &regex));
    struct regex_work *work = regex_work_new(s, 1000);
    while (regex_search(work, regex, str("aaaaaaaaaab"), 0, &is_found, NULL) == OK)
        count++;
    EXPECT(count > 10 && count < 1000);
}

TEST(limits_of_a_pattern_hold)
{
    char long_pattern[REGEX_PATTERN_BYTES_MAX + 1];
    char deep[2 * (REGEX_DEPTH_MAX + 1)];
    char groups[2 * (REGEX_GROUPS_MAX + 1)];
    const struct regex *regex = NULL;

    memset(long_pattern, 'a', sizeof long_pattern);
    EXPECT_EQUAL(regex_compile(s, str_of(long_pattern, sizeof long_pattern), 0, &regex), TOO_LARGE);
    memset(deep, '(', sizeof deep / 2);
    memset(deep + sizeof deep / 2, ')', sizeof deep / 2);
    EXPECT_EQUAL(regex_compile(s, str_of(deep, sizeof deep), 0, &regex), TOO_LARGE);
    for (size_t i = 0; i < sizeof groups; i++)
        groups[i] = i % 2 ? ')' : '(';
    EXPECT_EQUAL(regex_compile(s, str_of(groups, sizeof groups), 0, &regex), TOO_LARGE);
    EXPECT_EQUAL(regex_compile(s, str("((a{1000}){1000}){1000}"), 0, &regex), INVALID);
}

TEST(a_subject_that_is_not_utf_8_is_no_match_but_an_error)
{
    const struct regex *regex = NULL;
    bool is_found = false;

    REQUIRE_OK(regex_compile(s, str("."), 0, &regex));
    EXPECT_EQUAL(
        regex_search(regex_work_new(s, STEPS_MAX), regex, str("\xff\xfe"), 0, &is_found, NULL),
        INVALID);
}
