// Erasing an archived receipt: every segment that holds it is written anew without it.
#include "core/scope.h"
#include "services/receipts/archive_deed_impl.h"

#include <stdlib.h>

enum { ERASE_WAIT_US = 60 * 1000000, ERASE_BYTES_MAX = 256 << 20 };

static enum status erase(struct scope *s, struct archive *a, struct str id, bool *found)
{
    struct merge_result ignored = {0};

    for (size_t i = 0; i < a->current->count;) {
        struct entry *e = a->current->entries[i];
        struct rewrite how = {.month = e->month, .run = e->run, .level = e->level, .without = id};
        struct archived item;
        bool yes = false;
        if (entry_may_hold(e, id))
            TRY(entry_get(s, a, e, id, &item, &yes));
        i = yes ? 0 : i + 1; // the catalogue has changed
        if (!yes)
            continue;
        *found = true;
        if (e->deleting) // it must not come back from there
            TRY(entry_finish(s, a, e));
        else
            TRY(segments_rewrite(s, a, &e, 1, &how, &ignored));
    }
    return overrides_remove(s, a, id, UINT64_MAX);
}

enum status archive_erase(struct scope *s, struct archive *a, struct str id)
{
    bool found = false;

    if (!deed_begin(a, ERASE_WAIT_US))
        return fail(s, BUSY, "the archive is being changed: try again later");
    struct scope *inner = scope_open(ERASE_BYTES_MAX);
    enum status e = erase(inner, a, id, &found);
    if (e == OK)
        e = archive_tidy(inner, a); // now, and not in the next turn
    (void)scope_pass(s, e, inner);
    scope_close(inner);
    deed_end(a);
    TRY(e);
    return found ? OK : fail(s, NOT_FOUND, "there is no archived receipt %.*s", STR(id));
}
