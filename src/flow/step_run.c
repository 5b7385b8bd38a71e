// Distributed Map: a run. Its items may be read from elsewhere and be joined into batches, each
// iteration is a child execution, some may fail, and the results may be written elsewhere.
// Source: the Developer Guide of Step Functions, Map state in distributed mode; the events that
// AWS's service records.
#include "core/scope.h"
#include "flow/step_rules_impl.h"
#include "flow/template.h"

#include <assert.h>

// Map runs ------------------------------------------------------------------------------------

enum { LABEL_BYTES_MAX = 40 };

// The Label, or what of the state's name may stand in an ARN.
static struct str run_label(struct step *st, const struct state *state)
{
    char *text = scope_bytes(st->s, LABEL_BYTES_MAX);
    size_t bytes = 0;

    if (state->map.label.bytes)
        return state->map.label;
    for (size_t i = 0; i < state->name.bytes && bytes < LABEL_BYTES_MAX; i++) {
        char c = state->name.data[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
            text[bytes++] = c;
    }
    return bytes ? str_of(text, bytes) : str("Map");
}

struct json run_arn(struct step *st, const struct frame *f)
{
    struct str machine = st->x->machine_arn;
    struct str label = run_label(st, frame_state(st, f));
    size_t at = str_find(machine, str(":stateMachine:"));
    struct str name = at < machine.bytes
                          ? str_slice(machine, at + strlen(":stateMachine:"), machine.bytes)
                          : st->x->machine_name;

    return json_string(str_format(st->s, "%.*s:mapRun:%.*s/%.*s:%.*s",
                                  STR(str_slice(machine, 0, at)), STR(name), STR(label),
                                  STR(f->map_run)));
}

static void run_open(struct step *st, struct frame *f)
{
    struct object o = {0};

    f->map_run = chance_uuid(st);
    object_put(&o, "mapRunArn", run_arn(st, f));
    history_next(st, f, "MapRunStarted", "mapRunStartedEventDetails", object_json(st->s, &o));
    f->started_event = f->last_event;
}

static enum status run_fail(struct step *st, struct frame *f, struct str error, struct str cause)
{
    history_error(st, f, "MapRunFailed", "mapRunFailedEventDetails", error, cause);
    TRY(children_abort(st, f, 0));
    return error_raise(st, f, error, cause);
}

static enum status run_succeed(struct step *st, struct frame *f, struct json result)
{
    struct data d = {0};
    struct outcome outcome = {0};

    TRY(data_open(st, f, &d));
    TRY(outcome_of_result(st, &d, result, &outcome));
    uint64_t id = history_put(st, f->last_event, "MapRunSucceeded", NULL, (struct json){0});
    (void)history_put(st, id, "MapStateSucceeded", NULL, (struct json){0});
    TRY(children_remove(st, f));
    return state_exit(st, f, &outcome);
}

// Tolerated failures --------------------------------------------------------------------------

// How many of `total` items may fail.
static enum status failures_read(struct step *st, struct data *d, size_t total, uint32_t *out)
{
    const struct map_state *map = &d->state->map;
    bool count_given = false;
    bool percent_given = false;
    int64_t count = 0;
    double percent = 0;

    TRY(data_whole(st, d, &map->failures_max, "ToleratedFailureCount", &count_given, &count));
    TRY(data_percent(st, d, &map->failures_percent, "ToleratedFailurePercentage", &percent_given,
                     &percent));
    if (count < 0)
        return refuse(st, "States.Runtime", "ToleratedFailureCount cannot be negative.");
    if (percent < 0 || percent > 100)
        return refuse(st, "States.Runtime",
                      "ToleratedFailurePercentage must be between 0 and 100.");
    int64_t share = (int64_t)((double)total * percent / 100);
    if (percent_given && (!count_given || share < count))
        count = share;
    *out = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
    return OK;
}

// Items ---------------------------------------------------------------------------------------

struct batches {
    int64_t items_max; // INT64_MAX: no limit
    int64_t bytes_max;
    struct json input; // BatchInput; JSON_NONE: not given
};

static struct json batch_make(struct step *st, const struct batches *b, const struct json *items,
                              size_t count)
{
    struct object o = {0};

    object_put(&o, "BatchInput", b->input);
    object_put(&o, "Items", json_array(items, count));
    return object_json(st->s, &o);
}

static enum status batches_read(struct step *st, struct data *d, struct batches *out)
{
    const struct item_batcher *batcher = d->state->map.batcher;
    bool items_given = false;
    bool bytes_given = false;

