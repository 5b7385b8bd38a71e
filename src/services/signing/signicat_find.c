// Finding sessions by their reference. The API cannot ask for one, so the list is read, newest
// first, as far back as a session can be open. It moves while it is read: pages overlap, and what
// is seen twice counts once. Other people's sessions are in it too; nothing of them is looked at
// but whose they are.
#include "core/moment.h"
#include "core/scope.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    PAGE = 100,
    OVERLAP = 10,
    PAGES_MAX = 1000,
    PAGE_BYTES_MAX = 8 << 20,
    FOUND_MAX = 100,
    HORIZON_DAYS = 40, // a session is open for thirty at most
};

struct search {
    struct signicat *p;
    struct str tenant;
    struct str external;
    struct session *found; // newest first
    size_t count;
    size_t read;       // of the page
    int64_t oldest_us; // of the page; INT64_MAX: it does not say
    uint64_t total;    // of all pages; 0: it does not say
};

static enum status note(struct scope *s, struct search *f, struct json j)
{
    struct session one = {0};

    TRY(signicat_read_session(s, f->p, j, f->tenant, &one));
    for (size_t i = 0; i < f->count; i++)
        if (str_equal(f->found[i].id, one.id))
            return OK;
    if (f->count == FOUND_MAX)
        return fail(s, TEMPORARY, "signicat has over %d sessions of one reference", FOUND_MAX);
    f->found[f->count++] = one;
    return OK;
}

static enum status read_page(struct scope *s, struct search *f, struct json j)
{
    struct json data = json_member(j, "data");
    int64_t total = 0;

    if (!json_is(data, JSON_ARRAY))
        return fail(s, TEMPORARY, "signicat's list of sessions has no data");
    f->read = data.count;
    f->oldest_us = INT64_MAX;
    f->total = json_to_i64(json_member(j, "total"), &total) && total > 0 ? (uint64_t)total : 0;
    for (size_t i = 0; i < data.count; i++) {
        struct json one = json_at(data, i);
        int64_t created_us = 0;
        if (str_equal(json_text(json_member(one, "externalReference")), f->external))
            TRY(note(s, f, one));
        if (moment_read(json_text(json_member(one, "createdAt")), &created_us) &&
            created_us < f->oldest_us)
            f->oldest_us = created_us;
    }
    return OK;
}

static enum status get_page(struct scope *s, struct search *f, uint64_t offset)
{
    struct http_reply reply = {0};
    struct json j = {0};
    struct str path = str_format(s, "/signing-sessions?limit=%d&offset=%llu&sort=-createdAt", PAGE,
                                 (unsigned long long)offset);
    struct signicat_call call = {.method = "GET", .path = path, .answer_bytes_max = PAGE_BYTES_MAX};

    if (!scope_has_room(s, (size_t)4 * PAGE_BYTES_MAX))
        return fail(s, TEMPORARY, "there is no memory left to read signicat's list of sessions");
    enum status e = signicat_ask(s, f->p, &call, &reply);
    if (e == NOT_FOUND) // the list itself
        return fail(s, TEMPORARY, "%.*s", STR(scope_why(s)));
    TRY(e);
    TRY(signicat_parse(s, reply.body, &j));
    return read_page(s, f, j);
}

static bool is_last(const struct search *f, uint64_t offset)
{
    int64_t horizon_us = world_now_us(f->p->options.world) - HORIZON_DAYS * MOMENT_DAY_US;

    if (f->read <= OVERLAP || (f->total && offset + f->read >= f->total))
        return true;
    return f->oldest_us < horizon_us;
}

static int by_age(const void *left, const void *right)
{
    const struct session *a = left;
    const struct session *b = right;

    return (a->created_at_us > b->created_at_us) - (a->created_at_us < b->created_at_us);
}

// The list was newest first; where the times do not say, its order does.
static void oldest_first(struct search *f)
{
    for (size_t i = 0; i < f->count / 2; i++) {
        struct session other = f->found[i];
        f->found[i] = f->found[f->count - 1 - i];
        f->found[f->count - 1 - i] = other;
    }
    if (f->count > 1)
        qsort(f->found, f->count, sizeof *f->found, by_age);
}

// A page is parsed in a scope of its own; what was found of it is taken along.
static enum status search_page(struct scope *s, struct search *f, uint64_t offset)
{
    struct scope *page = scope_open((size_t)6 * PAGE_BYTES_MAX);
    size_t before = f->count;
    enum status e = scope_pass(s, get_page(page, f, offset), page);

    for (size_t i = before; e == OK && i < f->count; i++) {
        struct session *one = &f->found[i];
        one->id = str_copy(s, one->id);
        one->reference = str_copy(s, one->reference);
        one->link = str_copy(s, one->link);
        one->reason = str_copy(s, one->reason);
        one->log = json_copy(s, one->log);
    }
    scope_close(page);
    return e;
}

enum status signicat_find(struct scope *s, void *self, struct str tenant, struct str reference,
                          struct session **out, size_t *count)
{
    struct search f = {.p = self,
                       .tenant = tenant,
                       .external = signicat_reference(s, tenant, reference),
                       .found = scope_array(s, FOUND_MAX, sizeof(struct session))};
    uint64_t offset = 0;

    for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
        TRY(search_page(s, &f, offset));
        if (is_last(&f, offset)) {
            oldest_first(&f);
            *out = f.found;
            *count = f.count;
            return OK;
        }
        offset += f.read - OVERLAP;
    }
    return fail(s, TEMPORARY, "signicat's list of sessions does not end");
}
