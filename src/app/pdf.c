// `sheaf pdf`: commands on PDF files, without a server. Output files appear whole or not at all.
#include "app/command.h"
#include "app/print.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/pdf/archival.h"
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/revision.h"
#include "document/pdf/stamp.h"
#include "document/typeset/stamp_page.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

enum {
    MEMBERS_MAX = 16,
    PART_MEMORY_MAX = PDF_BYTES_MAX + (1 << 20),
    WORK_MEMORY_FACTOR = 3, // the file, what is made of it, and half-grown copies
};

struct members {
    struct json_member items[MEMBERS_MAX];
    size_t count;
};

static void add(struct members *m, const char *name, struct json value)
{
    if (m->count < MEMBERS_MAX)
        m->items[m->count++] = (struct json_member){str(name), value};
}

// What a file says of itself may be anything.
static struct json text_json(struct str text)
{
    return json_string(utf8_valid(text) ? text : str("(not UTF-8)"));
}

static void add_text(struct members *m, const char *name, struct str text)
{
    if (text.bytes)
        add(m, name, text_json(text));
}

static struct json members_json(struct scope *s, const struct members *m)
{
    return json_copy(s, json_object(m->items, m->count));
}

// A bad file is no misuse of the command.
static enum status tell(struct scope *s, enum status e, struct str path)
{
    struct str why = str_copy(s, scope_why(s));

    return e == OK ? OK : fail(s, e == INVALID ? REFUSED : e, "%.*s: %.*s", STR(path), STR(why));
}

static const char *permits_word(enum pdf_permits permits)
{
    switch (permits) {
    case PDF_PERMITS_NOTHING:
        return "nothing";
    case PDF_PERMITS_FORMS:
        return "forms";
    case PDF_PERMITS_ANNOTATIONS:
        return "annotations";
    case PDF_PERMITS_ANY:
    default:
        return "any";
    }
}

static struct json signature_json(struct scope *s, const struct pdf_signature *sig)
{
    struct members m = {0};
    struct json range[4];

    for (size_t i = 0; i < 4; i++)
        range[i] = json_i64(s, (int64_t)sig->byte_range[i]);
    add_text(&m, "field", sig->field);
    add_text(&m, "subFilter", sig->sub_filter);
    add_text(&m, "name", sig->name);
    add_text(&m, "reason", sig->reason);
    add_text(&m, "location", sig->location);
    add_text(&m, "signedAt", sig->signed_at);
    add(&m, "byteRange", json_copy(s, json_array(range, 4)));
    add(&m, "wellPlaced", json_bool(sig->well_placed));
    add(&m, "coversFile", json_bool(sig->covers_file));
    add(&m, "timestamp", json_bool(sig->timestamp));
    add(&m, "permits", json_string(str(permits_word(sig->permits))));
    add(&m, "locksFields", json_bool(sig->locks_fields));
    return members_json(s, &m);
}

static struct json signatures_json(struct scope *s, const struct pdf_facts *facts)
{
    struct json *items = scope_array(s, facts->signature_count, sizeof *items);

    for (size_t i = 0; i < facts->signature_count; i++)
        items[i] = signature_json(s, &facts->signatures[i]);
    return json_array(items, facts->signature_count);
}

static struct json attachments_json(struct scope *s, const struct pdf_facts *facts)
{
    struct json *items = scope_array(s, facts->attachment_count, sizeof *items);

    for (size_t i = 0; i < facts->attachment_count; i++) {
        struct members m = {0};
        add_text(&m, "name", facts->attachments[i].name);
        add_text(&m, "description", facts->attachments[i].description);
        items[i] = members_json(s, &m);
    }
    return json_array(items, facts->attachment_count);
}

static struct json revisions_json(struct scope *s, const struct pdf_facts *facts)
{
    struct json *items = scope_array(s, facts->revision_count, sizeof *items);

    for (size_t i = 0; i < facts->revision_count; i++)
        items[i] = json_i64(s, (int64_t)facts->revision_ends[i]);
    return json_array(items, facts->revision_count);
}

