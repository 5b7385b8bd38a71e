// Rows to bundles: which are new, which are known, which cannot be; and the changes that store
// them.
#include "core/scope.h"
#include "services/signing/ingest_impl.h"
#include "services/signing/service_impl.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_BYTES_MAX = 64 << 20,
    BATCH_TEXT_MAX = 3000000,
    HEADER_ITEMS = 2, // the record, and the audit entry of a new one
    FILES_MAX = 100,
};

// -- groups --------------------------------------------------------------------------------------

struct placed {
    struct str bundle_id;
    const struct nsc_row *row;
};

static struct str bundle_id_of(struct scope *s, const struct nsc_row *row)
{
    struct str no = row->values[NSC_bundle_no];
    struct str id =
        str_concat(s, 3, row->values[NSC_bundle_date], str("-"), row->values[NSC_dealer_id]);

    return no.bytes ? str_concat(s, 3, id, str("-"), no) : id;
}

static int by_bundle(const void *left, const void *right)
{
    const struct placed *a = left;
    const struct placed *b = right;
    int order = str_compare(a->bundle_id, b->bundle_id);

    if (order != 0)
        return order;
    return a->row->line < b->row->line ? -1 : a->row->line > b->row->line;
}

void ingest_group(struct ingest *in)
{
    size_t count = in->nsc.row_count;
    struct placed *placed = scope_array(in->s, count, sizeof *placed);
    const struct nsc_row **rows = scope_array(in->s, count, sizeof(struct nsc_row *));

    for (size_t i = 0; i < count; i++)
        placed[i] = (struct placed){bundle_id_of(in->s, &in->nsc.rows[i]), &in->nsc.rows[i]};
    if (count)
        qsort(placed, count, sizeof *placed, by_bundle);
    in->groups = scope_array(in->s, count, sizeof *in->groups);
    for (size_t i = 0; i < count; i++) {
        rows[i] = placed[i].row;
        if (i == 0 || !str_equal(placed[i].bundle_id, placed[i - 1].bundle_id))
            in->groups[in->group_count++] =
                (struct group){.bundle_id = placed[i].bundle_id, .rows = &rows[i]};
        in->groups[in->group_count - 1].count++;
    }
}

// -- what cannot be taken over -------------------------------------------------------------------

static void refuse(struct ingest *in, const struct nsc_row *row, const char *field, struct str why)
{
    in->refused++;
    if (in->problem_count == NSC_PROBLEMS_MAX) {
        in->problems_untold++;
        return;
    }
    if (in->problem_count == in->problem_room) {
        in->problem_room = in->problem_room ? 2 * in->problem_room : 16;
        struct nsc_problem *more = scope_array(in->s, in->problem_room, sizeof *more);
        if (in->problem_count)
            memcpy(more, in->problems, in->problem_count * sizeof *more);
        in->problems = more;
    }
    in->problems[in->problem_count++] = (struct nsc_problem){
        row->line, row->values[NSC_contract_id], str(field), str_copy(in->s, why)};
}

// What all rows of a bundle must agree on, and where its header has it.
static const struct {
    enum nsc_field field;
    const char *member;
} shared[] = {
    {NSC_dealer_orgnr, "dealer_orgnr"}, {NSC_currency, "currency"},
    {NSC_language, "language"},         {NSC_signee_name, "signee.name"},
    {NSC_signee_email, "signee.email"}, {NSC_signee_pnr, "signee.pnr"},
};

static bool agrees(struct ingest *in, const struct bundle *b, const struct nsc_row *row)
{
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        struct str says = json_text(json_path(b->more, shared[i].member));
        if (str_equal(says, row->values[shared[i].field]))
            continue;
        refuse(in, row, nsc_field_name(shared[i].field),
               str_format(in->s, "it differs from the other rows of the bundle %.*s",
                          STR(b->bundle_id)));
        return false;
    }
    return true;
}

// -- changes under way ---------------------------------------------------------------------------

// One change after the other, each in memory of its own. A header is put once in a change.
struct batch {
    struct ingest *in;
    struct scope *scope;
    struct change *change;
    size_t items;
    size_t text_bytes;
};

static void batch_open(struct batch *b, struct ingest *in)
{
    *b = (struct batch){.in = in, .scope = scope_open(BATCH_BYTES_MAX)};
    b->change = change_new(b->scope);
}

static enum status batch_commit(struct batch *b)
{
    enum status e = change_empty(b->change)
                        ? OK
                        : store_commit(b->scope, b->in->self->platform->store, b->change);

    (void)scope_pass(b->in->s, e, b->scope);
    scope_reset(b->scope);
    b->change = change_new(b->scope);
    b->items = b->text_bytes = 0;
    return e;
}

static bool batch_has_room(const struct batch *b, size_t items)
{
    return b->items + items <= INGEST_ITEMS_MAX && b->text_bytes < BATCH_TEXT_MAX;
}

