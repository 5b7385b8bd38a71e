#include "flow/token.h"

#include "core/base64.h"
#include "core/scope.h"
#include "core/uuid.h"
#include "flow/flow_impl.h"

#include <assert.h>

enum { BODY_BYTES = 1 + UUID_BYTES + 8, ALL_BYTES = BODY_BYTES + SHA256_BYTES };

static void put_u32(uint8_t *at, uint32_t number)
{
    for (int i = 3; i >= 0; i--, number >>= 8)
        at[i] = (uint8_t)number;
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void seal(const struct flow *f, struct str tenant, const uint8_t *body,
                 uint8_t out[SHA256_BYTES])
{
    struct str parts[] = {str_of(body, BODY_BYTES), tenant};

    hmac_sha256(&f->token_key, parts, 2, out);
}

struct str token_make(struct scope *s, const struct flow *f, enum token_of of, struct str tenant,
                      struct str execution, uint32_t frame, uint32_t wait)
{
    uint8_t bytes[ALL_BYTES] = {(uint8_t)of};
    struct uuid id;

    bool read = uuid_read(execution, &id);
    assert(read);
    (void)read;
    memcpy(bytes + 1, id.bytes, UUID_BYTES);
    put_u32(bytes + 1 + UUID_BYTES, frame);
    put_u32(bytes + 5 + UUID_BYTES, wait);
    seal(f, tenant, bytes, bytes + BODY_BYTES);
    return base64url_encode(s, str_of(bytes, sizeof bytes));
}

bool token_read(struct scope *s, const struct flow *f, struct str tenant, struct str token,
                enum token_of *of, struct str *execution, uint32_t *frame, uint32_t *wait)
{
    uint8_t expected[SHA256_BYTES];
    struct str text = {0};
    struct uuid id;

    if (token.bytes > TOKEN_BYTES_MAX || base64url_decode(s, token, &text) != OK ||
        text.bytes != ALL_BYTES ||
        (text.data[0] != TOKEN_OF_TASK && text.data[0] != TOKEN_OF_CALL)) {
        scope_forgive(s);
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)text.data;
    seal(f, tenant, bytes, expected);
    if (!digest_equal(expected, bytes + BODY_BYTES, SHA256_BYTES))
        return false;
    memcpy(id.bytes, bytes + 1, UUID_BYTES);
    *of = (enum token_of)bytes[0];
    *execution = uuid_to_str(s, id);
    *frame = get_u32(bytes + 1 + UUID_BYTES);
    *wait = get_u32(bytes + 5 + UUID_BYTES);
    return true;
}
