// Tables whose records live for a fixed time (table_def.keep_s). Their keys come in random order,
// so one b-tree of all would become slower the more it holds. Instead there is one for each hour
// (longer spans where the records live for days): a record is put into the newest, looked for in
// all, and an old one is emptied as a whole. The tables are made once and take turns.
#ifndef SHEAF_STORE_EMBEDDED_HOURS_H
#define SHEAF_STORE_EMBEDDED_HOURS_H

#include "store/embedded/rows.h"

struct batch;
struct embedded;
struct hours;
struct world;

// How many tables a definition needs.
size_t hours_slots(const struct table_def *def);

// Makes it of as many plain tables, which belong to the caller.
struct hours *hours_new(struct world *w, const struct table_def *def, struct table *slots);
void hours_free(struct hours *h);

// Reads which table holds which hour: at the start, and when a batch was rolled back.
enum status hours_load(struct scope *s, struct session *session, struct table *t);

// As rows_find() and rows_put().
enum status hours_find(struct scope *s, struct session *session, struct table *t,
                       struct str partition, struct str sort, struct row *out);
enum status hours_put(struct scope *s, struct session *session, struct table *t, struct row *r);

// An errand of the writer: removes a portion of what is old. `*more`: there may be more.
enum status hours_sweep(struct batch *b, struct table *t, bool *more);

#endif
