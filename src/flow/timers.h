// Timers lie in the store by when they are due, so that the next ones are one read, and a hundred
// thousand that are not due cost disk and no memory.
#ifndef SHEAF_FLOW_TIMERS_H
#define SHEAF_FLOW_TIMERS_H

#include "flow/step.h"

struct change;
struct flow;
struct timers;

enum { TIMER_LETTER_FORGET = 'f' };

// What stands for a kind of timer in its key.
char timer_letter(enum flow_timer timer);
struct str timer_key(struct scope *s, int64_t at_us, struct str execution, uint32_t frame,
                     uint32_t wait, char letter);
void timer_put(struct change *c, struct str key);
void timer_remove(struct change *c, struct str key);

// Fires one that failed before and came back as a message.
enum status timer_fire_again(struct scope *s, struct flow *f, struct change *c, struct str key);

struct timers *timers_new(void);
void timers_stop(struct timers *t); // and frees it; NULL is fine
// Tells the thread that a timer was committed.
void timers_note(struct timers *t, int64_t at_us);

#endif
