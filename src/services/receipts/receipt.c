// The two records of a receipt, and the moves of its state. The names in the stored JSON are two
// letters long because four of these records are written in the life of every receipt.
#include "services/receipts/receipt.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "expr/xml.h"
#include "store/blob.h"

#include <assert.h>

enum { REDRIVES_MAX = 1000000 };

const struct table_def receipts_table = {
    .name = "receipts",
    .indexes = {{.name = "by_client",
                 .partition_attribute = "client",
                 .sort_attribute = "date",
                 .steady = true}},
    .arrival = true,
};

const struct bucket_def receipt_documents_bucket = {.name = "receipt_documents"};

const struct table_def receipt_states_table = {.name = "receipt_states", .arrival = true};

enum { FINAL = 0 };
#define TO(state) (1U << RECEIPT_##state)
static const struct {
    const char *name;
    unsigned moves;
} states[] = {
#define STATE(name, moves, meaning) [RECEIPT_##name] = {#name, moves},
#include "services/receipts/receipt_states.def"
#undef STATE
};
#undef TO

static const char *const registration_states[] = {
    [REGISTRATION_PENDING] = "PENDING", [REGISTRATION_SENT] = "SENT",
    [REGISTRATION_UNKNOWN] = "UNKNOWN", [REGISTRATION_CONFIRMED] = "CONFIRMED",
    [REGISTRATION_REFUSED] = "REFUSED",
};

static const char *const partner_names[] = {
    [PARTNER_TAX] = "tax",
    [PARTNER_WAREHOUSE] = "warehouse",
};

const char *receipt_state_name(enum receipt_state state)
{
    assert((unsigned)state < RECEIPT_STATE_COUNT);
    return states[state].name;
}

bool receipt_state_parse(struct str name, enum receipt_state *out)
{
    for (unsigned i = 0; i < RECEIPT_STATE_COUNT; i++) {
        if (str_is(name, states[i].name)) {
            *out = (enum receipt_state)i;
            return true;
        }
    }
    return false;
}

bool receipt_state_is_final(enum receipt_state state)
{
    return state == RECEIPT_COMPLETED || state == RECEIPT_FAILED;
}

bool receipt_is_final(const struct receipt *r)
{
    return receipt_state_is_final(r->state);
}

const char *registration_state_name(enum registration_state state)
{
    return registration_states[state];
}

const char *partner_name(enum partner p)
{
    assert((unsigned)p < PARTNER_COUNT);
    return partner_names[p];
}

struct str receipt_registration_id(struct scope *s, const struct receipt *r, enum partner p)
{
    unsigned redrives = r->registrations[p].redrives;

    return redrives ? str_format(s, "%s-%.*s.%u", partner_name(p), STR(r->id), redrives)
                    : str_format(s, "%s-%.*s", partner_name(p), STR(r->id));
}

bool registration_id_read(struct str registration_id, enum partner p, struct str *receipt_id,
                          unsigned *redrives)
{
    struct str rest = registration_id;
    struct uuid id;
    uint64_t count = 0;

    if (!str_is(str_cut(&rest, '-'), partner_name(p)))
        return false;
    *receipt_id = str_cut(&rest, '.');
    if (rest.data && !str_to_u64(rest, REDRIVES_MAX, &count))
        return false;
    *redrives = (unsigned)count;
    return uuid_read(*receipt_id, &id);
}

void receipt_move(struct receipt *r, enum receipt_state to, int64_t at_us, struct str cause)
{
    bool first = r->history_count == 0;

    assert(first ? to == RECEIPT_RECEIVED : (states[r->state].moves & (1U << to)) != 0);
    // The oldest entry is the acceptance; past the limit the one after it gives way.
    if (r->history_count == RECEIPT_HISTORY_MAX) {
        memmove(&r->history[1], &r->history[2], (RECEIPT_HISTORY_MAX - 2) * sizeof r->history[0]);
        r->history_count--;
    }
    r->state = to;
    cause = utf8_cut(cause, RECEIPT_TEXT_BYTES_MAX);
    r->history[r->history_count++] = (struct receipt_event){to, at_us, cause};
    r->moves++;
}

