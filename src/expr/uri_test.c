#include "expr/uri.h"

#include "test/harness.h"

TEST(references_resolve_as_the_rfc_lists)
{
    // RFC 3986, 5.4, with the base http://a/b/c/d;p?q; fragments are dropped here.
    static const struct {
        const char *reference;
        const char *uri;
    } cases[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(uri_resolve(s, str("http://a/b/c/d;p?q"), str(cases[i].reference)),
                   cases[i].uri);
}

TEST(a_base_may_be_a_name_or_nothing)
{
    EXPECT_STR(uri_resolve(s, str("openapi.json"), str("#/a")), "openapi.json");
    EXPECT_STR(uri_resolve(s, str("types/till.json"), str("line.json")), "types/line.json");
    EXPECT_STR(uri_resolve(s, str("till.json"), str("../line.json")), "line.json");
    EXPECT_STR(uri_resolve(s, str(""), str("line.json#x")), "line.json");
    EXPECT_STR(uri_resolve(s, str(""), str("")), "");
    EXPECT_STR(uri_resolve(s, str("urn:uuid:1"), str("#x")), "urn:uuid:1");
    EXPECT_STR(uri_resolve(s, str("http://a"), str("b")), "http://a/b");
}

TEST(only_what_keeps_the_grammar_is_a_uri)
{
    static const struct {
        const char *text;
        bool absolute;
        bool reference;
    } cases[] = {
        {"http://foo.bar/?baz=qux#quux", true, true},
        {"http://u:p@[::1]:8080/%7Ea?b#c", true, true},
        {"urn:oasis:names", true, true},
        {"http://[v1.x]/", true, true},
        {"http://[::g]/", false, false},
        {"http://[::1/", false, false},
        {"http:// x/", false, false},
        {"http://a/%zz", false, false},
        {"http://a/%2", false, false},
        {"http://a/\\", false, false},
        {"http://a/\u00e9", false, false},
        {"//a/b", false, true},
        {"/a", false, true},
        {"", false, true},
        {"1:a", false, false},
        {"./1:a", false, true},
        {"#a#b", false, false},
        {"a[b", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool absolute = uri_is_valid(str(cases[i].text), URI_ABSOLUTE, false);
        bool reference = uri_is_valid(str(cases[i].text), URI_REFERENCE, false);
        (void)test_expect(absolute == cases[i].absolute && reference == cases[i].reference,
                          __FILE__, __LINE__, cases[i].text);
    }
    EXPECT(uri_is_valid(str("http://a/\u00e9"), URI_ABSOLUTE, true));
}
