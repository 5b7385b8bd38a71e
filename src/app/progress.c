// The bar is drawn over itself: a carriage return, the line, and what is left of the old one wiped.
#include "app/progress.h"

#include "sys/world.h"

#include <stdio.h>
#include <unistd.h>

enum { PAUSE_US = 100000, BAR_COLUMNS = 30 };

struct progress progress_start(const char *what)
{
    return (struct progress){.what = what,
                             .shown = isatty(STDERR_FILENO),
                             .started_at_us = world_monotonic_us(world_real())};
}

static void draw_bar(double share)
{
    int full = (int)(share * BAR_COLUMNS);

    (void)fputs(" [", stderr);
    for (int i = 0; i < BAR_COLUMNS; i++)
        (void)fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
    (void)fprintf(stderr, "] %3d %%", (int)(share * 100));
}

void progress_show(struct progress *p, uint64_t done, uint64_t all, uint64_t items)
{
    int64_t now_us = world_monotonic_us(world_real());

    if (!p->shown || now_us - p->told_at_us < PAUSE_US)
        return;
    p->told_at_us = now_us;
    double seconds = (double)(now_us - p->started_at_us) / 1e6;
    double share = all > 0 ? (double)done / (double)all : 0;
    share = share > 1 ? 1 : share;
    (void)fprintf(stderr, "\r%s", p->what);
    if (all > 0)
        draw_bar(share);
    if (items != UINT64_MAX)
        (void)fprintf(stderr, "  %llu, %.0f/s", (unsigned long long)items,
                      seconds > 0 ? (double)items / seconds : 0);
    if (share > 0.01 && share < 1 && seconds > 1)
        (void)fprintf(stderr, "  %.0f s left", seconds / share - seconds);
    (void)fputs("\x1b[K", stderr); // ECMA-48, 8.3.41: erase to the end of the line
    (void)fflush(stderr);
}

double progress_end(struct progress *p)
{
    if (p->shown && p->told_at_us > 0)
        (void)fputs("\r\x1b[K", stderr);
    return (double)(world_monotonic_us(world_real()) - p->started_at_us) / 1e6;
}