// What it claims to be fit for, and what speaks against it.
static struct json archival_json(struct scope *s, const struct pdf_archival *a)
{
    struct members m = {0};
    struct json items[PDF_COMPLAINTS_MAX];

    for (size_t i = 0; i < a->complaint_count; i++)
        items[i] = text_json(a->complaints[i]);
    add_text(&m, "claim", a->claim);
    add(&m, "complaints", json_copy(s, json_array(items, a->complaint_count)));
    return members_json(s, &m);
}

static struct json facts_json(struct scope *s, struct str path, struct str pdf,
                              const struct pdf_facts *facts, const struct pdf_archival *archival)
{
    struct members m = {0};

    add(&m, "file", text_json(path));
    add(&m, "bytes", json_i64(s, (int64_t)pdf.bytes));
    add_text(&m, "version", facts->version);
    add(&m, "pages", json_i64(s, (int64_t)facts->page_count));
    add(&m, "encrypted", json_bool(facts->encrypted));
    add(&m, "damaged", json_bool(facts->damaged));
    add_text(&m, "complaint", facts->complaint);
    add(&m, "revisionEnds", revisions_json(s, facts));
    add(&m, "signatures", signatures_json(s, facts));
    add(&m, "emptySignatureFields", json_i64(s, (int64_t)facts->empty_signature_fields));
    add(&m, "permits", json_string(str(permits_word(facts->permits))));
    add(&m, "attachments", attachments_json(s, facts));
    add(&m, "archival", archival_json(s, archival));
    return members_json(s, &m);
}

static void print_line(struct scope *s, const char *what, struct str text)
{
    (void)printf("%-12s %.*s\n", what, STR(print_safe(s, text)));
}

static void print_archival(struct scope *s, const struct pdf_archival *a)
{
    if (a->claim.bytes)
        print_line(s, "claims", str_format(s, "PDF/A-%.*s", STR(a->claim)));
    for (size_t i = 0; i < a->complaint_count; i++)
        print_line(s, "breaks", a->complaints[i]);
}

static void print_facts(struct scope *s, struct str path, struct str pdf,
                        const struct pdf_facts *facts)
{
    print_line(s, "file", path);
    print_line(s, "size", print_bytes(s, pdf.bytes));
    print_line(s, "version", facts->version);
    print_line(s, "pages", print_count(s, facts->page_count));
    print_line(s, "revisions", print_count(s, facts->revision_count));
    if (facts->encrypted)
        print_line(s, "encrypted", str("yes, readable without a password"));
    if (facts->damaged)
        print_line(s, "damaged", facts->complaint);
    for (size_t i = 0; i < facts->signature_count; i++) {
        const struct pdf_signature *sig = &facts->signatures[i];
        print_line(s, sig->timestamp ? "time-stamp" : "signature",
                   str_format(s, "%.*s (%.*s), %s", STR(sig->field), STR(sig->sub_filter),
                              !sig->well_placed  ? "its byte range is wrong"
                              : sig->covers_file ? "covers the whole file"
                                                 : "covers an earlier revision"));
    }
    if (facts->signature_count)
        print_line(s, "permits", str(permits_word(facts->permits)));
    for (size_t i = 0; i < facts->attachment_count; i++)
        print_line(s, "attachment", facts->attachments[i].name);
}

enum status command_pdf_info(struct scope *s, const struct command_line *line)
{
    struct str path = str(line->words[0]);
    struct str pdf = {0};
    struct pdf_facts facts = {0};
    struct pdf_archival archival = {0};

    TRY(file_read_whole(s, world_real(), path, PDF_BYTES_MAX, &pdf));
    TRY(tell(s, pdf_inspect(s, pdf, &facts), path));
    TRY(tell(s, pdf_archival(s, pdf, &archival), path));
    if (line->json) {
        print_json(s, facts_json(s, path, pdf, &facts, &archival));
        return OK;
    }
    print_facts(s, path, pdf, &facts);
    print_archival(s, &archival);
    return OK;
}

