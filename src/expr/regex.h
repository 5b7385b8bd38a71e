// Regular expressions as JSON Schema and JSONata write them (ECMA-262, in its Unicode form), and
// the one door to PCRE2. A pattern is translated when it is compiled, so that \d and \w mean ASCII,
// \s what ECMA-262 calls white space, $ the very end, \p{Letter} the category L; what only Perl
// knows is refused: (*VERB), (?i), recursion, \Z, possessive quantifiers.
//
// A compiled pattern never changes and serves any number of threads; each of them searches with a
// work object of its own, which has a budget of steps for all its searches together: an attempt to
// match one item of a pattern is a step, and so are sixteen characters skipped. A search that
// exceeds it, or needs too much memory, ends with REFUSED, after the same steps on any machine.
// Not supported: look-behind of variable length.
#ifndef SHEAF_EXPR_REGEX_H
#define SHEAF_EXPR_REGEX_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct regex;
struct regex_work;

enum {
    REGEX_PATTERN_BYTES_MAX = 4096,
    REGEX_GROUPS_MAX = 63,
    REGEX_DEPTH_MAX = 64,                // groups inside one another
    REGEX_COMPILE_BYTES_MAX = 256 << 10, // of the scope
    REGEX_MATCH_KIBIBYTES_MAX = 4096,    // of memory for backtracking
};

enum regex_flag {
    REGEX_CASELESS = 1 << 0,
    REGEX_MULTILINE = 1 << 1, // ^ and $ match at every line
};

// A part of the subject in bytes; `found` is false for a group that took no part.
struct regex_span {
    size_t from;
    size_t to;
    bool found;
};

// Group 0 is the whole match. The spans belong to the work object, until its next search.
struct regex_match {
    const struct regex_span *groups;
    size_t count;
};

// Compiles a pattern; it lives as long as `s`. Errors: INVALID with the place and what is wrong;
// TOO_LARGE it exceeds a limit.
enum status regex_compile(struct scope *s, struct str pattern, unsigned flags,
                          const struct regex **out);

// Returns how many groups the pattern has, group 0 not among them.
size_t regex_group_count(const struct regex *regex);

// Makes a work object with its budget, for one thread at a time; it lives as long as `s`. Five
// million steps are about 50 ms.
struct regex_work *regex_work_new(struct scope *s, size_t steps_max);

// Looks for the first match at or after byte `from` of a UTF-8 text. `match` may be NULL.
// Errors, told to the scope of the work object: REFUSED the budget is used up; INVALID the subject
// is not UTF-8.
enum status regex_search(struct regex_work *work, const struct regex *regex, struct str subject,
                         size_t from, bool *found, struct regex_match *match);

// Translates an ECMA-262 pattern into PCRE2's language; for regex_compile() and tests.
enum status regex_translate(struct scope *s, struct str pattern, struct str *out);

#endif
