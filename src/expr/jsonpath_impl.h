// What the files of the JSONPath module share: the compiled form, and the parser. A query is a list
// of segments, a segment a list of selectors, a filter a tree of conditions over operands.
//   jsonpath.c         the public functions
//   jsonpath_parse.c   segments, selectors, texts and numbers
//   jsonpath_filter.c  conditions, and whether they are well-typed (RFC 9535, 2.4.3)
//   jsonpath_run.c     selecting
//   jsonpath_decide.c  deciding a condition: comparisons and functions
#ifndef SHEAF_EXPR_JSONPATH_IMPL_H
#define SHEAF_EXPR_JSONPATH_IMPL_H

#include "expr/jsonpath.h"

struct call;
struct condition;
struct regex;

enum selector_kind {
    SELECT_NAME,
    SELECT_INDEX,
    SELECT_ALL,
    SELECT_SLICE,
    SELECT_FILTER,
    SELECT_MERGE, // States flavour: an object of the members that `merged` names
};

struct selector {
    enum selector_kind kind;
    struct str name;
    int64_t from; // of a slice; or the index
    int64_t to;
    int64_t step;
    bool has_from;
    bool has_to;
    const struct condition *filter;
    const struct selector *merged;
    const struct selector *next;
};

struct segment {
    bool descendant;
    bool single; // one name or index, not descendant
    const struct selector *selectors;
    const struct segment *next;
};

struct query {
    bool relative; // begins with @
    bool singular; // all segments are single
    const struct segment *segments;
};

enum operand_kind { OPERAND_LITERAL, OPERAND_QUERY, OPERAND_CALL };

struct operand {
    enum operand_kind kind;
    struct json literal;
    struct query query;
    const struct call *call;
};

enum function {
#define FUNCTION(id, name, result, parameter, count) FUNCTION_##id,
#include "expr/jsonpath_functions.def"
#undef FUNCTION
    FUNCTIONS
};

enum { FUNCTION_ARGUMENTS_MAX = 2 };

struct call {
    enum function function;
    struct operand arguments[FUNCTION_ARGUMENTS_MAX];
    bool has_pattern;          // the pattern is a literal,
    const struct regex *regex; // compiled to this; NULL: it is no I-Regexp
};

enum condition_kind {
    CONDITION_OR,
    CONDITION_AND,
    CONDITION_NOT,
    CONDITION_COMPARE,
    CONDITION_EXISTS, // `left` is a query that selects something
    CONDITION_CALL,   // `left` is a call that gives a truth
};

enum comparison {
    COMPARE_EQUAL,
    COMPARE_UNEQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
};

struct condition {
    enum condition_kind kind;
    enum comparison comparison;
    const struct condition *first;
    const struct condition *second;
    struct operand left;
    struct operand right;
};

struct jsonpath {
    enum jsonpath_flavour flavour;
    bool definite;
    struct query query;
    const struct jsonpath_step *steps; // NULL: it is no reference path
    size_t step_count;
};

struct jsonpath_parser {
    struct scope *s;
    struct str text;
    size_t at;
    unsigned nesting;
    enum jsonpath_flavour flavour;
};

// Says what is wrong at a place of the text. Returns INVALID.
enum status jsonpath_wrong(struct jsonpath_parser *p, size_t at, const char *what);
// Returns the byte `ahead` of the place; 0 behind the end.
char jsonpath_peek(const struct jsonpath_parser *p, size_t ahead);
// Takes a text if it stands at the place.
bool jsonpath_take(struct jsonpath_parser *p, const char *text);
void jsonpath_skip_blanks(struct jsonpath_parser *p);
enum status jsonpath_enter(struct jsonpath_parser *p); // one level deeper; leave with p->nesting--
// Parses what stands between quotes; the place is on the first one.
enum status jsonpath_parse_string(struct jsonpath_parser *p, struct str *out);
// Parses a query from its $ or @ on.
enum status jsonpath_parse_query(struct jsonpath_parser *p, struct query *out);
// Parses the condition of a filter.
enum status jsonpath_parse_condition(struct jsonpath_parser *p, const struct condition **out);

#endif
