// URLs: what is accepted consists of what it was made of; what is encoded decodes to the same.
#include "core/url.h"

#include "core/utf8.h"
#include "test/fuzz/fuzz.h"

static void check_split(struct scope *s, struct str input)
{
    struct url u = {0};
    struct url again = {0};

    if (url_split(s, input, &u) != OK)
        return;
    assert(u.host.bytes > 0 && u.port > 0 && str_starts(u.path, str("/")));
    bool brackets = u.host_type == URL_HOST_IPV6;
    struct str text =
        str_format(s, "http%s://%s%.*s%s:%u%.*s?%.*s", u.https ? "s" : "", brackets ? "[" : "",
                   STR(u.host), brackets ? "]" : "", u.port, STR(u.path), STR(u.query));
    if (url_split(s, text, &again) != OK) {
        assert(text.bytes > URL_BYTES_MAX);
        return;
    }
    assert(again.https == u.https && again.host_type == u.host_type && again.port == u.port);
    assert(str_equal(again.host, u.host) && str_equal(again.path, u.path));
    assert(str_equal(again.query, u.query));
}

static void check_query(struct scope *s, struct str input)
{
    struct str path = {0};
    struct str query = {0};
    struct str name = {0};
    struct str value = {0};
    struct str decoded = {0};

    if (!url_split_target(input, &path, &query))
        return;
    while (url_query_next(&query, &name, &value))
        if (url_decode_form(s, value, &decoded) == OK)
            assert(utf8_valid(decoded));
}

FUZZ
{
    struct str back = {0};

    check_split(s, input);
    check_query(s, input);
    enum status e = url_decode(s, url_encode(s, input), &back);
    if (utf8_valid(input) && str_find_byte(input, '\0') == input.bytes)
        assert(e == OK && str_equal(back, input));
    else
        assert(e == INVALID);
}
