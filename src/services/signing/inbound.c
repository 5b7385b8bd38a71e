// Records of files, and what becomes of them.
#include "services/signing/inbound.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "services/signing/service_impl.h"
#include "store/blob.h"

#include <assert.h>

enum { REPORT_INLINE_BYTES_MAX = 64 << 10, DIGEST_IN_KEY = 16, MEMBERS_MAX = 16 };

const struct table_def signing_files_table = {
    .name = "signing_files",
    .indexes = {{.name = "kind",
                 .partition_attribute = "kind",
                 .sort_attribute = "received",
                 .steady = false}},
};

#define FINAL 0U
#define TO(state) (1U << INBOUND_##state)
static const struct {
    const char *name;
    unsigned moves;
} states[] = {
#define STATE(name, moves, meaning) {#name, moves},
#include "services/signing/inbound_states.def"
#undef STATE
};
#undef TO

static const char *const kinds[INBOUND_KINDS] = {"interface", "invoice"};

const char *inbound_kind_name(enum inbound_kind kind)
{
    assert((unsigned)kind < INBOUND_KINDS);
    return kinds[kind];
}

bool inbound_kind_parse(struct str name, enum inbound_kind *out)
{
    for (unsigned i = 0; i < INBOUND_KINDS; i++) {
        if (str_is(name, kinds[i])) {
            *out = (enum inbound_kind)i;
            return true;
        }
    }
    return false;
}

const char *inbound_state_name(enum inbound_state state)
{
    assert((unsigned)state < INBOUND_STATES);
    return states[state].name;
}

static bool state_parse(struct str name, enum inbound_state *out)
{
    for (unsigned i = 0; i < INBOUND_STATES; i++) {
        if (str_is(name, states[i].name)) {
            *out = (enum inbound_state)i;
            return true;
        }
    }
    return false;
}

bool inbound_is_read(const struct inbound_file *f)
{
    return f->state != INBOUND_RECEIVED;
}

bool inbound_name_valid(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!word && c != '_' && (i == 0 || (c != '.' && c != '-')))
            return false;
    }
    return name.bytes > 0 && name.bytes <= INBOUND_NAME_BYTES_MAX;
}

static struct str sort_of(struct scope *s, enum inbound_kind kind, struct str name)
{
    return str_concat(s, 3, str(kinds[kind]), str("/"), name);
}

static void move(struct inbound_file *f, enum inbound_state to)
{
    assert(states[f->state].moves & (1U << to));
    f->state = to;
}

// -- reading -------------------------------------------------------------------------------------

enum status inbound_read(struct scope *s, const struct record *r, struct inbound_file *out)
{
    struct str rest = r->sort;
    int64_t bytes = 0;

    *out = (struct inbound_file){.tenant = r->partition, .version = r->version};
    if (!inbound_kind_parse(str_cut(&rest, '/'), &out->kind) ||
        json_parse(s, r->content, &json_limits_lenient, &out->more) != OK ||
        !state_parse(json_text(json_member(out->more, "state")), &out->state) ||
        !json_to_i64(json_path(out->more, "blob.size_bytes"), &bytes))
        return fail(s, CORRUPT, "the record of the file %.*s is not what was written",
                    STR(r->sort));
    out->name = rest;
    out->size_bytes = (uint64_t)bytes;
    out->sha256 = json_text(json_path(out->more, "blob.sha256"));
    return OK;
}

enum status inbound_get(struct scope *s, struct store *store, struct str tenant,
                        enum inbound_kind kind, struct str name, struct inbound_file *out)
{
    struct record r = {0};

    TRY(record_get(s, store, &signing_files_table, tenant, sort_of(s, kind, name), &r));
    return inbound_read(s, &r, out);
}

// A whole blob that the record points to.
static enum status read_blob(struct scope *s, struct store *store, struct json pointer,
                             size_t bytes_max, struct str *out)
{
    struct blob_reader *reader = NULL;
    struct blob_info info = {0};
    struct str key = json_text(json_member(pointer, "key"));

    TRY(blob_open(s, store, &inbound_bucket, key, &reader, &info));
    if (info.bytes > bytes_max)
        return fail(s, TOO_LARGE, "the blob %.*s is longer than %zu bytes", STR(key), bytes_max);
    char *data = scope_bytes(s, (size_t)info.bytes);
    TRY(blob_read_at(s, reader, 0, data, (size_t)info.bytes));
    *out = str_of(data, (size_t)info.bytes);
    if (!str_equal(digest_sha256_hex(s, *out), json_text(json_member(pointer, "sha256"))))
        return fail(s, CORRUPT, "the blob %.*s is not what its record says", STR(key));
    return OK;
}

