// Header fields: bytes and names.
#include "http/field.h"

static bool is_token_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

bool field_is_name(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (!is_token_byte((unsigned char)text.data[i]))
            return false;
    return text.bytes > 0;
}

bool field_is_value(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

struct str field_find(const struct http_field *fields, size_t count, const char *name)
{
    struct str wanted = str(name);

    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(fields[i].name, wanted))
            return fields[i].value;
    return (struct str){0};
}
