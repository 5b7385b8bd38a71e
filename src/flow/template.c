// A template is a tree of nodes. What has no expression in it is one constant node, whatever its
// size, and is given out as the definition has it.
#include "flow/template.h"

#include "core/buf.h"
#include "core/scope.h"
#include "flow/eval.h"
#include "flow/intrinsic.h"
#include "flow/path.h"
#include "flow/template_impl.h"

#include <assert.h>

enum {
    NODE_BYTES_FOR_MEMBER = sizeof(struct template_node) + sizeof(struct str) + 64,
    CAUSE_BYTES_MAX = 16 << 20,
};

// What compiling carries along.
struct compiler {
    struct scope *s;
    enum template_kind kind;
    struct template_error *error;
    unsigned depth;
};

static enum status wrong(struct compiler *c, enum status e, struct str pointer, struct str field)
{
    if (c->error)
        *c->error = (struct template_error){pointer, field, str_copy(c->s, scope_why(c->s))};
    return e;
}

// A path or a call, for `field`.
static enum status compile_path(struct scope *s, struct str field, struct str text,
                                struct template_node *out)
{
    out->text = text;
    out->location = field;
    if (intrinsic_is_call(text)) {
        out->kind = NODE_CALL;
        return intrinsic_compile(s, text, &out->call);
    }
    out->kind = NODE_PATH;
    return path_compile(s, text, PATH_TEMPLATE, field, &out->path);
}

static enum status compile_node(struct compiler *c, struct json value, struct str location,
                                struct template_node *out);

// Where a child stands: as a JSON Pointer below the value, or as AWS names fields of JSONata.
static struct str child_location(struct compiler *c, struct str parent, struct str name,
                                 size_t index)
{
    if (c->kind == TEMPLATE_JSONATA)
        return name.data ? str_concat(c->s, 3, parent, str("/"), name)
                         : str_format(c->s, "%.*s[%zu]", STR(parent), index);
    return name.data ? str_concat(c->s, 3, parent, str("/"), name)
                     : str_format(c->s, "%.*s/%zu", STR(parent), index);
}

static enum status compile_items(struct compiler *c, struct json array, struct str location,
                                 struct template_node *out)
{
    struct template_node *children = scope_array(c->s, array.count, sizeof *children);
    bool constant = true;

    for (size_t i = 0; i < array.count; i++) {
        struct str at = child_location(c, location, (struct str){0}, i);
        TRY(compile_node(c, array.items[i], at, &children[i]));
        constant = constant && children[i].kind == NODE_CONSTANT;
    }
    if (!constant)
        *out =
            (struct template_node){.kind = NODE_ARRAY, .children = children, .count = array.count};
    return OK;
}

static bool is_computed_name(struct compiler *c, struct str name)
{
    return c->kind == TEMPLATE_JSONPATH && str_ends(name, str(".$"));
}

static enum status compile_computed(struct compiler *c, struct json_member member,
                                    struct str location, struct template_node *out)
{
    enum status e = OK;

    if (json_is(member.value, JSON_STRING))
        e = compile_path(c->s, member.name, json_text(member.value), out);
    else
        e = fail(c->s, INVALID, "%.*s wants a text: a path or a call of an intrinsic function",
                 STR(member.name));
    return e == OK ? OK : wrong(c, e, location, member.name);
}

static enum status compile_members(struct compiler *c, struct json object, struct str location,
                                   struct template_node *out)
{
    struct template_node *children = scope_array(c->s, object.count, sizeof *children);
    struct str *names = scope_array(c->s, object.count, sizeof *names);
    bool constant = true;
    bool has_twins = false;

    for (size_t i = 0; i < object.count; i++) {
        struct json_member member = object.members[i];
        names[i] = member.name;
        if (is_computed_name(c, member.name)) {
            names[i] = str_slice(member.name, 0, member.name.bytes - 2);
            TRY(compile_computed(c, member, location, &children[i]));
            has_twins = has_twins || !json_is(json_get(object, names[i]), JSON_NONE);
        } else {
            struct str at = child_location(c, location, member.name, 0);
            TRY(compile_node(c, member.value, at, &children[i]));
        }
        constant = constant && children[i].kind == NODE_CONSTANT;
    }
    if (constant)
        return OK;
    *out = (struct template_node){.kind = NODE_OBJECT,
                                  .has_twins = has_twins,
                                  .names = names,
                                  .children = children,
                                  .count = object.count};
    return OK;
}

static enum status compile_expression(struct compiler *c, struct json value, struct str location,
                                      struct template_node *out)
{
    struct str text = json_text(value);

    out->kind = NODE_EXPRESSION;
    out->text = str_trim(str_slice(text, 2, text.bytes - 4));
    out->location = location;
    enum status e = template_compile_expression(c->s, out);
    return e == OK ? OK : wrong(c, e, (struct str){0}, location);
}

static bool is_expression(struct compiler *c, struct json value)
{
    struct str text = json_text(value);

    return c->kind == TEMPLATE_JSONATA && json_is(value, JSON_STRING) && text.bytes >= 4 &&
           str_starts(text, str("{%")) && str_ends(text, str("%}"));
}