enum status inbound_bytes(struct scope *s, struct store *store, const struct inbound_file *f,
                          struct str *out)
{
    return read_blob(s, store, json_member(f->more, "blob"), INBOUND_BYTES_MAX, out);
}

enum status inbound_tell(struct scope *s, struct store *store, const struct inbound_file *f,
                         bool full, struct json *out)
{
    static const char *const told[] = {"received_at", "ended_at", "source", "repeats",
                                       "why",         "header",   "counts"};
    struct json j = json_object(NULL, 0);
    struct json report = json_member(f->more, "report");
    struct json pointer = json_member(f->more, "report_blob");
    struct str text = {0};

    j = json_with(s, j, str("kind"), json_string(str(kinds[f->kind])));
    j = json_with(s, j, str("name"), json_string(f->name));
    j = json_with(s, j, str("state"), json_string(str(states[f->state].name)));
    j = json_with(s, j, str("size_bytes"), json_i64(s, (int64_t)f->size_bytes));
    j = json_with(s, j, str("sha256"), json_string(f->sha256));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct json value = json_member(f->more, told[i]);
        if (value.type != JSON_NONE)
            j = json_with(s, j, str(told[i]), value);
    }
    if (full && json_is(pointer, JSON_OBJECT)) {
        TRY(read_blob(s, store, pointer, INBOUND_REPORT_BYTES_MAX, &text));
        TRY(json_parse(s, text, &json_limits_lenient, &report));
    }
    for (size_t i = 0; full && json_is(report, JSON_OBJECT) && i < report.count; i++)
        j = json_with(s, j, report.members[i].name, report.members[i].value);
    *out = j;
    return OK;
}

// -- writing -------------------------------------------------------------------------------------

void inbound_set(struct scope *s, struct inbound_file *f, const char *name, struct json value)
{
    if (f->more.type != JSON_OBJECT)
        f->more = json_object(NULL, 0);
    f->more = value.type == JSON_NULL ? json_without(s, f->more, str(name))
                                      : json_with(s, f->more, str(name), value);
}

void inbound_put(struct scope *s, struct change *c, const struct inbound_file *f)
{
    struct json more =
        json_with(s, f->more, str("state"), json_string(str(inbound_state_name(f->state))));
    struct attribute attributes[] = {
        {str("kind"), str_concat(s, 3, f->tenant, str("/"), str(kinds[f->kind]))},
        {str("received"), json_text(json_member(f->more, "received_at"))},
    };
    struct record r = {.partition = f->tenant,
                       .sort = sort_of(s, f->kind, f->name),
                       .content = json_to_str(s, more),
                       .attributes = attributes,
                       .attribute_count = 2};

    change_put(c, &signing_files_table, &r, f->version ? if_version(f->version) : if_absent());
}

static struct json pointer_to(struct scope *s, struct str key, struct str sha256, size_t bytes)
{
    struct json_member *members = scope_array(s, 4, sizeof *members);

    members[0] = (struct json_member){str("bucket"), json_string(str(inbound_bucket.name))};
    members[1] = (struct json_member){str("key"), json_string(key)};
    members[2] = (struct json_member){str("sha256"), json_string(sha256)};
    members[3] = (struct json_member){str("size_bytes"), json_i64(s, (int64_t)bytes)};
    return json_object(members, 4);
}

// Of the offered bytes alone: who puts the same again writes the same.
static enum status put_blob(struct scope *s, struct store *store, struct str folder,
                            const struct inbound_file *f, struct str bytes, struct json *pointer)
{
    struct str sha256 = digest_sha256_hex(s, bytes);
    struct str key = str_concat(s, 6, f->tenant, folder, str(kinds[f->kind]), str("/"), f->name,
                                str_concat(s, 2, str("."), str_slice(sha256, 0, DIGEST_IN_KEY)));

    TRY(blob_put(s, store, &inbound_bucket, key, bytes, NULL, NULL));
    *pointer = pointer_to(s, key, sha256, bytes.bytes);
    return OK;
}

static struct str message_of(struct scope *s, const struct inbound_file *f)
{
    struct json_member members[] = {
        {str("tenant"), json_string(f->tenant)},
        {str("kind"), json_string(str(kinds[f->kind]))},
        {str("name"), json_string(f->name)},
        {str("sha256"), json_string(f->sha256)},
    };

    return json_to_str(s, json_object(members, 4));
}

