// Measures our own writer on one core and prints a line of JSON for each: pages like a contract's,
// as a file each and in one bundle, and joining such files.
// usage: bench-typeset [FILES]
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/typeset/canvas.h"
#include "document/typeset/font.h"
#include "document/typeset/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILES = 1000, FILES_MAX = 100000, FIELDS = 22, TERMS = 30 };

static const size_t memory_max = (size_t)4 << 30;

static double now(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(enum status e, struct scope *s)
{
    if (e != OK) {
        (void)fprintf(stderr, "bench-typeset: %.*s\n", STR(scope_why(s)));
        exit(1);
    }
}

static void print(const char *what, size_t pages, double seconds, size_t bytes)
{
    (void)printf("{\"bench\":\"%s\",\"pages\":%zu,\"cpuSeconds\":%.3f,\"pagesPerSecond\":%.0f,"
                 "\"bytesOut\":%zu}\n",
                 what, pages, seconds, (double)pages / seconds, bytes);
    (void)fflush(stdout);
}

static void text(struct scope *s, struct canvas *c, double x, double y, enum font_face face,
                 struct str words)
{
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.face = face, .language = str("sv")}, words, &run);
    canvas_text(c, x, y, &run, &(struct canvas_text){.size = 9.5});
}

struct maker {
    struct stock *stock;
    const struct drawing *form;
};

static struct maker maker_new(struct scope *s)
{
    struct maker m = {.stock = stock_new(s)};
    struct canvas *c = canvas_new(s);

    for (int i = 0; i < TERMS; i++) {
        text(s, c, 60, 420 - 12.0 * i, FONT_REGULAR,
             str("Säljaren överlåter fordonet till köparen på de villkor som följer av detta avtal "
                 "och gällande lag."));
    }
    for (int i = 0; i < FIELDS; i++) {
        canvas_line(c, &(struct canvas_line){
                           60, 438 + 15.0 * i, 535, 438 + 15.0 * i, 0.25, 0, {160, 160, 160}});
    }
    m.form = stock_form(m.stock, c, PAPER_A4);
    return m;
}

// A page of a contract: what all have alike, and fields that differ.
static void add_page(struct scope *s, struct writer *w, const struct maker *m, size_t number)
{
    struct canvas *c = canvas_new(s);

    canvas_draw(c, m->form, (struct box){0});
    text(s, c, 60, 780, FONT_BOLD, str_format(s, "Köpekontrakt %zu", number));
    for (size_t i = 0; i < FIELDS; i++) {
        text(s, c, 60, 440 + 15.0 * (double)i, FONT_BOLD, str("Registreringsnummer"));
        text(s, c, 250, 440 + 15.0 * (double)i, FONT_REGULAR,
             str_format(s, "ABC%zu Volvo %zu kr, Åsa Öberg-%zu", number * 7 % 1000,
                        number * 131 + i, number));
    }
    writer_page(w, c, PAPER_A4);
}

static struct str write(struct scope *s, const struct maker *m, size_t first, size_t pages)
{
    struct writer *w = writer_new(s, m->stock);
    struct str out = {0};

    for (size_t i = 0; i < pages; i++)
        add_page(s, w, m, first + i);
    check(writer_finish(w,
                        &(struct writer_about){.title = str("Köpekontrakt"),
                                               .language = str("sv"),
                                               .created_us = 1764497700000000},
                        &out),
          s);
    return out;
}

static void bench_files(const struct maker *m, size_t count)
{
    struct scope *s = scope_open_roomy(memory_max, 1 << 20);
    size_t bytes = 0;
    double start = now();

    for (size_t i = 0; i < count; i++) {
        bytes += write(s, m, i, 1).bytes;
        scope_reset(s);
    }
    print("typeset_files", count, now() - start, bytes);
    scope_close(s);
}

static void bench_bundle(const struct maker *m, size_t count)
{
    struct scope *s = scope_open(memory_max);
    double start = now();
    struct str out = write(s, m, 0, count);

    print("typeset_bundle", count, now() - start, out.bytes);
    scope_close(s);
}

static void bench_join(const struct maker *m, size_t count)
{
    struct scope *s = scope_open(memory_max);
    struct scope *joining = scope_open(memory_max);
    struct str *files = scope_array(s, count, sizeof *files);
    struct assembled_part part = {0};
    struct str out = {0};

    for (size_t i = 0; i < count; i++) {
        struct scope *one = scope_open(memory_max);
        files[i] = str_copy(s, write(one, m, 2 * i, 2));
        scope_close(one);
    }
    double start = now();
    struct assembly *a = assembly_new(joining);
    for (size_t i = 0; i < count; i++)
        check(assembly_add(a, files[i], str_format(joining, "Avtal %zu", i), &part), joining);
    check(assembly_finish(a, &(struct assembly_about){.title = str("Bunt")}, &out), joining);
    print("typeset_join", 2 * count, now() - start, out.bytes);
    scope_close(joining);
    scope_close(s);
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(memory_max);
    uint64_t count = FILES;

    if (argc > 1 && !str_to_u64(str(argv[1]), FILES_MAX, &count))
        return 1;
    double start = now();
    struct maker m = maker_new(s);
    print("typeset_template", 1, now() - start, 0);
    bench_files(&m, count);
    bench_bundle(&m, count);
    bench_join(&m, count);
    scope_close(s);
    return 0;
}
