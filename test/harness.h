// The project's test harness. A test is a sentence that must be true:
//
//     TEST(a_prefix_sorts_before_the_longer_text)
//     {
//         EXPECT(str_compare(str("ab"), str("abc")) < 0);
//     }
//
// Each test gets a scope `s` that is closed, and must have been left sound, when it ends. A failed
// EXPECT is printed with its place and the test goes on; REQUIRE leaves the test. Tests register
// themselves; `build/san/test WORD` runs those whose file or name contains WORD. Tests do not
// sleep, read the real clock, depend on order, or use the network beyond loopback.
#ifndef SHEAF_TEST_HARNESS_H
#define SHEAF_TEST_HARNESS_H

#include "core/scope.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *file;
    const char *name;
    void (*run)(struct scope *s);
    struct test *next;
};

void test_register(struct test *t);
bool test_expect(bool holds, const char *file, int line, const char *what);
bool test_expect_equal_i64(int64_t is, int64_t should, const char *file, int line,
                           const char *what);
bool test_expect_equal_str(struct str is, struct str should, const char *file, int line,
                           const char *what);
// As an expectation that `e` is OK; prints the scope's sentence when it is not.
bool test_expect_ok(enum status e, struct scope *s, const char *file, int line, const char *what);
// Whether an expectation of the running test has failed.
bool test_failed(void);
// Counts the running test as skipped, with a reason.
void test_skip(const char *reason);
// A new empty directory under the system's temporary folder, removed with all in it when `s` ends.
struct str test_directory(struct scope *s);
// The folder of outside conformance data ($CONFORMANCE_DIR or ../shared/conformance), or empty.
struct str test_conformance_directory(struct scope *s);

#define TEST(sentence)                                                                             \
    static void test_##sentence(struct scope *s);                                                  \
    __attribute__((constructor)) static void test_register_##sentence(void)                        \
    {                                                                                              \
        static struct test t = {__FILE__, #sentence, test_##sentence, NULL};                       \
        test_register(&t);                                                                         \
    }                                                                                              \
    static void test_##sentence(__attribute__((unused)) struct scope *s)

#define EXPECT(condition) (void)test_expect((condition), __FILE__, __LINE__, #condition)
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!test_expect((condition), __FILE__, __LINE__, #condition))                             \
            return;                                                                                \
    } while (0)
// Integers. Reads: what is, then what it should be.
#define EXPECT_EQUAL(is, should)                                                                   \
    (void)test_expect_equal_i64((int64_t)(is), (int64_t)(should), __FILE__, __LINE__, #is)
// Text: a struct str and a C string.
#define EXPECT_STR(is, should)                                                                     \
    (void)test_expect_equal_str((is), str(should), __FILE__, __LINE__, #is)
#define EXPECT_OK(call) (void)test_expect_ok((call), s, __FILE__, __LINE__, #call)
#define REQUIRE_OK(call)                                                                           \
    do {                                                                                           \
        if (!test_expect_ok((call), s, __FILE__, __LINE__, #call))                                 \
            return;                                                                                \
    } while (0)

#endif
