// Calling functions. A lambda's last call is not made inside it: the lambda gives back a thunk, and
// jsonata_apply() makes the call in its place, so that recursion there needs no depth.
#include "expr/jsonata_arena_impl.h"
#include "expr/jsonata_call_impl.h"
#include "expr/jsonata_functions_impl.h"
#include "expr/jsonata_signature_impl.h"

static enum status call_builtin(struct evaluation *e, const struct function *f,
                                const struct call *call, struct json *out)
{
    *out = value_none();
    return f->builtin->run(e, call, out);
}

static enum status call_lambda(struct evaluation *e, const struct function *f,
                               const struct call *call, struct json *out)
{
    struct frame *frame = jsonata_frame(e, f->frame);

    TRY(jsonata_want(e, f->count * 2 * sizeof *frame->bindings));
    for (size_t i = 0; i < f->count; i++)
        frame->bindings = jsonata_binding(e, frame->bindings, f->parameters[i],
                                          i < call->count ? call->arguments[i] : value_none());
    return jsonata_run(e, f->node->a, f->input, frame, out);
}

// Fills what was left open, in order.
static enum status call_partial(struct evaluation *e, const struct function *f,
                                const struct call *call, struct json *out)
{
    struct json *arguments = NULL;
    size_t given = 0;

    TRY(jsonata_items(e, f->count, &arguments));
    for (size_t i = 0; i < f->count; i++) {
        arguments[i] = f->arguments[i];
        if (f->open >> i & 1)
            arguments[i] = given < call->count ? call->arguments[given++] : value_none();
    }
    return jsonata_apply(e, value_of_function(f->inner), arguments, f->count, value_none(),
                         call->frame, out);
}

// Notes how a function is called, for the errors that may come of it.
static void name(struct function *f, struct str token, uint32_t position)
{
    if (f->kind == FUNCTION_WRAPPED || f->kind == FUNCTION_REGEX || f->kind == FUNCTION_NEXT)
        return; // of those the reference knows no names
    f->has_token = token.data != NULL;
    f->token = token;
    f->position = position;
}

// The reference makes a chain by an expression of its own, function($f, $g) { function($x){
// $g($f($x)) } }, and errors in it have their places there.
enum { CHAIN_FIRST_POSITION = 39, CHAIN_SECOND_POSITION = 35 };

static enum status call_chain(struct evaluation *e, const struct function *f,
                              const struct call *call, struct json *out)
{
    struct json first = call->count ? call->arguments[0] : value_none();

    name(f->inner, str("f"), CHAIN_FIRST_POSITION);
    TRY(jsonata_apply(e, value_of_function(f->inner), &first, 1, value_none(), call->frame,
                      &first));
    name(f->second, str("g"), CHAIN_SECOND_POSITION);
    struct function *last = jsonata_small(e, sizeof *last);
    last->kind = FUNCTION_THUNK;
    last->inner = f->second;
    last->input = first;
    *out = value_of_function(last);
    return OK;
}

static enum status call_kind(struct evaluation *e, const struct function *f,
                             const struct call *call, struct json *out)
{
    switch ((enum function_kind)f->kind) {
    case FUNCTION_LAMBDA:
        return call_lambda(e, f, call, out);
    case FUNCTION_BUILTIN:
        return call_builtin(e, f, call, out);
    case FUNCTION_PARTIAL:
        return call_partial(e, f, call, out);
    case FUNCTION_WRAPPED:
        return jsonata_apply(e, value_of_function(f->inner), call->arguments, call->count,
                             json_null(), call->frame, out);
    case FUNCTION_CHAIN:
        return call_chain(e, f, call, out);
    case FUNCTION_TRANSFORM:
        return jsonata_transform(e, f, call->arguments[0], out);
    case FUNCTION_REGEX:
    case FUNCTION_NEXT:
        return jsonata_regex_call(e, f, call->arguments, call->count, out);
    case FUNCTION_THUNK:
        break;
    }
    assert(!"a thunk is no function of the language");
    return INTERNAL;
}

// A transform takes an object or an array.
static enum status check_transform(struct evaluation *e, struct call *call)
{
    static const struct json none = {0};
    struct json v = call->count ? call->arguments[0] : none;
    bool fits = v.type == JSON_OBJECT || v.type == JSON_ARRAY || v.type == JSON_NONE;

    if (call->count == 0)
        call->arguments = &none;
    if (fits && call->count <= 1)
        return OK;
    if (fits)
        v = call->arguments[1];
    return jsonata_raise(e, (struct trouble){.code = "T0410", .value = v, .index = fits ? 2 : 1});
}

static enum status check_arguments(struct evaluation *e, const struct function *f,
                                   struct call *call)
{
    if (f->kind == FUNCTION_TRANSFORM)
        return check_transform(e, call);
    if (!f->signature)
        return OK;
    return jsonata_signature_check(e, f->signature, call->arguments, call->count, call->input,
                                   &call->arguments, &call->count);
}

