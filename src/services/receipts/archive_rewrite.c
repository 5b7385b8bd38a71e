// Segments are woven into new ones: each receipt once, in its newest version, with its override
// folded in. The new ones are catalogued before the old ones leave the catalogue: a crash between
// leaves receipts in both, which readers stand and the next merge ends.
#include "core/heap.h"
#include "core/scope.h"
#include "services/receipts/archive_deed_impl.h"
#include "store/blob.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    OUTPUT_SCOPE_BYTES_MAX = 1 << 30, // a store in memory keeps the blob there
    ITEM_BYTES_MAX = 16 << 20,
    PROGRESS_EVERY = 4096,
    OUTPUTS_FIRST = 16,
};

// A segment that passes it ends: small enough to be rewritten when one receipt is erased.
#define OUTPUT_BYTES_MAX ((uint64_t)512 << 20)

struct rewriter {
    struct archive *archive;
    struct rewrite *how;
    struct scope *output_scope;
    struct scope *item_scope;
    struct entry values; // of the output that is being written
    struct blob_writer *blob;
    struct segment_writer *writer; // NULL: none
    struct entry **outputs;        // heap
    size_t output_count;
    size_t output_room;
    struct folded *folded; // heap
    size_t folded_count;
    size_t folded_room;
};

static enum status begin_output(struct rewriter *w)
{
    struct scope *s = w->output_scope;

    w->values = (struct entry){.id = world_uuid(w->archive->world, s),
                               .month = w->how->month,
                               .run = w->how->run,
                               .level = w->how->level};
    TRY(blob_create(s, w->archive->store, &archive_bucket, entry_blob_key(s, &w->values), NULL,
                    &w->blob));
    return segment_begin(s, w->blob, w->archive->dense, &w->writer);
}

static enum status end_output(struct rewriter *w)
{
    if (!w->writer)
        return OK;
    TRY(segment_end(w->output_scope, w->writer, &w->values.summary));
    TRY(blob_finish(w->output_scope, w->blob, NULL));
    if (w->output_count == w->output_room) {
        w->output_room = w->output_room ? w->output_room * 2 : OUTPUTS_FIRST;
        w->outputs = heap_resize(w->outputs, w->output_room, sizeof(struct entry *));
    }
    w->outputs[w->output_count++] = entry_new(&w->values);
    w->writer = NULL;
    scope_reset(w->output_scope);
    return OK;
}

static void note_folded(struct rewriter *w, struct str id, uint64_t version)
{
    if (w->folded_count == w->folded_room) {
        w->folded_room = w->folded_room ? w->folded_room * 2 : OUTPUTS_FIRST;
        w->folded = heap_resize(w->folded, w->folded_room, sizeof *w->folded);
    }
    w->folded[w->folded_count++] = (struct folded){heap_copy(id), version};
}

static enum status write_item(struct rewriter *w, const struct archived *item)
{
    struct archived newest = *item;
    uint64_t override = 0;

    enum status e = override_apply(w->item_scope, w->archive, &newest, &override);
    if (e != OK)
        return scope_pass(w->output_scope, e, w->item_scope);
    if (override)
        note_folded(w, item->id, override);
    if (!w->writer)
        TRY(begin_output(w));
    TRY(segment_add(w->output_scope, w->writer, &newest));
    scope_reset(w->item_scope);
    return segment_receipts_written(w->writer) == SEGMENT_RECEIPTS_MAX ||
                   segment_bytes_written(w->writer) > OUTPUT_BYTES_MAX
               ? end_output(w)
               : OK;
}

static void tell_progress(struct rewrite *how)
{
    if (++how->done > how->all)
        how->all = how->done;
    if (how->progress && (how->done % PROGRESS_EVERY == 0 || how->done == how->all))
        how->progress(how->context, how->done, how->all);
}

static enum status write_all(struct scope *s, struct rewriter *w, struct weave *weave)
{
    const struct archived *item = NULL;

    for (;;) {
        TRY(weave_next(s, weave, &item));
        if (!item)
            break;
        tell_progress(w->how);
        if (w->how->without.bytes && str_equal(item->id, w->how->without))
            continue;
        enum status e = write_item(w, item);
        if (e != OK)
            return scope_pass(s, e, w->output_scope);
    }
    enum status e = end_output(w);
    return scope_pass(s, e, w->output_scope);
}

