#include "test/session_fixture.h"

#include "core/moment.h"
#include "core/scope.h"
#include "edge/edge.h"
#include "edge/secrets.h"
#include "flow/executions.h"
#include "flow/machines.h"
#include "flow/outside.h"
#include "notify/notify.h"
#include "services/signing/signing.h"
#include "services/signing/steps.h"
#include "store/blob.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <stdio.h>

enum {
    FIXTURE_BYTES_MAX = 1 << 30,
    TRIES_MAX = 300,
    WORK_MAX = 10000,
    LISTED_MAX = 64,
    LATE_S_MAX = 40,
};

static const char tenant[] = "acme";
static const char link_start[] = "https://provider.test/";
static const char definition[] =
    "{\"StartAt\":\"Sign\",\"States\":{\"Sign\":{\"Type\":\"Task\",\"Resource\":"
    "\"arn:aws:states:::lambda:invoke.waitForTaskToken\",\"Parameters\":{\"FunctionName\":"
    "\"test_sign\",\"Payload\":{\"bundle_id.$\":\"$.bundle_id\",\"token.$\":\"$$.Task.Token\"}},"
    "\"TimeoutSeconds\":2592000,\"End\":true}}}";

// -- the scripted provider -----------------------------------------------------------------------

static bool chance_of(struct session_fixture *f, uint32_t percent)
{
    return chance_below(&f->chance, 100) < percent;
}

// What happens to a call: OK it is done; TEMPORARY it is not; TIMEOUT `*done` says.
static enum status fate(struct scope *s, struct session_fixture *f, bool *done)
{
    f->calls++;
    *done = true;
    if (world_now_us(f->world) < f->down_until_us || chance_of(f, f->options.fail_before)) {
        *done = false;
        return fail(s, TEMPORARY, "the provider is down");
    }
    if (chance_of(f, f->options.fail_after))
        return fail(s, TIMEOUT, "the provider did not answer");
    return OK;
}

static struct scripted *find_scripted(struct session_fixture *f, struct str id)
{
    for (size_t i = 0; i < f->session_count; i++)
        if (str_is(id, f->sessions[i].id))
            return &f->sessions[i];
    return NULL;
}

static struct session shown(struct scope *s, const struct scripted *x)
{
    return (struct session){.id = str_copy(s, str(x->id)),
                            .reference = str_copy(s, str(x->reference)),
                            .link = str_concat(s, 2, str(link_start), str(x->id)),
                            .state = x->state,
                            .log = json_object(NULL, 0),
                            .created_at_us = x->created_at_us};
}

static enum status create(struct scope *s, void *context, const struct session_request *request,
                          struct session *out)
{
    struct session_fixture *f = context;
    struct scripted *x = &f->sessions[f->session_count];
    bool done = false;

    enum status e = fate(s, f, &done);
    if (done && f->session_count < SCRIPTED_MAX) {
        *x = (struct scripted){.state = SESSION_OPEN, .created_at_us = world_now_us(f->world)};
        (void)snprintf(x->id, sizeof x->id, "session-%zu", ++f->session_count);
        (void)snprintf(x->reference, sizeof x->reference, "%.*s", STR(request->reference));
        x->visible_at_us = x->created_at_us;
        if (e == TIMEOUT && chance_of(f, f->options.late))
            x->visible_at_us += (int64_t)chance_below(&f->chance, LATE_S_MAX) * MOMENT_SECOND_US;
        *out = shown(s, x);
    }
    return e;
}

static enum status find(struct scope *s, void *context, struct str of, struct str reference,
                        struct session **out, size_t *count)
{
    struct session_fixture *f = context;
    bool done = false;

    (void)of;
    TRY(fate(s, f, &done));
    *out = scope_array(s, f->session_count, sizeof **out);
    *count = 0;
    for (size_t i = 0; i < f->session_count; i++) {
        if (str_is(reference, f->sessions[i].reference) &&
            f->sessions[i].visible_at_us <= world_now_us(f->world))
            (*out)[(*count)++] = shown(s, &f->sessions[i]);
    }
    return OK;
}

