// Writes files as C: a table of struct asset (core/asset.h), sorted by path, to standard output.
// Runs while building, on its own: `embed docs/openapi.json src/services/… > gen/assets.c`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The path that the program knows a file by.
static const char *name_of(const char *path)
{
    return strncmp(path, "src/", 4) == 0 ? path + 4 : path;
}

static int by_name(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcmp(name_of(*a), name_of(*b));
}

// Writes the bytes of one file, and a NUL behind them; returns how many, or -1.
static long write_bytes(FILE *file, int index)
{
    static const char digits[] = "0123456789abcdef";
    static char line[16 * 5 + 2]; // 0x00,
    long count = 0;
    int c = 0;

    (void)printf("static const unsigned char data%d[] = {\n", index);
    while ((c = getc(file)) != EOF) {
        char *at = line + count % 16 * 5;
        memcpy(at, "0x00,", 5);
        at[2] = digits[c >> 4];
        at[3] = digits[c & 15];
        if (++count % 16 == 0)
            (void)printf("%.80s\n", line);
    }
    (void)printf("%.*s0};\n", (int)(count % 16 * 5), line);
    return ferror(file) ? -1 : count;
}

static long write_file(const char *path, int index)
{
    FILE *file = fopen(path, "rb");
    long count = file ? write_bytes(file, index) : -1;

    if (count < 0)
        perror(path);
    if (file)
        (void)fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    long *bytes = calloc((size_t)argc, sizeof *bytes);

    if (!bytes)
        return 1;
    qsort(argv + 1, (size_t)argc - 1, sizeof *argv, by_name);
    (void)printf("// Written by tools/embed.c.\n#include \"core/asset.h\"\n\n");
    for (int i = 1; i < argc; i++) {
        bytes[i] = write_file(argv[i], i);
        if (bytes[i] < 0)
            return 1;
    }
    (void)printf("const struct asset assets[] = {\n");
    for (int i = 1; i < argc; i++)
        (void)printf("    {\"%s\", data%d, %ld},\n", name_of(argv[i]), i, bytes[i]);
    (void)printf("    {0},\n};\nconst size_t assets_count = %d;\n", argc - 1);
    free(bytes);
    return 0;
}
