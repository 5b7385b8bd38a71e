// Expressions of JSONata in templates: what they see ($states and the variables; there is no input
// that "$" would name), and how AWS words it when one fails.
#include "flow/template_impl.h"

#include "core/chance.h"
#include "core/scope.h"
#include "expr/jsonata.h"
#include "flow/eval.h"

enum { STATES_MEMBERS_MAX = 4 };

// The service tells neither the code nor the position of a mistake, and refuses what can only find
// nothing: there is no input beside $states, and no error but in a catcher.
enum status template_compile_expression(struct scope *s, struct template_node *node)
{
    struct jsonata_error error = {0};
    enum status e = jsonata_compile(s, node->text, &node->expression, &error);

    if (e != OK)
        return error.message.bytes ? fail(s, e, "%.*s", STR(error.message)) : e;
    struct str name = jsonata_input_name(node->expression);
    if (name.data)
        return fail(s, REFUSED, "Reference to '%.*s' at the top level is not supported.",
                    STR(name));
    if (!str_starts(node->location, str("Catch[")) &&
        jsonata_reads(node->expression, str("states"), str("errorOutput")))
        return fail(s, REFUSED, "Field '$states.errorOutput' does not exist.");
    return OK;
}

static struct json states_of(struct scope *s, const struct eval *eval)
{
    const struct json_member all[STATES_MEMBERS_MAX] = {
        {STR_INIT("input"), eval->input},
        {STR_INIT("context"), eval->context},
        {STR_INIT("result"), eval->result},
        {STR_INIT("errorOutput"), eval->error_output},
    };
    struct json_member *members = scope_array(s, STATES_MEMBERS_MAX, sizeof *members);
    size_t count = 0;

    for (size_t i = 0; i < STATES_MEMBERS_MAX; i++)
        if (!json_is(all[i].value, JSON_NONE))
            members[count++] = all[i];
    return json_object(members, count);
}

static size_t count_variables(const struct eval *eval)
{
    size_t count = 0;

    for (const struct eval_variables *each = eval->variables; each; each = each->outer)
        count += json_is(each->values, JSON_OBJECT) ? each->values.count : 0;
    return count;
}

// Whether a scope inside of `scope` has a variable of this name.
static bool is_hidden(const struct eval *eval, const struct eval_variables *scope, struct str name)
{
    for (const struct eval_variables *each = eval->variables; each != scope; each = each->outer)
        if (!json_is(json_get(each->values, name), JSON_NONE))
            return true;
    return false;
}

static size_t bind_variables(const struct eval *eval, struct json_member *bindings)
{
    size_t count = 0;

    for (const struct eval_variables *each = eval->variables; each; each = each->outer) {
        for (size_t i = 0; json_is(each->values, JSON_OBJECT) && i < each->values.count; i++)
            if (!is_hidden(eval, each, each->values.members[i].name))
                bindings[count++] = each->values.members[i];
    }
    return count;
}

static enum status make_bindings(struct template_run *run)
{
    size_t most = count_variables(run->eval) + 1;
    struct json_member *bindings = NULL;

    if (!scope_has_room(run->s, (most + STATES_MEMBERS_MAX) * sizeof *bindings))
        return eval_fail(run->s, run->failure, "States.Runtime", "The variables are too large.");
    bindings = scope_array(run->s, most, sizeof *bindings);
    run->binding_count = bind_variables(run->eval, bindings);
    bindings[run->binding_count++] =
        (struct json_member){STR_INIT("states"), states_of(run->s, run->eval)};
    run->bindings = bindings;
    return OK;
}

static enum status refuse(struct template_run *run, const struct template_node *node,
                          const struct jsonata_error *error, bool limit)
{
    enum status e = eval_fail(
        run->s, run->failure, "States.QueryEvaluationError",
        "The JSONata expression '%.*s' specified for the field '%.*s' threw an error during "
        "evaluation%s%s%s%.*s",
        STR(node->text), STR(node->location), limit ? ": " : ". ", limit ? "" : error->code,
        limit || !*error->code ? "" : ": ", STR(error->message));

    run->failure->location = node->location;
    return e;
}

static const char memory_limit[] =
    "Expression evaluation memory limit exceeded: Check for excessive memory usage";

enum status template_run_expression(struct template_run *run, const struct template_node *node,
                                    struct json *out)
{
    struct jsonata_error error = {0};

    if (!run->bindings)
        TRY(make_bindings(run));
    struct jsonata_environment environment = {
        .bindings = run->bindings,
        .binding_count = run->binding_count,
        .now_ms = run->eval->now_ms,
        .random_seed = run->eval->chance ? chance_u64(run->eval->chance) : 0,
        .states_language = true,
    };
    enum status e =
        jsonata_evaluate(run->s, node->expression, (struct json){0}, &environment, out, &error);
    if (e == LIMIT && strcmp(error.code, "U1001") == 0)
        error.message = str(memory_limit);
    if (e != OK)
        return refuse(run, node, &error, e == LIMIT);
    if (!json_is(*out, JSON_NONE))
        return OK;
    e = eval_fail(run->s, run->failure, "States.QueryEvaluationError",
                  "The JSONata expression '%.*s' specified for the field '%.*s' returned nothing "
                  "(undefined).",
                  STR(node->text), STR(node->location));
    run->failure->location = node->location;
    return e;
}
