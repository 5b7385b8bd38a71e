// The flow stays within Step Functions' limits whatever fails: the engine has AWS's default ones.
#include "core/scope.h"
#include "test/bundle_fixture.h"

enum { EVENTS_MAX = 25000, PAYLOAD_BYTES_MAX = 256 << 10, FAILING_PERCENT = 20 };

// Every fifth call of a task fails, once.
static enum status fail_once(struct scope *s, struct task *t, const char *name, bool *handled)
{
    struct str subject = json_text(json_member(task_input(t), "contract_id"));
    struct str key = str_concat(s, 3, str(name), str("/"), subject);

    *handled = task_attempt(t) == 0 && str_hash(key) % 100 < FAILING_PERCENT;
    if (*handled)
        task_fail(t, "Lambda.TooManyRequestsException", str("once more"));
    return OK;
}

struct told {
    size_t events;
    size_t longest; // payload of one
};

static void look_at(struct scope *s, struct told *told, struct json event)
{
    for (size_t i = 0; i < event.count; i++) {
        struct json details = event.members[i].value;
        for (size_t k = 0; json_is(details, JSON_OBJECT) && k < details.count; k++) {
            size_t bytes = json_to_str(s, details.members[k].value).bytes;
            if (bytes > told->longest)
                told->longest = bytes;
        }
    }
    told->events++;
}

static struct told history_of(struct scope *s, struct bundle_fixture *f, struct str arn)
{
    struct history_query query = {.arn = arn, .limit = 1000};
    struct told told = {0};

    do {
        struct json *events = NULL;
        size_t count = 0;
        struct str next = {0};
        EXPECT_OK(flow_history(s, f->platform.flow, &f->owner, &query, &events, &count, &next));
        for (size_t i = 0; i < count; i++)
            look_at(s, &told, events[i]);
        query.cursor = next;
    } while (query.cursor.bytes && !test_failed());
    return told;
}

static void run(struct scope *s, size_t vehicles, size_t events_max)
{
    static const struct bundle_fixture_options options = {
        .seed = 7, .signee = SESSION_SIGNED, .before = fail_once};
    struct bundle_fixture *f = bundle_fixture_open(s, &options);

    if (!f)
        return;
    bundle_fixture_put(s, f, "b", vehicles, true);
    bundle_fixture_settle(f, 7200);
    struct bundle b = bundle_fixture_get(s, f, "b");
    EXPECT_EQUAL(b.status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(onbase_count(f->onbase).documents, 2 * vehicles);
    EXPECT_EQUAL(onbase_count(f->onbase).repeats, 0);
    struct execution x = bundle_fixture_execution(s, f, "b");
    struct told told = history_of(s, f, x.arn);
    EXPECT(told.events < events_max);
    EXPECT(told.longest < PAYLOAD_BYTES_MAX / 4);
}

TEST(bundle_of_499_vehicles_fits_into_one_history)
{
    run(s, 499, EVENTS_MAX / 2);
}

TEST(bundle_of_500_vehicles_is_distributed)
{
    run(s, 500, 100);
}

TEST(bundle_of_1000_vehicles_is_delivered_when_a_fifth_of_all_calls_fails)
{
    run(s, 1000, 100);
}
