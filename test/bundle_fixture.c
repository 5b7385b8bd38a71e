// Puts store, engine and service together as app/server.c does.
#include "test/bundle_fixture.h"

#include "core/moment.h"
#include "core/scope.h"
#include "notify/notify.h"
#include "services/signing/runbook.h"
#include "services/signing/sessions_impl.h"
#include "services/signing/signing.h"
#include "store/embedded/embedded.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/settings.h"
#include "sys/sim.h"

enum {
    US_PER_S = 1000000,
    FIXTURE_BYTES_MAX = 1 << 30,
    TRIES_MAX = 200,
    WORK_MAX = 100000,
    PUT_AT_ONCE = 50,
};

static const char tenant[] = "acme";

// -- tasks that may be kept from running ----------------------------------------------------------

enum { TASKS_MAX = 16 };

struct wrapped {
    struct bundle_fixture *f;
    const struct task_def *def;
};

// A task's context is the place where the service stands; so that a wrapper finds both, the service
// stands in the first member of what it is given.
struct wrapper {
    void *self;
    struct wrapped wrapped;
};

static enum status run_wrapped(struct scope *s, struct task *t)
{
    struct wrapper *w = task_context(t);
    struct bundle_fixture *f = w->wrapped.f;
    bool handled = false;

    w->self = f->self;
    if (f->options->before)
        TRY(f->options->before(s, t, w->wrapped.def->name, &handled));
    return handled ? OK : w->wrapped.def->run(s, t);
}

static const struct task_def *const *wrap_tasks(struct scope *s, struct bundle_fixture *f)
{
    const struct task_def **lists = scope_array(s, 2, sizeof(struct task_def *));
    struct task_def *tasks = scope_array(s, TASKS_MAX, sizeof *tasks);

    for (size_t i = 0; signing_service.tasks[i].name; i++) {
        struct wrapper *w = scope_new(s, struct wrapper);
        w->wrapped = (struct wrapped){f, &signing_service.tasks[i]};
        tasks[i] = signing_service.tasks[i];
        tasks[i].run = run_wrapped;
        tasks[i].context = w;
    }
    lists[0] = tasks;
    return lists;
}

// -- starting and ending --------------------------------------------------------------------------

static void stop_service(struct bundle_fixture *f)
{
    if (signing_service.close && f->self)
        signing_service.close(f->self);
    flow_close(f->platform.flow);
    scope_close(f->scope);
    f->self = NULL;
    f->platform.flow = NULL;
    f->scope = NULL;
}

static void stop(void *argument)
{
    struct bundle_fixture *f = argument;

    stop_service(f);
    onbase_free(f->onbase);
    store_close(f->platform.store);
    if (!f->options->real)
        sim_free(f->world);
}

static void note_death(void *context, struct str why)
{
    struct bundle_fixture *f = context;

    (void)why;
    f->died = true;
}

static enum status open_store(struct scope *s, struct bundle_fixture *f)
{
    const struct bundle_fixture_options *o = f->options;
    struct embedded_options options = {.directory = o->embedded,
                                       .schema = f->schema,
                                       .on_fatal = note_death,
                                       .on_fatal_context = f};

    if (o->embedded.bytes)
        return embedded_open(s, f->world, &options, &f->platform.store);
    f->platform.store = memory_open(f->world, f->schema, o->seed, o->adversity);
    return OK;
}

static enum status open_service(struct bundle_fixture *f, const struct task_def *const *tasks)
{
    struct flow_options *options = scope_new(f->scope, struct flow_options);

    *options = (struct flow_options){.store = f->platform.store,
                                     .settings = f->platform.settings,
                                     .tasks = tasks,
                                     .region = "eu-north-1"};
    TRY(flow_open(f->scope, options, &f->platform.flow));
    TRY(signing_service.open(f->scope, &f->platform, &f->self));
    struct sessions *sessions = ((struct signing *)f->self)->sessions;
    sessions->providers[0] = (struct provider_at){&f->signee->provider, f->signee};
    sessions->preferred = &sessions->providers[0];
    f->workers[0] = flow_workers(f->scope, f->platform.flow);
    f->workers[1] = signing_service.workers(f->scope, f->self);
    return OK;
}