static enum status call_checked(struct evaluation *e, const struct function *f, struct call *call,
                                struct json *out)
{
    unsigned calls = e->calls;

    TRY(check_arguments(e, f, call));
    e->calls += f->kind == FUNCTION_WRAPPED ? 0 : 1;
    if (e->calls > e->calls_max) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    TRY(call_kind(e, f, call, out));
    e->calls = calls;
    return OK;
}

// Makes one call, without the thunk that it may give back.
static enum status apply_once(struct evaluation *e, struct json procedure, struct call *call,
                              struct json *out)
{
    if (procedure.type != VALUE_FUNCTION)
        return jsonata_raise(e, (struct trouble){.code = "T1006"});
    struct function *f = function_of(procedure);
    enum status status = call_checked(e, f, call, out);
    if (status == INVALID) {
        if (!e->raised.has_token && f->has_token) {
            e->raised.has_token = true;
            e->raised.token = f->token;
        }
        if (f->position)
            e->raised.position = f->position;
    }
    return status;
}

static bool is_thunk(struct json v)
{
    return v.type == VALUE_FUNCTION && function_of(v)->kind == FUNCTION_THUNK;
}

static enum status run_arguments(struct evaluation *e, const struct node *n, struct json input,
                                 struct frame *frame, struct json *arguments)
{
    for (size_t i = 0; i < n->count; i++)
        TRY(jsonata_run(e, n->list[i], input, frame, &arguments[i]));
    return OK;
}

// Works out what a thunk calls, and with what.
static enum status unpack(struct evaluation *e, const struct function *thunk,
                          struct json *procedure, struct call *call)
{
    const struct node *n = thunk->node;
    struct json *arguments = NULL;

    if (!n) { // the second function of a chain
        *procedure = value_of_function(thunk->inner);
        call->arguments = &thunk->input;
        call->count = 1;
        return OK;
    }

    TRY(jsonata_run(e, n->a, thunk->input, thunk->frame, procedure));
    if (procedure->type == VALUE_FUNCTION) {
        struct function *f = function_of(*procedure);
        if (n->a->kind == NODE_VARIABLE) {
            f->has_token = true;
            f->token = n->a->symbol->name;
        }
        f->position = n->a->position;
    }
    TRY(jsonata_items(e, n->count, &arguments));
    TRY(run_arguments(e, n, thunk->input, thunk->frame, arguments));
    call->arguments = arguments;
    call->count = n->count;
    return OK;
}

enum { ARGUMENTS_KEPT = 8 };

// A loop of tail calls whose arguments are plain numbers runs in the memory of one.
static void keep_arguments(struct evaluation *e, struct mark mark, const struct function *next,
                           struct call *call, struct json *kept)
{
    memcpy(kept, call->arguments, call->count * sizeof *kept);
    if (jsonata_restart(e, mark, next, kept, call->count))
        call->arguments = kept;
}

enum status jsonata_apply(struct evaluation *e, struct json procedure, const struct json *arguments,
                          size_t count, struct json input, struct frame *frame, struct json *out)
{
    struct call call = {arguments, count, input, frame};
    struct json kept[ARGUMENTS_KEPT];
    struct mark mark = jsonata_mark(e);

    TRY(apply_once(e, procedure, &call, out));
    while (is_thunk(*out)) {
        struct json next = value_none();
        TRY(unpack(e, function_of(*out), &next, &call));
        call.input = input;
        if (next.type == VALUE_FUNCTION && call.count <= ARGUMENTS_KEPT)
            keep_arguments(e, mark, function_of(next), &call, kept);
        TRY(apply_once(e, next, &call, out));
    }
    jsonata_release(e, mark, *out);
    return OK;
}

enum status jsonata_call(struct evaluation *e, struct json function, const struct json *arguments,
                         size_t count, struct json *out)
{
    struct mark mark = jsonata_mark(e);

    TRY(jsonata_step(e, 1));
    TRY(jsonata_apply(e, function, arguments, count, json_null(), NULL, out));
    jsonata_release(e, mark, *out);
    return OK;
}

unsigned jsonata_arity(struct json function)
{
    const struct function *f = function_of(function);

    switch ((enum function_kind)f->kind) {
    case FUNCTION_WRAPPED:
        return jsonata_arity(value_of_function(f->inner));
    case FUNCTION_BUILTIN:
        return f->builtin->arity;
    case FUNCTION_LAMBDA:
        return f->count;
    case FUNCTION_PARTIAL:
        return (unsigned)__builtin_popcount(f->open);
    case FUNCTION_REGEX:
        return 2;
    case FUNCTION_NEXT:
    case FUNCTION_THUNK:
        return 0;
    case FUNCTION_CHAIN:
    case FUNCTION_TRANSFORM:
        break;
    }
    return 1;
}

// A function that is an argument loses its name: errors in it are told of who calls it.
static struct json wrap(struct evaluation *e, struct json v)
{
    if (v.type != VALUE_FUNCTION)
        return v;
    struct function *f = jsonata_small(e, sizeof *f);
    f->kind = FUNCTION_WRAPPED;
    f->inner = function_of(v);
    return value_of_function(f);
}