static int64_t now_us(const struct ingest *in)
{
    return world_now_us(in->self->platform->world);
}

static void add_vehicle(struct batch *b, const struct bundle *bundle, const struct nsc_row *row)
{
    struct scope *s = b->scope;
    struct vehicle v = {.tenant = bundle->tenant,
                        .bundle_id = bundle->bundle_id,
                        .contract_id = row->values[NSC_contract_id]};
    uint64_t sequence_no = 0;

    (void)str_to_u64(row->values[NSC_sequence_no], UINT32_MAX, &sequence_no);
    v.sequence_no = (uint32_t)sequence_no;
    vehicle_set(s, &v, "file", json_string(b->in->file->name));
    vehicle_set(s, &v, "line", json_i64(s, (int64_t)row->line));
    vehicle_set(s, &v, "row", nsc_row_json(s, row));
    vehicle_put(s, b->change, &v, now_us(b->in));
    b->items++;
    for (size_t i = 0; i < NSC_FIELDS; i++)
        b->text_bytes += row->values[i].bytes + 32;
}

// -- a bundle ------------------------------------------------------------------------------------

static struct bundle header_of(struct ingest *in, const struct group *g)
{
    struct scope *s = in->s;
    const struct str *values = g->rows[0]->values;
    struct bundle b = {.tenant = in->file->tenant, .bundle_id = g->bundle_id};
    struct json signee = json_object(NULL, 0);

    signee = json_with(s, signee, str("name"), json_string(values[NSC_signee_name]));
    signee = json_with(s, signee, str("email"), json_string(values[NSC_signee_email]));
    signee = json_with(s, signee, str("pnr"), json_string(values[NSC_signee_pnr]));
    bundle_set(s, &b, "dealer_id", json_string(values[NSC_dealer_id]));
    bundle_set(s, &b, "dealer_orgnr", json_string(values[NSC_dealer_orgnr]));
    bundle_set(s, &b, "country", json_string(in->nsc.country));
    bundle_set(s, &b, "bundle_date", json_string(values[NSC_bundle_date]));
    bundle_set(s, &b, "language", json_string(values[NSC_language]));
    bundle_set(s, &b, "currency", json_string(values[NSC_currency]));
    bundle_set(s, &b, "signee", signee);
    return b;
}

// Names the file on the header, among others that brought vehicles.
static void add_file(struct scope *s, struct bundle *b, struct str name)
{
    struct json files = bundle_member(b, "files");
    struct json *items = scope_array(s, files.count + 1, sizeof *items);

    for (size_t i = 0; i < files.count; i++) {
        items[i] = json_at(files, i);
        if (str_equal(json_text(items[i]), name))
            return;
    }
    items[files.count] = json_string(name);
    if (files.count < FILES_MAX)
        bundle_set(s, b, "files", json_array(items, files.count + 1));
}

// Puts the header as it stands with `count` more vehicles.
static void put_header(struct batch *batch, struct bundle *b, size_t count)
{
    struct scope *s = batch->in->s; // the header outlives the change
    int64_t vehicles = 0;

    (void)json_to_i64(bundle_member(b, "vehicle_count"), &vehicles);
    bundle_set(s, b, "vehicle_count", json_i64(s, vehicles + (int64_t)count));
    add_file(s, b, batch->in->file->name);
    bundle_put(s, batch->change, b, now_us(batch->in));
    batch->items += HEADER_ITEMS;
    batch->text_bytes += 4096;
}

// Commits, and goes on from what that made of the header, unless somebody else was there by then.
static enum status next_change(struct batch *batch, struct bundle *b)
{
    struct scope *s = batch->in->s;
    uint64_t version = b->version + 1;

    TRY(batch_commit(batch));
    TRY(bundle_get(s, batch->in->self->platform->store, b->tenant, b->bundle_id, b));
    return b->version == version
               ? OK
               : fail(s, CONFLICT, "others work on the bundle %.*s", STR(b->bundle_id));
}

// Stores the new rows of a bundle: as many in a change as fit, with its header.
static enum status store_rows(struct batch *batch, struct group *g, struct bundle *b,
                              const struct nsc_row **rows, size_t count)
{
    for (size_t done = 0; done < count;) {
        if (!batch_has_room(batch, HEADER_ITEMS + 1))
            TRY(batch_commit(batch));
        size_t first = done;
        while (done < count && batch_has_room(batch, HEADER_ITEMS + 1))
            add_vehicle(batch, b, rows[done++]);
        put_header(batch, b, done - first);
        if (done == count)
            break;
        TRY(next_change(batch, b));
    }
    g->taken += count;
    batch->in->taken += count;
    return OK;
}