static enum status read_settings(struct scope *s, struct bundle_fixture *f)
{
    static char *none[] = {NULL};
    static const struct setting_def *tables[3];
    struct settings *settings = NULL;
    char **flags = scope_array(s, BUNDLE_FIXTURE_FLAGS + 1, sizeof *flags);

    tables[0] = flow_settings;
    tables[1] = signing_service.settings;
    for (size_t i = 0; i < BUNDLE_FIXTURE_FLAGS && f->options->flags[i]; i++)
        flags[i] = str_z(s, str(f->options->flags[i]));
    struct settings_sources sources = {
        .world = f->world, .tables = tables, .environment = none, .flags = flags};
    TRY(settings_load(s, &sources, &settings));
    f->platform.settings = settings;
    return OK;
}

static void join(const void **to, const void *const *from)
{
    while (*to)
        to++;
    while (*from)
        *to++ = *from++;
}

static const struct store_schema *schema_of(struct scope *s, const struct task_def *const *tasks)
{
    enum { LISTED_MAX = 64 };
    const struct store_schema *all[] = {flow_schema(s, tasks), &notify_schema,
                                        &signing_service.schema};
    struct store_schema *out = scope_new(s, struct store_schema);
    const void **lists[3];

    for (size_t i = 0; i < 3; i++)
        lists[i] = scope_array(s, LISTED_MAX, sizeof(void *));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        join(lists[0], (const void *const *)all[i]->tables);
        join(lists[1], (const void *const *)all[i]->queues);
        join(lists[2], (const void *const *)all[i]->buckets);
    }
    *out = (struct store_schema){(const struct table_def *const *)lists[0],
                                 (const struct queue_def *const *)lists[1],
                                 (const struct bucket_def *const *)lists[2]};
    return out;
}

static enum status open_all(struct bundle_fixture *f, bool store_too)
{
    f->scope = scope_open(FIXTURE_BYTES_MAX);
    const struct task_def *const *tasks = wrap_tasks(f->scope, f);
    if (store_too)
        TRY(open_store(f->scope, f));
    return open_service(f, tasks);
}

struct bundle_fixture *bundle_fixture_open(struct scope *s,
                                           const struct bundle_fixture_options *options)
{
    struct bundle_fixture *f = scope_new(s, struct bundle_fixture);

    f->options = options;
    f->world = options->real ? world_real() : sim_new(options->seed);
    f->owner = bundle_owner(s, str(tenant));
    f->schema = schema_of(s, wrap_tasks(s, f));
    f->platform.world = f->world;
    f->platform.data_directory = options->real ? str_z(s, options->embedded) : "data";
    f->signee = bundle_signee_new(s, options->signee);
    f->onbase = onbase_new(&(struct onbase_options){
        .world = f->world,
        .folder = str_concat(s, 2, str(f->platform.data_directory), str("/onbase")),
        .seed = options->seed,
        .faults = options->onbase,
        .reports = options->onbase_reports});
    scope_defer(s, stop, f);
    log_capture(s, f->world);
    EXPECT_OK(read_settings(s, f));
    enum status e = open_all(f, true);
    EXPECT_OK(scope_pass(s, e, f->scope));
    return test_failed() ? NULL : f;
}

void bundle_fixture_crash(struct bundle_fixture *f, bool power_cut)
{
    bool embedded = f->options->embedded.bytes > 0;

    stop_service(f);
    if (embedded) {
        store_close(f->platform.store);
        if (power_cut)
            sim_power_cut(f->world);
        else
            sim_kill(f->world);
        (void)sim_mend(f->world);
        f->died = false;
    }
    EXPECT(open_all(f, embedded) == OK);
}

// -- bundles --------------------------------------------------------------------------------------

static struct json text_member(struct scope *s, struct json object, const char *name,
                               const char *text)
{
    return json_with(s, object, str(name), json_string(str(text)));
}

static struct json row_of(struct scope *s, size_t i)
{
    struct json row = json_object(NULL, 0);

