// What a distributed Map reads and writes: objects of the object store. A file that cannot be read
// is a failure of the state, in the words of the States Language.
// Source: the Developer Guide of Step Functions, ItemReader and ResultWriter.
#include "core/buf.h"
#include "core/csv.h"
#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "flow/task_impl.h"
#include "store/blob.h"

enum {
    OBJECT_BYTES_MAX = 256 << 20,
    OBJECTS_AT_ONCE = 1000,
    COLUMNS_MAX = 1000,
    RESULT_BYTES_MAX = 1 << 30,
};

static enum status refuse(struct task *t, const char *error, struct str cause)
{
    task_fail(t, error, cause);
    return OK;
}

static struct str object_key(const struct task *t, struct str bucket, struct str key)
{
    return str_concat(t->scope, 5, task_tenant(t), str("/"), bucket, str("/"), key);
}

// The items found, up to what ReaderConfig allows.
struct items {
    struct json *list;
    size_t count;
    size_t room;
    size_t most;
};

static void items_add(struct task *t, struct items *items, struct json item)
{
    if (items->count == items->room) {
        size_t room = items->room ? 2 * items->room : 256;
        struct json *list = scope_array(t->scope, room, sizeof *list);
        if (items->count)
            memcpy(list, items->list, items->count * sizeof *list);
        items->list = list;
        items->room = room;
    }
    items->list[items->count++] = item;
}

static bool is_full(const struct items *items)
{
    return items->most && items->count >= items->most;
}

static enum status read_json(struct task *t, struct str text, struct items *items)
{
    struct json j = {0};

    if (json_read_stored(t->scope, text, &j) != OK || !json_is(j, JSON_ARRAY))
        return refuse(t, "States.ItemReaderFailed",
                      str("Attempting to map over non-iterable node."));
    for (uint32_t i = 0; i < j.count && !is_full(items); i++)
        items_add(t, items, json_at(j, i));
    return OK;
}

static enum status read_lines(struct task *t, struct str text, struct items *items)
{
    while (text.bytes && !is_full(items)) {
        struct str line = str_trim(str_cut(&text, '\n'));
        struct json j = {0};
        if (line.bytes == 0)
            continue;
        if (json_read_stored(t->scope, line, &j) != OK)
            return refuse(t, "States.ItemReaderFailed", str("Unable to parse the JSON Lines file"));
        items_add(t, items, j);
    }
    return OK;
}

static char delimiter_of(struct json config)
{
    struct str name = member_str(config, "CSVDelimiter");

    return str_is(name, "PIPE")        ? '|'
           : str_is(name, "SEMICOLON") ? ';'
           : str_is(name, "SPACE")     ? ' '
           : str_is(name, "TAB")       ? '\t'
                                       : ',';
}

static struct json row_item(struct task *t, const struct str *names, size_t name_count,
                            const struct csv_row *row)
{
    struct json_member *members = scope_array(t->scope, name_count, sizeof *members);

    for (size_t i = 0; i < name_count; i++) {
        struct str value = i < row->count ? row->fields[i] : (struct str){0};
        members[i] = (struct json_member){names[i], json_string(value)};
    }
    return json_object(members, name_count);
}

// The first row names the columns, unless CSVHeaders does.
static enum status read_names(struct task *t, struct csv_reader *reader, struct json config,
                              const struct str **names, size_t *count)
{
    struct json given = json_member(config, "CSVHeaders");
    struct csv_row row = {0};

    if (!str_is(member_str(config, "CSVHeaderLocation"), "GIVEN")) {
        TRY(csv_next(t->scope, reader, &row));
        *names = row.fields;
        *count = row.count;
        return OK;
    }
    struct str *list = scope_array(t->scope, given.count, sizeof *list);
    for (uint32_t i = 0; i < given.count; i++)
        list[i] = json_text(json_at(given, i));
    *names = list;
    *count = given.count;
    return OK;
}

static enum status read_rows(struct task *t, struct csv_reader *reader, struct json config,
                             struct items *items)
{
    const struct str *names = NULL;
    size_t count = 0;