    TRY(data_whole(st, d, &batcher->items_max, "MaxItemsPerBatch", &items_given, &out->items_max));
    TRY(data_whole(st, d, &batcher->bytes_max, "MaxInputBytesPerBatch", &bytes_given,
                   &out->bytes_max));
    if (items_given && out->items_max <= 0)
        return refuse(st, "States.Runtime", "MaxItemsPerBatch must be positive.");
    if (bytes_given && out->bytes_max <= 0)
        return refuse(st, "States.Runtime", "MaxInputBytesPerBatch must be positive.");
    if (!items_given)
        out->items_max = INT64_MAX;
    if (!bytes_given)
        out->bytes_max = INT64_MAX;
    if ((int64_t)st->limits->payload_bytes_max < out->bytes_max)
        out->bytes_max = (int64_t)st->limits->payload_bytes_max;
    return batcher->input ? data_arguments(st, d, batcher->input, &out->input) : OK;
}

// What ItemSelector makes of each item.
static enum status items_select(struct step *st, struct frame *f, struct json items,
                                struct json *out)
{
    const struct template *selector = frame_state(st, f)->map.item_selector;
    struct json *selected = scope_array(st->s, items.count, sizeof *selected);
    struct frame item = {.parent = f->id};
    struct data d = {0};

    for (uint32_t i = 0; i < items.count; i++) {
        bool object = json_is(items, JSON_OBJECT);
        selected[i] = object ? items.members[i].value : items.items[i];
        item.index = i;
        item.item_key = object ? items.members[i].name : (struct str){0};
        payload_set(&item.item, selected[i]);
        if (!selector)
            continue;
        TRY(data_of_item(st, f, &item, &d));
        TRY(data_arguments(st, &d, selector, &selected[i]));
    }
    *out = json_array(selected, items.count);
    return OK;
}

// Joins items into the inputs of the children: as many as the limits allow, at least one.
static enum status batches_make(struct step *st, struct frame *f, struct data *d, struct json items,
                                struct json *out)
{
    struct batches b = {0};

    TRY(batches_read(st, d, &b));
    TRY(items_select(st, f, items, &items));
    struct json *inputs = scope_array(st->s, items.count, sizeof *inputs);
    size_t count = 0;
    for (size_t from = 0, to = 0; from < items.count; from = to) {
        int64_t bytes = (int64_t)json_to_str(st->s, batch_make(st, &b, NULL, 0)).bytes;
        for (to = from; to < items.count && (int64_t)(to - from) < b.items_max; to++) {
            bytes += (int64_t)json_to_str(st->s, items.items[to]).bytes + (to > from);
            if (bytes > b.bytes_max && to > from)
                break;
        }
        inputs[count++] = batch_make(st, &b, items.items + from, to - from);
    }
    *out = json_array(inputs, count);
    return OK;
}

// Items are there: begins the children. (The run is begun here unless reading them began it.)
enum status run_begin(struct step *st, struct frame *f, struct data *d, struct json items)
{
    TRY(failures_read(st, d, items.count, &f->failed_max));
    if (!f->map_run.bytes)
        run_open(st, f);
    if (d->state->map.batcher) {
        TRY(batches_make(st, f, d, items, &items));
        f->batched = true;
    }
    payload_set(&f->items, items);
    return children_begin(st, f, items.count);
}

// ItemReader and ResultWriter -----------------------------------------------------------------

static enum status items_max_read(struct step *st, struct data *d, int64_t *out)
{
    bool given = false;

    TRY(data_whole(st, d, &d->state->map.reader->items_max, "MaxItems", &given, out));
    return OK;
}

enum status run_read(struct step *st, struct frame *f, struct data *d)
{
    const struct item_reader *reader = d->state->map.reader;
    struct json parameters = {0};
    struct json config = reader->config;
    int64_t items_max = 0;
    uint32_t failed_max = 0;
    struct object o = {0};

    TRY(failures_read(st, d, 0, &failed_max));
    if (reader->parameters)
        TRY(data_arguments(st, d, reader->parameters, &parameters));
    TRY(items_max_read(st, d, &items_max));
    run_open(st, f);
    if (items_max < 0)
        return run_fail(st, f, str("States.ItemReaderFailed"),
                        str("field MaxItems must be positive"));
    config = json_without(st->s, config, str("MaxItemsPath"));
    config = json_without(st->s, config, str("MaxItems"));
    if (items_max > 0)
        config = json_with(st->s, config, str("MaxItems"), json_i64(st->s, items_max));
    object_put(&o, "Resource", json_string(reader->resource.text));
    object_put(&o, "Parameters", parameters);
    object_put(&o, "ReaderConfig", config);
    wait_begin(st, f, FRAME_READ);
    struct flow_command *c = command_put(st, COMMAND_READ, f);
    c->resource = reader->resource.text;
    c->input = object_json(st->s, &o);
    return OK;
}

static enum status run_items(struct step *st, struct frame *f, struct json items)
{
    struct data d = {0};
    int64_t items_max = 0;

    if (!json_is(items, JSON_ARRAY) && !json_is(items, JSON_OBJECT))
        return run_fail(st, f, str("States.ItemReaderFailed"),
                        str("The items that were read are not an array."));
    TRY(data_open(st, f, &d));
    TRY(items_max_read(st, &d, &items_max));
    if (items_max > 0 && items.count > items_max)
        items.count = (uint32_t)items_max;
    return run_begin(st, f, &d, items);
}

struct results {
    struct json *items;
    size_t count;
};

static enum status result_of_child(struct step *st, struct frame *child, void *context)
{
    struct results *r = context;
    bool done = child->phase == FRAME_DONE;
    struct json input = {0};
    struct json output = {0};
    struct object o = {0};

