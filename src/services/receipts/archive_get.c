// Finding one archived receipt by its id.
#include "services/receipts/archive_impl.h"

#include "core/scope.h"
#include "store/blob.h"

enum status entry_open(struct scope *s, struct archive *a, const struct entry *e,
                       struct segment **out)
{
    struct blob_reader *blob = NULL;
    struct blob_info info = {0};

    enum status status =
        blob_open(s, a->store, &archive_bucket, entry_blob_key(s, e), &blob, &info);
    if (status == NOT_FOUND) // not to be taken for a receipt that is not there
        return fail(s, CORRUPT, "the blob of segment %.*s is missing", STR(e->id));
    TRY(status);
    return segment_open(s, blob, info.bytes, a->fast, out);
}

static struct archived archived_copy(struct scope *s, const struct archived *item)
{
    return (struct archived){
        .client = str_copy(s, item->client),
        .date = str_copy(s, item->date),
        .id = str_copy(s, item->id),
        .version = item->version,
        .state = str_copy(s, item->state),
        .document = str_copy(s, item->document),
    };
}

bool entry_may_hold(const struct entry *e, struct str id)
{
    return str_compare(e->summary.id_first, id) <= 0 && str_compare(e->summary.id_last, id) >= 0;
}

enum status entry_get(struct scope *s, struct archive *a, const struct entry *e, struct str id,
                      struct archived *out, bool *found)
{
    struct scope *probe = scope_open(SEGMENT_SCOPE_BYTES_MAX);
    struct segment *g = NULL;
    struct archived item = {0};

    enum status status = entry_open(probe, a, e, &g);
    if (status == OK)
        status = segment_get(probe, g, id, &item);
    *found = status == OK;
    if (status == OK)
        *out = archived_copy(s, &item);
    if (status == NOT_FOUND)
        status = OK;
    if (status != OK)
        (void)fail(s, status, "segment %.*s of %.*s: %.*s", STR(e->id), STR(e->month),
                   STR(scope_why(probe)));
    scope_close(probe);
    return status;
}

// Keeps what is newer than what was found before.
static enum status look_into(struct scope *s, struct archive *a, const struct entry *e,
                             struct str id, struct archived *newest, bool *found)
{
    struct archived item = {0};
    bool here = false;

    TRY(entry_get(s, a, e, id, &item, &here));
    if (here && (!*found || item.version > newest->version))
        *newest = item;
    *found = *found || here;
    return OK;
}

enum status archive_get(struct scope *s, struct archive *a, struct str id, struct archived *out)
{
    struct snapshot *n = snapshot_take(a);
    bool found = false;
    enum status e = OK;

    *out = (struct archived){0};
    for (size_t i = 0; i < n->count && e == OK; i++)
        if (entry_may_hold(n->entries[i], id))
            e = look_into(s, a, n->entries[i], id, out, &found);
    snapshot_give(n);
    TRY(e);
    if (!found)
        return fail(s, NOT_FOUND, "there is no receipt %.*s", STR(id));
    return override_apply(s, a, out, NULL);
}
