#include "flow/task.h"
#include "flow/task_impl.h"

#include "core/scope.h"

struct json task_input(const struct task *t)
{
    return t->input;
}

struct str task_id(const struct task *t)
{
    return t->id;
}

struct str task_tenant(const struct task *t)
{
    return member_str(t->message, "t");
}

struct str task_account(const struct task *t)
{
    return member_str(t->message, "a");
}

struct str task_execution(const struct task *t)
{
    return member_str(t->message, "n");
}

struct str task_resource(const struct task *t)
{
    return member_str(t->message, "r");
}

unsigned task_attempt(const struct task *t)
{
    return (unsigned)member_i64(t->message, "o");
}

void *task_context(const struct task *t)
{
    return t->entry ? t->entry->def->context : NULL;
}

struct store *task_store(const struct task *t)
{
    return t->flow->store;
}

struct change *task_change(struct task *t)
{
    return t->work->change;
}

void task_output(struct task *t, struct json output)
{
    t->output = output;
}

void task_fail(struct task *t, const char *error, struct str cause)
{
    t->failed = true;
    t->error = str_copy(t->scope, str(error));
    t->cause = cause;
}
