// A run by itself, and the packed forms of entries and keys. An entry begins with a byte that says
// which of its first two texts are as in the entry before.
#include "store/embedded/runs_impl.h"

#include "core/scope.h"
#include "store/embedded/pack.h"

enum {
    RUN_BYTES_MAX = 1 << 28,
    SAME_PARTITION = 1,
    SAME_SORT = 2,
};

struct run *run_new(int64_t number, size_t block_count)
{
    struct scope *s = scope_open(RUN_BYTES_MAX);
    struct run *run = scope_new(s, struct run);

    run->scope = s;
    run->number = number;
    run->block_count = block_count;
    run->firsts = scope_array(s, block_count, sizeof *run->firsts);
    return run;
}

void run_free(struct run *run)
{
    if (run)
        scope_close(run->scope);
}

void run_write_entry(struct pack *p, const struct index_entry *before,
                     const struct index_entry *entry)
{
    bool same_partition = before && str_equal(before->partition, entry->partition);
    bool same_sort = before && str_equal(before->sort, entry->sort);

    *pack_reserve(p, 1) =
        (char)((same_partition ? SAME_PARTITION : 0) | (same_sort ? SAME_SORT : 0));
    if (!same_partition)
        pack_str(p, entry->partition);
    if (!same_sort)
        pack_str(p, entry->sort);
    pack_str(p, entry->key.partition);
    pack_str(p, entry->key.sort);
}

bool run_read_entry(struct unpack *u, struct index_entry *out)
{
    struct str same = unpack_bytes(u, 1);

    if (u->bad)
        return false;
    if (!(*same.data & SAME_PARTITION))
        out->partition = unpack_str(u);
    if (!(*same.data & SAME_SORT))
        out->sort = unpack_str(u);
    out->key.partition = unpack_str(u);
    out->key.sort = unpack_str(u);
    return !u->bad;
}

struct str run_pack_key(struct pack *p, const struct record_key *key)
{
    p->bytes = 0;
    pack_str(p, key->partition);
    pack_str(p, key->sort);
    return pack_view(p);
}

struct record_key run_unpack_key(struct str packed)
{
    struct unpack u = unpack_of(packed);
    struct str partition = unpack_str(&u);

    return (struct record_key){partition, unpack_str(&u)};
}
