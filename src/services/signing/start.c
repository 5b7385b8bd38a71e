// Starting the execution of a bundle. The state machine belongs to the tenant and is kept as
// shipped: a newer definition replaces it for executions to come.
#include "core/asset.h"
#include "core/moment.h"
#include "core/scope.h"
#include "flow/arn.h"
#include "flow/executions.h"
#include "flow/machines.h"
#include "services/signing/service_impl.h"

#include <assert.h>

enum { MACHINE_TRIES_MAX = 5, MACHINE_BYTES_MAX = 16 << 20 };

static const char machine_name[] = "signing";
static const char definition_path[] = "services/signing/signing.asl.json";

struct owner bundle_owner(struct scope *s, struct str tenant)
{
    return (struct owner){.tenant = tenant, .account = tenant_account(s, tenant)};
}

// Brings the stored machine to what is shipped; CONFLICT: somebody else did so at the same time.
static enum status machine_bring(struct scope *s, struct signing *self, const struct owner *owner,
                                 struct str arn, struct str definition)
{
    struct flow *flow = self->platform->flow;
    struct change *c = change_new(s);
    struct machine_record m = {
        .arn = arn,
        .name = str(machine_name),
        .role_arn = str_format(s, "arn:aws:iam::%.*s:role/sheaf-signing", STR(owner->account)),
        .definition = definition,
    };
    struct machine_record found = {0};
    bool existed = false;

    enum status e = flow_machine_get(s, flow, owner, arn, &found);
    if (e == OK && str_equal(found.definition, definition))
        return OK;
    if (e == OK)
        e = flow_machine_update(s, flow, owner, c, &m, &found);
    else if (e == NOT_FOUND)
        e = flow_machine_create(s, flow, owner, c, &m, &found, &existed);
    TRY(e);
    return store_commit(s, self->platform->store, c);
}

static enum status machine_ensure(struct scope *s, struct signing *self, const struct owner *owner,
                                  struct str arn)
{
    const struct asset *definition = asset_find(str(definition_path));
    enum status e = CONFLICT;

    assert(definition);
    for (int i = 0; i < MACHINE_TRIES_MAX && e == CONFLICT; i++) {
        struct scope *own = scope_open(MACHINE_BYTES_MAX);
        e = machine_bring(own, self, owner, arn, asset_text(definition));
        (void)scope_pass(s, e, own);
        scope_close(own);
    }
    return e;
}

enum status bundle_start(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                         int64_t now_us)
{
    struct flow *flow = self->platform->flow;
    struct owner owner = bundle_owner(s, b->tenant);
    struct json input = json_object(NULL, 0);
    struct execution execution = {0};
    int64_t runs = 0;
    bool existed = false;

    if (json_is(bundle_member(b, "started_at"), JSON_STRING))
        return fail(s, CONFLICT, "bundle %.*s has been started", STR(b->bundle_id));
    assert(flow);
    (void)json_to_i64(bundle_member(b, "runs"), &runs);
    runs++;
    struct start_options options = {
        .machine_arn = arn_write(s, flow_region(flow), owner.account, "stateMachine",
                                 str(machine_name), (struct str){0}),
        .name = str_format(s, "%.*s-%lld", STR(b->bundle_id), (long long)runs),
    };
    input = json_with(s, input, str("bundle_id"), json_string(b->bundle_id));
    options.input = json_to_str(s, input);
    TRY(machine_ensure(s, self, &owner, options.machine_arn));
    TRY(flow_start(s, flow, &owner, c, &options, &execution, &existed));
    bundle_set(s, b, "execution", json_string(execution.arn));
    bundle_set(s, b, "runs", json_i64(s, runs));
    bundle_set(s, b, "started_at", json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    return OK;
}
