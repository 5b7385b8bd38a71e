// Map: its processor, and where its items come from and its results go.
#include "core/scope.h"
#include "flow/compile_fields_impl.h"
#include "flow/names.h"
#include "flow/template.h"

enum { READER_ITEMS_MAX = 100000000, BATCH_BYTES_MAX = 262144, CSV_HEADERS_MAX = 10000 };
static const double NO_MAX = 9007199254740992.0; // whole numbers up to here are exact

// What only a distributed Map can do; the service accepts the other fields of one in any.
static const char *const distributed_fields[] = {"ItemReader", "ItemBatcher", "ResultWriter"};

static void compile_config(struct compiler *c, const struct place *at, struct json processor,
                           struct map_state *out)
{
    static const struct field_rule rules[] = {{"Mode", FOR_BOTH, 1},
                                              {"ExecutionType", FOR_BOTH, 1}};
    static const char *const modes[] = {"INLINE", "DISTRIBUTED", NULL};
    static const char *const types[] = {"STANDARD", "EXPRESS", NULL};
    static const char *const required[] = {"ExecutionType", NULL};
    struct place there = place_field(at, "ProcessorConfig");
    struct json config = {0};

    if (json_is(processor, JSON_OBJECT))
        config = field_object(c, at, processor, "ProcessorConfig");
    fields_check(c, &there, config, rules, sizeof rules / sizeof *rules, 1);
    out->distributed = field_word(c, &there, config, "Mode", modes) == 1;
    out->express = field_word(c, &there, config, "ExecutionType", types) == 1;
    if (out->distributed)
        (void)fields_require(c, &there, config, required);
    if (out->distributed && c->express)
        report_schema(c, &there, "Express state machine does not support 'DISTRIBUTED' Map");
}

static void compile_processor(struct compiler *c, const struct place *at, struct json object,
                              const struct machine_owner *owner, struct map_state *out)
{
    static const char *const names[] = {"ItemProcessor", "Iterator", NULL};
    bool express = c->express;

    out->processor = MACHINE_NONE;
    if (!fields_choose(c, at, object, names, true))
        return;
    out->legacy = json_is(json_member(object, "ItemProcessor"), JSON_NONE);
    struct place there = place_field(at, names[out->legacy]);
    struct json processor = json_member(object, names[out->legacy]);
    compile_config(c, &there, processor, out);
    if (out->distributed)
        c->express = out->express;
    out->processor = compile_machine(c, &there, processor, owner);
    c->express = express;
}

static void compile_items(struct compiler *c, const struct place *at, struct json object,
                          struct map_state *out)
{
    static const char *const selectors[] = {"ItemSelector", "Parameters", NULL};
    struct json items = json_member(object, "Items");
    struct place there = place_field(at, "Items");

    if (at->language == QUERY_JSONATA) {
        if (json_is(items, JSON_ARRAY) || json_is(items, JSON_OBJECT) || is_expression(items))
            out->items.expression = field_template(c, at, object, "Items");
        else if (!json_is(items, JSON_NONE))
            report_schema(c, &there, "Expected value of type Array");
        out->item_selector = field_template(c, at, object, "ItemSelector");
        return;
    }
    out->items_path = field_path_or_null(c, at, object, "ItemsPath", PATH_ITEMS);
    (void)fields_choose(c, at, object, selectors, false);
    out->item_selector = field_template(c, at, object, "ItemSelector");
    if (!out->item_selector)
        out->item_selector = field_template(c, at, object, "Parameters");
}

static void compile_headers(struct compiler *c, const struct place *at, struct json config,
                            struct item_reader *out)
{
    struct json list = field_array(c, at, config, "CSVHeaders");
    struct place there = place_field(at, "CSVHeaders");

    if (list.count > CSV_HEADERS_MAX) {
        report_schema(c, &there, "Array should have at most %d items", CSV_HEADERS_MAX);
        return;
    }
    struct str *headers = scope_array(c->s, list.count, sizeof *headers);
    for (uint32_t i = 0; i < list.count; i++) {
        struct place item = place_item(&there, i);
        headers[i] = json_text(list.items[i]);
        if (!json_is(list.items[i], JSON_STRING))
            report_schema(c, &item, "Expected value of type String");
    }
    out->csv_headers = headers;
    out->csv_header_count = list.count;
}