static enum status compile_node(struct compiler *c, struct json value, struct str location,
                                struct template_node *out)
{
    *out = (struct template_node){.kind = NODE_CONSTANT, .constant = value, .location = location};
    if (is_expression(c, value))
        return compile_expression(c, value, location, out);
    if (!json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY))
        return OK;
    if (++c->depth > TEMPLATE_DEPTH_MAX)
        return wrong(c, fail(c->s, TOO_LARGE, "the template is deeper than %d", TEMPLATE_DEPTH_MAX),
                     location, location);
    if (!scope_has_room(c->s, (size_t)value.count * NODE_BYTES_FOR_MEMBER + location.bytes))
        return fail(c->s, TOO_LARGE, "there is no room to compile a template");
    if (json_is(value, JSON_OBJECT))
        TRY(compile_members(c, value, location, out));
    else
        TRY(compile_items(c, value, location, out));
    c->depth--;
    return OK;
}

enum status template_compile_value(struct scope *s, enum template_kind kind, struct str field,
                                   struct json value, const struct template **out,
                                   struct template_error *error)
{
    struct compiler c = {.s = s, .kind = kind, .error = error};
    struct template *template = scope_new(s, struct template);

    template->field = field;
    TRY(compile_node(&c, value, kind == TEMPLATE_JSONATA ? field : (struct str){0},
                     &template->root));
    *out = template;
    return OK;
}

enum status template_compile_path(struct scope *s, struct str field, struct str text,
                                  const struct template **out)
{
    struct template *template = scope_new(s, struct template);

    template->field = field;
    TRY(compile_path(s, field, text, &template->root));
    *out = template;
    return OK;
}

bool template_is_constant(const struct template *t)
{
    return t->root.kind == NODE_CONSTANT;
}

static enum status evaluate_node(struct template_run *run, const struct template_node *node,
                                 struct json *out);

static enum status no_room(struct template_run *run)
{
    return eval_fail(run->s, run->failure, "States.Runtime",
                     "The result of the template is too large.");
}

static enum status evaluate_items(struct template_run *run, const struct template_node *node,
                                  struct json *out)
{
    if (!scope_has_room(run->s, node->count * sizeof(struct json)))
        return no_room(run);
    struct json *items = scope_array(run->s, node->count, sizeof *items);
    for (size_t i = 0; i < node->count; i++)
        TRY(evaluate_node(run, &node->children[i], &items[i]));
    *out = json_array(items, node->count);
    return OK;
}

// "x" and "x.$" in one object: the last one counts.
static size_t place_of(const struct json_member *members, size_t count, struct str name)
{
    size_t place = 0;

    while (place < count && !str_equal(members[place].name, name))
        place++;
    return place;
}

static enum status evaluate_members(struct template_run *run, const struct template_node *node,
                                    struct json *out)
{
    size_t count = 0;

    if (!scope_has_room(run->s, node->count * sizeof(struct json_member)))
        return no_room(run);
    struct json_member *members = scope_array(run->s, node->count, sizeof *members);
    for (size_t i = 0; i < node->count; i++) {
        size_t place = node->has_twins ? place_of(members, count, node->names[i]) : count;
        members[place].name = node->names[i];
        TRY(evaluate_node(run, &node->children[i], &members[place].value));
        count += place == count;
    }
    *out = json_object(members, count);
    return OK;
}

static enum status evaluate_node(struct template_run *run, const struct template_node *node,
                                 struct json *out)
{
    switch (node->kind) {
    case NODE_PATH:
        return path_evaluate(run->s, node->path, run->eval, out, run->failure);
    case NODE_CALL:
        return intrinsic_evaluate(run->s, node->call, run->eval, out, run->failure);
    case NODE_EXPRESSION:
        return template_run_expression(run, node, out);
    case NODE_ARRAY:
        return evaluate_items(run, node, out);
    case NODE_OBJECT:
        return evaluate_members(run, node, out);
    case NODE_CONSTANT:
        break;
    }
    *out = node->constant;
    return OK;
}

enum status template_evaluate(struct scope *s, const struct template *t, const struct eval *eval,
                              struct json *out, struct eval_failure *failure)
{
    struct template_run run = {.s = s, .eval = eval, .failure = failure};

    *failure = (struct eval_failure){0};
    TRY(evaluate_node(&run, &t->root, out));
    return json_depth(*out) > JSON_DEPTH_MAX ? no_room(&run) : OK;
}

enum status template_expect(struct scope *s, const struct template *t, struct json value,
                            enum json_type type, struct eval_failure *failure)
{
    const char *is = json_type_name(value);
    const char *should = json_type_name((struct json){.type = (uint8_t)type});
    struct buf text = buf_make(s, CAUSE_BYTES_MAX);

    if (strcmp(is, should) == 0)
        return OK;
    json_write(&text, value);
    enum status e =
        eval_fail(s, failure, "States.QueryEvaluationError",
                  "The JSONata expression '%.*s' specified for the field '%.*s' returned an "
                  "unexpected result type. Expected '%s', but was '%s' for value: %.*s",
                  STR(t->root.text), STR(t->field), should, is, (int)text.bytes, text.data);
    failure->location = t->field;
    return e;
}
