// What execution n must come to.
#include "test/flow_crash/flow_crash.h"

#include "core/scope.h"

const char *const crash_machines[] = {"inner", "wide", "deep", NULL};

struct crash_kind crash_kind(struct scope *s, uint64_t n)
{
    if (n % REFERENCES == 1) {
        return (struct crash_kind){
            .machine = "deep",
            .applied = 13,
            .output =
                str_format(s,
                           "{\"n\":%llu,\"child\":{\"n\":%llu},\"items\":[{\"n\":3},{\"n\":4},"
                           "{\"n\":5},{\"n\":6},{\"n\":7},{\"n\":8}],\"sum\":33}",
                           (unsigned long long)n, (unsigned long long)n + 1),
        };
    }
    return (struct crash_kind){
        .machine = "wide",
        .applied = 16,
        .output = str_format(
            s,
            "{\"n\":%llu,\"tries\":2,\"told\":%llu,\"late\":true,\"items\":[{\"n\":3},"
            "{\"n\":4},{\"n\":5},{\"n\":6},{\"n\":7}],\"outside\":{\"n\":%llu}}",
            (unsigned long long)n + 2, (unsigned long long)n + 101, (unsigned long long)n + 12),
    };
}