    TRY(read_names(t, reader, config, &names, &count));
    while (!is_full(items)) {
        struct csv_row row = {0};
        TRY(csv_next(t->scope, reader, &row));
        if (row.count == 0)
            return OK;
        if (row.count == 1 && row.fields[0].bytes == 0)
            continue; // an empty line
        items_add(t, items, row_item(t, names, count, &row));
    }
    return OK;
}

static enum status read_csv(struct task *t, struct str text, struct json config,
                            struct items *items)
{
    struct csv_options options = csv_options_standard;

    options.delimiter = delimiter_of(config);
    options.stray_quotes = true;
    options.fields_max = COLUMNS_MAX;
    struct csv_reader reader = csv_open(text, &options);
    if (read_rows(t, &reader, config, items) == OK)
        return OK;
    return refuse(t, "States.ItemReaderFailed", str_copy(t->scope, scope_why(t->scope)));
}

static enum status read_object(struct task *t, struct json parameters, struct json config,
                               struct items *items)
{
    struct str bucket = member_str(parameters, "Bucket");
    struct str key = member_str(parameters, "Key");
    struct str type = member_str(config, "InputType");
    struct str text = {0};

    enum status e = blob_get(t->scope, t->flow->store, &objects_bucket, object_key(t, bucket, key),
                             0, OBJECT_BYTES_MAX, &text);
    if (e == NOT_FOUND) {
        return refuse(t, "S3.NoSuchKeyException",
                      str_format(t->scope, "The specified key does not exist: %.*s/%.*s",
                                 STR(bucket), STR(key)));
    }
    TRY(e);
    if (str_is(type, "CSV"))
        return read_csv(t, text, config, items);
    if (str_is(type, "JSONL"))
        return read_lines(t, text, items);
    return read_json(t, text, items);
}

static struct json object_item(struct task *t, struct str key, const struct blob_info *info)
{
    struct members m = members_make(t->scope, 5);
    struct str digest = hex_encode(t->scope, str_of(info->sha256, 16));

    members_str(&m, "Etag", str_concat(t->scope, 3, str("\""), digest, str("\"")));
    members_str(&m, "Key", key);
    members_i64(&m, "LastModified", info->put_at_us / MOMENT_SECOND_US);
    members_add(&m, "Size", json_i64(t->scope, (int64_t)info->bytes));
    members_str(&m, "StorageClass", str("STANDARD"));
    return members_object(&m);
}

static enum status list_objects(struct task *t, struct json parameters, struct items *items)
{
    struct str bucket = object_key(t, member_str(parameters, "Bucket"), (struct str){0});
    struct str prefix = str_concat(t->scope, 2, bucket, member_str(parameters, "Prefix"));
    struct blob_page page = {0};

    do {
        TRY(blob_list(t->scope, t->flow->store, &objects_bucket, prefix, OBJECTS_AT_ONCE,
                      page.cursor, &page));
        for (size_t i = 0; i < page.count && !is_full(items); i++) {
            struct str key = str_slice(page.blobs[i].key, bucket.bytes, SIZE_MAX);
            items_add(t, items, object_item(t, key, &page.blobs[i]));
        }
    } while (page.cursor.bytes && !is_full(items));
    return OK;
}

enum status items_read(struct scope *s, struct task *t)
{
    struct json config = json_member(t->input, "ReaderConfig");
    struct json parameters = json_member(t->input, "Parameters");
    struct str resource = member_str(t->input, "Resource");
    struct items items = {.most = (size_t)member_i64(config, "MaxItems")};

    (void)s;
    if (str_ends(resource, str(":s3:listObjectsV2")))
        TRY(list_objects(t, parameters, &items));
    else
        TRY(read_object(t, parameters, config, &items));
    t->output = json_array(items.list, items.count);
    return OK;
}

// -- ResultWriter --------------------------------------------------------------------------------

static struct json as_text(struct task *t, struct json value)
{
    return json_is(value, JSON_NONE) ? value : json_string(json_to_str(t->scope, value));
}

static struct json result_shown(struct task *t, struct json result)
{
    struct members m = members_make(t->scope, 8);
    struct members included = members_make(t->scope, 1);
    struct json output = as_text(t, json_member(result, "Output"));

