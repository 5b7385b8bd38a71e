// Runs the registered suites, or those that the arguments name, and exits with 1 when a case fails.
#include "test/conformance/conformance.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SUITE_SCOPE_BYTES_MAX = 1 << 30,
    FILE_BYTES_MAX = 64 << 20,
    FILES_MAX = 100000,
};

struct report {
    size_t count;
    size_t right_count;
    FILE *failed;
};

static struct suite *suites;

void suite_register(struct suite *suite)
{
    struct suite **at = &suites;

    while (*at && strcmp((*at)->name, suite->name) < 0)
        at = &(*at)->next;
    suite->next = *at;
    *at = suite;
}

void report_case(struct report *report, struct str id, bool right)
{
    report->count++;
    report->right_count += right;
    if (!right)
        (void)fprintf(report->failed, "%.*s\n", STR(id));
}

static void die(const char *what, struct str path)
{
    (void)fprintf(stderr, "conformance: %s %.*s\n", what, STR(path));
    exit(2);
}

struct str conformance_read(struct scope *s, struct str path)
{
    FILE *file = fopen(str_z(s, path), "rb");
    struct stat info = {0};

    if (!file || fstat(fileno(file), &info) < 0 || info.st_size > FILE_BYTES_MAX)
        die("cannot read", path);
    size_t bytes = (size_t)info.st_size;
    char *text = scope_bytes(s, bytes);
    if (fread(text, 1, bytes, file) != bytes)
        die("cannot read", path);
    (void)fclose(file);
    return str_of(text, bytes);
}

static int by_bytes(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

struct str *conformance_list(struct scope *s, struct str directory, struct str suffix,
                             size_t *count)
{
    struct str *names = scope_array(s, FILES_MAX, sizeof *names);
    DIR *folder = opendir(str_z(s, directory));

    if (!folder)
        die("cannot list", directory);
    *count = 0;
    for (const struct dirent *e = readdir(folder); e && *count < FILES_MAX; e = readdir(folder))
        if (e->d_name[0] != '.' && str_ends(str(e->d_name), suffix))
            names[(*count)++] = str_copy(s, str(e->d_name));
    (void)closedir(folder);
    qsort(names, *count, sizeof *names, by_bytes);
    return names;
}

// Returns whether all is right; a suite whose data is absent is.
static bool run(const struct suite *suite, const char *data)
{
    struct scope *s = scope_open(SUITE_SCOPE_BYTES_MAX);
    struct str directory = str_format(s, "%s/%s", data, suite->folder);
    struct str failed_path = str_format(s, "build/conformance/%s.failed", suite->name);
    struct report report = {0};

    if (access(str_z(s, directory), R_OK) != 0) {
        (void)printf("%s skipped: not there\n", suite->name);
    } else {
        report.failed = fopen(str_z(s, failed_path), "w");
        if (!report.failed)
            die("cannot write", failed_path);
        suite->run(s, directory, &report);
        (void)fclose(report.failed);
        (void)printf("%s %zu of %zu\n", suite->name, report.right_count, report.count);
    }
    (void)fflush(stdout);
    scope_close(s);
    return report.right_count == report.count;
}

static bool wanted(const struct suite *suite, int word_count, char **words)
{
    for (int i = 0; i < word_count; i++)
        if (strcmp(suite->name, words[i]) == 0)
            return true;
    return word_count == 0;
}

int main(int argc, char **argv)
{
    const char *named = getenv("CONFORMANCE_DIR");
    const char *data = named ? named : "../shared/conformance";
    bool right = true;

    (void)mkdir("build", 0777);
    (void)mkdir("build/conformance", 0777);
    for (const struct suite *suite = suites; suite; suite = suite->next)
        if (wanted(suite, argc - 1, argv + 1))
            right = run(suite, data) && right;
    return right ? 0 : 1;
}
