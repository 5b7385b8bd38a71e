// Runs the registered tests, each in its own scope, and prints what failed and one closing line.
#include "test/harness.h"

#include "sys/log.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_SCOPE_BYTES_MAX = 1 << 30 };

static struct test *tests;
static bool failed;
static bool skipped;

void test_register(struct test *t)
{
    t->next = tests;
    tests = t;
}

bool test_expect(bool holds, const char *file, int line, const char *what)
{
    if (!holds) {
        failed = true;
        (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    }
    return holds;
}

bool test_expect_equal_i64(int64_t is, int64_t should, const char *file, int line, const char *what)
{
    if (is != should) {
        failed = true;
        (void)fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, (long long)is,
                      (long long)should);
    }
    return is == should;
}

bool test_expect_equal_str(struct str is, struct str should, const char *file, int line,
                           const char *what)
{
    bool same = str_equal(is, should);

    if (!same) {
        failed = true;
        (void)fprintf(stderr, "%s:%d: %s is\n    «%.*s»\n  not\n    «%.*s»\n", file, line, what,
                      STR(is), STR(should));
    }
    return same;
}

bool test_expect_ok(enum status e, struct scope *s, const char *file, int line, const char *what)
{
    if (e != OK) {
        failed = true;
        (void)fprintf(stderr, "%s:%d: %s: %s: %.*s\n", file, line, what, status_name(e),
                      STR(scope_why(s)));
    }
    return e == OK;
}

bool test_failed(void)
{
    return failed;
}

void test_skip(const char *reason)
{
    skipped = true;
    (void)fprintf(stderr, "skipped: %s\n", reason);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_tree(void *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

struct str test_directory(struct scope *s)
{
    const char *parent = getenv("TMPDIR");
    char *path = str_z(s, str_format(s, "%s/sheaf-test-XXXXXX", parent ? parent : "/tmp"));

    if (!mkdtemp(path)) {
        perror("mkdtemp");
        exit(2);
    }
    scope_defer(s, remove_tree, path);
    return str(path);
}

struct str test_conformance_directory(struct scope *s)
{
    const char *named = getenv("CONFORMANCE_DIR");
    const char *path = named ? named : "../shared/conformance";

    return access(path, R_OK) == 0 ? str_copy(s, str(path)) : (struct str){0};
}

static bool wanted(const struct test *t, int word_count, char **words)
{
    if (word_count == 0)
        return true;
    for (int i = 0; i < word_count; i++)
        if (strstr(t->name, words[i]) || strstr(t->file, words[i]))
            return true;
    return false;
}

static int by_place(const void *left, const void *right)
{
    const struct test *const *a = left;
    const struct test *const *b = right;
    int order = strcmp((*a)->file, (*b)->file);

    return order ? order : strcmp((*a)->name, (*b)->name);
}

int main(int argc, char **argv)
{
    unsigned passes = 0;
    unsigned failures = 0;
    unsigned skips = 0;
    size_t count = 0;
    bool verbose = getenv("TEST_VERBOSE") != NULL;

    // What servers under test say is not the tests' to say; TEST_VERBOSE shows it.
    if (!verbose)
        log_configure(&(struct log_options){.fd = STDERR_FILENO, .least = LOG_FATAL});
    for (struct test *t = tests; t; t = t->next)
        count++;
    struct test **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted)
        return 2;
    count = 0;
    for (struct test *t = tests; t; t = t->next)
        if (wanted(t, argc - 1, argv + 1))
            sorted[count++] = t;
    qsort(sorted, count, sizeof *sorted, by_place);

    for (size_t i = 0; i < count; i++) {
        failed = false;
        skipped = false;
        if (verbose)
            (void)fprintf(stderr, "%s: %s\n", sorted[i]->file, sorted[i]->name);
        struct scope *s = scope_open(TEST_SCOPE_BYTES_MAX);
        sorted[i]->run(s);
        scope_close(s);
        if (failed)
            (void)fprintf(stderr, "FAILED %s: %s\n", sorted[i]->file, sorted[i]->name);
        failures += failed;
        skips += !failed && skipped;
        passes += !failed && !skipped;
    }
    free(sorted);
    (void)printf("%u passed, %u failed, %u skipped\n", passes, failures, skips);
    return failures ? 1 : 0;
}
