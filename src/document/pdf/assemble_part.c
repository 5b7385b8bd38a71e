// Joins a file of our own writer (part.h) by copying: what it shares with others is written once,
// what is its own gets new numbers, and nothing that is compressed is looked into.
#include "core/scope.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/output.h"
#include "document/pdf/part.h"
#include "document/pdf/syntax.h"

#include <assert.h>

enum { KEY_DIGITS = 20 };

struct copying {
    struct scope *scope;
    struct joined *joined;
    struct str pdf;
    const struct part *part;
    uint32_t *numbers; // in the result; 0: not of this part
    struct buf text;   // of the object that is being written
};

// Text and data of an object, as they lie in the file; shorter where the directory is wrong.
static struct str text_of(const struct copying *c, const struct output_place *p)
{
    struct str object = str_slice(c->pdf, p->at, KEY_DIGITS + p->text_bytes);

    return str_slice(object, str_find_byte(object, '\n') + 1, p->text_bytes);
}

static struct str data_of(const struct copying *c, const struct output_place *p)
{
    struct str text = text_of(c, p);
    size_t at = (size_t)(text.data - c->pdf.data) + text.bytes + strlen("\nstream\n");

    return str_slice(c->pdf, at, p->data_bytes);
}

// What an object says behind its last reference; a page and an annotation end with their key in the
// table of parents.
static bool put_key(struct copying *c, struct str rest)
{
    size_t slash = rest.bytes;
    uint64_t key = 0;

    while (slash > 0 && rest.data[slash - 1] != '/')
        slash--;
    struct str entry = str_slice(rest, slash, rest.bytes);
    if (slash == 0 || !str_starts(entry, str("StructParent"))) {
        buf_put(&c->text, rest);
        return true;
    }
    struct str name = str_cut(&entry, ' ');
    if (!str_ends(entry, str(">>")) ||
        !str_to_u64(str_slice(entry, 0, entry.bytes - 2), PART_OBJECTS_MAX, &key) ||
        key >= c->part->parent_count)
        return false;
    buf_put(&c->text, str_slice(rest, 0, slash));
    buf_put(&c->text, name);
    buf_put_byte(&c->text, ' ');
    buf_put_u64(&c->text, c->joined->parents.count + key);
    buf_put_z(&c->text, ">>");
    return true;
}

static bool renumber(struct copying *c, struct str text)
{
    struct str before = {0};
    struct pdf_ref ref = {0};

    buf_clear(&c->text);
    while (pdf_next_ref(&text, &before, &ref)) {
        if (ref.number >= c->part->size || !c->numbers[ref.number])
            return false;
        buf_put(&c->text, before);
        buf_put_u64(&c->text, c->numbers[ref.number]);
        buf_put_z(&c->text, " 0 R");
    }
    return put_key(c, text) && !c->text.overflow;
}

static bool write_objects(struct copying *c, const struct output_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t number = c->numbers[places[i].number];
        struct str text = text_of(c, &places[i]);
        if (text.bytes != places[i].text_bytes)
            return false;
        bool has_refs = str_find_byte(text, 'R') < text.bytes;
        if (has_refs && !renumber(c, text))
            return false;
        joined_write(c->joined, number, has_refs ? buf_str(&c->text) : text, places[i].stream,
                     places[i].stream ? data_of(c, &places[i]) : (struct str){0});
    }
    return true;
}

static bool give_numbers(struct copying *c, const struct output_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].number >= c->part->size || c->numbers[places[i].number])
            return false;
        c->numbers[places[i].number] = joined_reserve(c->joined);
    }
    return true;
}

static const struct known_shared *find_shared(const struct joined *j, const struct part_shared *p)
{
    const struct known_shared *k = j->shared;

    while (k &&
           (memcmp(k->name, p->name, sizeof k->name) != 0 || k->object_count != p->object_count))
        k = k->next;
    return k;
}