static void audit(struct scope *s, struct change *c, const struct inbound_file *f, struct str actor,
                  struct json details)
{
    details = json_with(s, details, str("state"), json_string(str(states[f->state].name)));
    details = json_with(s, details, str("sha256"), json_string(f->sha256));
    change_audit(c, &(struct audit_entry){.tenant = f->tenant,
                                          .actor = actor,
                                          .action = str("file.state"),
                                          .subject = sort_of(s, f->kind, f->name),
                                          .details = json_to_str(s, details)});
}

static enum status take_new(struct scope *s, struct signing *self, struct change *c,
                            const struct inbound_offer *offer, bool held, int64_t now_us,
                            struct inbound_file *f)
{
    struct json pointer = {0};

    f->more = json_object(NULL, 0);
    TRY(put_blob(s, self->platform->store, str("/"), f, offer->bytes, &pointer));
    inbound_set(s, f, "blob", pointer);
    inbound_set(s, f, "received_at", json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    inbound_set(s, f, "source", json_string(str(offer->source)));
    if (held)
        inbound_set(s, f, "held", json_bool(true));
    inbound_put(s, c, f);
    change_send(c, &signing_files_queue, message_of(s, f), 0);
    audit(s, c, f, offer->actor, json_object(NULL, 0));
    return OK;
}

// Here already. What the watched folder still holds is the same file, not one that came again.
static void take_again(struct scope *s, struct change *c, struct inbound_file *f, bool held)
{
    int64_t repeats = 0;

    if (held && json_is(json_member(f->more, "held"), JSON_TRUE))
        return;
    (void)json_to_i64(json_member(f->more, "repeats"), &repeats);
    inbound_set(s, f, "repeats", json_i64(s, repeats + 1));
    if (held)
        inbound_set(s, f, "held", json_bool(true));
    inbound_put(s, c, f);
}

enum status inbound_take(struct scope *s, struct signing *self, struct change *c,
                         const struct inbound_offer *offer, int64_t now_us,
                         struct inbound_file *out)
{
    bool held = str_is(str(offer->source), "folder");
    struct str sha256 = digest_sha256_hex(s, offer->bytes);

    if (!inbound_name_valid(offer->name)) {
        return fail(s, INVALID,
                    "a file's name has 1 to %d letters, digits, '.', '_' and '-', not '.' first",
                    INBOUND_NAME_BYTES_MAX);
    }
    if (offer->bytes.bytes > INBOUND_BYTES_MAX)
        return fail(s, TOO_LARGE, "the file is longer than %d bytes", INBOUND_BYTES_MAX);
    enum status e =
        inbound_get(s, self->platform->store, offer->tenant, offer->kind, offer->name, out);
    if (e == NOT_FOUND) {
        *out = (struct inbound_file){
            .tenant = offer->tenant, .kind = offer->kind, .name = offer->name};
    } else {
        TRY(e);
    }
    if (e == OK && str_equal(out->sha256, sha256)) {
        take_again(s, c, out, held);
        return OK;
    }
    if (e == OK && out->state != INBOUND_REFUSED)
        return fail(s, CONFLICT, "another file was taken in as %s/%.*s on %.*s", kinds[out->kind],
                    STR(out->name), STR(json_text(json_member(out->more, "received_at"))));
    if (e == OK)
        move(out, INBOUND_RECEIVED);
    out->sha256 = sha256;
    out->size_bytes = offer->bytes.bytes;
    out->more = json_object(NULL, 0);
    TRY(take_new(s, self, c, offer, held, now_us, out));
    return OK;
}

enum status inbound_end(struct scope *s, struct store *store, struct change *c,
                        struct inbound_file *f, const struct inbound_outcome *outcome,
                        int64_t now_us)
{
    struct json details = json_object(NULL, 0);
    struct json pointer = {0};
    struct str report = {0};

    move(f, outcome->state);
    inbound_set(s, f, "ended_at", json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    if (outcome->why.bytes)
        inbound_set(s, f, "why", json_string(outcome->why));
    if (json_is(outcome->header, JSON_OBJECT))
        inbound_set(s, f, "header", outcome->header);
    if (json_is(outcome->counts, JSON_OBJECT)) {
        inbound_set(s, f, "counts", outcome->counts);
        details = json_with(s, details, str("counts"), outcome->counts);
    }
    if (json_is(outcome->report, JSON_OBJECT)) {
        report = json_to_str(s, outcome->report);
        if (report.bytes > REPORT_INLINE_BYTES_MAX) {
            TRY(put_blob(s, store, str("/reports/"), f, report, &pointer));
            inbound_set(s, f, "report_blob", pointer);
        } else {
            inbound_set(s, f, "report", outcome->report);
        }
    }
    inbound_put(s, c, f);
    audit(s, c, f, str("system"), details);
    return OK;
}
