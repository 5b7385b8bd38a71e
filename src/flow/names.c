#include "flow/names.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <stdint.h>

static const char *const never = " \t<>{}[]?*\"#%\\^|~`$&,;:";

static bool is_allowed(uint32_t c, const char *also_never)
{
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c == 0xFFFF)
        return false;
    // Other white space of Unicode.
    if (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
        c == 0x202F || c == 0x205F || c == 0x3000)
        return false;
    return c > 0x7F || (!strchr(never, (int)c) && !strchr(also_never, (int)c));
}

// The length in characters and the characters themselves.
static struct str check(struct scope *s, struct str text, size_t characters_max,
                        const char *also_never)
{
    size_t count = utf8_count(text);
    uint32_t c = 0;

    if (count == 0 || count > characters_max)
        return str_format(s, "must be between 1 and %zu characters long, and has %zu",
                          characters_max, count);
    for (size_t at = 0; at < text.bytes;) {
        size_t bytes = utf8_decode(str_slice(text, at, text.bytes), &c);
        if (bytes == 0)
            return str("is no UTF-8");
        if (!is_allowed(c, also_never) && c < 0x20)
            return str_format(s, "contains invalid character: '\\u%04x'", (unsigned)c);
        if (!is_allowed(c, also_never))
            return str_format(s, "contains invalid character: '%.*s'",
                              STR(str_slice(text, at, bytes)));
        at += bytes;
    }
    return (struct str){0};
}

struct str name_refusal(struct scope *s, struct str name)
{
    return check(s, name, NAME_CHARACTERS_MAX, "/");
}

struct str label_refusal(struct scope *s, struct str label)
{
    return check(s, label, LABEL_CHARACTERS_MAX, "");
}

static struct str tag_refusal(struct scope *s, struct json tag)
{
    struct str key = json_text(json_member(tag, "key"));
    struct json value = json_member(tag, "value");
    size_t key_count = utf8_count(key), value_count = utf8_count(json_text(value));

    if (!json_is(tag, JSON_OBJECT) || (!json_is(value, JSON_STRING) && !json_is(value, JSON_NONE)))
        return str("must be objects of \"key\" and \"value\", which are texts");
    if (key_count == 0 || key_count > TAG_KEY_CHARACTERS_MAX)
        return str_format(s, "must have keys between 1 and %d characters long, and one has %zu",
                          TAG_KEY_CHARACTERS_MAX, key_count);
    if (str_starts(key, str("aws:")))
        return str("must not have keys that begin with \"aws:\"");
    if (value_count > TAG_VALUE_CHARACTERS_MAX)
        return str_format(s, "must have values of at most %d characters, and one has %zu",
                          TAG_VALUE_CHARACTERS_MAX, value_count);
    return (struct str){0};
}

struct str tags_refusal(struct scope *s, struct json tags)
{
    struct str why = {0};

    if (json_is(tags, JSON_NONE))
        return why;
    if (!json_is(tags, JSON_ARRAY))
        return str("must be an array");
    if (tags.count > TAGS_MAX)
        return str_format(s, "must be at most %d, and are %u", TAGS_MAX, tags.count);
    for (uint32_t i = 0; i < tags.count && why.bytes == 0; i++) {
        struct str key = json_text(json_member(tags.items[i], "key"));
        why = tag_refusal(s, tags.items[i]);
        for (uint32_t k = 0; k < i && why.bytes == 0; k++)
            if (str_equal(json_text(json_member(tags.items[k], "key")), key))
                why = str_format(s, "must not have the key '%.*s' twice", STR(key));
    }
    return why;
}