// What is known need not be digested again where it is the same bytes.
static bool is_sound(const struct copying *c, const struct part_shared *p,
                     const struct known_shared *known)
{
    struct str bytes = str_slice(c->pdf, p->at, p->bytes);
    uint8_t check[PART_DIGEST_BYTES];

    if (known && str_equal(known->bytes, bytes))
        return true;
    part_check(bytes, check);
    return memcmp(check, p->check, sizeof check) == 0;
}

// Gives numbers to what is shared: those that it has in the result, or new ones.
static bool number_shared(struct copying *c, const struct part_shared *p)
{
    const struct known_shared *known = find_shared(c->joined, p);

    if (!is_sound(c, p, known))
        return false;
    if (!known)
        return give_numbers(c, p->objects, p->object_count);
    for (size_t i = 0; i < p->object_count; i++) {
        if (p->objects[i].number >= c->part->size || c->numbers[p->objects[i].number])
            return false;
        c->numbers[p->objects[i].number] = known->numbers[i];
    }
    c->joined->merged += p->object_count;
    return true;
}

static bool write_shared(struct copying *c, const struct part_shared *p)
{
    struct scope *s = c->joined->scope;

    if (find_shared(c->joined, p))
        return true;
    if (!write_objects(c, p->objects, p->object_count))
        return false;
    struct known_shared *known = scope_new(s, struct known_shared);
    memcpy(known->name, p->name, sizeof known->name);
    known->bytes = str_copy(s, str_slice(c->pdf, p->at, p->bytes));
    known->numbers = scope_array(s, p->object_count, sizeof *known->numbers);
    known->object_count = p->object_count;
    for (size_t i = 0; i < p->object_count; i++)
        known->numbers[i] = c->numbers[p->objects[i].number];
    known->next = c->joined->shared;
    c->joined->shared = known;
    return true;
}

static bool are_known(const struct copying *c, const uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] >= c->part->size || !c->numbers[numbers[i]])
            return false;
    }
    return true;
}

static void add_all(struct copying *c, struct numbers *to, const uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        joined_add(c->joined, to, c->numbers[numbers[i]]);
}

static void add_language(struct joined *j, struct str language)
{
    if (!j->language.data)
        j->language = str_concat(j->scope, 1, language);
    else if (!str_equal(j->language, language))
        j->language = str_slice(j->language, 0, 0); // parts of several: the document has none
}

bool joined_copy_part(struct scope *s, struct joined *j, struct str pdf, const struct part *p)
{
    struct copying c = {.scope = s, .joined = j, .pdf = pdf, .part = p};

    if (p->size <= PART_NUMBER)
        return false;
    c.numbers = scope_array(s, p->size, sizeof *c.numbers);
    c.text = buf_make(s, pdf.bytes * 2 + 64);
    c.numbers[PART_PAGES_NUMBER] = JOINED_PAGES;
    c.numbers[PART_TAGS_NUMBER] = JOINED_TAGS;
    for (size_t i = 0; i < p->shared_count; i++) {
        if (!number_shared(&c, &p->shared[i]))
            return false;
    }
    if (!give_numbers(&c, p->own, p->own_count) || !are_known(&c, p->pages, p->page_count) ||
        !are_known(&c, p->tops, p->top_count) || !are_known(&c, p->parents, p->parent_count) ||
        !are_known(&c, &p->profile, p->profile != 0))
        return false;
    for (size_t i = 0; i < p->shared_count; i++) {
        if (!write_shared(&c, &p->shared[i]))
            return false;
    }
    if (!write_objects(&c, p->own, p->own_count))
        return false;
    add_all(&c, &j->pages, p->pages, p->page_count);
    add_all(&c, &j->tops, p->tops, p->top_count);
    add_all(&c, &j->parents, p->parents, p->parent_count);
    j->untagged |= p->top_count == 0;
    j->unarchival |= p->profile == 0;
    j->profile = c.numbers[p->profile];
    add_language(j, p->language);
    return true;
}