    row = text_member(s, row, "make", "VOLVO");
    row = text_member(s, row, "model", "XC60 Recharge Änglagård");
    row = text_member(s, row, "registration_no", "ABC12D");
    row = json_with(s, row, str("vin"), json_string(str_format(s, "YV1LFA0V%09zu", i)));
    row = text_member(s, row, "contract_date", "2025-09-15");
    row = text_member(s, row, "due_date", "2025-10-15");
    row = text_member(s, row, "contract_type", "LEAS");
    row = json_with(s, row, str("net_amount"), json_number(str("400000.00")));
    row = json_with(s, row, str("vat_amount"), json_number(str("100000.00")));
    row = json_with(s, row, str("gross_amount"), json_number(str("500000.00")));
    row = text_member(s, row, "currency", "SEK");
    return text_member(s, row, "language", "sv");
}

enum { FIRST_CONTRACT = 35972395 };

static struct change *vehicles_change(struct scope *s, struct bundle_fixture *f,
                                      const char *bundle_id, size_t from, size_t to)
{
    struct change *c = change_new(s);

    for (size_t i = from; i < to; i++) {
        struct vehicle v = {.tenant = str(tenant),
                            .bundle_id = str(bundle_id),
                            .contract_id = str_format(s, "%zu", FIRST_CONTRACT + i),
                            .sequence_no = (uint32_t)(i + 1)};
        vehicle_set(s, &v, "row", row_of(s, i));
        vehicle_put(s, c, &v, world_now_us(f->world));
    }
    return c;
}

static struct change *header_change(struct scope *s, struct bundle_fixture *f,
                                    const char *bundle_id, size_t count)
{
    struct bundle b = {.tenant = str(tenant), .bundle_id = str(bundle_id)};
    struct json signee = json_object(NULL, 0);
    struct change *c = change_new(s);

    signee = text_member(s, signee, "name", "Åsa Öberg");
    signee = text_member(s, signee, "email", "asa@dealer.example");
    bundle_set(s, &b, "signee", signee);
    bundle_set(s, &b, "dealer_id", json_string(str("DEALER123")));
    bundle_set(s, &b, "bundle_date", json_string(str("2025-09-15")));
    bundle_set(s, &b, "language", json_string(str("sv")));
    bundle_set(s, &b, "vehicle_count", json_i64(s, (int64_t)count));
    bundle_put(s, c, &b, world_now_us(f->world));
    return c;
}

void bundle_fixture_put(struct scope *s, struct bundle_fixture *f, const char *bundle_id,
                        size_t count, bool start)
{
    for (size_t from = 0; from <= count; from += PUT_AT_ONCE) {
        size_t to = from + PUT_AT_ONCE < count ? from + PUT_AT_ONCE : count;
        enum status e = TEMPORARY;
        for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++)
            e = store_commit(s, f->platform.store, vehicles_change(s, f, bundle_id, from, to));
        EXPECT_OK(e);
    }
    enum status e = TEMPORARY;
    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++)
        e = store_commit(s, f->platform.store, header_change(s, f, bundle_id, count));
    EXPECT_OK(e);
    if (start)
        EXPECT_OK(bundle_fixture_start(s, f, bundle_id));
}

enum doing { STARTS, REPROCESSES, BEGINS_ANEW, RETRIES, STOPS };

static enum status do_once(struct scope *s, struct bundle_fixture *f, const char *bundle_id,
                           enum doing doing)
{
    struct deed deed = {
        .actor = str("tester"), .reason = str("a test"), .now_us = world_now_us(f->world)};
    struct change *c = change_new(s);
    struct bundle b = {0};
    enum status e = bundle_get(s, f->platform.store, str(tenant), str(bundle_id), &b);

    TRY(e);
    if (doing == STARTS) {
        e = bundle_start(s, f->self, c, &b, deed.now_us);
        if (e == OK)
            bundle_put(s, c, &b, deed.now_us);
    } else if (doing == RETRIES) {
        e = bundle_retry(s, f->self, c, &b, &deed);
    } else if (doing == STOPS) {
        e = bundle_stop(s, f->self, c, &b, &deed);
    } else {
        e = bundle_reprocess(s, f->self, c, &b, doing == BEGINS_ANEW, &deed);
    }
    TRY(e);
    return store_commit(s, f->platform.store, c);
}

