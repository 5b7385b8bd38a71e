// The drop folder that OnBase watches. An index appears there when everything that it names does,
// by a rename, and exactly once: it is staged first, under another name and flushed; when the
// record says so, it is published. A staged file that is gone has been published, and an index that
// is gone has been taken, provided that the content lies beside where they were: a folder without
// it is another one (not mounted, lost), and says nothing. OnBase deletes an index that it took,
// and moves one that it refuses to ERROR_FILES; with reports it drops a NAME.rpt as well (lines
// `record;contract_id;document_handle;status;message`).
//
// Any thread; all functions block. Errors besides those named: TEMPORARY, INTERNAL, as of files.
#ifndef SHEAF_SERVICES_SIGNING_DELIVERY_H
#define SHEAF_SERVICES_SIGNING_DELIVERY_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct delivery;
struct platform;
struct scope;

// Opens as the settings signing.onbase_* say. Lives as long as the scope.
enum status delivery_open(struct scope *s, const struct platform *platform, struct delivery **out);

// Puts a file beside the indexes unless it is there with this length.
enum status delivery_put_content(struct scope *s, struct delivery *d, struct str name,
                                 struct str bytes);
bool delivery_has_content(struct scope *s, struct delivery *d, struct str name, uint64_t bytes);

// How a content file is called in an index: as it is, or as OnBase sees its path (`*full`).
struct str delivery_content_path(struct scope *s, const struct delivery *d, struct str name,
                                 bool *full);

// Stages an index: durable when it returns. Again is fine.
enum status delivery_stage(struct scope *s, struct delivery *d, struct str name, struct str index);

// An index, and a file of those that it names.
struct delivery_of {
    struct str index;
    struct str content;
};

// Publishes what is staged, or finds that it was. Errors: BUSY the pace forbids it: try again in
// `*wait_us`; TEMPORARY the folder is not there, or its content is not.
enum status delivery_publish(struct scope *s, struct delivery *d, const struct delivery_of *of,
                             int64_t *wait_us);

enum delivery_state { DELIVERY_WAITS, DELIVERY_TAKEN, DELIVERY_REFUSED };
struct delivery_answer {
    enum delivery_state state;
    struct str receipt; // document handle, or "taken"
    struct str why;     // of a refusal
};
// What became of an index that was published. Errors: TEMPORARY as above.
enum status delivery_look(struct scope *s, struct delivery *d, const struct delivery_of *of,
                          struct delivery_answer *out);

#endif