    members_add(&included, "Included", json_bool(true));
    members_add(&m, "Cause", json_member(result, "Cause"));
    members_add(&m, "Error", json_member(result, "Error"));
    members_add(&m, "Input", as_text(t, json_member(result, "Input")));
    members_add(&m, "InputDetails", members_object(&included));
    members_add(&m, "Output", output);
    if (!json_is(output, JSON_NONE))
        members_add(&m, "OutputDetails", members_object(&included));
    members_add(&m, "Status", json_member(result, "Status"));
    return members_object(&m);
}

static enum status put_object(struct task *t, struct str bucket, struct str key, struct str text)
{
    struct blob_options options = {.content_type = str("application/json")};

    return blob_put(t->scope, t->flow->store, &objects_bucket, object_key(t, bucket, key), text,
                    &options, NULL);
}

// Writes the results of one status, if there are any, and lists the file.
static enum status write_status(struct task *t, struct str bucket, struct str folder,
                                const char *status, struct json *files)
{
    struct buf b = buf_make(t->scope, RESULT_BYTES_MAX);
    struct json results = json_member(t->input, "Results");
    size_t count = 0;

    *files = json_array(NULL, 0);
    buf_put_byte(&b, '[');
    for (uint32_t i = 0; i < results.count; i++) {
        struct json result = json_at(results, i);
        if (!str_is(member_str(result, "Status"), status))
            continue;
        if (count++)
            buf_put_byte(&b, ',');
        json_write(&b, result_shown(t, result));
    }
    buf_put_byte(&b, ']');
    if (count == 0)
        return OK;
    struct str key = str_concat(t->scope, 4, folder, str("/"), str(status), str("_0.json"));
    struct members m = members_make(t->scope, 2);
    members_str(&m, "Key", key);
    members_i64(&m, "Size", (int64_t)b.bytes);
    struct json *file = scope_new(t->scope, struct json);
    *file = members_object(&m);
    *files = json_array(file, 1);
    return put_object(t, bucket, key, buf_str(&b));
}

static enum status write_files(struct task *t, struct str bucket, struct str folder,
                               struct json *out)
{
    static const char *const statuses[] = {"FAILED", "PENDING", "SUCCEEDED"};
    struct members files = members_make(t->scope, 3);
    struct members manifest = members_make(t->scope, 3);

    for (size_t i = 0; i < 3; i++) {
        struct json list = {0};
        TRY(write_status(t, bucket, folder, statuses[i], &list));
        members_add(&files, statuses[i], list);
    }
    members_str(&manifest, "DestinationBucket", bucket);
    members_add(&manifest, "MapRunArn", json_member(t->input, "MapRunArn"));
    members_add(&manifest, "ResultFiles", members_object(&files));
    *out = members_object(&manifest);
    return OK;
}

static struct str folder_of(struct task *t, struct str prefix)
{
    struct str run = member_str(t->input, "MapRunArn");

    while (str_find_byte(run, ':') < run.bytes)
        (void)str_cut(&run, ':');
    if (prefix.bytes == 0)
        return run;
    return str_concat(t->scope, 3, prefix, str(str_ends(prefix, str("/")) ? "" : "/"), run);
}

enum status items_write(struct scope *s, struct task *t)
{
    struct json parameters = json_member(t->input, "Parameters");
    struct str bucket = member_str(parameters, "Bucket");
    struct str folder = folder_of(t, member_str(parameters, "Prefix"));
    struct str key = str_concat(s, 2, folder, str("/manifest.json"));
    struct members where = members_make(s, 2);
    struct members m = members_make(s, 2);
    struct json manifest = {0};

    if (bucket.bytes == 0)
        return refuse(t, "States.ResultWriterFailed", str("The ResultWriter names no bucket"));
    TRY(write_files(t, bucket, folder, &manifest));
    TRY(put_object(t, bucket, key, json_to_str(s, manifest)));
    members_str(&where, "Bucket", bucket);
    members_str(&where, "Key", key);
    members_add(&m, "MapRunArn", json_member(t->input, "MapRunArn"));
    members_add(&m, "ResultWriterDetails", members_object(&where));
    t->output = members_object(&m);
    return OK;
}
