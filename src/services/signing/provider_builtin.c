// The provider that is built in: the signing page of this server. Its sessions are records of the
// same store. The id of a session follows from its reference, so that asking twice makes one; the
// link's token is derived from a random salt and a secret of the installation, so that it can be
// mailed again with a reminder while no more than its digest is stored in clear sight.
#include "services/signing/builtin.h"

#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "edge/secrets.h"
#include "services/signing/sessions.h"
#include "store/blob.h"
#include "sys/world.h"

enum { SALT_BYTES = 32, CANCEL_TRIES = 5 };

// A UUID of version 8 (RFC 9562, 5.8) made of a keyed digest of tenant and reference.
static struct str id_of(struct scope *s, const struct signing *self, struct str tenant,
                        struct str reference)
{
    uint8_t key[SECRET_BYTES];
    uint8_t digest[SHA256_BYTES];

    secrets_derive(self->platform->secrets, "sign-session", tenant, key);
    hmac_sha256_once(str_of(key, sizeof key), reference, digest);
    digest_wipe(key, sizeof key);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x80);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    struct str hex = hex_encode(s, str_of(digest, 16));
    return str_format(s, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.data, hex.data + 8, hex.data + 12,
                      hex.data + 16, hex.data + 20);
}

static enum status describe(struct scope *s, const struct signing *self,
                            const struct sign_session *ss, struct session *out)
{
    const struct platform *p = self->platform;
    struct json shown = {0};
    int64_t created_us = 0;

    TRY(sign_pages_shown(s, p->store, ss, &shown));
    (void)moment_read(json_text(sign_session_member(ss, "created_at")), &created_us);
    *out = (struct session){
        .id = ss->id,
        .reference = json_text(sign_session_member(ss, "reference")),
        .link = str_concat(s, 3, p->public_url, str("/sign/"), sign_session_token(s, self, ss)),
        .state = sign_session_state(ss, world_now_us(p->world)),
        .reason = json_text(sign_session_member(ss, "reason")),
        .log = evidence_log(s, ss, shown),
        .created_at_us = created_us,
    };
    return OK;
}

static void set_text(struct scope *s, struct json *object, const char *name, struct str text)
{
    *object = json_with(s, *object, str(name), json_string(text));
}

static struct json document_of(struct scope *s, const struct session_request *request)
{
    struct json document = json_object(NULL, 0);

    set_text(s, &document, "sha256", digest_sha256_hex(s, request->pdf));
    document = json_with(s, document, str("size_bytes"), json_i64(s, (int64_t)request->pdf.bytes));
    return json_with(s, document, str("page_count"), json_i64(s, (int64_t)request->page_count));
}

static void fill(struct scope *s, const struct signing *self, const struct session_request *request,
                 struct sign_session *ss)
{
    int64_t now_us = world_now_us(self->platform->world);
    struct json signee = json_object(NULL, 0);
    uint8_t salt[SALT_BYTES];

    world_random(self->platform->world, salt, sizeof salt);
    set_text(s, &signee, "name", request->signee_name);
    set_text(s, &signee, "email", request->signee_email);
    ss->more = json_object(NULL, 0);
    set_text(s, &ss->more, "reference", request->reference);
    set_text(s, &ss->more, "bundle_id", request->bundle_id);
    set_text(s, &ss->more, "title", request->title);
    set_text(s, &ss->more, "language", request->language);
    set_text(s, &ss->more, "salt", hex_encode(s, str_of(salt, sizeof salt)));
    set_text(s, &ss->more, "created_at", moment_to_str(s, now_us, MOMENT_MILLISECONDS));
    set_text(s, &ss->more, "due_at", moment_to_str(s, request->due_at_us, MOMENT_MILLISECONDS));
    sign_session_set(s, ss, "signee", signee);
    sign_session_set(s, ss, "document", document_of(s, request));
    (void)evidence_append(s, ss, evidence_entry(s, "created", now_us));
}