static enum status do_it(struct scope *s, struct bundle_fixture *f, const char *bundle_id,
                         enum doing doing)
{
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && (e == TEMPORARY || e == BUSY); i++) {
        struct scope *own = scope_open(FIXTURE_BYTES_MAX); // must end before the engine does
        e = scope_pass(s, do_once(own, f, bundle_id, doing), own);
        scope_close(own);
    }
    return e;
}

enum status bundle_fixture_start(struct scope *s, struct bundle_fixture *f, const char *bundle_id)
{
    return do_it(s, f, bundle_id, STARTS);
}

enum status bundle_fixture_reprocess(struct scope *s, struct bundle_fixture *f,
                                     const char *bundle_id, bool anew)
{
    return do_it(s, f, bundle_id, anew ? BEGINS_ANEW : REPROCESSES);
}

enum status bundle_fixture_retry(struct scope *s, struct bundle_fixture *f, const char *bundle_id)
{
    return do_it(s, f, bundle_id, RETRIES);
}

enum status bundle_fixture_stop(struct scope *s, struct bundle_fixture *f, const char *bundle_id)
{
    return do_it(s, f, bundle_id, STOPS);
}

struct bundle bundle_fixture_get(struct scope *s, struct bundle_fixture *f, const char *bundle_id)
{
    struct bundle b = {0};

    EXPECT_OK(bundle_get(s, f->platform.store, str(tenant), str(bundle_id), &b));
    return b;
}

struct vehicle bundle_fixture_vehicle(struct scope *s, struct bundle_fixture *f,
                                      const char *bundle_id, size_t i)
{
    struct vehicle v = {0};

    EXPECT_OK(vehicle_get(s, f->platform.store, str(tenant), str(bundle_id),
                          str_format(s, "%zu", FIRST_CONTRACT + i), &v));
    return v;
}

struct execution bundle_fixture_execution(struct scope *s, struct bundle_fixture *f,
                                          const char *bundle_id)
{
    struct bundle b = bundle_fixture_get(s, f, bundle_id);
    struct execution x = {0};

    EXPECT_OK(
        flow_get(s, f->platform.flow, &f->owner, json_text(bundle_member(&b, "execution")), &x));
    return x;
}

// -- time -----------------------------------------------------------------------------------------

unsigned bundle_fixture_work(struct bundle_fixture *f, unsigned count_max)
{
    unsigned done = 0;

    for (size_t i = 0; f->workers[i]; i++)
        done += workers_run(f->platform.store, f->workers[i], count_max);
    return done;
}

// Messages may be late, and leases end: what comes next may be a moment and not a timer.
static int64_t next_moment(struct bundle_fixture *f, int64_t due_us, int64_t until_us)
{
    int64_t soon_us = world_now_us(f->world) + US_PER_S;

    for (size_t i = 0; f->workers[i]; i++) {
        for (const struct worker_def *d = f->workers[i]; d->queue; d++) {
            struct queue_stats stats = {0};
            queue_stats(f->platform.store, d->queue, &stats);
            if ((stats.ready || stats.delayed || stats.leased) && soon_us < due_us)
                due_us = soon_us;
        }
    }
    return due_us < until_us ? due_us : until_us;
}

void bundle_fixture_settle(struct bundle_fixture *f, int64_t seconds)
{
    int64_t until_us = world_now_us(f->world) + seconds * US_PER_S;

    for (;;) {
        struct scope *s = scope_open(FIXTURE_BYTES_MAX);
        int64_t due_us = flow_tend(s, f->platform.flow);
        (void)onbase_run(s, f->onbase);
        scope_close(s);
        if (bundle_fixture_work(f, WORK_MAX) > 0)
            continue;
        int64_t now_us = world_now_us(f->world);
        if (now_us >= until_us)
            return;
        int64_t next_us = next_moment(f, due_us, until_us);
        if (next_us > now_us)
            sim_advance_us(f->world, next_us - now_us);
    }
}