// Catalogues the outputs; what is durable is in the catalogue in memory at once, too.
static enum status add_outputs(struct scope *s, struct rewriter *w)
{
    for (size_t from = 0; from < w->output_count; from += CHANGE_ITEMS_MAX) {
        struct change *c = change_new(s);
        size_t count = w->output_count - from;
        if (count > CHANGE_ITEMS_MAX)
            count = CHANGE_ITEMS_MAX;
        for (size_t i = from; i < from + count; i++)
            entry_put_new(s, c, w->outputs[i]);
        TRY(store_commit(s, w->archive->store, c));
        snapshot_replace(w->archive, NULL, 0, &w->outputs[from], count);
        for (size_t i = from; i < from + count; i++)
            w->outputs[i] = NULL; // the catalogue's
    }
    return OK;
}

static enum status remove_inputs(struct scope *s, struct rewriter *w, struct entry **inputs,
                                 size_t input_count)
{
    for (size_t from = 0; from < input_count; from += CHANGE_ITEMS_MAX) {
        struct change *c = change_new(s);
        size_t count = input_count - from;
        if (count > CHANGE_ITEMS_MAX)
            count = CHANGE_ITEMS_MAX;
        for (size_t i = from; i < from + count; i++)
            change_remove(c, &segments_table, inputs[i]->id, (struct str){0}, if_any());
        TRY(store_commit(s, w->archive->store, c));
        struct entry **gone = heap_array(count, sizeof(struct entry *));
        for (size_t i = 0; i < count; i++) {
            gone[i] = inputs[from + i];
            atomic_fetch_add(&gone[i]->references, 1);
        }
        bool last = from + count == input_count;
        snapshot_replace(w->archive, gone, count, NULL, 0);
        archive_retire(w->archive, gone, count, last ? w->folded : NULL,
                       last ? w->folded_count : 0);
        if (last) {
            w->folded = NULL; // the retired's
            w->folded_count = 0;
        }
    }
    return OK;
}

static void count_result(const struct rewriter *w, size_t input_count, struct merge_result *out)
{
    out->segments_before += input_count;
    out->segments_after += w->output_count;
    for (size_t i = 0; i < w->output_count; i++) {
        out->receipts += w->outputs[i]->summary.count;
        out->bytes += w->outputs[i]->summary.bytes;
    }
}

static enum status rewrite(struct scope *s, struct rewriter *w, struct entry **inputs, size_t count,
                           struct merge_result *out)
{
    struct weave *weave = weave_new(s, w->archive, seats_new(s, NULL), count, NULL);

    for (size_t i = 0; i < count; i++) {
        struct archived from = {.client = inputs[i]->summary.client_first};
        weave_add(weave, inputs[i], &from);
    }
    TRY(write_all(s, w, weave));
    count_result(w, count, out);
    TRY(add_outputs(s, w));
    return remove_inputs(s, w, inputs, count);
}

static void free_rest(struct rewriter *w)
{
    for (size_t i = 0; i < w->output_count; i++)
        if (w->outputs[i])
            entry_give(w->outputs[i]);
    for (size_t i = 0; i < w->folded_count; i++)
        free((void *)(uintptr_t)w->folded[i].id.data);
    free(w->outputs);
    free(w->folded);
    scope_close(w->item_scope);
    scope_close(w->output_scope);
}

enum status segments_rewrite(struct scope *s, struct archive *a, struct entry **inputs,
                             size_t count, struct rewrite *how, struct merge_result *out)
{
    struct rewriter w = {.archive = a,
                         .how = how,
                         .output_scope = scope_open(OUTPUT_SCOPE_BYTES_MAX),
                         .item_scope = scope_open(ITEM_BYTES_MAX)};
    bool swept = a->swept;

    assert(a->busy && count > 0);
    a->swept = false; // until the catalogue names the blobs
    enum status e = rewrite(s, &w, inputs, count, out);
    if (e == OK)
        a->swept = swept;
    free_rest(&w);
    return e;
}
