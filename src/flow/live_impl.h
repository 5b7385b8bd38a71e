// An execution under the hands of one event: loaded as far as the interpreter asks, moved by it,
// and written into the caller's change. In the store it is a root record (flow_executions) and a
// record for each frame but 0, which lies in the root as long as it is small. The root is written
// with every event on the condition of its version, which guards the frames as well.
#ifndef SHEAF_FLOW_LIVE_IMPL_H
#define SHEAF_FLOW_LIVE_IMPL_H

#include "flow/flow_impl.h"
#include "flow/step.h"
#include "flow/turns.h"

// Who is told that the execution has ended.
enum link_kind { LINK_NONE, LINK_SYNC, LINK_SYNC_2, LINK_MAP };
struct link {
    enum link_kind kind;
    struct str execution; // parent's id
    uint32_t frame;
    uint32_t wait;
};

struct kept;
struct notice;
struct outgoing;
struct payload_put;
struct timer_change;

// A frame at hand.
struct held {
    struct held *next;
    struct frame *frame; // NULL: there is none
    uint32_t id;
    uint32_t token_wait; // 1 + the wait that somebody outside ends; 0: none
    bool stored;
    bool changed;
    bool ended;
};

struct live {
    struct flow *flow;
    struct scope *scope; // of the change
    struct change *change;
    struct turn *turn; // NULL: it is new, and nobody knows of it
    struct execution x;
    struct str tenant;
    struct str account;
    struct str definition_key;
    struct str list_of; // in which list it is: name of its machine, or of its map run
    struct link parent;
    bool pending;           // waits for its turn among those of its machine
    uint32_t token_waits;   // tasks that somebody outside ends
    int64_t token_since_us; // since when there was one
    bool frames_written;    // anything was ever kept besides the root and the first history
    uint64_t version;       // of the root; 0: it is new
    const struct definition *definition;
    struct held *frames[256];
    size_t changed; // frames
    // Frames that there was no room for in a change, by id; see live_pack.c.
    struct str pack_digest;
    struct json pack;  // JSON_NONE: not read yet
    size_t items_left; // of the change
    struct kept *kept; // large values that were looked at
    struct payload_put *puts;
    struct outgoing *outgoing; // what the change has no room for
    int64_t now_us;
    int64_t step_until_us;
    bool ended;          // by this event
    int64_t timer_at_us; // the first that was set; INT64_MAX: none
    struct str fired;    // key of the timer that is the event; empty: it is another event
    struct timer_change *timer_changes;
    struct notice *notices;
};

enum {
    LIVE_RESERVE_ITEMS = 16, // of a change: root, history, name, settlement, the caller's
    LIVE_FRAMES_SOON = 24,   // changed: then the step is asked to end soon
    LIVE_FRAMES_MAX = 50,    // changed: more go into the pack
    FRAME_INLINE_BYTES_MAX = 8000,
    CHUNK_BYTES = 200000, // of history, of what is sent later
};

// live.c
// Makes one that is new; the caller fills `x` and what stands beside.
struct live *live_new(struct scope *s, struct flow *f, struct change *c);
// Errors: NOT_FOUND; BUSY others are at it.
enum status live_load(struct scope *s, struct flow *f, struct change *c, struct str id,
                      struct live **out);
// Reads a root without a turn: what was committed. Errors: NOT_FOUND.
enum status live_peek(struct scope *s, struct flow *f, struct str id, struct live **out);
enum status live_frame(struct live *l, uint32_t id, struct frame **out); // NULL: there is none
// The interpreter's way to it.
struct flow_memory live_memory(struct live *l);
void live_note_token(struct live *l, uint32_t frame, uint32_t wait);

// live_save.c
// Moves large values elsewhere; before anything else is put.
void live_shrink(struct live *l, struct flow_effects *effects);
// Whether it is over, and its records need nobody to tidy up after them: they expire.
bool live_leaves_nothing(const struct live *l);
// Writes what has changed, and the history, into the change.
enum status live_save(struct live *l, const struct flow_effects *effects);
struct str live_list_key(struct scope *s, struct str tenant, struct str of);
struct str frame_sort(struct scope *s, uint32_t id);
uint32_t frame_number(struct str sort);
// live_pack.c
// Gives what the pack has of a frame, JSON_NONE if nothing, or nothing newer than number `than`.
enum status pack_find(struct live *l, uint32_t id, int64_t than, struct json *out);
// Moves frames into a new pack: an object of what is kept of them, by id.
enum status pack_put(struct live *l, const struct json_member *frames, size_t count);
// payloads.c
// Moves a value that is large to flow_payloads.
void payload_keep(struct live *l, struct payload *p);
// Gives the digest of a large value, which is put with the change; empty: it is small.
struct str payload_digest(struct live *l, struct json value);
// As payload_digest(), whether it is large or not.
struct str payload_put_away(struct live *l, struct json value);
enum status payload_read(struct scope *s, struct flow *f, struct str id, struct str digest,
                         struct json *out);
// Puts the payloads into the change, or before it where it has no room for them.
enum status payloads_put(struct live *l);
// advance.c
// Applies an event and fills the change with all that follows. `*stale`: nothing waits for it, and
// the change got nothing. On an error the turn is given up.
enum status live_advance(struct live *l, struct flow_event *event, bool *stale);
// Puts one that does not begin yet.
enum status live_put(struct live *l);
// The step alone, of which nothing is kept.
enum status live_step(struct live *l, struct flow_event *event, struct flow_effects *effects);
// As live_advance(), by the id of the execution. One that is not there is stale.
enum status flow_advance(struct scope *s, struct flow *f, struct change *c, struct str id,
                         struct flow_event *event, bool *stale);

// commands.c
enum status live_commands(struct live *l, const struct flow_effects *effects);
// Sends with the change, or after it when it has no room.
void live_send(struct live *l, const struct queue_def *queue, struct json body);
enum status live_send_rest(struct live *l);
void live_put_timers(struct live *l);
void live_set_timer(struct live *l, char kind, uint32_t frame, uint32_t wait, int64_t at_us);
// The execution has ended: those who wait for it are told, what it leaves is tidied up.
void live_tell_end(struct live *l);
// Tells watchers of `what` when the change is committed.
void live_notice(struct live *l, struct str what);

// The id of the execution that a frame's wait starts: always the same one.
struct str child_id(struct scope *s, struct str parent, uint32_t frame, uint32_t wait);
// Likewise of an iteration of a distributed Map.
struct str map_child_id(struct scope *s, struct str parent, uint32_t frame, uint32_t wait,
                        bool express);

#endif
