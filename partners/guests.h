// The parties that the program runs beside those of partner.h, each with a port or a folder of its
// own: mail server, time-stamp authority, Signicat, OnBase, somebody who signs.
#ifndef SHEAF_PARTNERS_GUESTS_H
#define SHEAF_PARTNERS_GUESTS_H

#include "core/status.h"
#include "partners/partner.h"

struct guests;
struct settings;

// The switches of a party as the settings say: "tax.refuse".
struct faults guests_faults(struct scope *s, const struct settings *settings, const char *party);

// Starts all that the settings want. The caller ends them with guests_stop().
enum status guests_start(struct scope *s, const struct settings *settings, struct guests **out);
// NULL is fine.
void guests_stop(struct guests *g);

// Those that run; lives as long as they do.
const struct guest *guests_list(const struct guests *g, size_t *count);
// Appends a line for each: its name and where it is.
void guests_print(struct buf *out, const struct guests *g);

#endif
