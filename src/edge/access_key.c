// Between the two spellings of a key's id, and from the id to the secret.
#include "edge/access_key.h"

#include "core/base64.h"
#include "core/scope.h"
#include "crypto/api_key.h"
#include "crypto/digest.h"
#include "edge/secrets.h"

// AWS's are 20 characters of A-Z and 2-7, of which the first four tell the kind; a secret has 40.
enum { SECRET_USED_BYTES = 30 };
static const char kind[] = "SHEA";

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct str map(struct scope *s, struct str text, char (*to)(char))
{
    char *out = scope_bytes(s, text.bytes + 1);

    for (size_t i = 0; i < text.bytes; i++)
        out[i] = to(text.data[i]);
    return str_of(out, text.bytes);
}

struct access_key access_key_of(struct scope *s, const struct secrets *secrets, struct str key_id)
{
    uint8_t secret[SECRET_BYTES];
    struct access_key out = {.id = str_concat(s, 2, str(kind), map(s, key_id, upper))};

    secrets_derive(secrets, "access-key", key_id, secret);
    out.secret = base64url_encode(s, str_of(secret, SECRET_USED_BYTES));
    digest_wipe(secret, sizeof secret);
    return out;
}

bool access_key_read(struct scope *s, struct str access_key_id, struct str *key_id)
{
    if (!str_starts(access_key_id, str(kind)) ||
        access_key_id.bytes != sizeof kind - 1 + API_KEY_ID_BYTES)
        return false;
    *key_id = map(s, str_slice(access_key_id, sizeof kind - 1, API_KEY_ID_BYTES), lower);
    return true;
}
