// Source: OnBase, Document Import Processor: "Self Configuring DIP Tags", "ERROR_FILES folder".
#include "partners/onbase.h"

#include "core/buf.h"
#include "core/chance.h"
#include "core/heap.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "partners/ledger.h"
#include "sys/file.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    INDEX_BYTES_MAX = 8 << 20,
    CONTENT_BYTES_MAX = 1 << 30,
    RUN_BYTES_MAX = 1 << 30,
    TAG_BYTES_MAX = 20, // of the tags that begin with ">>"
    ONBASE_BYTES_MAX = 1 << 30,
};

struct document {
    struct ledger_entry entry; // id: "TYPE\nCONTRACT"
    struct str text;           // of its record
};

struct onbase {
    struct onbase_options options;
    struct chance chance;
    struct ledger *documents;
    struct onbase_counts counts;
    struct scope *scope; // what it keeps
    // The content that was looked at last: a thousand indexes name the same file.
    struct str known_name;
    int64_t known_at_us;
    struct str known_digest;
};

struct onbase *onbase_new(const struct onbase_options *options)
{
    struct onbase *o = heap_new(struct onbase);

    o->options = *options;
    o->chance = chance_seeded(options->seed);
    o->documents = ledger_new(sizeof(struct document));
    o->scope = scope_open(ONBASE_BYTES_MAX);
    o->options.folder = str_copy(o->scope, options->folder);
    return o;
}

void onbase_free(struct onbase *o)
{
    if (!o)
        return;
    ledger_free(o->documents);
    scope_close(o->scope);
    free(o);
}

void onbase_set_faults(struct onbase *o, const struct faults *faults)
{
    o->options.faults = *faults;
}

static struct str path_of(struct scope *s, const struct onbase *o, const char *folder,
                          struct str name)
{
    return str_concat(s, 4, o->options.folder, str("/"), str(folder), name);
}

// -- reading
// ---------------------------------------------------------------------------------------

// A record: its lines between BEGIN: and END:, and what is found in them.
struct reading {
    struct str text, type, file, file_type, contract;
};

// Windows-1252 without controls; the file is read as bytes.
static bool is_clean(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)text.data[i] < 0x20)
            return false;
    return true;
}

static bool is_date(struct str text)
{
    struct str rest = text;
    uint64_t month = 0;
    uint64_t day = 0;
    uint64_t year = 0;

    return text.bytes == 10 && str_to_u64(str_cut(&rest, '/'), 12, &month) && month > 0 &&
           str_to_u64(str_cut(&rest, '/'), 31, &day) && day > 0 && str_to_u64(rest, 9999, &year);
}

static bool take_tag(struct reading *r, struct str tag, struct str value)
{
    if (str_is(tag, ">>DocTypeName")) {
        bool first = r->type.bytes == 0;
        r->type = value;
        return first && value.bytes > 0;
    }
    if (str_is(tag, ">>DocDate"))
        return is_date(value);
    if (str_is(tag, ">>FileTypeNum")) {
        r->file_type = value;
        return str_is(value, "16") || str_is(value, "1");
    }
    if (str_is(tag, ">>FileName") || str_is(tag, ">>FullPath")) {
        r->file = value;
        return r->file_type.bytes > 0 && value.bytes > 0; // the type stands before the path
    }
    return false;
}

// One line: a tag of the form or a keyword.
static bool take_line(struct reading *r, struct str line)
{
    struct str value = line;
    struct str tag = str_cut(&value, ':');

    if (!value.data || tag.bytes == 0 || !is_clean(line))
        return false;
    if (str_starts(value, str(" ")))
        value = str_slice(value, 1, value.bytes);
    if (str_starts(tag, str(">>")))
        return tag.bytes <= TAG_BYTES_MAX && take_tag(r, tag, value);
    if (str_is(tag, "Contract Number"))
        r->contract = value;
    return true;
}

