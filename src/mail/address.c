#include "mail/address.h"

#include "core/utf8.h"

#include <string.h>

enum { LABEL_BYTES_MAX = 63 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 5322, 3.2.3: atext.
static bool is_atom(char c)
{
    return is_alphanumeric(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_dot_string(struct str local)
{
    bool was_dot = true; // neither at the start, nor two in a row, nor at the end

    for (size_t i = 0; i < local.bytes; i++) {
        bool is_dot = local.data[i] == '.';
        if (is_dot ? was_dot : !is_atom(local.data[i]))
            return false;
        was_dot = is_dot;
    }
    return local.bytes > 0 && local.bytes <= ADDRESS_LOCAL_BYTES_MAX && !was_dot;
}

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.bytes; i++)
        if (!is_alphanumeric(label.data[i]) && label.data[i] != '-')
            return false;
    return label.bytes > 0 && label.bytes <= LABEL_BYTES_MAX && label.data[0] != '-' &&
           label.data[label.bytes - 1] != '-';
}

static bool is_domain(struct str domain)
{
    struct str rest = domain;

    do {
        if (!is_label(str_cut(&rest, '.')))
            return false;
    } while (rest.data);
    return true;
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++)
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7f)
            return false;
    return name.bytes <= ADDRESS_NAME_BYTES_MAX && utf8_valid(name);
}

// Cuts "Ann Åberg <ann@example.com>" into name and mailbox.
static bool cut_name(struct str text, struct address *out)
{
    size_t at = str_find_byte(text, '<');

    out->name = (struct str){0};
    out->mailbox = text;
    if (at == text.bytes)
        return true;
    if (text.data[text.bytes - 1] != '>')
        return false;
    out->name = str_trim(str_slice(text, 0, at));
    out->mailbox = str_slice(text, at + 1, text.bytes - at - 2);
    if (out->name.bytes > 1 && out->name.data[0] == '"' &&
        out->name.data[out->name.bytes - 1] == '"')
        out->name = str_slice(out->name, 1, out->name.bytes - 2);
    return is_name(out->name);
}

bool address_read(struct str text, struct address *out)
{
    if (!cut_name(text, out) || out->mailbox.bytes > ADDRESS_BYTES_MAX)
        return false;
    struct str rest = out->mailbox;
    struct str local = str_cut(&rest, '@');
    out->domain = rest;
    return rest.data && is_dot_string(local) && is_domain(rest);
}
