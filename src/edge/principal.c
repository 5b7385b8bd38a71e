// What a principal may do.
#include "edge/principal.h"

#include "core/scope.h"

static bool has_word(struct str words, struct str word)
{
    while (words.data) {
        if (str_equal(str_cut(&words, ' '), word) && word.bytes)
            return true;
    }
    return false;
}

bool tenant_is_valid(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return name.bytes > 0 && name.bytes <= TENANT_BYTES_MAX;
}

struct str tenant_account(struct scope *s, struct str tenant)
{
    return str_format(s, "%012llu", (unsigned long long)(str_hash(tenant) % 1000000000000ULL));
}

bool principal_may(const struct principal *p, struct str scope)
{
    if (p->read_only && str_ends(scope, str(":write")))
        return false;
    return has_word(p->scopes, scope) || has_word(p->scopes, str("admin"));
}

enum status principal_require(struct scope *s, const struct principal *p, struct str scope)
{
    if (principal_may(p, scope))
        return OK;
    if (p->read_only && str_ends(scope, str(":write")))
        return fail(s, DENIED, "the client's contract allows reading only");
    return fail(s, DENIED, "the scope %.*s is missing", STR(scope));
}

enum status principal_client(struct scope *s, const struct principal *p, struct str named,
                             struct str *out)
{
    if (named.bytes && p->client.bytes && !str_equal(named, p->client))
        return fail(s, NOT_FOUND, "there is no client %.*s", STR(named));
    *out = named.bytes ? named : p->client;
    if (out->bytes == 0)
        return fail(s, INVALID, "say which client is meant: the key is not bound to one");
    return OK;
}
