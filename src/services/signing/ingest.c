// The task, the claim of a file's number, and its report.
#include "services/signing/ingest.h"

#include "core/scope.h"
#include "services/signing/ingest_impl.h"
#include "services/signing/service_impl.h"
#include "store/worker.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/world.h"

#include <stdlib.h>

enum { TRIES_MAX = 5 };

// -- the number of a file ------------------------------------------------------------------------

// Whose the number is: this file's, or what the outcome says.
static enum status claim_once(struct ingest *in, struct inbound_outcome *outcome)
{
    struct scope *s = in->s;
    struct store *store = in->self->platform->store;
    struct record r = {0};
    struct json holder = {0};
    struct str sort = str_format(s, "sequence/%.*s/%06u", STR(in->nsc.country), in->nsc.sequence);

    enum status e = record_get(s, store, &signing_files_table, in->file->tenant, sort, &r);
    if (e == NOT_FOUND) {
        struct change *c = change_new(s);
        struct json_member members[] = {{str("name"), json_string(in->file->name)},
                                        {str("sha256"), json_string(in->file->sha256)}};
        r = (struct record){.partition = in->file->tenant,
                            .sort = sort,
                            .content = json_to_str(s, json_object(members, 2))};
        change_put(c, &signing_files_table, &r, if_absent());
        return store_commit(s, store, c);
    }
    TRY(e);
    TRY(json_parse(s, r.content, &json_limits_lenient, &holder));
    struct str name = json_text(json_member(holder, "name"));
    bool same = str_equal(json_text(json_member(holder, "sha256")), in->file->sha256);
    if (same && str_equal(name, in->file->name))
        return OK;
    outcome->state = same ? INBOUND_REPEATED : INBOUND_REFUSED;
    outcome->why =
        same ? str_format(s, "the same file came before as %.*s", STR(name))
             : str_format(s, "the file %u of %.*s came before as %.*s, with other content",
                          in->nsc.sequence, STR(in->nsc.country), STR(name));
    return OK;
}

static enum status claim(struct ingest *in, struct inbound_outcome *outcome)
{
    enum status e = CONFLICT;

    for (int i = 0; i < TRIES_MAX && e == CONFLICT; i++)
        e = claim_once(in, outcome);
    return e;
}

// -- the report ----------------------------------------------------------------------------------

static struct json header_json(struct scope *s, const struct nsc_file *f)
{
    struct json_member *members = scope_array(s, 5, sizeof *members);

    members[0] = (struct json_member){str("sender"), json_string(f->sender)};
    members[1] = (struct json_member){str("country"), json_string(f->country)};
    members[2] = (struct json_member){str("file_date"), json_string(f->file_date)};
    members[3] = (struct json_member){str("sequence"), json_i64(s, f->sequence)};
    members[4] = (struct json_member){
        str("form"), json_string(str(f->form == NSC_FIXED ? "fixed" : "delimited"))};
    return json_object(members, 5);
}

static struct json problem_json(struct scope *s, const struct nsc_problem *p)
{
    struct json_member *members = scope_array(s, 4, sizeof *members);
    size_t count = 0;

    members[count++] = (struct json_member){str("line"), json_i64(s, (int64_t)p->line)};
    if (p->contract_id.bytes)
        members[count++] = (struct json_member){str("contract_id"), json_string(p->contract_id)};
    if (p->field.bytes)
        members[count++] = (struct json_member){str("field"), json_string(p->field)};
    members[count++] = (struct json_member){str("why"), json_string(p->why)};
    return json_object(members, count);
}

static int by_line(const void *left, const void *right)
{
    const struct nsc_problem *a = left;
    const struct nsc_problem *b = right;

    return a->line < b->line ? -1 : a->line > b->line;
}

// Those of reading the file and those of storing its rows, by line: no line has both.
static struct json problems_json(struct ingest *in)
{
    const struct nsc_file *f = &in->nsc;
    size_t all = f->problem_count + in->problem_count;
    struct json *items = scope_array(in->s, all, sizeof *items);
    size_t count = 0;

    if (in->problem_count)
        qsort(in->problems, in->problem_count, sizeof *in->problems, by_line);
    for (size_t a = 0, b = 0; a < f->problem_count || b < in->problem_count;) {
        bool read = b == in->problem_count ||
                    (a < f->problem_count && f->problems[a].line < in->problems[b].line);
        items[count++] = problem_json(in->s, read ? &f->problems[a++] : &in->problems[b++]);
    }
    return json_array(items, count < NSC_PROBLEMS_MAX ? count : NSC_PROBLEMS_MAX);
}

static struct json report_json(struct ingest *in, size_t *bundles)
{
    struct scope *s = in->s;
    struct json report = json_object(NULL, 0);
    struct json *ids = scope_array(s, in->group_count, sizeof *ids);
    struct json problems = problems_json(in);
    size_t untold = in->nsc.problems_untold + in->problems_untold + in->nsc.problem_count +
                    in->problem_count - problems.count;

