// What operators do about sessions, over HTTP: who may, and what is refused.
#include "core/scope.h"
#include "services/signing/sessions_impl.h"
#include "services/signing/signing.h"
#include "sys/log.h"
#include "sys/world.h"
#include "test/edge_fixture.h"
#include "test/harness.h"

struct deeds {
    struct edge_fixture edge;
    struct str key;
    struct scope *scope;
};

// A bundle of "acme" that waits for its signature.
static void put_bundle(struct scope *s, struct edge_fixture *f)
{
    struct bundle b = {.tenant = str("acme"), .bundle_id = str("b1"), .status = BUNDLE_NEW};
    struct change *c = change_new(s);
    int64_t now_us = world_now_us(f->world);

    bundle_put(s, c, &b, now_us);
    EXPECT_OK(store_commit(s, f->store, c));
    EXPECT_OK(bundle_get(s, f->store, b.tenant, b.bundle_id, &b));
    bundle_move(s, &b, BUNDLE_READY, now_us, (struct str){0});
    bundle_move(s, &b, BUNDLE_SENT, now_us, (struct str){0});
    bundle_set(s, &b, "attempt", json_i64(s, 1));
    bundle_set(s, &b, "provider", json_string(str("builtin")));
    session_move(s, &b, STAGE_OPEN, now_us);
    c = change_new(s);
    bundle_put(s, c, &b, now_us);
    EXPECT_OK(store_commit(s, f->store, c));
}

static struct deeds *start(struct scope *s)
{
    static const struct service *const services[] = {&signing_service, NULL};
    struct edge_fixture_options options = {.services = services, .flow = true};
    struct deeds *d = scope_new(s, struct deeds);

    d->scope = s;
    if (!edge_fixture_start(s, &options, &d->edge))
        return NULL;
    log_capture(s, d->edge.world);
    d->key = edge_fixture_key(s, &d->edge, "acme", "", "signing:operate");
    put_bundle(s, &d->edge);
    return d;
}

static struct answered act(struct deeds *d, const char *path, struct str key, const char *body)
{
    return edge_fixture_call(d->scope, &d->edge, "POST", path, key,
                             "Content-Type: application/json", str(body));
}

TEST(a_bundle_is_sent_anew_by_an_operator_with_a_reason)
{
    struct deeds *d = start(s);
    REQUIRE(d != NULL);

    EXPECT_EQUAL(act(d, "/bundles/b1/resend", d->key, "{}").code, 400);
    struct answered a = act(d, "/bundles/b1/resend", d->key, "{\"reason\":\"mail was lost\"}");

    EXPECT_EQUAL(a.code, 202);
    EXPECT_STR(json_text(json_member(a.json, "attempt")), "2");
    EXPECT_STR(json_text(json_member(a.json, "session")), "INTENT");
    struct bundle b = {0};
    REQUIRE_OK(bundle_get(s, d->edge.store, str("acme"), str("b1"), &b));
    EXPECT_STR(json_text(bundle_member(&b, "reference")), "b1#2");
    EXPECT_EQUAL(bundle_member(&b, "cancelling").count, 1);
    EXPECT_EQUAL(act(d, "/bundles/b1/resend", d->key, "{\"reason\":\"once more\"}").code, 409);
}

TEST(a_bundle_without_a_late_signature_has_none_to_accept)
{
    struct deeds *d = start(s);
    REQUIRE(d != NULL);

    EXPECT_EQUAL(act(d, "/bundles/b1/accept-late", d->key, "{\"reason\":\"phoned\"}").code, 409);
    EXPECT_EQUAL(act(d, "/bundles/b2/accept-late", d->key, "{\"reason\":\"phoned\"}").code, 404);
}

TEST(a_bundle_of_another_tenant_or_without_the_scope_is_left_alone)
{
    static const char *const paths[] = {"/bundles/b1/resend", "/bundles/b1/accept-late"};
    static const char body[] = "{\"reason\":\"because\"}";
    struct deeds *d = start(s);
    REQUIRE(d != NULL);
    struct str other = edge_fixture_key(s, &d->edge, "other", "", "signing:operate");
    struct str reader = edge_fixture_key(s, &d->edge, "acme", "", "signing:read signing:write");

    for (size_t i = 0; i < 2; i++) {
        EXPECT_EQUAL(act(d, paths[i], other, body).code, 404);
        EXPECT_EQUAL(act(d, paths[i], reader, body).code, 403);
        EXPECT_EQUAL(act(d, paths[i], (struct str){0}, body).code, 401);
    }
}