static void put_text(struct buf *b, const char *name, struct str text)
{
    if (text.bytes == 0)
        return;
    buf_put_byte(b, ',');
    buf_put_byte(b, '"');
    buf_put_z(b, name);
    buf_put_z(b, "\":");
    json_write_string(b, text);
}

static void put_registration(struct buf *b, const char *name, const struct registration *g)
{
    if (g->state == REGISTRATION_PENDING && g->redrives == 0)
        return;
    buf_put_z(b, ",\"");
    buf_put_z(b, name);
    buf_put_z(b, "\":[\"");
    buf_put_z(b, registration_states[g->state]);
    buf_put_z(b, "\",");
    buf_put_i64(b, g->at_us);
    buf_put_byte(b, ',');
    json_write_string(b, g->reference);
    buf_put_byte(b, ',');
    json_write_string(b, g->reason);
    if (g->redrives) {
        buf_put_byte(b, ',');
        buf_put_u64(b, g->redrives);
    }
    buf_put_byte(b, ']');
}

static void put_history(struct buf *b, const struct receipt *r)
{
    buf_put_z(b, ",\"hi\":[");
    for (size_t i = 0; i < r->history_count; i++) {
        const struct receipt_event *e = &r->history[i];
        buf_put_z(b, i ? ",[" : "[");
        buf_put_u64(b, (uint64_t)e->state);
        buf_put_byte(b, ',');
        buf_put_i64(b, e->at_us);
        if (e->cause.bytes) {
            buf_put_byte(b, ',');
            json_write_string(b, e->cause);
        }
        buf_put_byte(b, ']');
    }
    buf_put_byte(b, ']');
}

struct str receipt_state_content(struct scope *s, const struct receipt *r)
{
    struct buf b = buf_make(s, RECEIPT_STATE_BYTES_MAX);

    buf_put_z(&b, "{\"st\":");
    buf_put_u64(&b, (uint64_t)r->state);
    put_text(&b, "te", r->tenant);
    put_text(&b, "cl", r->client);
    put_text(&b, "ty", r->type);
    put_text(&b, "da", r->date);
    put_text(&b, "nu", r->number);
    put_text(&b, "to", r->total);
    put_text(&b, "cu", r->currency);
    put_text(&b, "wh", r->webhook_url);
    put_text(&b, "mt", r->media_type);
    put_text(&b, "bl", r->document_blob);
    buf_put_z(&b, ",\"by\":");
    buf_put_u64(&b, r->document_bytes);
    put_registration(&b, "tx", &r->registrations[PARTNER_TAX]);
    put_registration(&b, "wa", &r->registrations[PARTNER_WAREHOUSE]);
    if (!json_is(r->findings, JSON_NONE)) {
        buf_put_z(&b, ",\"fi\":");
        json_write(&b, r->findings);
    }
    put_history(&b, r);
    if (r->moves != r->history_count) {
        buf_put_z(&b, ",\"mo\":");
        buf_put_u64(&b, r->moves);
    }
    buf_put_byte(&b, '}');
    return buf_str(&b);
}

static bool parse_registration(struct json j, struct registration *out)
{
    struct str name = json_text(json_at(j, 0));
    int64_t redrives = 0;

    *out = (struct registration){0};
    if (json_is(j, JSON_NONE))
        return true;
    if (j.count > 4 &&
        (!json_to_i64(json_at(j, 4), &redrives) || redrives < 0 || redrives > REDRIVES_MAX))
        return false;
    out->redrives = (unsigned)redrives;
    for (unsigned i = 0; i < sizeof registration_states / sizeof registration_states[0]; i++) {
        if (str_is(name, registration_states[i])) {
            out->state = (enum registration_state)i;
            out->reference = json_text(json_at(j, 2));
            out->reason = json_text(json_at(j, 3));
            return json_to_i64(json_at(j, 1), &out->at_us);
        }
    }
    return false;
}

static bool parse_history(struct json list, struct receipt *out)
{
    if (list.count > RECEIPT_HISTORY_MAX)
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct json j = json_at(list, i);
        int64_t state = 0;
        struct receipt_event *e = &out->history[i];
        if (!json_to_i64(json_at(j, 0), &state) || state < 0 || state >= RECEIPT_STATE_COUNT ||
            !json_to_i64(json_at(j, 1), &e->at_us))
            return false;
        e->state = (enum receipt_state)state;
        e->cause = json_text(json_at(j, 2));
    }
    out->history_count = list.count;
    return true;
}

