// A helper: a second thread for work that has two halves, such as reading a page of records of two
// tables. It does one thing at a time, and whoever gave it waits for it. The thread is started at
// the first use. In a simulated world there is none, and what is given is done at once: there
// everything follows the seed.
//
//     helper_begin(h, read_states, &page);
//     ... the other half ...
//     helper_end(h);
#ifndef SHEAF_SYS_HELPER_H
#define SHEAF_SYS_HELPER_H

struct helper;
struct scope;
struct world;

// Makes a helper that ends with the scope; what was begun must have been waited for.
struct helper *helper_new(struct scope *s, struct world *w);

// Calls run(argument) on the helper's thread. What it touches is the helper's until helper_end().
void helper_begin(struct helper *h, void (*run)(void *argument), void *argument);

// Waits until it is done. Returns at once when nothing was begun.
void helper_end(struct helper *h);

#endif
