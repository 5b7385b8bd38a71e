// Suites of outside conformance data. Each suite is one file of this folder that registers itself:
//
//     SUITE("csv-spectrum", csv_spectrum)
//     {
//         for (each case in directory)
//             report_case(report, id, right);
//     }
//
// `make conformance` runs each suite whose folder is there, prints one line a suite ("csv-spectrum
// 12 of 12"), and writes the ids of failed cases to build/conformance/SUITE.failed, one a line.
#ifndef SHEAF_TEST_CONFORMANCE_H
#define SHEAF_TEST_CONFORMANCE_H

#include "core/scope.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct report;

struct suite {
    const char *name;
    const char *folder; // in the conformance data
    void (*run)(struct scope *s, struct str directory, struct report *report);
    struct suite *next;
};

void suite_register(struct suite *suite);

// Counts a case. `id` names it for a person who looks for it: a file, or a file and a place.
void report_case(struct report *report, struct str id, bool right);

// Reads a whole file of the suite's data; a missing file ends the program.
struct str conformance_read(struct scope *s, struct str path);

// Lists the names in a folder that end with `suffix`, sorted by bytes.
struct str *conformance_list(struct scope *s, struct str directory, struct str suffix,
                             size_t *count);

#define SUITE(title, function) SUITE_IN(title, title, function)

// A suite of one file or some files of a folder that serves several.
#define SUITE_IN(title, folder, function)                                                          \
    static void function(struct scope *s, struct str directory, struct report *report);            \
    __attribute__((constructor)) static void suite_register_##function(void)                       \
    {                                                                                              \
        static struct suite suite = {title, folder, function, NULL};                               \
        suite_register(&suite);                                                                    \
    }                                                                                              \
    static void function(struct scope *s, struct str directory, struct report *report)

#endif