// Cuts a line with its CRLF off; false: there is none.
static bool next_line(struct str *rest, struct str *line)
{
    size_t at = str_find(*rest, str("\r\n"));

    if (at == rest->bytes)
        return false;
    *line = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + 2, rest->bytes);
    return true;
}

// Reads a record; false at the end, or with `*bad`.
static bool next_record(struct str *rest, struct reading *out, bool *bad)
{
    struct str line = {0};

    *out = (struct reading){0};
    if (rest->bytes == 0)
        return false;
    *bad = true;
    if (!next_line(rest, &line) || !str_is(line, "BEGIN:"))
        return false;
    struct str begin = *rest;
    while (next_line(rest, &line)) {
        if (str_is(line, "END:")) {
            out->text = str_of(begin.data, (size_t)(line.data - begin.data));
            *bad = out->type.bytes == 0 || out->file.bytes == 0 || out->contract.bytes == 0;
            return !*bad;
        }
        if (!take_line(out, line))
            return false;
    }
    return false;
}

// The name of a content file; a full path ends with it, whatever OnBase calls the folder.
static struct str content_name(struct str file)
{
    size_t at = file.bytes;

    while (at > 0 && file.data[at - 1] != '/' && file.data[at - 1] != '\\')
        at--;
    return str_slice(file, at, file.bytes);
}

// The digest of a content file that is what its format number says. Errors: NOT_FOUND it is not
// there, or another format; others pass.
static enum status content_digest(struct scope *s, struct onbase *o, const struct reading *r,
                                  struct str *out)
{
    struct str name = content_name(r->file);
    struct str path = path_of(s, o, "", name);
    struct file_info info = {0};
    struct str content = {0};

    TRY(path_info(s, o->options.world, path, &info));
    if (!str_equal(o->known_name, name) || o->known_at_us != info.modified_at_us) {
        TRY(file_read_whole(s, o->options.world, path, CONTENT_BYTES_MAX, &content));
        if (content.bytes == 0 ||
            (str_is(r->file_type, "16") && !str_starts(content, str("%PDF-"))))
            return fail(s, NOT_FOUND, "%.*s is not of its format", STR(name));
        o->known_name = str_copy(o->scope, name);
        o->known_at_us = info.modified_at_us;
        o->known_digest = digest_sha256_hex(o->scope, content);
    }
    *out = o->known_digest;
    return OK;
}

// -- importing
// -------------------------------------------------------------------------------------

static struct str document_id(struct scope *s, struct str type, struct str contract)
{
    return str_concat(s, 3, type, str("\n"), contract);
}

static void import(struct scope *s, struct onbase *o, const struct reading *r, struct str digest)
{
    struct str content = str_concat(s, 2, r->text, digest);
    struct document *d = ledger_tell(o->documents, document_id(s, r->type, r->contract), content);

    if (d->entry.times == 1 && d->entry.differing == 0)
        d->text = str_copy(o->scope, r->text);
    else if (d->entry.differing > 0)
        o->counts.differing++;
    else
        o->counts.repeats++;
    o->counts.documents = ledger_count(o->documents);
}

// Reads all of it; with `import_it` makes the documents. Errors: INVALID it is not as OnBase wants
// it; others pass.
static enum status read_index(struct scope *s, struct onbase *o, struct str text, bool import_it)
{
    struct reading r = {0};
    struct str line = {0};
    bool bad = false;
    size_t records = 0;

    if (!next_line(&text, &line) || !str_is(line, ">>>>Self Configuring Tagged DIP<<<<"))
        bad = true;
    while (!bad && next_record(&text, &r, &bad)) {
        struct str digest = {0};
        enum status e = content_digest(s, o, &r, &digest);
        o->counts.missing += e == NOT_FOUND;
        if (e != OK)
            return e == NOT_FOUND ? INVALID : e;
        if (import_it)
            import(s, o, &r, digest);
        records++;
    }
    bad = bad || records == 0;
    o->counts.malformed += bad;
    return bad ? fail(s, INVALID, "the index is not in the form") : OK;
}