static enum status look(struct scope *s, void *context, struct str of, struct str id,
                        struct session *out)
{
    struct session_fixture *f = context;
    struct scripted *x = find_scripted(f, id);
    bool done = false;

    (void)of;
    TRY(fate(s, f, &done));
    if (!x)
        return fail(s, NOT_FOUND, "no such session");
    *out = shown(s, x);
    return OK;
}

static enum status fetch(struct scope *s, void *context, struct str of, struct str id,
                         struct str *pdf)
{
    struct session_fixture *f = context;
    struct scripted *x = find_scripted(f, id);
    bool done = false;

    (void)of;
    TRY(fate(s, f, &done));
    if (!x || x->state != SESSION_SIGNED)
        return fail(s, NOT_FOUND, "nothing is signed");
    if (x->fetches++ < f->options.busy_fetches)
        return fail(s, BUSY, "not packaged yet");
    *pdf = str_concat(s, 2, str("%PDF-1.7 signed in "), id);
    return OK;
}

static enum status cancel(struct scope *s, void *context, struct str of, struct str id)
{
    struct session_fixture *f = context;
    struct scripted *x = find_scripted(f, id);
    bool done = false;

    (void)of;
    enum status e = fate(s, f, &done);
    if (done && x && x->state == SESSION_OPEN)
        x->state = SESSION_CANCELLED;
    return e;
}

static const struct provider scripted_provider = {
    .name = "scripted",
    .create = create,
    .find = find,
    .look = look,
    .fetch = fetch,
    .cancel = cancel,
};

// -- mail and the signee -------------------------------------------------------------------------

static struct str bundle_of(struct str reference)
{
    return str_slice(reference, 0, str_find_byte(reference, '#'));
}

// No session of the bundle but this one may be open whose link was mailed.
static void check_alone(struct session_fixture *f, const struct scripted *x)
{
    for (size_t m = 0; m < f->mail_count; m++) {
        struct str id = str_slice(str(f->mails[m].link), strlen(link_start), SIZE_MAX);
        const struct scripted *other = find_scripted(f, id);
        if (other && other != x && other->state == SESSION_OPEN &&
            str_equal(bundle_of(str(other->reference)), bundle_of(str(x->reference))))
            f->wrong++;
    }
}

static struct str link_of(struct str text)
{
    struct str rest = str_slice(text, str_find(text, str("http")), text.bytes);

    return str_slice(rest, 0, str_find_byte(rest, '\n'));
}

// The outbox: keeps a ledger of different mails; the same id must be the same mail.
static enum status take_mail(struct scope *s, struct work *work)
{
    struct session_fixture *f = work->context;
    struct json body = {0};

    TRY(json_parse(s, work->message->body, &json_limits_lenient, &body));
    struct str id = json_text(json_member(body, "id"));
    struct str link = link_of(json_text(json_member(body, "text")));
    for (size_t i = 0; i < f->mail_count; i++) {
        if (!str_is(id, f->mails[i].id))
            continue;
        f->wrong += !str_is(link, f->mails[i].link);
        return OK;
    }
    struct mailed *m = &f->mails[f->mail_count++];
    m->at_us = world_now_us(f->world);
    (void)snprintf(m->id, sizeof m->id, "%.*s", STR(id));
    (void)snprintf(m->link, sizeof m->link, "%.*s", STR(link));
    const struct scripted *x = find_scripted(f, str_slice(link, strlen(link_start), SIZE_MAX));
    if (f->options.party)
        f->options.party->mailed(f->options.party->context, f, link);
    else if (x)
        check_alone(f, x);
    return OK;
}

// Those who have had their mail long enough follow its link.
static void visit(struct session_fixture *f)
{
    int64_t now_us = world_now_us(f->world);

    for (size_t i = 0; i < f->mail_count; i++) {
        struct str id = str_slice(str(f->mails[i].link), strlen(link_start), SIZE_MAX);
        struct scripted *x = find_scripted(f, id);
        if (!x || x->state != SESSION_OPEN || f->options.signee == SIGNEE_NEVER ||
            now_us < f->mails[i].at_us + f->options.signs_after_s * MOMENT_SECOND_US)
            continue;
        x->state = f->options.signee == SIGNEE_SIGNS ? SESSION_SIGNED : SESSION_REJECTED;
    }
}