static bool parse_members(struct json j, struct receipt *out)
{
    int64_t state = 0;
    int64_t bytes = 0;
    int64_t moves = 0;

    out->tenant = json_text(json_member(j, "te"));
    out->client = json_text(json_member(j, "cl"));
    out->type = json_text(json_member(j, "ty"));
    out->date = json_text(json_member(j, "da"));
    out->number = json_text(json_member(j, "nu"));
    out->total = json_text(json_member(j, "to"));
    out->currency = json_text(json_member(j, "cu"));
    out->webhook_url = json_text(json_member(j, "wh"));
    out->media_type = json_text(json_member(j, "mt"));
    out->document_blob = json_text(json_member(j, "bl"));
    out->findings = json_member(j, "fi");
    if (!json_to_i64(json_member(j, "st"), &state) || state < 0 || state >= RECEIPT_STATE_COUNT ||
        !json_to_i64(json_member(j, "by"), &bytes) || bytes < 0)
        return false;
    out->state = (enum receipt_state)state;
    out->document_bytes = (uint64_t)bytes;
    if (!parse_registration(json_member(j, "tx"), &out->registrations[PARTNER_TAX]) ||
        !parse_registration(json_member(j, "wa"), &out->registrations[PARTNER_WAREHOUSE]) ||
        !parse_history(json_member(j, "hi"), out))
        return false;
    out->moves = out->history_count;
    if (json_to_i64(json_member(j, "mo"), &moves) && moves > 0)
        out->moves = (uint64_t)moves;
    return true;
}

enum status receipt_parse_state(struct scope *s, struct str id, struct str content,
                                uint64_t version, struct receipt *out)
{
    struct json j = {0};

    *out = (struct receipt){.id = id, .version = version};
    if (json_parse(s, content, &json_limits_strict, &j) != OK || !parse_members(j, out))
        return fail(s, CORRUPT, "the state of receipt %.*s is not what was written", STR(id));
    return OK;
}

enum status receipt_parse(struct scope *s, const struct record *state, struct receipt *out)
{
    return receipt_parse_state(s, state->partition, state->content, state->version, out);
}

// Cuts `,"name":"text"` off the rest, if it begins so. False: the text has an escape.
static bool cut_text(struct str *rest, const char *opening, struct str *out)
{
    struct str start = str(opening);

    *out = (struct str){0};
    if (!str_starts(*rest, start))
        return true;
    *rest = str_slice(*rest, start.bytes, rest->bytes);
    *out = str_slice(*rest, 0, str_find_byte(*rest, '"'));
    *rest = str_slice(*rest, out->bytes + 1, rest->bytes);
    return str_find_byte(*out, '\\') == out->bytes;
}

// The members stand in the order that receipt_state_content() writes.
static bool glance(struct str content, struct receipt_glance *out)
{
    static const struct str start = STR_INIT("{\"st\":");
    struct str rest = str_slice(content, start.bytes + 1, content.bytes);
    struct str type;

    if (!str_starts(content, start) || content.bytes <= start.bytes)
        return false;
    unsigned state = (unsigned)(content.data[start.bytes] - '0');
    out->state = (enum receipt_state)state;
    return state < RECEIPT_STATE_COUNT && cut_text(&rest, ",\"te\":\"", &out->tenant) &&
           cut_text(&rest, ",\"cl\":\"", &out->client) && cut_text(&rest, ",\"ty\":\"", &type) &&
           cut_text(&rest, ",\"da\":\"", &out->date) && out->date.bytes > 0;
}

enum status receipt_glance(struct scope *s, const struct record *state, struct receipt_glance *out)
{
    struct receipt r = {0};

    if (glance(state->content, out))
        return OK;
    TRY(receipt_parse(s, state, &r));
    *out = (struct receipt_glance){r.state, r.tenant, r.client, r.date};
    return OK;
}

enum status receipt_load(struct scope *s, struct store *store, struct str id, struct receipt *out)
{
    struct record record = {0};

