// JSON Pointer: tokens are cut at "/" while still escaped, so a name may hold any character.
#include "expr/pointer.h"

#include "core/buf.h"
#include "core/scope.h"

bool pointer_is_valid(struct str pointer)
{
    if (pointer.bytes && pointer.data[0] != '/')
        return false;
    for (size_t i = 0; i < pointer.bytes; i++) {
        if (pointer.data[i] != '~')
            continue;
        if (i + 1 == pointer.bytes || (pointer.data[i + 1] != '0' && pointer.data[i + 1] != '1'))
            return false;
    }
    return true;
}

bool pointer_next(struct str *rest, struct str *token)
{
    if (rest->bytes == 0)
        return false;
    struct str behind = str_slice(*rest, 1, rest->bytes);
    size_t bytes = str_find_byte(behind, '/');

    *token = str_slice(behind, 0, bytes);
    *rest = str_slice(behind, bytes, behind.bytes);
    return true;
}

struct str pointer_unescape(struct scope *s, struct str token)
{
    if (str_find_byte(token, '~') == token.bytes)
        return token;
    char *name = scope_bytes(s, token.bytes);
    size_t bytes = 0;

    for (size_t i = 0; i < token.bytes; i++) {
        char c = token.data[i];
        if (c == '~' && i + 1 < token.bytes)
            c = token.data[++i] == '1' ? '/' : '~';
        name[bytes++] = c;
    }
    return str_of(name, bytes);
}

bool pointer_index(struct str token, size_t *out)
{
    uint64_t index = 0;

    if ((token.bytes > 1 && token.data[0] == '0') || !str_to_u64(token, UINT32_MAX, &index))
        return false;
    *out = index;
    return true;
}

struct json pointer_step(struct scope *s, struct json value, struct str token)
{
    size_t index = 0;

    if (json_is(value, JSON_OBJECT))
        return json_get(value, pointer_unescape(s, token));
    if (json_is(value, JSON_ARRAY) && pointer_index(token, &index))
        return json_at(value, index);
    return (struct json){0};
}

enum status pointer_resolve(struct scope *s, struct json document, struct str pointer,
                            struct json *out)
{
    struct str rest = pointer;
    struct str token = {0};

    if (!pointer_is_valid(pointer))
        return fail(s, INVALID, "\"%.*s\" is no JSON Pointer", STR(pointer));
    while (pointer_next(&rest, &token)) {
        document = pointer_step(s, document, token);
        if (json_is(document, JSON_NONE))
            return fail(s, NOT_FOUND, "there is no %.*s in the document",
                        (int)(pointer.bytes - rest.bytes), pointer.data);
    }
    *out = document;
    return OK;
}

void pointer_append(struct buf *out, struct str name)
{
    buf_put_byte(out, '/');
    while (name.bytes) {
        size_t plain = 0;
        while (plain < name.bytes && name.data[plain] != '~' && name.data[plain] != '/')
            plain++;
        buf_put(out, str_slice(name, 0, plain));
        if (plain < name.bytes)
            buf_put_z(out, name.data[plain] == '~' ? "~0" : "~1");
        name = str_slice(name, plain + 1, name.bytes);
    }
}

void pointer_append_index(struct buf *out, size_t index)
{
    buf_put_byte(out, '/');
    buf_put_u64(out, index);
}