// -- starting and ending -------------------------------------------------------------------------

static enum status sign(struct scope *s, struct task *t)
{
    struct session_fixture *f = task_context(t);
    struct bundle b = {0};

    TRY(bundle_get(s, task_store(t), str(tenant),
                   json_text(json_member(task_input(t), "bundle_id")), &b));
    TRY(session_begin(s, f->self, task_change(t), &b,
                      json_text(json_member(task_input(t), "token")), world_now_us(f->world)));
    bundle_put(s, task_change(t), &b, world_now_us(f->world));
    return OK;
}

static const struct task_def *const *tasks_of(struct scope *s, struct session_fixture *f)
{
    const struct task_def **lists = scope_array(s, 2, sizeof(struct task_def *));
    struct task_def *tasks = scope_array(s, 2, sizeof *tasks);

    tasks[0] = (struct task_def){.name = "test_sign", .run = sign, .context = f};
    lists[0] = tasks;
    return lists;
}

static void add_all(const void **to, const void *const *from)
{
    while (*to)
        to++;
    while (*from)
        *to++ = *from++;
}

static const struct store_schema *schema_of(struct scope *s, struct session_fixture *f)
{
    const struct store_schema *parts[] = {flow_schema(s, tasks_of(s, f)), &signing_service.schema,
                                          &notify_schema, &edge_service.schema};
    struct store_schema *out = scope_new(s, struct store_schema);
    const void **lists[3];

    for (size_t i = 0; i < 3; i++)
        lists[i] = scope_array(s, LISTED_MAX, sizeof(void *));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        add_all(lists[0], (const void *const *)parts[i]->tables);
        add_all(lists[1], (const void *const *)parts[i]->queues);
        add_all(lists[2], (const void *const *)parts[i]->buckets);
    }
    *out = (struct store_schema){(const struct table_def *const *)lists[0],
                                 (const struct queue_def *const *)lists[1],
                                 (const struct bucket_def *const *)lists[2]};
    return out;
}

static void stop_process(struct session_fixture *f)
{
    flow_close(f->platform.flow);
    scope_close(f->scope);
    f->platform.flow = NULL;
    f->scope = NULL;
}

static void stop(void *argument)
{
    struct session_fixture *f = argument;

    stop_process(f);
    store_close(f->platform.store);
    metrics_free(f->metrics);
    sim_free(f->world);
}

static enum status read_settings(struct scope *s, struct session_fixture *f)
{
    static char *none[] = {NULL};
    static const struct setting_def *tables[3];
    struct settings *settings = NULL;
    char **flags = scope_array(s, 9, sizeof *flags);

    tables[0] = flow_settings;
    tables[1] = signing_service.settings;
    for (size_t i = 0; i < 8 && f->options.flags[i]; i++)
        flags[i] = str_z(s, str(f->options.flags[i]));
    struct settings_sources sources = {
        .world = f->world, .tables = tables, .environment = none, .flags = flags};
    TRY(settings_load(s, &sources, &settings));
    f->platform.settings = settings;
    return OK;
}

static enum status start_process(struct session_fixture *f)
{
    struct scope *s = f->scope = scope_open(FIXTURE_BYTES_MAX);
    struct flow_options *flow = scope_new(s, struct flow_options);
    struct worker_def *mail = scope_array(s, 2, sizeof *mail);
    struct secrets *secrets = NULL;
    void *self = NULL;
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++)
        e = secrets_open(s, f->platform.store, &secrets);
    TRY(e);
    f->platform.secrets = secrets;
    *flow = (struct flow_options){.store = f->platform.store,
                                  .settings = f->platform.settings,
                                  .tasks = tasks_of(s, f),
                                  .region = "eu-north-1"};
    TRY(flow_open(s, flow, &f->platform.flow));
    TRY(signing_service.open(s, &f->platform, &self));
    f->self = self;
    if (!f->options.builtin) {
        const struct session_fixture_party *party = f->options.party;
        struct sessions *all = f->self->sessions;
        all->providers[PROVIDERS - 1] = (struct provider_at){&scripted_provider, f};
        if (party)
            TRY(party->open(s, party->context, f, &all->providers[PROVIDERS - 1]));
        all->preferred = &all->providers[PROVIDERS - 1];
    }
    mail[0] = (struct worker_def){.queue = &mails_queue,
                                  .run = take_mail,
                                  .context = f,
                                  .in_flight_max = 8,
                                  .memory_bytes_max = 1 << 20,
                                  .retry_s_first = 1,
                                  .retry_s_max = 60};
    f->workers[0] = flow_workers(s, f->platform.flow);
    f->workers[1] = signing_service.workers(s, f->self);
    f->workers[2] = mail;
    return OK;
}