    TRY(record_get(s, store, &receipt_states_table, id, (struct str){0}, &record));
    return receipt_parse(s, &record, out);
}

enum status receipt_document(struct scope *s, struct store *store, const struct receipt *r,
                             struct str *out)
{
    struct record record = {0};

    if (r->document_blob.bytes)
        return blob_get(s, store, &receipt_documents_bucket, r->document_blob, 0, RECEIPT_BYTES_MAX,
                        out);
    TRY(record_get(s, store, &receipts_table, r->id, (struct str){0}, &record));
    *out = record.content;
    return OK;
}

enum status receipt_text(struct scope *s, const struct receipt *r, struct str document,
                         struct str *out)
{
    *out = document;
    if (str_is(r->media_type, "application/json"))
        return OK;
    return xml_text(s, document, out);
}

void receipt_put_new(struct scope *s, struct change *c, const struct receipt *r,
                     struct str document)
{
    struct attribute *attributes = scope_array(s, 2, sizeof *attributes);

    attributes[0] =
        (struct attribute){str("client"), str_concat(s, 3, r->tenant, str("/"), r->client)};
    attributes[1] = (struct attribute){str("date"), r->date};
    struct record body = {.partition = r->id,
                          .content = r->document_blob.bytes ? (struct str){0} : document,
                          .attributes = attributes,
                          .attribute_count = 2};
    struct record state = {.partition = r->id, .content = receipt_state_content(s, r)};

    change_put(c, &receipts_table, &body, if_absent());
    change_put(c, &receipt_states_table, &state, if_absent());
}

void receipt_put_state(struct scope *s, struct change *c, const struct receipt *r)
{
    struct record state = {.partition = r->id, .content = receipt_state_content(s, r)};

    change_put(c, &receipt_states_table, &state, if_version(r->version));
}

static void write_registration(struct scope *s, struct buf *out, const struct receipt *r,
                               enum partner p)
{
    const struct registration *g = &r->registrations[p];

    buf_put_z(out, ",\"");
    buf_put_z(out, partner_names[p]);
    buf_put_z(out, "\":{\"state\":\"");
    buf_put_z(out, registration_states[g->state]);
    buf_put_byte(out, '"');
    put_text(out, "registrationId", receipt_registration_id(s, r, p));
    put_text(out, "reference", g->reference);
    put_text(out, "reason", g->reason);
    buf_put_byte(out, '}');
}

static void write_history(struct buf *out, const struct receipt *r)
{
    buf_put_z(out, ",\"history\":[");
    for (size_t i = 0; i < r->history_count; i++) {
        const struct receipt_event *e = &r->history[i];
        buf_put_z(out, i ? ",{\"state\":\"" : "{\"state\":\"");
        buf_put_z(out, states[e->state].name);
        buf_put_z(out, "\",\"at\":\"");
        char *at = buf_reserve(out, MOMENT_TEXT_BYTES_MAX);
        if (at)
            out->bytes += moment_write(e->at_us, MOMENT_MILLISECONDS, at);
        buf_put_byte(out, '"');
        put_text(out, "cause", e->cause);
        buf_put_byte(out, '}');
    }
    buf_put_byte(out, ']');
}

void receipt_write_summary(struct buf *out, const struct receipt *r)
{
    buf_put_z(out, "\"receiptId\":\"");
    buf_put(out, r->id);
    buf_put_z(out, "\",\"ticketId\":\"");
    buf_put(out, r->id);
    buf_put_z(out, "\",\"state\":\"");
    buf_put_z(out, states[r->state].name);
    buf_put_byte(out, '"');
    put_text(out, "type", r->type);
    put_text(out, "client", r->client);
    put_text(out, "date", r->date);
    put_text(out, "number", r->number);
    put_text(out, "total", r->total);
    put_text(out, "currency", r->currency);
}

void receipt_write_status(struct scope *s, struct buf *out, const struct receipt *r)
{
    receipt_write_summary(out, r);
    if (!json_is(r->findings, JSON_NONE)) {
        buf_put_z(out, ",\"errors\":");
        json_write(out, r->findings);
    }
    write_registration(s, out, r, PARTNER_TAX);
    write_registration(s, out, r, PARTNER_WAREHOUSE);
    write_history(out, r);
}