    TRY(payload_get(st, &child->input, &input));
    TRY(payload_get(st, &child->output, &output));
    object_put(&o, "Index", json_i64(st->s, child->index));
    object_put(&o, "Input", input);
    object_put(&o, "Output", output);
    object_put(&o, "Status", json_string(str(done ? "SUCCEEDED" : "FAILED")));
    object_put_text(&o, "Error", child->error);
    object_put_text(&o, "Cause", child->cause);
    r->items[r->count++] = object_json(st->s, &o);
    return OK;
}

static enum status run_results(struct step *st, struct frame *f, struct json *out)
{
    struct results r = {scope_array(st->s, f->child_count, sizeof *r.items), 0};

    TRY(children_each(st, f, result_of_child, &r));
    *out = json_array(r.items, r.count);
    return OK;
}

static enum status run_write(struct step *st, struct frame *f, const struct result_writer *writer)
{
    struct data d = {0};
    struct json parameters = {0};
    struct json results = {0};
    struct object o = {0};

    TRY(data_open(st, f, &d));
    if (writer->parameters)
        TRY(data_arguments(st, &d, writer->parameters, &parameters));
    TRY(run_results(st, f, &results));
    object_put(&o, "Resource", json_string(writer->resource.text));
    object_put(&o, "Parameters", parameters);
    object_put(&o, "WriterConfig", writer->config);
    object_put(&o, "MapRunArn", run_arn(st, f));
    object_put(&o, "Results", results);
    wait_begin(st, f, FRAME_WRITE);
    struct flow_command *c = command_put(st, COMMAND_WRITE, f);
    c->resource = writer->resource.text;
    c->input = object_json(st->s, &o);
    return OK;
}

// FLATTEN joins what are arrays.
static struct json flatten(struct step *st, struct json outputs)
{
    size_t count = 0;

    for (size_t i = 0; i < outputs.count; i++)
        count += json_is(outputs.items[i], JSON_ARRAY) ? outputs.items[i].count : 1;
    struct json *items = scope_array(st->s, count, sizeof *items);
    count = 0;
    for (size_t i = 0; i < outputs.count; i++) {
        struct json output = outputs.items[i];
        if (!json_is(output, JSON_ARRAY))
            items[count++] = output;
        for (size_t k = 0; json_is(output, JSON_ARRAY) && k < output.count; k++)
            items[count++] = output.items[k];
    }
    return json_array(items, count);
}

enum status run_finish(struct step *st, struct frame *f)
{
    const struct result_writer *writer = frame_state(st, f)->map.writer;
    struct json outputs = {0};

    if (writer && writer->given_resource)
        return run_write(st, f, writer);
    TRY(children_outputs(st, f, &outputs));
    struct str transformation =
        writer ? json_text(json_member(writer->config, "Transformation")) : (struct str){0};
    if (str_is(transformation, "FLATTEN"))
        outputs = flatten(st, outputs);
    else if (str_is(transformation, "NONE"))
        TRY(run_results(st, f, &outputs));
    return run_succeed(st, f, outputs);
}

enum status run_event(struct step *st, struct frame *f)
{
    const struct flow_event *e = st->event;
    bool reading = f->phase == FRAME_READ;

    wait_end(st, f);
    if (e->kind == EVENT_TASK_FAILED) {
        const char *error = reading ? "States.ItemReaderFailed" : "States.ResultWriterFailed";
        return run_fail(st, f, e->error.data ? e->error : str(error), e->cause);
    }
    return reading ? run_items(st, f, e->value) : run_succeed(st, f, e->value);
}

// Children ------------------------------------------------------------------------------------

void run_child(struct step *st, struct frame *f, struct frame *child, bool redrive_it)
{
    const struct map_state *map = &frame_state(st, f)->map;

    wait_begin(st, child, FRAME_CHILD);
    struct flow_command *c = command_put(st, COMMAND_CHILD, child);
    c->index = child->index;
    c->machine = map->processor;
    c->express = map->express;
    c->redrive = redrive_it;
    c->map_run = f->map_run;
    c->input = child->input.value;
}

enum status run_child_ended(struct step *st, struct frame *child)
{
    const struct flow_event *e = st->event;
    struct frame *f = NULL;
    struct json input = {0};

    TRY(frame_parent(st, child, &f));
    if (!json_is(e->value, JSON_NONE)) {
        child->phase = FRAME_DONE;
        payload_set(&child->output, e->value);
    } else {
        child->phase = FRAME_FAILED;
        child->error = e->error;
        child->cause = e->cause;
        TRY(payload_get(st, &child->input, &input));
        f->failed += f->batched ? json_member(input, "Items").count : 1;
    }
    frame_touch(st, child);
    if (f->failed > f->failed_max)
        return run_fail(st, f, str("States.ExceedToleratedFailureThreshold"),
                        str("The specified tolerated failure threshold was exceeded"));
    children_ended_one(st, f);
    return OK;
}