static struct json thunk_of(struct evaluation *e, const struct node *n, struct json input,
                            struct frame *frame)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_THUNK;
    f->node = n;
    f->input = input;
    f->frame = frame;
    return value_of_function(f);
}

// Who forgot the dollar is helped.
static enum status forgot_dollar(struct evaluation *e, const struct node *n, const char *code)
{
    (void)jsonata_raise(e, (struct trouble){.code = code});
    e->raised.position = n->position;
    e->raised.has_token = true;
    e->raised.token = n->text;
    return INVALID;
}

static bool is_variable_name(struct evaluation *e, const struct node *n, const struct frame *frame)
{
    bool truth = false;

    if (n->a->kind != NODE_PATH || n->a->list[0]->kind != NODE_NAME)
        return false;
    const struct symbol *symbol = jsonata_symbol_find(e->symbols, n->text);
    if (!symbol)
        return jsonata_builtin_find(n->text, e->environment->states_language) != NULL;
    struct json v = jsonata_variable(e, frame, symbol);
    return v.type == VALUE_FUNCTION || (jsonata_truth(e, v, &truth) == OK && truth);
}

static enum status call_named(struct evaluation *e, const struct node *n, struct json procedure,
                              const struct json *arguments, size_t count, struct json input,
                              struct frame *frame, struct json *out)
{
    if (procedure.type == VALUE_FUNCTION)
        name(function_of(procedure), n->text, n->position);
    enum status status = jsonata_apply(e, procedure, arguments, count, input, frame, out);
    if (status == INVALID) {
        if (!e->raised.position)
            e->raised.position = n->position;
        if (!e->raised.has_token) {
            e->raised.has_token = n->text.data != NULL;
            e->raised.token = n->text;
        }
    }
    return status;
}

// Makes a call; `context` is what `~>` puts before the arguments, NULL when there is none.
static enum status call_with(struct evaluation *e, const struct node *n, struct json input,
                             struct frame *frame, const struct json *context, struct json *out)
{
    struct json procedure = value_none();
    struct json *arguments = NULL;
    size_t before = context ? 1 : 0;

    TRY(jsonata_run(e, n->a, input, frame, &procedure));
    if (procedure.type == JSON_NONE && is_variable_name(e, n, frame))
        return forgot_dollar(e, n, "T1005");
    TRY(jsonata_items(e, n->count + before, &arguments));
    if (context)
        arguments[0] = *context;
    for (size_t i = 0; i < n->count; i++) {
        TRY(jsonata_run(e, n->list[i], input, frame, &arguments[i + before]));
        arguments[i + before] = wrap(e, arguments[i + before]);
    }
    return call_named(e, n, procedure, arguments, n->count + before, input, frame, out);
}

enum status jsonata_call_node(struct evaluation *e, const struct node *n, struct json input,
                              struct frame *frame, struct json *out)
{
    if (n->tail) {
        *out = thunk_of(e, n, input, frame);
        return OK;
    }
    struct mark mark = jsonata_mark(e);
    TRY(call_with(e, n, input, frame, NULL, out));
    jsonata_release(e, mark, *out);
    return OK;
}

static struct json chain_of(struct evaluation *e, struct json first, struct json second)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_CHAIN;
    f->inner = function_of(first);
    f->second = function_of(second);
    return value_of_function(f);
}

enum status jsonata_apply_node(struct evaluation *e, const struct node *n, struct json input,
                               struct frame *frame, struct json *out)
{
    struct json left = value_none();
    struct json right = value_none();

    TRY(jsonata_run(e, n->a, input, frame, &left));
    if (n->b->kind == NODE_CALL)
        return call_with(e, n->b, input, frame, &left, out);
    TRY(jsonata_run(e, n->b, input, frame, &right));
    if (right.type != VALUE_FUNCTION) {
        (void)jsonata_raise(e, (struct trouble){.code = "T2006", .value = right});
        e->raised.position = n->position;
        return INVALID;
    }
    if (left.type != VALUE_FUNCTION)
        return jsonata_apply(e, right, &left, 1, json_null(), frame, out);
    *out = chain_of(e, left, right);
    return OK;
}

enum status jsonata_partial(struct evaluation *e, const struct node *n, struct json input,
                            struct frame *frame, struct json *out)
{
    struct json procedure = value_none();
    struct json *arguments = NULL;

    TRY(jsonata_items(e, n->count, &arguments));
    TRY(run_arguments(e, n, input, frame, arguments));
    TRY(jsonata_run(e, n->a, input, frame, &procedure));
    if (procedure.type == JSON_NONE && is_variable_name(e, n, frame))
        return forgot_dollar(e, n, "T1007");
    if (procedure.type != VALUE_FUNCTION)
        return forgot_dollar(e, n, "T1008");
    return jsonata_partial_of(e, function_of(procedure), n, arguments, out);
}
