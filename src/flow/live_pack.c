// When a Map with thousands of running iterations is ended at once, thousands of frames change at
// once, and a change has room for a hundred. Those that find no room are kept together as one
// payload, which the root names. A frame may lie in the pack and in a record: the one that was put
// later counts, and each says when that was.
#include "core/scope.h"
#include "flow/live_impl.h"

static enum status pack_load(struct live *l)
{
    if (!json_is(l->pack, JSON_NONE) || l->pack_digest.bytes == 0)
        return OK;
    return payload_read(l->scope, l->flow, l->x.id, l->pack_digest, &l->pack);
}

enum status pack_find(struct live *l, uint32_t id, int64_t than, struct json *out)
{
    *out = (struct json){0};
    if (l->pack_digest.bytes == 0)
        return OK;
    TRY(pack_load(l));
    struct json found = json_get(l->pack, frame_sort(l->scope, id));
    if (member_i64(found, "n") > than)
        *out = found;
    return OK;
}

static bool among(const struct json_member *frames, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(frames[i].name, name))
            return true;
    return false;
}

enum status pack_put(struct live *l, const struct json_member *frames, size_t count)
{
    TRY(pack_load(l));
    size_t old = json_is(l->pack, JSON_OBJECT) ? l->pack.count : 0;
    struct json_member *all = scope_array(l->scope, old + count, sizeof *all);
    size_t used = 0;

    for (size_t i = 0; i < old; i++)
        if (!among(frames, count, l->pack.members[i].name))
            all[used++] = l->pack.members[i];
    memcpy(all + used, frames, count * sizeof *frames);
    l->pack = json_object(all, used + count);
    l->pack_digest = payload_put_away(l, l->pack);
    return OK;
}
