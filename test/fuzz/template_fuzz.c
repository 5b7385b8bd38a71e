// Templates: the first line is the data, the rest a template. What is wrong is told with a line;
// what renders is a PDF, the same one twice.
#include "core/json.h"
#include "document/typeset/template.h"
#include "test/fuzz/fuzz.h"

enum { WORK_BYTES = 64 << 20 };

static const struct template_about about = {.now_us = 1764500000000000};

FUZZ
{
    struct str rest = input;
    struct str head = str_cut(&rest, '\n');
    struct template *t = NULL;
    struct template_result one = {0};
    struct template_result two = {0};
    struct json data = {0};
    struct scope *work = scope_open(WORK_BYTES);

    if (json_parse(s, head, &json_limits_strict, &data) != OK)
        data = json_object(NULL, 0);
    if (template_compile(s, str("t"), rest, NULL, &t) != OK) {
        assert(scope_why(s).bytes > 0);
    } else if (template_render(s, t, data, &about, &one) == OK) {
        assert(str_starts(one.pdf, str("%PDF-")) && one.page_count > 0);
        if (template_render(work, t, data, &about, &two) == OK)
            assert(str_equal(one.pdf, two.pdf));
    } else {
        assert(scope_why(s).bytes > 0);
    }
    scope_close(work);
}