// The last part of a path without its extension.
static struct str stem_of(struct str path)
{
    for (size_t at = str_find_byte(path, '/'); at < path.bytes; at = str_find_byte(path, '/'))
        path = str_slice(path, at + 1, path.bytes);
    return str_ends(path, str(".pdf")) ? str_slice(path, 0, path.bytes - 4) : path;
}

// Reads one file and adds it; its bytes are gone afterwards.
static enum status join_file(struct scope *s, struct assembly *a, struct str path,
                             struct assembled_part *part)
{
    struct scope *file = scope_open(PART_MEMORY_MAX);
    struct str pdf = {0};
    enum status e = file_read_whole(file, world_real(), path, PDF_BYTES_MAX, &pdf);

    e = e == OK
            ? tell(s, assembly_add(a, pdf, utf8_valid(path) ? stem_of(path) : str("?"), part), path)
            : scope_pass(s, e, file);
    scope_close(file);
    return e;
}

static enum status attach_file(struct scope *s, struct assembly *a, struct str path)
{
    struct str data = {0};

    if (!path.data)
        return OK;
    TRY(file_read_whole(s, world_real(), path, PDF_BYTES_MAX / 4, &data));
    struct str name = path;
    for (size_t at = str_find_byte(name, '/'); at < name.bytes; at = str_find_byte(name, '/'))
        name = str_slice(name, at + 1, name.bytes);
    return assembly_attach(a, &(struct assembly_attachment){.name = name, .data = data});
}

static struct json part_json(struct scope *s, struct str path, const struct assembled_part *part)
{
    struct members m = {0};

    add(&m, "file", text_json(path));
    add(&m, "firstPage", json_i64(s, (int64_t)part->first_page + 1));
    add(&m, "pages", json_i64(s, (int64_t)part->page_count));
    if (part->was_damaged)
        add(&m, "wasDamaged", json_bool(true));
    if (part->lost_signatures)
        add(&m, "lostSignatures", json_bool(true));
    if (part->lost_form)
        add(&m, "lostForm", json_bool(true));
    if (part->lost_outline)
        add(&m, "lostOutline", json_bool(true));
    return members_json(s, &m);
}

static void warn(struct scope *s, struct str path, const struct assembled_part *part)
{
    const char *lost = part->lost_signatures ? "its signatures"
                       : part->lost_form     ? "its form"
                       : part->lost_outline  ? "its bookmarks"
                                             : NULL;

    if (part->was_damaged)
        (void)fprintf(stderr, "sheaf: %.*s was damaged and is repaired\n",
                      STR(print_safe(s, path)));
    if (lost)
        (void)fprintf(stderr, "sheaf: %.*s: %s are not taken over\n", STR(print_safe(s, path)),
                      lost);
}

static void print_joined(struct scope *s, const struct command_line *line, struct str path,
                         struct str pdf, const struct assembled_part *parts, struct assembly *a)
{
    const struct assembled_part *last = &parts[line->word_count - 1];
    struct json *items = scope_array(s, line->word_count, sizeof *items);
    struct members m = {0};
    size_t pages = last->first_page + last->page_count;

    for (size_t i = 0; i < line->word_count; i++)
        items[i] = part_json(s, str(line->words[i]), &parts[i]);
    add(&m, "file", text_json(path));
    add(&m, "bytes", json_i64(s, (int64_t)pdf.bytes));
    add(&m, "pages", json_i64(s, (int64_t)pages));
    add(&m, "merged", json_i64(s, (int64_t)assembly_merged(a)));
    add(&m, "parts", json_array(items, line->word_count));
    if (line->json)
        print_json(s, json_object(m.items, m.count));
    else
        (void)printf("%.*s: %zu files, %zu pages, %.*s\n", STR(print_safe(s, path)),
                     line->word_count, pages, STR(print_bytes(s, pdf.bytes)));
}

