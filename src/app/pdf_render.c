// `sheaf pdf render`: a template and data as a PDF, to see what a template looks like. An array, or
// a line for each, is a bundle of documents.
#include "app/command.h"
#include "app/print.h"
#include "core/json.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/pdf/assemble.h"
#include "document/typeset/template.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

enum {
    DATA_BYTES_MAX = 256 << 20,
    DOCUMENT_MEMORY_MAX = 1 << 30,
    IMAGE_FILE_BYTES_MAX = 16 << 20,
    DOCUMENTS_MAX = 100000,
};

static const struct json_limits data_limits = {.bytes_max = DATA_BYTES_MAX,
                                               .depth_max = 100,
                                               .values_max = 20000000,
                                               .duplicates = JSON_REFUSE};

struct job {
    struct scope *scope;
    const struct template *template;
    const struct command_line *line;
    struct template_about about;
    struct json *items;
    size_t count;
};

// A bad file is no misuse of the command.
static enum status tell(struct scope *s, enum status e, struct str path)
{
    struct str why = str_copy(s, scope_why(s));

    if (e == OK)
        return OK;
    e = e == INVALID ? REFUSED : e;
    return path.bytes ? fail(s, e, "%.*s: %.*s", STR(path), STR(why))
                      : fail(s, e, "%.*s", STR(why));
}

// Images lie beside the template.
static enum status read_beside(struct scope *s, void *context, struct str name, struct str *out)
{
    const struct str *template = context;
    struct str folder = path_folder(*template);

    if (str_find(name, str("..")) < name.bytes || str_starts(name, str("/")))
        return fail(s, NOT_FOUND, "%.*s is not beside the template", STR(name));
    return file_read_whole(s, world_real(), str_format(s, "%.*s/%.*s", STR(folder), STR(name)),
                           IMAGE_FILE_BYTES_MAX, out);
}

static enum status add_item(struct job *j, size_t *room, struct json item)
{
    if (j->count == DOCUMENTS_MAX)
        return fail(j->scope, REFUSED, "a bundle has at most %d documents", DOCUMENTS_MAX);
    if (j->count == *room) {
        struct json *more = NULL;
        *room = *room ? 2 * *room : 16;
        more = scope_array(j->scope, *room, sizeof *more);
        if (j->items)
            memcpy(more, j->items, j->count * sizeof *more);
        j->items = more;
    }
    j->items[j->count++] = item;
    return OK;
}

// One document, an array of them, or one a line.
static enum status read_data(struct job *j, struct str path)
{
    struct str text = str("{}");
    struct json all = {0};
    size_t room = 0;

    if (path.data)
        TRY(file_read_whole(j->scope, world_real(), path, DATA_BYTES_MAX, &text));
    if (json_parse(j->scope, text, &data_limits, &all) == OK) {
        for (size_t i = 0; all.type == JSON_ARRAY && i < all.count; i++)
            TRY(add_item(j, &room, all.items[i]));
        return all.type == JSON_ARRAY ? OK : add_item(j, &room, all);
    }
    if (!str_ends(path, str(".ndjson")) && !str_ends(path, str(".jsonl")))
        return tell(j->scope, REFUSED, path);
    for (size_t line = 1; text.data; line++) {
        struct str one = str_trim(str_cut(&text, '\n'));
        struct json item = {0};
        if (one.bytes == 0)
            continue;
        if (json_parse(j->scope, one, &data_limits, &item) != OK)
            return tell(j->scope, REFUSED, str_format(j->scope, "%.*s:%zu", STR(path), line));
        TRY(add_item(j, &room, item));
    }
    return OK;
}

static enum status render_bundle(struct job *j, struct template_result *out)
{
    struct assembly *a = assembly_new(j->scope);
    struct scope *work = scope_open(DOCUMENT_MEMORY_MAX);
    enum status e = OK;

    for (size_t i = 0; e == OK && i < j->count; i++) {
        struct template_result one = {0};
        struct assembled_part part = {0};
        scope_reset(work);
        e = template_render(work, j->template, j->items[i], &j->about, &one);
        if (e != OK) {
            struct str why = str_copy(j->scope, scope_why(work));
            (void)fail(j->scope, e, "document %zu: %.*s", i + 1, STR(why));
            break;
        }
        e = assembly_add(a, one.pdf, str_format(j->scope, "%zu", i + 1), &part);
        out->page_count = part.first_page + part.page_count;
    }
    scope_close(work);
    return e == OK
               ? assembly_finish(a, &(struct assembly_about){.title = j->about.title}, &out->pdf)
               : e;
}

static enum status write_png(struct scope *s, struct str pdf)
{
    struct str stem = str_ends(pdf, str(".pdf")) ? str_slice(pdf, 0, pdf.bytes - 4) : pdf;
    char *arguments[] = {str_z(s, str("pdftoppm")),
                         str_z(s, str("-r")),
                         str_z(s, str("80")),
                         str_z(s, str("-png")),
                         str_z(s, pdf),
                         str_z(s, stem),
                         NULL};
    char *environment[] = {str_z(s, str("PATH=/usr/bin:/bin")), NULL};
    struct child child = {0};

    TRY(child_start(s, arguments, environment, &child));
    struct str how = child_end(s, &child);
    if (how.bytes)
        return fail(s, INTERNAL, "pdftoppm: %.*s", STR(how));
    return OK;
}

static void print_result(struct scope *s, const struct job *j, struct str path,
                         const struct template_result *out)
{
    const struct json_member members[] = {
        {str("file"), json_string(utf8_valid(path) ? path : str("(not UTF-8)"))},
        {str("documents"), json_i64(s, (int64_t)j->count)},
        {str("pages"), json_i64(s, (int64_t)out->page_count)},
        {str("bytes"), json_i64(s, (int64_t)out->pdf.bytes)},
    };

    if (j->line->json)
        print_json(s, json_object(members, sizeof members / sizeof members[0]));
    else
        (void)printf("%.*s: %zu documents, %zu pages, %.*s\n", STR(print_safe(s, path)), j->count,
                     out->page_count, STR(print_bytes(s, out->pdf.bytes)));
}

enum status command_pdf_render(struct scope *s, const struct command_line *line)
{
    struct str path = str(line->words[0]);
    struct str target = str(line->words[1]);
    const struct template_files files = {read_beside, &path};
    struct job j = {.scope = s,
                    .line = line,
                    .about = {.now_us = world_now_us(world_real()),
                              .language = command_flag(line, "language")}};
    struct template *template = NULL;
    struct template_result out = {0};
    struct str text = {0};

    TRY(file_read_whole(s, world_real(), path, TEMPLATE_BYTES_MAX, &text));
    TRY(tell(s, template_compile(s, path, text, &files, &template), (struct str){0}));
    j.template = template;
    TRY(read_data(&j, command_flag(line, "data")));
    if (j.count == 1)
        TRY(tell(s, template_render(s, template, j.items[0], &j.about, &out), (struct str){0}));
    else
        TRY(tell(s, render_bundle(&j, &out), (struct str){0}));
    TRY(file_write_whole(s, world_real(), target, out.pdf));
    if (command_has(line, "png"))
        TRY(write_png(s, target));
    print_result(s, &j, target, &out);
    return OK;
}