static void compile_reader_config(struct compiler *c, const struct place *at, struct json config,
                                  struct item_reader *out)
{
    static const struct field_rule rules[] = {
        {"InputType", FOR_BOTH, 1},    {"CSVHeaderLocation", FOR_BOTH, 1},
        {"CSVHeaders", FOR_BOTH, 1},   {"CSVDelimiter", FOR_BOTH, 1},
        {"MaxItems", FOR_BOTH, 1},     {"MaxItemsPath", FOR_JSONPATH, 1},
        {"ManifestType", FOR_BOTH, 1}, {"Transformation", FOR_BOTH, 1},
        {"ItemsPointer", FOR_BOTH, 1},
    };
    static const char *const inputs[] = {"CSV", "JSON", "JSONL", "MANIFEST", "PARQUET", NULL};
    static const enum reader_input kinds[] = {READER_CSV, READER_JSON, READER_JSONL,
                                              READER_MANIFEST, READER_PARQUET};
    static const char *const headers[] = {"FIRST_ROW", "GIVEN", NULL};
    static const char *const delimiters[] = {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB", NULL};
    static const struct number_rule items = {"MaxItems", "MaxItemsPath", 0, READER_ITEMS_MAX,
                                             false};

    fields_check(c, at, config, rules, sizeof rules / sizeof *rules, 1);
    int input = field_word(c, at, config, "InputType", inputs);
    out->input = input < 0 ? READER_NONE : kinds[input];
    out->csv_headers_given = field_word(c, at, config, "CSVHeaderLocation", headers) == 1;
    compile_headers(c, at, config, out);
    int delimiter = field_word(c, at, config, "CSVDelimiter", delimiters);
    out->csv_delimiter = delimiter < 0 ? ',' : ",|; \t"[delimiter];
    out->items_max = field_number(c, at, config, &items);
}

// ItemReader and ResultWriter have a resource of S3 and its parameters. Gives them.
static const struct template *compile_resource(struct compiler *c, const struct place *at,
                                               struct json object, const char *const *actions,
                                               struct resource *out)
{
    struct place there = place_field(at, "Resource");
    bool known = false;

    if (field_resource(c, at, object, out)) {
        for (; *actions; actions++)
            known = known || (str_is(out->service, "s3") && str_is(out->action, *actions));
        if (!known)
            report_schema(c, &there, "The resource provided %.*s is not supported here",
                          STR(out->text));
    }
    return field_template(c, at, object,
                          at->language == QUERY_JSONATA ? "Arguments" : "Parameters");
}

static const struct item_reader *compile_reader(struct compiler *c, const struct place *at,
                                                struct json object)
{
    static const struct field_rule rules[] = {
        {"Resource", FOR_BOTH, 1},
        {"Parameters", FOR_JSONPATH, 1},
        {"Arguments", FOR_JSONATA, 1},
        {"ReaderConfig", FOR_BOTH, 1},
    };
    static const char *const required[] = {"Resource", NULL};
    static const char *const actions[] = {"getObject", "listObjectsV2", NULL};
    struct json reader = field_object(c, at, object, "ItemReader");
    struct place there = place_field(at, "ItemReader");
    struct place config_at = place_field(&there, "ReaderConfig");

    if (json_is(reader, JSON_NONE))
        return NULL;
    struct item_reader *out = scope_new(c->s, struct item_reader);
    fields_check(c, &there, reader, rules, sizeof rules / sizeof *rules, 1);
    (void)fields_require(c, &there, reader, required);
    out->parameters = compile_resource(c, &there, reader, actions, &out->resource);
    out->config = field_object(c, &there, reader, "ReaderConfig");
    compile_reader_config(c, &config_at, out->config, out);
    return out;
}

static const struct item_batcher *compile_batcher(struct compiler *c, const struct place *at,
                                                  struct json object)
{
    static const struct field_rule rules[] = {
        {"MaxItemsPerBatch", FOR_BOTH, 1},
        {"MaxItemsPerBatchPath", FOR_JSONPATH, 1},
        {"MaxInputBytesPerBatch", FOR_BOTH, 1},
        {"MaxInputBytesPerBatchPath", FOR_JSONPATH, 1},
        {"BatchInput", FOR_BOTH, 1},
    };
    static const struct number_rule items = {"MaxItemsPerBatch", "MaxItemsPerBatchPath", 0,
                                             READER_ITEMS_MAX, false};
    static const struct number_rule bytes = {"MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath",
                                             0, BATCH_BYTES_MAX, false};
    struct json batcher = field_object(c, at, object, "ItemBatcher");
    struct place there = place_field(at, "ItemBatcher");