enum status command_pdf_join(struct scope *s, const struct command_line *line)
{
    struct assembled_part *parts = scope_array(s, line->word_count, sizeof *parts);
    struct assembly *a = NULL;
    struct str path = {0};
    struct str pdf = {0};

    TRY(command_require(s, line, "output", &path));
    a = assembly_new(s);
    for (size_t i = 0; i < line->word_count; i++) {
        TRY(join_file(s, a, str(line->words[i]), &parts[i]));
        warn(s, str(line->words[i]), &parts[i]);
    }
    TRY(attach_file(s, a, command_flag(line, "attach")));
    TRY(assembly_finish(a, &(struct assembly_about){.title = command_flag(line, "title")}, &pdf));
    TRY(file_write_whole(s, world_real(), path, pdf));
    print_joined(s, line, path, pdf, parts, a);
    return OK;
}

static enum status read_corner(struct scope *s, const struct command_line *line,
                               enum pdf_corner *out)
{
    static const char *const words[] = {"bottom-right", "bottom-left", "top-right", "top-left"};
    struct str word = command_flag(line, "corner");

    if (!word.data)
        return OK;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_is(word, words[i])) {
            *out = (enum pdf_corner)i;
            return OK;
        }
    }
    return command_misused(s, line->command, "there is no corner %.*s", STR(word));
}

static size_t read_lines(struct str text, struct str lines[PDF_STAMP_LINES_MAX + 1])
{
    size_t count = 0;

    while (text.data && count <= PDF_STAMP_LINES_MAX)
        lines[count++] = str_cut(&text, '|');
    return count;
}

static void print_stamped(struct scope *s, const struct command_line *line, struct str path,
                          const struct pdf_stamped *stamped)
{
    struct members m = {0};

    add(&m, "file", text_json(path));
    add(&m, "bytes", json_i64(s, (int64_t)stamped->pdf.bytes));
    add(&m, "pages", json_i64(s, (int64_t)stamped->page_count));
    add(&m, "annotations", json_bool(stamped->annotations));
    add(&m, "repaired", json_bool(stamped->repaired));
    if (line->json)
        print_json(s, json_object(m.items, m.count));
    else {
        (void)printf("%.*s: %zu pages stamped%s%s\n", STR(print_safe(s, path)), stamped->page_count,
                     stamped->annotations ? " with annotations, since it is signed" : "",
                     stamped->repaired ? "; it was damaged or encrypted" : "");
    }
}

static enum status draw_stamp(struct scope *s, const struct command_line *line,
                              struct pdf_stamp *stamp)
{
    struct stamp_page look = {.lines = stamp->lines,
                              .line_count = stamp->line_count,
                              .code = command_flag(line, "code"),
                              .size = stamp->size_points};

    return tell(s, stamp_page_make(s, &look, &stamp->page), str(line->words[0]));
}

enum status command_pdf_stamp(struct scope *s, const struct command_line *line)
{
    struct str lines[PDF_STAMP_LINES_MAX + 1];
    struct pdf_stamp stamp = {.lines = lines};
    struct pdf_stamped stamped = {0};
    struct str text = {0};
    struct str path = {0};
    struct str pdf = {0};
    uint64_t size = 0;

    TRY(command_require(s, line, "text", &text));
    TRY(command_require(s, line, "output", &path));
    TRY(command_number(s, line, "size", 1, 72, &size));
    TRY(read_corner(s, line, &stamp.corner));
    stamp.line_count = read_lines(text, lines);
    stamp.size_points = (unsigned)size;
    TRY(file_read_whole(s, world_real(), str(line->words[0]), PDF_BYTES_MAX / WORK_MEMORY_FACTOR,
                        &pdf));
    TRY(draw_stamp(s, line, &stamp));
    TRY(tell(s, pdf_stamp(s, pdf, &stamp, &stamped), str(line->words[0])));
    TRY(file_write_whole(s, world_real(), path, stamped.pdf));
    print_stamped(s, line, path, &stamped);
    return OK;
}