static void report(struct scope *s, struct onbase *o, struct str name, struct str text)
{
    struct buf b = buf_make(s, INDEX_BYTES_MAX);
    struct reading r = {0};
    struct str line = {0};
    bool bad = false;
    size_t number = 0;

    if (!o->options.reports || !next_line(&text, &line))
        return;
    while (next_record(&text, &r, &bad))
        buf_format(&b, "%zu;%.*s;%016llx;OK;\r\n", ++number, STR(r.contract),
                   (unsigned long long)str_hash(r.text));
    struct str stem = str_slice(name, 0, name.bytes - strlen(".txt"));
    (void)file_write_whole(s, o->options.world,
                           path_of(s, o, "", str_concat(s, 2, stem, str(".rpt"))), buf_str(&b));
}

static bool refuse(struct scope *s, struct onbase *o, struct str name)
{
    struct world *w = o->options.world;

    if (directory_make(s, w, path_of(s, o, "ERROR_FILES", str(""))) != OK ||
        path_rename(s, w, path_of(s, o, "", name), path_of(s, o, "ERROR_FILES/", name)) != OK)
        return false;
    (void)directory_sync(s, w, o->options.folder);
    return true;
}

static bool take_index(struct scope *s, struct onbase *o, struct str name)
{
    struct world *w = o->options.world;
    struct str path = path_of(s, o, "", name);
    struct file_info info = {0};
    struct str text = {0};

    if (path_info(s, w, path, &info) != OK ||
        world_now_us(w) - info.modified_at_us < (int64_t)o->options.faults.delay_ms * 1000 ||
        file_read_whole(s, w, path, INDEX_BYTES_MAX, &text) != OK)
        return false;
    enum status e = read_index(s, o, text, false);
    if (e != OK)
        return e == INVALID && refuse(s, o, name);
    if (faults_strike(&o->chance, o->options.faults.refuse)) {
        o->counts.refused++;
        return refuse(s, o, name);
    }
    (void)read_index(s, o, text, true);
    report(s, o, name, text);
    o->counts.indexes++;
    return path_remove(s, w, path) == OK;
}

size_t onbase_run(struct scope *s, struct onbase *o)
{
    struct world *w = o->options.world;
    struct str *names = NULL;
    size_t count = 0;
    size_t taken = 0;

    if (faults_down(&o->options.faults, world_now_us(w)) ||
        directory_list(s, w, o->options.folder, &names, &count) != OK) {
        scope_forgive(s);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!str_ends(names[i], str(".txt")))
            continue;
        struct scope *own = scope_open(RUN_BYTES_MAX);
        taken += take_index(own, o, names[i]);
        scope_close(own);
    }
    if (taken)
        (void)directory_sync(s, w, o->options.folder);
    scope_forgive(s);
    return taken;
}

// -- what it knows
// ---------------------------------------------------------------------------------

struct onbase_counts onbase_count(const struct onbase *o)
{
    return o->counts;
}

bool onbase_has(const struct onbase *o, const char *type, struct str contract)
{
    struct scope *s = scope_open(1 << 20);
    bool has = ledger_find(o->documents, document_id(s, str(type), contract)) != NULL;

    scope_close(s);
    return has;
}

struct str onbase_keyword(struct scope *s, const struct onbase *o, const char *type,
                          struct str contract, const char *name)
{
    const struct document *d = ledger_find(o->documents, document_id(s, str(type), contract));
    struct str rest = d ? d->text : (struct str){0};
    struct str line = {0};

    while (next_line(&rest, &line)) {
        struct str tag = str_cut(&line, ':');
        if (str_is(tag, name))
            return str_trim(line);
    }
    return (struct str){0};
}

void onbase_report(const struct onbase *o, struct buf *out)
{
    const char *separator = "{";

#define ONBASE_COUNT(name, meaning)                                                                \
    buf_format(out, "%s\"" #name "\":%llu", separator, (unsigned long long)o->counts.name);        \
    separator = ",";
#include "partners/onbase_counts.def"
#undef ONBASE_COUNT
    buf_put_byte(out, '}');
}
