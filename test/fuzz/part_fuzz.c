// Files that look like our own writer's and have digests that fit, but whose directory says
// anything: they are copied or refused, and nothing outside of the file is read.
#include "core/buf.h"
#include "document/pdf/assemble.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/part.h"
#include "test/fuzz/fuzz.h"

enum { FIRST = PART_NUMBER + 1, OBJECTS = 8, NUMBERS = 6 };

static size_t take(struct str *input, size_t below)
{
    size_t value = input->bytes ? (uint8_t)input->data[0] : 0;

    if (input->bytes > 1)
        value = value << 8 | (uint8_t)input->data[1];
    *input = str_slice(*input, 2, input->bytes);
    return below ? value % below : value;
}

// Mostly where an object is; sometimes anywhere.
static void take_places(struct output *o, struct str *input, struct output_place *out)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t how = take(input, 16);
        (void)output_find(o, (uint32_t)(FIRST + take(input, OBJECTS)), &out[i]);
        if (how & 1)
            out[i].number = (uint32_t)take(input, 0);
        if (how & 2)
            out[i].at += take(input, 0);
        if (how & 4)
            out[i].text_bytes = take(input, 0);
        if (how & 8)
            out[i].stream = true;
        if (out[i].stream)
            out[i].data_bytes = take(input, 0);
    }
}

static void take_numbers(struct str *input, uint32_t *out)
{
    for (size_t i = 0; i < NUMBERS; i++)
        out[i] = (uint32_t)take(input, FIRST + OBJECTS + 2);
}

static struct str make_file(struct scope *s, struct str input)
{
    struct output *o = output_new(s);
    struct output_place own[OBJECTS];
    struct output_place objects[OBJECTS];
    uint32_t numbers[3][NUMBERS];
    struct str pdf = {0};

    output_skip(o, PART_NUMBER);
    size_t start = output_offset(o);
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t bytes = take(&input, 64);
        output_object(o, output_reserve(o), str_slice(input, 0, bytes));
        input = str_slice(input, bytes, input.bytes);
    }
    size_t end = output_offset(o);
    take_places(o, &input, own);
    take_places(o, &input, objects);
    for (size_t i = 0; i < 3; i++)
        take_numbers(&input, numbers[i]);
    struct part_shared shared = {
        .at = start, .bytes = end - start, .objects = objects, .object_count = take(&input, 8)};
    part_check(output_bytes(o, start, end), shared.check);
    struct part p = {.own_at = start,
                     .own_bytes = end - start,
                     .own = own,
                     .own_count = take(&input, OBJECTS),
                     .shared = &shared,
                     .shared_count = take(&input, 2),
                     .pages = numbers[0],
                     .page_count = 1 + take(&input, NUMBERS - 1),
                     .tops = numbers[1],
                     .top_count = take(&input, NUMBERS),
                     .parents = numbers[2],
                     .parent_count = take(&input, NUMBERS),
                     .size = FIRST + (uint32_t)take(&input, 2 * OBJECTS),
                     .language = str_slice(input, 0, 8)};
    output_stream(o, PART_NUMBER, (struct str){0}, part_write(s, &p, output_bytes(o, start, end)));
    enum status e = output_finish(o, &(struct output_trailer){.root = 1}, &pdf);
    assert(e == OK);
    return pdf;
}

FUZZ
{
    struct assembly *a = assembly_new(s);
    struct part p = {0};
    struct str pdf = make_file(s, input);
    struct str out = {0};

    if (!part_read(s, pdf, &p) || !joined_copy_part(s, &a->joined, pdf, &p))
        return;
    assert(a->joined.pages.count == p.page_count);
    enum status e = assembly_finish(a, &(struct assembly_about){0}, &out);
    assert(e == OK);
}