// What became of a row whose contract the bundle has.
static void meet(struct ingest *in, struct group *g, const struct nsc_row *row,
                 const struct record *r)
{
    struct json there = {0};
    struct json mine = nsc_row_json(in->s, row);
    int64_t line = 0;

    (void)json_parse(in->s, r->content, &json_limits_lenient, &there);
    struct str file = json_text(json_member(there, "file"));
    (void)json_to_i64(json_member(there, "line"), &line);
    if (!json_equal(json_member(there, "row"), mine)) {
        refuse(in, row, "contract_id",
               str_format(in->s,
                          "the file %.*s brought this contract with other content, in line %lld",
                          STR(file), (long long)line));
    } else if (str_equal(file, in->file->name) && line == (int64_t)row->line) {
        g->taken++;
        in->taken++;
    } else {
        in->known++;
    }
}

// Whether the bundle, of so many vehicles, takes a row that it does not have.
static bool admits(struct ingest *in, const struct bundle *b, const struct nsc_row *row,
                   int64_t vehicles)
{
    struct str started_at = json_text(bundle_member(b, "started_at"));
    struct str why = {0};

    if (!agrees(in, b, row))
        return false;
    if (started_at.bytes) {
        why = str_format(in->s, "the bundle %.*s was started on %.*s", STR(b->bundle_id),
                         STR(started_at));
    } else if (vehicles >= BUNDLE_VEHICLES_MAX) {
        why = str_format(in->s, "the bundle %.*s has %d vehicles, which is the most",
                         STR(b->bundle_id), BUNDLE_VEHICLES_MAX);
    }
    if (why.bytes)
        refuse(in, row, "", why);
    return why.bytes == 0;
}

// Sorts the rows of a bundle: the new ones are left in `rows`.
static enum status sift(struct ingest *in, struct group *g, const struct bundle *b,
                        const struct nsc_row **rows, size_t *count)
{
    struct record_key *keys = scope_array(in->s, g->count, sizeof *keys);
    struct record *found = scope_array(in->s, g->count, sizeof *found);
    int64_t vehicles = 0;

    (void)json_to_i64(bundle_member(b, "vehicle_count"), &vehicles);
    for (size_t i = 0; i < g->count; i++)
        keys[i] = vehicle_key(in->s, b, g->rows[i]->values[NSC_contract_id]);
    if (b->version) {
        TRY(record_get_many(in->s, in->self->platform->store, &bundles_table, keys, g->count,
                            found));
    }
    for (size_t i = 0; i < g->count; i++) {
        if (found[i].version)
            meet(in, g, g->rows[i], &found[i]);
        else if (admits(in, b, g->rows[i], vehicles + (int64_t)*count))
            rows[(*count)++] = g->rows[i];
    }
    return OK;
}

static enum status store_group(struct batch *batch, struct group *g)
{
    struct ingest *in = batch->in;
    const struct nsc_row **rows = scope_array(in->s, g->count, sizeof(struct nsc_row *));
    struct bundle b = {0};
    size_t count = 0;

    g->taken = 0;
    enum status e =
        bundle_get(in->s, in->self->platform->store, in->file->tenant, g->bundle_id, &b);
    if (e == NOT_FOUND)
        b = header_of(in, g);
    else
        TRY(e);
    TRY(sift(in, g, &b, rows, &count));
    return store_rows(batch, g, &b, rows, count);
}

enum status ingest_store(struct ingest *in)
{
    struct batch batch = {0};
    enum status e = OK;

    in->taken = in->known = in->refused = 0;
    in->problem_count = in->problems_untold = 0;
    batch_open(&batch, in);
    for (size_t i = 0; i < in->group_count && e == OK; i++)
        e = store_group(&batch, &in->groups[i]);
    if (e == OK)
        e = batch_commit(&batch);
    scope_close(batch.scope);
    return e;
}

// -- starting ------------------------------------------------------------------------------------

// One try. OK also when another has started it.
static enum status start_once(struct scope *s, struct ingest *in, const struct group *g)
{
    struct store *store = in->self->platform->store;
    struct change *c = change_new(s);
    struct bundle b = {0};

    TRY(bundle_get(s, store, in->file->tenant, g->bundle_id, &b));
    if (json_is(bundle_member(&b, "started_at"), JSON_STRING))
        return OK;
    TRY(bundle_start(s, in->self, c, &b, now_us(in)));
    bundle_put(s, c, &b, now_us(in));
    return store_commit(s, store, c);
}

enum status ingest_start(struct ingest *in)
{
    enum { TRIES_MAX = 5 };
    struct scope *own = scope_open(BATCH_BYTES_MAX);
    enum status e = OK;

    for (size_t i = 0; i < in->group_count && e == OK; i++) {
        if (in->groups[i].taken == 0)
            continue;
        e = CONFLICT;
        for (int k = 0; k < TRIES_MAX && e == CONFLICT; k++) {
            scope_reset(own);
            e = start_once(own, in, &in->groups[i]);
        }
    }
    (void)scope_pass(in->s, e, own);
    scope_close(own);
    return e;
}
