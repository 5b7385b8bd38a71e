// NSC files: whatever is read adds up, is in one form, and is JSON that reads back the same.
#include "services/signing/nsc.h"
#include "test/fuzz/fuzz.h"

FUZZ
{
    struct nsc_file f = {0};
    enum status e = nsc_parse(s, input, &f);

    assert(e == OK || e == REFUSED || e == TOO_LARGE);
    if (e != OK)
        return;
    assert(f.row_count + f.refused_count + f.repeated_count == f.record_count);
    assert(f.problem_count + f.problems_untold >= f.refused_count);
    for (size_t i = 0; i < f.row_count; i++) {
        struct json row = nsc_row_json(s, &f.rows[i]);
        struct json again = {0};
        e = json_parse(s, json_to_str(s, row), &json_limits_strict, &again);
        assert(e == OK && json_equal(row, again));
        assert(i == 0 || f.rows[i - 1].line < f.rows[i].line);
    }
    for (size_t i = 1; i < f.problem_count; i++)
        assert(f.problems[i - 1].line <= f.problems[i].line);
}
