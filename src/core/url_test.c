// URLs: what is taken apart how, what is refused, percent-encoding and query strings.
#include "core/url.h"

#include "core/buf.h"
#include "test/harness.h"

TEST(an_absolute_url_is_taken_apart)
{
    static const struct {
        const char *text;
        const char *parts; // https host-type host port path query
    } cases[] = {
        {"http://example.com", "0 0 example.com 80 / "},
        {"https://Example.COM:8443/a/b%20c?x=1&y=%2F", "1 0 example.com 8443 /a/b%20c x=1&y=%2F"},
        {"HTTPS://hooks.example.org/", "1 0 hooks.example.org 443 / "},
        {"http://a_b.c-d.example?q", "0 0 a_b.c-d.example 80 / q"},
        {"http://127.0.0.1:8080/", "0 1 127.0.0.1 8080 / "},
        {"http://[::1]:9/x", "0 2 ::1 9 /x "},
        {"https://[2001:DB8::ffff:1.2.3.4]", "1 2 2001:db8::ffff:1.2.3.4 443 / "},
        {"http://h//a?b?c=/@:[]", "0 0 h 80 //a b?c=/@:[]"},
        {"http://1.example/", "0 0 1.example 80 / "},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url u = {0};
        EXPECT_OK(url_split(s, str(cases[i].text), &u));
        EXPECT_STR(str_format(s, "%d %d %.*s %u %.*s %.*s", u.https, (int)u.host_type, STR(u.host),
                              u.port, STR(u.path), STR(u.query)),
                   cases[i].parts);
    }
}

TEST(a_url_that_could_be_read_two_ways_is_refused)
{
    static const char *const texts[] = {
        "",
        "example.com",
        "ftp://example.com",
        "http:/example.com",
        "//example.com",
        "http://",
        "http:///path",
        "http://:80/",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://good.example@evil.example/",
        "http://example.com#fragment",
        "http://example.com/#",
        "http://example.com/a b",
        "http://example.com/a\\b",
        "http://example.com\\@evil.example/",
        "http://exa mple.com/",
        "http://example..com/",
        "http://example.com./",
        "http://.example.com/",
        "http://-a.example/",
        "http://a-.example/",
        "http://ex%61mple.com/",
        "http://b\xC3\xBC.example/",
        "http://example.com/\xC3\xBC",
        "http://example.com/\n",
        "http://example.com:/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:+80/",
        "http://example.com:80:80/",
        "http://127.1/",
        "http://127.0.0.01/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://127.0.0.0x1/",
        "http://2130706433/",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
        "http://::1/",
        "http://[::1",
        "http://[::1]x/",
        "http://[::1]80/",
        "http://[fe80::1%25eth0]/",
        "http://[example.com]/",
        "http://[1.2.3.4]/",
        "http://[]/",
        "http://example.com/%",
        "http://example.com/%2",
        "http://example.com/?a=%zz",
        "http://example.com/<script>",
        "http://example.com/?a=\"b\"",
    };
    struct url u = {0};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (url_split(s, str(texts[i]), &u) != INVALID)
            EXPECT_STR(str("accepted"), texts[i]);
    EXPECT(url_split(s, str_of("http://a\0b/", 11), &u) == INVALID);
    EXPECT(url_split(s, str_of("http://[::1\0]/", 14), &u) == INVALID);
}

TEST(a_url_beyond_its_limits_is_refused)
{
    struct buf text = buf_make(s, 20000);
    struct url u = {0};

    buf_put_z(&text, "http://");
    for (int i = 0; i < 127; i++)
        buf_put_z(&text, "a.");
    EXPECT(url_split(s, str_slice(buf_str(&text), 0, 7 + 253), &u) == OK);
    EXPECT(url_split(s, str_slice(buf_str(&text), 0, 7 + 255), &u) == INVALID);
    for (int i = 0; i < 9000; i++)
        buf_put_byte(&text, 'a');
    EXPECT(url_split(s, buf_str(&text), &u) == TOO_LARGE);
}

TEST(a_request_target_is_cut_at_its_question_mark)
{
    struct str path = {0};
    struct str query = {0};

    EXPECT(url_split_target(str("/receipts/1?a=b?c"), &path, &query));
    EXPECT_STR(path, "/receipts/1");
    EXPECT_STR(query, "a=b?c");
    EXPECT(url_split_target(str("/"), &path, &query));
    EXPECT_STR(query, "");
    EXPECT(!url_split_target(str(""), &path, &query));
    EXPECT(!url_split_target(str("*"), &path, &query));
    EXPECT(!url_split_target(str("http://h/"), &path, &query));
    EXPECT(!url_split_target(str("/a#b"), &path, &query));
    EXPECT(!url_split_target(str("/a%2"), &path, &query));
    EXPECT(!url_split_target(str("/a b"), &path, &query));
}

TEST(percent_encoding_keeps_what_is_unreserved)
{
    struct str back = {0};
    struct str text = str("AZaz09-._~ /+%&=?#\"чек");

    EXPECT_STR(url_encode(s, text), "AZaz09-._~%20%2F%2B%25%26%3D%3F%23%22%D1%87%D0%B5%D0%BA");
    EXPECT_STR(url_encode_path(s, str("a/b c/ü")), "a/b%20c/%C3%BC");
    EXPECT_STR(url_encode(s, str("")), "");
    EXPECT_OK(url_decode(s, url_encode(s, text), &back));
    EXPECT(str_equal(back, text));
}

TEST(decoding_is_strict)
{
    static const char *const wrong[] = {"%",   "%4",  "a%4", "%4g",      "%-1",
                                        "%FF", "%C3", "%00", "%ED%A0%80"};
    struct str out = {0};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(url_decode(s, str(wrong[i]), &out) == INVALID);
    EXPECT_OK(url_decode(s, str("a%2fb+c%2B"), &out));
    EXPECT_STR(out, "a/b+c+");
    EXPECT_OK(url_decode_form(s, str("a+b%2B"), &out));
    EXPECT_STR(out, "a b+");
}

TEST(a_query_string_is_walked_parameter_by_parameter)
{
    struct str rest = str("a=1&&b&c==x&=v&d=");
    struct str name = {0};
    struct str value = {0};
    struct buf seen = buf_make(s, 100);

    while (url_query_next(&rest, &name, &value))
        buf_format(&seen, "%.*s:%.*s;", STR(name), STR(value));
    EXPECT_STR(buf_str(&seen), "a:1;b:;c:=x;:v;d:;");

    struct str query = str("x=1&client%49d=a+b%2Fc&clientId=2&bad=%z");
    EXPECT_OK(url_query_find(s, query, str("clientId"), &value));
    EXPECT_STR(value, "a b/c");
    EXPECT(url_query_find(s, query, str("y"), &value) == NOT_FOUND);
    EXPECT(url_query_find(s, query, str("bad"), &value) == INVALID);
    EXPECT(url_query_find(s, str(""), str("y"), &value) == NOT_FOUND);
}