struct session_fixture *session_fixture_open(struct scope *s,
                                             const struct session_fixture_options *options)
{
    static const struct metric_def *tables[2];
    struct session_fixture *f = scope_new(s, struct session_fixture);

    tables[0] = signing_service.metrics;
    f->options = *options;
    f->world = sim_new(options->seed);
    f->chance = chance_seeded(options->seed);
    f->owner = bundle_owner(s, str(tenant));
    f->schema = schema_of(s, f);
    f->metrics = metrics_new(tables);
    f->platform.world = f->world;
    f->platform.public_url = str("https://provider.test");
    f->platform.metrics = f->metrics;
    f->platform.store = memory_open(f->world, f->schema, options->seed, options->adversity);
    scope_defer(s, stop, f);
    log_capture(s, f->world);
    EXPECT_OK(read_settings(s, f));
    enum status e = start_process(f);
    EXPECT_OK(scope_pass(s, e, f->scope));
    return test_failed() ? NULL : f;
}

void session_fixture_crash(struct session_fixture *f)
{
    stop_process(f);
    (void)memory_mend(f->platform.store);
    EXPECT(start_process(f) == OK);
}

// -- bundles -------------------------------------------------------------------------------------

static bool again(enum status e)
{
    return e == TEMPORARY || e == BUSY || e == CONFLICT;
}

static enum status put_document(struct scope *s, struct session_fixture *f, struct bundle *b)
{
    struct blob_info info = {0};
    struct str key = str_concat(s, 4, b->tenant, str("/"), b->bundle_id, str("/bundle.pdf"));
    struct str pdf = str_concat(s, 2, str("%PDF-1.7 unsigned "), b->bundle_id);
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++)
        e = blob_put(s, f->platform.store, &contract_artifacts_bucket, key, pdf,
                     &(struct blob_options){0}, &info);
    TRY(e);
    struct json pointer = step_pointer(s, &contract_artifacts_bucket, &info);
    pointer = json_with(s, pointer, str("page_count"), json_i64(s, 3));
    bundle_set(s, b, "unsigned", pointer);
    return OK;
}

static enum status start(struct scope *s, struct session_fixture *f, struct change *c,
                         struct bundle *b)
{
    struct machine_record m = {.name = str("sign"),
                               .role_arn = str("arn:aws:iam::123456789012:role/flows"),
                               .definition = str(definition)};
    struct machine_record made = {0};
    struct execution x = {0};
    bool existed = false;
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct change *first = change_new(s);
        e = flow_machine_create(s, f->platform.flow, &f->owner, first, &m, &made, &existed);
        if (e == OK)
            e = store_commit(s, f->platform.store, first);
    }
    TRY(e);
    struct start_options options = {
        .machine_arn = made.arn,
        .name = b->bundle_id,
        .input = str_format(s, "{\"bundle_id\":\"%.*s\"}", STR(b->bundle_id))};
    TRY(flow_start(s, f->platform.flow, &f->owner, c, &options, &x, &existed));
    bundle_set(s, b, "execution", json_string(x.arn));
    bundle_move(s, b, BUNDLE_READY, world_now_us(f->world), (struct str){0});
    return OK;
}