    if (json_is(batcher, JSON_NONE))
        return NULL;
    struct item_batcher *out = scope_new(c->s, struct item_batcher);
    fields_check(c, &there, batcher, rules, sizeof rules / sizeof *rules, 1);
    out->items_max = field_number(c, &there, batcher, &items);
    out->bytes_max = field_number(c, &there, batcher, &bytes);
    out->input = field_payload(c, &there, batcher, "BatchInput");
    return out;
}

static const struct result_writer *compile_writer(struct compiler *c, const struct place *at,
                                                  struct json object)
{
    static const struct field_rule rules[] = {
        {"Resource", FOR_BOTH, 1},
        {"Parameters", FOR_JSONPATH, 1},
        {"Arguments", FOR_JSONATA, 1},
        {"WriterConfig", FOR_BOTH, 1},
    };
    static const struct field_rule config_rules[] = {{"OutputType", FOR_BOTH, 1},
                                                     {"Transformation", FOR_BOTH, 1}};
    static const char *const outputs[] = {"JSON", "JSONL", NULL};
    static const char *const transformations[] = {"NONE", "COMPACT", "FLATTEN", NULL};
    static const char *const actions[] = {"putObject", NULL};
    struct json writer = field_object(c, at, object, "ResultWriter");
    struct place there = place_field(at, "ResultWriter");
    struct place config_at = place_field(&there, "WriterConfig");

    if (json_is(writer, JSON_NONE))
        return NULL;
    struct result_writer *out = scope_new(c->s, struct result_writer);
    fields_check(c, &there, writer, rules, sizeof rules / sizeof *rules, 1);
    out->given_resource = !json_is(json_member(writer, "Resource"), JSON_NONE);
    out->parameters = compile_resource(c, &there, writer, actions, &out->resource);
    out->config = field_object(c, &there, writer, "WriterConfig");
    fields_check(c, &config_at, out->config, config_rules,
                 sizeof config_rules / sizeof *config_rules, 1);
    (void)field_word(c, &config_at, out->config, "OutputType", outputs);
    (void)field_word(c, &config_at, out->config, "Transformation", transformations);
    return out;
}

static void compile_label(struct compiler *c, const struct place *at, struct json object,
                          struct map_state *out)
{
    struct place there = place_field(at, "Label");
    struct str refusal = {0};

    out->label = field_text(c, at, object, "Label");
    if (out->label.data)
        refusal = label_refusal(c->s, out->label);
    if (refusal.bytes)
        report(c, &there, "INVALID_LABEL_NAME", "Label %.*s", STR(refusal));
}

void compile_map(struct compiler *c, const struct place *at, struct json object,
                 const struct machine_owner *owner, struct state *out)
{
    static const struct number_rule concurrency = {"MaxConcurrency", "MaxConcurrencyPath", 0,
                                                   NO_MAX, false};
    static const struct number_rule count = {"ToleratedFailureCount", "ToleratedFailureCountPath",
                                             0, NO_MAX, false};
    static const struct number_rule percent = {"ToleratedFailurePercentage",
                                               "ToleratedFailurePercentagePath", 0, 100, true};
    struct map_state *map = &out->map;

    compile_processor(c, at, object, owner, map);
    compile_items(c, at, object, map);
    map->concurrency_max = field_number(c, at, object, &concurrency);
    map->failures_max = field_number(c, at, object, &count);
    map->failures_percent = field_number(c, at, object, &percent);
    map->reader = compile_reader(c, at, object);
    map->batcher = compile_batcher(c, at, object);
    map->writer = compile_writer(c, at, object);
    compile_label(c, at, object, map);
    if (map->distributed || map->processor == MACHINE_NONE)
        return;
    for (size_t i = 0; i < sizeof distributed_fields / sizeof *distributed_fields; i++) {
        if (!json_is(json_member(object, distributed_fields[i]), JSON_NONE))
            report_schema(c, at, "Field '%s' is only supported in 'DISTRIBUTED' mode",
                          distributed_fields[i]);
    }
}
