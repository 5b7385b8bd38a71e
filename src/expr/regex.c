// Compiling and searching with PCRE2. Compiled code and contexts are read-only after compiling;
// everything a search writes is in the work object.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "expr/regex.h"

#include "core/scope.h"

#include <assert.h>
#include <pcre2.h>

enum { MESSAGE_BYTES_MAX = 160 };

struct regex {
    pcre2_code *code;
    size_t group_count;
};

struct regex_work {
    struct scope *s;
    pcre2_match_data *data;
    pcre2_match_context *context;
    size_t steps_left;
    size_t position; // of the newest step
    struct regex_span groups[REGEX_GROUPS_MAX + 1];
};

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static uint32_t pcre2_flags(unsigned flags)
{
    return PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |
           PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C |
           (flags & REGEX_CASELESS ? PCRE2_CASELESS : 0) |
           (flags & REGEX_MULTILINE ? PCRE2_MULTILINE : 0);
}

static enum status refuse(struct scope *s, struct str pattern, int number)
{
    PCRE2_UCHAR message[MESSAGE_BYTES_MAX] = "";

    (void)pcre2_get_error_message(number, message, sizeof message);
    return fail(s, INVALID, "the pattern \"%.*s\" is wrong: %s",
                (int)(pattern.bytes < 200 ? pattern.bytes : 200), pattern.data,
                (const char *)message);
}

enum status regex_compile(struct scope *s, struct str pattern, unsigned flags,
                          const struct regex **out)
{
    struct str translated = {0};
    int number = 0;
    PCRE2_SIZE at = 0;
    uint32_t groups = 0;

    TRY(regex_translate(s, pattern, &translated));
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(translated.data ? translated.data : ""),
                                     translated.bytes, pcre2_flags(flags), &number, &at, NULL);
    if (!code)
        return refuse(s, pattern, number);
    scope_defer(s, free_code, code);
    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups > REGEX_GROUPS_MAX)
        return fail(s, TOO_LARGE, "the pattern has %u groups; the most is %d", groups,
                    REGEX_GROUPS_MAX);
    // Where no memory may be made executable this fails, and the interpreter serves instead.
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    struct regex *regex = scope_new(s, struct regex);
    regex->code = code;
    regex->group_count = groups;
    *out = regex;
    return OK;
}

size_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

static void free_work(void *thing)
{
    struct regex_work *work = thing;

    pcre2_match_data_free(work->data);
    pcre2_match_context_free(work->context);
}

// PCRE2 calls this before every item that it tries. Its own match limit starts anew at each place
// where a match may begin, and does not see how far an item reaches, so it bounds no time.
static int count_step(pcre2_callout_block *block, void *data)
{
    enum { CHARACTERS_A_STEP = 16 };
    struct regex_work *work = data;
    size_t at = block->current_position;
    size_t moved = at > work->position ? at - work->position : work->position - at;
    size_t steps = 1 + moved / CHARACTERS_A_STEP;

    work->position = at;
    if (steps > work->steps_left)
        return PCRE2_ERROR_CALLOUT;
    work->steps_left -= steps;
    return 0;
}

struct regex_work *regex_work_new(struct scope *s, size_t steps_max)
{
    struct regex_work *work = scope_new(s, struct regex_work);

    work->s = s;
    work->data = pcre2_match_data_create(REGEX_GROUPS_MAX + 1, NULL);
    work->context = pcre2_match_context_create(NULL);
    assert(work->data && work->context); // out of memory
    work->steps_left = steps_max;
    (void)pcre2_set_callout(work->context, count_step, work);
    (void)pcre2_set_heap_limit(work->context, REGEX_MATCH_KIBIBYTES_MAX);
    scope_defer(s, free_work, work);
    return work;
}

static void read_groups(struct regex_work *work, int count, struct regex_match *match)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(work->data);

    for (int i = 0; i < count; i++) {
        bool found = ends[2 * i] != PCRE2_UNSET;
        work->groups[i] =
            (struct regex_span){found ? ends[2 * i] : 0, found ? ends[2 * i + 1] : 0, found};
    }
    *match = (struct regex_match){work->groups, (size_t)count};
}

static enum status search_error(struct regex_work *work, int number)
{
    PCRE2_UCHAR message[MESSAGE_BYTES_MAX] = "";

    if (number == PCRE2_ERROR_CALLOUT || number == PCRE2_ERROR_MATCHLIMIT ||
        number == PCRE2_ERROR_HEAPLIMIT || number == PCRE2_ERROR_DEPTHLIMIT)
        return fail(work->s, REFUSED, "matching a pattern takes too many steps on this text");
    (void)pcre2_get_error_message(number, message, sizeof message);
    if (number <= PCRE2_ERROR_UTF8_ERR1 && number >= PCRE2_ERROR_UTF8_ERR21)
        return fail(work->s, INVALID, "the text is not UTF-8: %s", (const char *)message);
    return fail(work->s, INTERNAL, "matching a pattern failed: %s", (const char *)message);
}

enum status regex_search(struct regex_work *work, const struct regex *regex, struct str subject,
                         size_t from, bool *found, struct regex_match *match)
{
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.data ? subject.data : "");

    assert(from <= subject.bytes);
    work->position = from;
    int count = pcre2_match(regex->code, text, subject.bytes, from, 0, work->data, work->context);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) // the interpreter has the heap
        count = pcre2_match(regex->code, text, subject.bytes, from, PCRE2_NO_JIT, work->data,
                            work->context);
    if (count < 0 && count != PCRE2_ERROR_NOMATCH)
        return search_error(work, count);
    *found = count > 0;
    if (match)
        read_groups(work, count > 0 ? count : 0, match);
    return OK;
}