static void put_token(struct scope *s, struct change *c, const struct signing *self,
                      const struct sign_session *ss)
{
    struct json where = json_object(NULL, 0);
    struct str digest = digest_sha256_hex(s, sign_session_token(s, self, ss));

    set_text(s, &where, "tenant", ss->tenant);
    set_text(s, &where, "id", ss->id);
    struct record r = {.partition = str_concat(s, 2, str("token/"), digest),
                       .content = json_to_str(s, where)};
    change_put(c, &sign_sessions_table, &r, if_absent());
}

static enum status create(struct scope *s, void *context, const struct session_request *request,
                          struct session *out)
{
    struct signing *self = context;
    struct store *store = self->platform->store;
    struct sign_session ss = {.tenant = request->tenant,
                              .id = id_of(s, self, request->tenant, request->reference)};
    struct change *c = change_new(s);

    enum status e = sign_session_get(s, store, ss.tenant, ss.id, &ss);
    if (e == OK)
        return describe(s, self, &ss, out);
    if (e != NOT_FOUND)
        return e;
    ss.state = SESSION_OPEN;
    fill(s, self, request, &ss);
    TRY(blob_put(s, store, &sign_pages_bucket, sign_document_key(s, &ss), request->pdf,
                 &(struct blob_options){.content_type = str("application/pdf")}, NULL));
    sign_session_put(s, c, &ss);
    put_token(s, c, self, &ss);
    e = store_commit(s, store, c);
    if (e != OK && e != CONFLICT)
        return e;
    TRY(sign_session_get(s, store, ss.tenant, ss.id, &ss)); // ours, or that of who was first
    return describe(s, self, &ss, out);
}

static enum status look(struct scope *s, void *context, struct str tenant, struct str id,
                        struct session *out)
{
    struct signing *self = context;
    struct sign_session ss = {0};

    TRY(sign_session_get(s, self->platform->store, tenant, id, &ss));
    return describe(s, self, &ss, out);
}

static enum status find(struct scope *s, void *context, struct str tenant, struct str reference,
                        struct session **out, size_t *count)
{
    struct session *one = scope_new(s, struct session);
    enum status e = look(s, context, tenant, id_of(s, context, tenant, reference), one);

    *out = one;
    *count = e == OK;
    return e == NOT_FOUND ? OK : e;
}

static enum status fetch(struct scope *s, void *context, struct str tenant, struct str id,
                         struct str *pdf)
{
    struct signing *self = context;
    struct sign_session ss = {0};

    TRY(sign_session_get(s, self->platform->store, tenant, id, &ss));
    return sign_document(s, self->platform->store, &ss, pdf);
}

static enum status cancel(struct scope *s, void *context, struct str tenant, struct str id)
{
    struct signing *self = context;
    struct store *store = self->platform->store;
    int64_t now_us = world_now_us(self->platform->world);

    for (int i = 0; i < CANCEL_TRIES; i++) {
        struct sign_session ss = {0};
        struct change *c = change_new(s);
        TRY(sign_session_get(s, store, tenant, id, &ss));
        if (ss.state != SESSION_OPEN)
            return OK;
        sign_session_end(s, &ss, SESSION_CANCELLED, evidence_entry(s, "cancelled", now_us));
        sign_session_put(s, c, &ss);
        enum status e = store_commit(s, store, c);
        if (e != CONFLICT)
            return e;
    }
    return fail(s, TEMPORARY, "session %.*s is busy", STR(id));
}

static const struct provider provider = {
    .name = "builtin",
    .create = create,
    .find = find,
    .look = look,
    .fetch = fetch,
    .cancel = cancel,
};

enum status provider_builtin_open(struct scope *s, struct signing *self, struct provider_at *out)
{
    (void)s;
    *out = (struct provider_at){.provider = &provider, .self = self};
    return OK;
}
