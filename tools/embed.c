// Writes a table of files as C (struct asset, core/asset.h), sorted by path, to standard output;
// the assembler takes in their bytes when that C is compiled, each with a NUL behind it. Runs while
// building, on its own: `embed docs/openapi.json src/services/… > gen/assets.c`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// The path that the program knows a file by: without `src/`, and without where Debian keeps what
// its packages share.
static const char *name_of(const char *path)
{
    static const char *const roots[] = {"src/", "/usr/share/"};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (strncmp(path, roots[i], strlen(roots[i])) == 0)
            return path + strlen(roots[i]);
    }
    return path;
}

static int by_name(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcmp(name_of(*a), name_of(*b));
}

// Writes what makes one file a constant; returns its size, or -1.
static long write_file(const char *path, int index)
{
    struct stat info = {0};

    if (stat(path, &info) != 0 || strpbrk(path, "\"\\")) {
        perror(path);
        return -1;
    }
    (void)printf("__asm__(\".section .rodata\\n.balign 16\\nsheaf_asset_%d:\\n\"\n"
                 "        \".incbin \\\"%s\\\"\\n.byte 0\\n.previous\\n\");\n"
                 "extern const unsigned char sheaf_asset_%d[];\n",
                 index, path, index);
    return (long)info.st_size;
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
        (void)printf("    {\"%s\", sheaf_asset_%d, %ld},\n", name_of(argv[i]), i, bytes[i]);
    (void)printf("    {0},\n};\nconst size_t assets_count = %d;\n", argc - 1);
    free(bytes);
    return 0;
}
