// What is remembered of what was asked of Signicat. Records expire: a session is open for thirty
// days at most.
#include "core/moment.h"
#include "core/scope.h"
#include "services/signing/signicat_impl.h"
#include "store/change.h"
#include "sys/log.h"
#include "sys/world.h"

enum { KEEP_S = 60 * 86400, US_PER_S = 1000000 };

const struct table_def signicat_table = {.name = "signicat"};

static struct str partition(struct scope *s, const char *kind, struct str id)
{
    return str_concat(s, 3, str(kind), str("/"), id);
}

// Puts it over whatever is there: who asks for the same reference again knows better.
static enum status put(struct scope *s, struct signicat *p, struct change *c, const char *kind,
                       struct str id, struct json content)
{
    struct record before = {0};
    struct record r = {.partition = partition(s, kind, id),
                       .content = json_to_str(s, content),
                       .expires_at_s = world_now_us(p->options.world) / US_PER_S + KEEP_S};

    enum status e = record_get(s, p->options.store, &signicat_table, r.partition, r.sort, &before);
    if (e != OK && e != NOT_FOUND)
        return e;
    change_put(c, &signicat_table, &r, e == OK ? if_version(before.version) : if_absent());
    return OK;
}

static struct json owner_json(struct scope *s, const struct session_request *r)
{
    struct json j = json_with(s, json_object(NULL, 0), str("tenant"), json_string(r->tenant));

    return json_with(s, j, str("bundle_id"), json_string(r->bundle_id));
}

enum status signicat_made_get(struct scope *s, struct signicat *p, struct str external,
                              struct signicat_made *out)
{
    struct record r = {0};
    struct json j = {0};

    *out = (struct signicat_made){0};
    if (!p->options.store)
        return OK;
    enum status e = record_get(s, p->options.store, &signicat_table,
                               partition(s, "reference", external), (struct str){0}, &r);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    TRY(json_parse(s, r.content, &json_limits_strict, &j));
    out->document_id = json_text(json_member(j, "document_id"));
    out->collection_id = json_text(json_member(j, "collection_id"));
    return OK;
}

enum status signicat_made_put(struct scope *s, struct signicat *p, const struct session_request *r,
                              struct str external, const struct signicat_made *made)
{
    struct json j = owner_json(s, r);

    if (!p->options.store)
        return OK;
    j = json_with(s, j, str("document_id"), json_string(made->document_id));
    j = json_with(s, j, str("collection_id"), json_string(made->collection_id));
    struct change *c = change_new(s);
    TRY(put(s, p, c, "reference", external, j));
    TRY(put(s, p, c, "collection", made->collection_id, owner_json(s, r)));
    return store_commit(s, p->options.store, c);
}

// Only webhooks need it, and without them there is polling: that it fails does not matter.
void signicat_session_put(struct scope *s, struct signicat *p, const struct session_request *r,
                          struct str session_id)
{
    if (!p->options.store)
        return;
    struct change *c = change_new(s);
    enum status e = put(s, p, c, "session", session_id, owner_json(s, r));
    if (e == OK)
        e = store_commit(s, p->options.store, c);
    if (e == OK)
        return;
    log_event(LOG_INFO, "signicat.forgetful", LOG_STR("bundle", r->bundle_id), LOG_WHY(s), LOG_END);
    scope_forgive(s);
}

enum status signicat_owner(struct scope *s, struct store *store, const char *kind, struct str id,
                           struct str *tenant, struct str *bundle_id)
{
    struct record r = {0};
    struct json j = {0};

    TRY(record_get(s, store, &signicat_table, partition(s, kind, id), (struct str){0}, &r));
    TRY(json_parse(s, r.content, &json_limits_strict, &j));
    *tenant = json_text(json_member(j, "tenant"));
    *bundle_id = json_text(json_member(j, "bundle_id"));
    return OK;
}
