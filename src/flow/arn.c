#include "flow/arn.h"

#include "flow/flow_impl.h"

bool arn_read(struct str text, struct arn *out)
{
    struct str rest = text;

    *out = (struct arn){0};
    if (!str_is(str_cut(&rest, ':'), "arn") || !str_starts(str_cut(&rest, ':'), str("aws")))
        return false;
    out->service = str_cut(&rest, ':');
    out->region = str_cut(&rest, ':');
    out->account = str_cut(&rest, ':');
    out->kind = str_cut(&rest, ':');
    out->name = str_cut(&rest, ':');
    out->rest = rest;
    return out->kind.bytes > 0 && out->name.bytes > 0;
}

struct str arn_write(struct scope *s, struct str region, struct str account, const char *kind,
                     struct str name, struct str rest)
{
    return str_format(s, "arn:aws:states:%.*s:%.*s:%s:%.*s%s%.*s", STR(region), STR(account), kind,
                      STR(name), rest.bytes ? ":" : "", STR(rest));
}

bool flow_name_valid(struct str name)
{
    static const char refused[] = " <>{}[]?*\"#%\\^|~`$&,;:/";
    size_t characters = 0;

    for (size_t i = 0; i < name.bytes; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < 0x20 || c == 0x7f || (c < 0x80 && memchr(refused, c, sizeof refused - 1)))
            return false;
        characters += (c & 0xC0) != 0x80;
    }
    return characters > 0 && characters <= EXECUTION_NAME_CHARACTERS_MAX;
}