    *bundles = 0;
    for (size_t i = 0; i < in->group_count; i++)
        if (in->groups[i].taken)
            ids[(*bundles)++] = json_string(in->groups[i].bundle_id);
    report = json_with(s, report, str("bundles"), json_array(ids, *bundles));
    report = json_with(s, report, str("problems"), problems);
    if (untold)
        report = json_with(s, report, str("problems_untold"), json_i64(s, (int64_t)untold));
    if (!in->nsc.sum_checked)
        report = json_with(s, report, str("sum_unchecked"), json_bool(true));
    return report;
}

static struct json counts_json(struct ingest *in, size_t bundles)
{
    struct scope *s = in->s;
    const struct {
        const char *name;
        size_t count;
    } counts[] = {
        {"records", in->nsc.record_count},
        {"accepted", in->taken},
        {"refused", in->nsc.refused_count + in->refused},
        {"repeated", in->nsc.repeated_count},
        {"known", in->known},
        {"bundles", bundles},
    };
    enum { COUNTS = sizeof counts / sizeof counts[0] };
    struct json_member *members = scope_array(s, COUNTS, sizeof *members);

    for (size_t i = 0; i < COUNTS; i++)
        members[i] =
            (struct json_member){str(counts[i].name), json_i64(s, (int64_t)counts[i].count)};
    return json_object(members, COUNTS);
}

static void conclude(struct ingest *in, struct inbound_outcome *outcome)
{
    size_t refused = in->nsc.refused_count + in->refused;
    size_t bundles = 0;

    outcome->report = report_json(in, &bundles);
    outcome->counts = counts_json(in, bundles);
    outcome->state = refused == 0 ? INBOUND_ACCEPTED : INBOUND_PARTLY;
    if (refused && in->taken + in->known == 0) {
        outcome->state = INBOUND_REFUSED;
        outcome->why = str("none of its rows could be taken over");
    }
}

// -- a contract file -----------------------------------------------------------------------------

static enum status take_over(struct ingest *in)
{
    enum status e = CONFLICT;

    ingest_group(in);
    for (int i = 0; i < TRIES_MAX && e == CONFLICT; i++)
        e = ingest_store(in);
    if (e == OK)
        e = ingest_start(in);
    // Whoever else is at the same bundles will be done.
    return e == CONFLICT ? fail(in->s, BUSY, "others work on the same bundles") : e;
}

enum status interface_ingest(struct scope *s, struct signing *self, struct change *c,
                             struct inbound_file *f)
{
    struct store *store = self->platform->store;
    struct ingest in = {.s = s, .self = self, .file = f};
    struct inbound_outcome outcome = {.state = INBOUND_RECEIVED};
    struct str bytes = {0};

    TRY(inbound_bytes(s, store, f, &bytes));
    enum status e = nsc_parse(s, bytes, &in.nsc);
    if (e == REFUSED || e == TOO_LARGE) {
        outcome.state = INBOUND_REFUSED;
        outcome.why = str_copy(s, scope_why(s));
        scope_forgive(s);
    } else {
        TRY(e);
        outcome.header = header_json(s, &in.nsc);
        TRY(claim(&in, &outcome));
    }
    if (outcome.state == INBOUND_RECEIVED) {
        TRY(take_over(&in));
        conclude(&in, &outcome);
    }
    return inbound_end(s, store, c, f, &outcome, world_now_us(self->platform->world));
}

// Counted when it was read: when that cannot be committed, it is read and counted again.
static void count(const struct signing *self, const struct inbound_file *f)
{
    static const char *const rows[] = {"accepted", "refused", "repeated", "known"};
    struct metric *counted = metrics_find(self->platform->metrics, "sheaf_signing_rows");
    struct json counts = json_member(f->more, "counts");

    metric_add(metrics_find(self->platform->metrics, "sheaf_signing_files"),
               (uint32_t)f->state - INBOUND_ACCEPTED, 1);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t n = 0;
        if (json_to_i64(json_member(counts, rows[i]), &n))
            metric_add(counted, i, (uint64_t)n);
    }
}

// -- the task ------------------------------------------------------------------------------------

enum status ingest_run(struct scope *s, struct work *work)
{
    struct signing *self = work->context;
    struct inbound_file f = {0};
    enum inbound_kind kind = INBOUND_INTERFACE;
    struct json body = {0};

    TRY(json_parse(s, work->message->body, &json_limits_strict, &body));
    struct str tenant = json_text(json_member(body, "tenant"));
    struct str name = json_text(json_member(body, "name"));
    if (!inbound_kind_parse(json_text(json_member(body, "kind")), &kind))
        return fail(s, INVALID, "the message names no kind of file");
    TRY(inbound_get(s, work->store, tenant, kind, name, &f));
    // Read already, or replaced by a corrected file, which has a message of its own.
    if (inbound_is_read(&f) || !str_equal(json_text(json_member(body, "sha256")), f.sha256))
        return OK;
    TRY(kind == INBOUND_INTERFACE ? interface_ingest(s, self, work->change, &f)
                                  : invoice_ingest(s, self, work->change, &f));
    count(self, &f);
    log_event(LOG_INFO, "file.read", LOG_STR("tenant", tenant),
              LOG_Z("kind", inbound_kind_name(kind)), LOG_STR("name", name),
              LOG_Z("state", inbound_state_name(f.state)), LOG_END);
    return OK;
}