void session_fixture_begin(struct scope *s, struct session_fixture *f, const char *bundle_id)
{
    struct bundle b = {.tenant = str(tenant), .bundle_id = str(bundle_id)};
    struct json signee = json_object(NULL, 0);
    enum status e = TEMPORARY;

    signee = json_with(s, signee, str("name"), json_string(str("Åsa Öberg")));
    signee = json_with(s, signee, str("email"), json_string(str("asa@dealer.example")));
    bundle_set(s, &b, "signee", signee);
    bundle_set(s, &b, "dealer_id", json_string(str("DEALER123")));
    bundle_set(s, &b, "language", json_string(str("sv")));
    EXPECT_OK(put_document(s, f, &b));
    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct change *c = change_new(s);
        bundle_put(s, c, &b, world_now_us(f->world));
        e = store_commit(s, f->platform.store, c);
    }
    EXPECT_OK(e);
    EXPECT_OK(session_fixture_do(s, f, bundle_id, start));
}

enum status session_fixture_do(struct scope *s, struct session_fixture *f, const char *bundle_id,
                               enum status (*deed)(struct scope *s, struct session_fixture *f,
                                                   struct change *c, struct bundle *b))
{
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && (e == TEMPORARY || e == BUSY); i++) {
        struct scope *own = scope_open(FIXTURE_BYTES_MAX); // ends before the engine does
        struct change *c = change_new(own);
        struct bundle b = {0};
        e = bundle_get(own, f->platform.store, str(tenant), str(bundle_id), &b);
        if (e == OK)
            e = deed(own, f, c, &b);
        if (e == OK) {
            bundle_put(own, c, &b, world_now_us(f->world));
            e = store_commit(own, f->platform.store, c);
            e = e == CONFLICT ? BUSY : e;
        }
        (void)scope_pass(s, e, own);
        scope_close(own);
    }
    return e;
}

struct bundle session_fixture_get(struct scope *s, struct session_fixture *f, const char *bundle_id)
{
    struct bundle b = {0};

    EXPECT_OK(bundle_get(s, f->platform.store, str(tenant), str(bundle_id), &b));
    return b;
}

struct execution session_fixture_execution(struct scope *s, struct session_fixture *f,
                                           const char *bundle_id)
{
    struct bundle b = session_fixture_get(s, f, bundle_id);
    struct execution x = {0};

    EXPECT_OK(
        flow_get(s, f->platform.flow, &f->owner, json_text(bundle_member(&b, "execution")), &x));
    return x;
}

// -- time ----------------------------------------------------------------------------------------

unsigned session_fixture_work(struct session_fixture *f)
{
    unsigned done = 0;

    for (size_t i = 0; f->workers[i]; i++)
        done += workers_run(f->platform.store, f->workers[i], WORK_MAX);
    return done;
}

// In fine steps while something has just happened, in coarser ones while all wait.
void session_fixture_settle(struct session_fixture *f, int64_t seconds)
{
    enum { FINE_S = 1, DOUBLINGS_MAX = 7 };
    int64_t until_us = world_now_us(f->world) + seconds * MOMENT_SECOND_US;
    unsigned quiet = 0;

    while (world_now_us(f->world) < until_us) {
        struct scope *s = scope_open(FIXTURE_BYTES_MAX);
        (void)flow_tend(s, f->platform.flow);
        scope_close(s);
        quiet = session_fixture_work(f) ? 0 : quiet + 1;
        if (f->options.party)
            f->options.party->turn(f->options.party->context, f);
        else
            visit(f);
        int64_t step_us =
            ((int64_t)FINE_S << (quiet < DOUBLINGS_MAX ? quiet : DOUBLINGS_MAX)) * MOMENT_SECOND_US;
        int64_t left_us = until_us - world_now_us(f->world);
        sim_advance_us(f->world, step_us < left_us ? step_us : left_us);
    }
}

unsigned session_fixture_mails(const struct session_fixture *f, const char *part)
{
    unsigned count = 0;

    for (size_t i = 0; i < f->mail_count; i++)
        count += strstr(f->mails[i].id, part) != NULL;
    return count;
}

unsigned session_fixture_count(const struct session_fixture *f, enum session_state state)
{
    unsigned count = 0;

    for (size_t i = 0; i < f->session_count; i++)
        count += f->sessions[i].state == state;
    return count;
}
