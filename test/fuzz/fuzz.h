// A libFuzzer target is one file NAME_fuzz.c of this folder; `make fuzz` finds and runs it:
//
//     FUZZ
//     {
//         assert(whatever holds for any `input`);
//     }
//
// Each input gets a scope `s` of its own.
#ifndef SHEAF_TEST_FUZZ_H
#define SHEAF_TEST_FUZZ_H

#include "core/scope.h"
#include "core/str.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZ_SCOPE_BYTES_MAX = 256 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes); // libFuzzer calls it

#define FUZZ                                                                                       \
    static void fuzz(struct scope *s, struct str input);                                           \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)                                  \
    {                                                                                              \
        struct scope *s = scope_open(FUZZ_SCOPE_BYTES_MAX);                                        \
        fuzz(s, str_of(data, bytes));                                                              \
        scope_close(s);                                                                            \
        return 0;                                                                                  \
    }                                                                                              \
    static void fuzz(struct scope *s, struct str input)

#endif
