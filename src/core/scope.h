// A scope is one request, one task or the process. It owns all memory that is allocated in it,
// closes what was deferred to it (newest first), and keeps the sentence that explains a failure.
// Leaving early therefore leaks nothing, which is what makes TRY() honest.
//
// Allocation never returns NULL: out of memory ends the process, and so does a scope that exceeds
// its budget, because that is a missing check. Sizes that come from outside are compared with a
// named limit first, or asked about with scope_has_room().
//
// A scope belongs to one thread at a time. Handing it to another thread (through an inbox) hands
// over everything in it.
#ifndef SHEAF_CORE_SCOPE_H
#define SHEAF_CORE_SCOPE_H

#include "core/status.h"
#include "core/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct scope;

// Opens a scope that may hold `bytes_max` bytes.
struct scope *scope_open(size_t bytes_max);

// As scope_open(); the first piece of memory has room for about `first_bytes`. scope_reset() keeps
// it, so work that is repeated costs no memory anew.
struct scope *scope_open_roomy(size_t bytes_max, size_t first_bytes);

// Runs what was deferred, newest first, and frees everything. NULL is fine.
void scope_close(struct scope *s);

// Empties a scope for its next use: as close and open, but keeps its first piece of memory.
void scope_reset(struct scope *s);

// Allocates zeroed memory, aligned for any type. 0 bytes give a valid pointer.
void *scope_alloc(struct scope *s, size_t bytes);

// Allocates zeroed memory for an array; the product is checked.
void *scope_array(struct scope *s, size_t count, size_t item_bytes);

// Allocates memory without clearing or aligning it: for text.
char *scope_bytes(struct scope *s, size_t bytes);

// One zeroed object of a type.
#define scope_new(s, type) ((type *)scope_alloc((s), sizeof(type)))

// Grows the newest allocation of the scope in place; false when it is not the newest or when its
// piece of memory has no room for it. What is added is not cleared.
bool scope_extend(struct scope *s, const void *newest, size_t bytes, size_t more_bytes);

// Whether `bytes` more bytes fit in the budget.
bool scope_has_room(const struct scope *s, size_t bytes);

// Returns how many bytes have been allocated.
size_t scope_used(const struct scope *s);

// Calls close(thing) when the scope ends.
void scope_defer(struct scope *s, void (*close)(void *), void *thing);

// Keeps a sentence about a failure and returns `e`, which is not OK. Whoever first knows the
// cause says it; everybody above passes it on. A later sentence replaces an earlier one.
enum status fail(struct scope *s, enum status e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As fail(), with the status that `errno` maps to and its text at the end of the sentence:
// ENOENT is NOT_FOUND, EEXIST and ENOTEMPTY are CONFLICT, ENOSPC, EIO, EDQUOT, EMFILE, ENFILE and
// EAGAIN are TEMPORARY, everything else is INTERNAL.
enum status fail_errno(struct scope *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__ // it sees one file at a time, and must know that fail() is never OK
#define fail(s, e, ...) ((void)fail(s, e, __VA_ARGS__), e)
#define fail_errno(...) ((void)fail_errno(__VA_ARGS__), INTERNAL)
#endif

// Returns the sentence of the last failure; empty when there was none. Lives as long as the scope.
struct str scope_why(const struct scope *s);

// Returns the status of the last failure, OK when there was none.
enum status scope_status(const struct scope *s);

// Passes on how a call in another scope ended: returns `e`, and keeps that scope's sentence unless
// it is OK.
enum status scope_pass(struct scope *s, enum status e, const struct scope *from);

// Forgets the last failure, for who has dealt with it.
void scope_forgive(struct scope *s);

// Returns from the function when the call is not OK. Never beside an `out:` label.
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (call);                                                          \
        if (try_status_ != OK)                                                                     \
            return try_status_;                                                                    \
    } while (0)

#endif
