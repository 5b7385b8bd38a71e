#include "test/flow_crash/tasks.h"

#include "core/scope.h"
#include "store/change.h"

enum { FLAKY_FAILURES = 2 };

static void note(struct task *t)
{
    change_audit(task_change(t), &(struct audit_entry){.tenant = task_tenant(t),
                                                       .actor = str("system"),
                                                       .action = str(APPLIED),
                                                       .subject = task_id(t)});
}

// {"n": N} gives {"n": N + 1}.
static enum status count(struct scope *s, struct task *t)
{
    int64_t n = 0;
    struct json_member *member = scope_new(s, struct json_member);

    if (!json_to_i64(json_member(task_input(t), "n"), &n))
        return fail(s, INVALID, "no number");
    note(t);
    *member = (struct json_member){str("n"), json_i64(s, n + 1)};
    task_output(t, json_object(member, 1));
    return OK;
}

// Fails before it works.
static enum status flaky(struct scope *s, struct task *t)
{
    (void)s;
    note(t);
    if (task_attempt(t) < FLAKY_FAILURES)
        task_fail(t, "Flaky", str("not yet"));
    else
        task_output(t, json_i64(s, task_attempt(t)));
    return OK;
}

static const struct task_def tasks[] = {
    {.name = "count", .run = count},
    {.name = "count-quick", .run = count, .quick = true},
    {.name = "flaky", .run = flaky},
    {0},
};
const struct task_def *const crash_tasks[] = {tasks, NULL};
