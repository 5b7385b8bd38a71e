// Documents and what is addressed in them. A document is indexed when it is added: every schema in
// it gets a place (which resource, which pointer), every $id an address, every $anchor a name. A
// part that no keyword leads to, like the schemas of an OpenAPI document, is indexed when a
// reference leads there.
#include "expr/schema_compile_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/url.h"
#include "expr/pointer.h"
#include "expr/uri.h"

#include <assert.h>

enum {
    PLACES_FIRST = 64,
    URI_BYTES_MAX = 2048,
    POINTER_BYTES_MAX = 8192,
    ROOM_BYTES_MIN = 128 << 10, // texts, names, a compiled pattern
    INDEX_DEPTH_MAX = 512,
};

static const char draft_uri[] = "https://json-schema.org/draft/2020-12/schema";

static enum status index_schema(struct schema_library *l, struct resource *resource,
                                struct json schema, struct str pointer, unsigned depth);

struct schema_library *schema_library_new(struct scope *s, const struct schema_options *options)
{
    struct schema_library *l = scope_new(s, struct schema_library);
    struct str *names = scope_array(s, KEYWORD_COUNT, sizeof *names);

    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        names[i] = keyword_rows[i].name;
    l->s = s;
    l->keywords = names_make(s, names, KEYWORD_COUNT);
    if (options)
        l->options = *options;
    l->place_room = PLACES_FIRST;
    l->places = scope_array(s, l->place_room, sizeof *l->places);
    return l;
}

struct str schema_place(struct scope *s, const struct resource *resource, struct str pointer)
{
    return str_format(s, "%.*s#%.*s", STR(resource->uri), STR(pointer));
}

enum status library_check_room(const struct schema_library *l, size_t bytes)
{
    if (!scope_has_room(l->s, bytes + ROOM_BYTES_MIN))
        return fail(l->s, TOO_LARGE, "the schemas take more memory than is left for them");
    return OK;
}

// -- places --------------------------------------------------------------------------------------

static struct place *place_slot(struct place *places, size_t room, const void *key)
{
    size_t slot = ((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15U >> 20 & (room - 1);

    while (places[slot].key && places[slot].key != key)
        slot = (slot + 1) & (room - 1);
    return &places[slot];
}

struct place *library_place(const struct schema_library *l, struct json object)
{
    if (!json_is(object, JSON_OBJECT) || object.count == 0)
        return NULL;
    struct place *place = place_slot(l->places, l->place_room, object.members);

    return place->key ? place : NULL;
}

static enum status places_grow(struct schema_library *l)
{
    size_t room = l->place_room * 2;

    TRY(library_check_room(l, room * sizeof *l->places));
    struct place *larger = scope_array(l->s, room, sizeof *larger);

    for (size_t i = 0; i < l->place_room; i++)
        if (l->places[i].key)
            *place_slot(larger, room, l->places[i].key) = l->places[i];
    l->places = larger;
    l->place_room = room;
    return OK;
}

static enum status place_put(struct schema_library *l, struct json object,
                             struct resource *resource, struct str pointer)
{
    if (l->place_count * 2 >= l->place_room)
        TRY(places_grow(l));
    *place_slot(l->places, l->place_room, object.members) =
        (struct place){.key = object.members, .resource = resource, .pointer = pointer};
    l->place_count++;
    return OK;
}

// -- resources -----------------------------------------------------------------------------------

static struct resource *resource_find(const struct schema_library *l, struct str uri)
{
    for (const struct address *a = l->addresses; a; a = a->next)
        if (str_equal(a->uri, uri))
            return a->resource;
    return NULL;
}

static void address_put(struct schema_library *l, struct str uri, struct resource *resource)
{
    struct address *address = scope_new(l->s, struct address);

    *address = (struct address){l->addresses, uri, resource};
    l->addresses = address;
}

static struct resource *resource_new(struct schema_library *l, struct str uri, struct json root,
                                     struct resource *parent)
{
    struct resource *resource = scope_new(l->s, struct resource);

    *resource = (struct resource){.next = l->resources, .parent = parent, .uri = uri, .root = root};
    l->resources = resource;
    if (!resource_find(l, uri))
        address_put(l, uri, resource);
    return resource;
}

// Gives the URI that an $id makes of a base; `out` has no data when there is no $id.
static enum status read_id(struct schema_library *l, struct json schema, struct str base,
                           struct str place, struct str *out)
{
    struct json id = json_member(schema, "$id");

    if (json_is(id, JSON_NONE))
        return OK;
    if (!json_is(id, JSON_STRING) || id.count > URI_BYTES_MAX)
        return fail(l->s, INVALID, "%.*s/$id must be a URI of at most %d bytes", STR(place),
                    URI_BYTES_MAX);
    if (uri_split(json_text(id)).fragment.bytes)
        return fail(l->s, INVALID, "%.*s/$id must not have a fragment, is \"%.*s\"", STR(place),
                    STR(json_text(id)));
    *out = uri_resolve(l->s, base, json_text(id));
    return OK;
}

static enum status document_add(struct schema_library *l, struct str uri, struct json document,
                                struct resource **out)
{
    struct str base = uri_resolve(l->s, str(""), uri); // drops the fragment, copies
    struct str id = {0};

    TRY(read_id(l, document, base, str_concat(l->s, 2, base, str("#")), &id));
    struct resource *resource = resource_new(l, id.data ? id : base, document, NULL);
    if (id.data && !resource_find(l, base))
        address_put(l, base, resource);
    TRY(index_schema(l, resource, document, str(""), 0));
    *out = resource;
    return OK;
}

enum status schema_library_add(struct schema_library *l, struct str uri, struct json document)
{
    struct resource *resource = NULL;

    if (uri.bytes > URI_BYTES_MAX)
        return fail(l->s, TOO_LARGE, "the URI of a schema has %zu bytes; the most is %d", uri.bytes,
                    URI_BYTES_MAX);
    TRY(library_check_room(l, 0));
    if (resource_find(l, uri_resolve(l->s, str(""), uri)))
        return fail(l->s, CONFLICT, "there is a document %.*s already", STR(uri));
    return document_add(l, uri, document, &resource);
}

// -- indexing ------------------------------------------------------------------------------------

static bool is_anchor_name(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool more = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!letter && !(more && i > 0))
            return false;
    }
    return name.bytes > 0;
}

static const struct anchor *anchor_find(const struct resource *resource, struct str name)
{
    const struct anchor *found = NULL;

    // A dynamic anchor counts before a plain one of the same name and schema.
    for (const struct anchor *a = resource->anchors; a; a = a->next)
        if (str_equal(a->name, name) && (!found || a->dynamic))
            found = a;
    return found;
}

static enum status index_anchor(struct schema_library *l, struct resource *resource,
                                struct json schema, struct str pointer, const char *keyword)
{
    struct json name = json_member(schema, keyword);
    bool dynamic = strcmp(keyword, "$dynamicAnchor") == 0;

    if (json_is(name, JSON_NONE))
        return OK;
    struct str place = schema_place(l->s, resource, pointer);
    if (!json_is(name, JSON_STRING) || !is_anchor_name(json_text(name)))
        return fail(l->s, INVALID, "%.*s/%s must be a name of letters, digits, \"-\", \"_\", \".\"",
                    STR(place), keyword);
    const struct anchor *other = anchor_find(resource, json_text(name));
    if (other && other->value.members != schema.members)
        return fail(l->s, INVALID, "%.*s/%s: there is another anchor \"%.*s\" in %.*s", STR(place),
                    keyword, STR(json_text(name)), STR(resource->uri));
    struct anchor *anchor = scope_new(l->s, struct anchor);
    *anchor = (struct anchor){resource->anchors, json_text(name), schema, dynamic};
    resource->anchors = anchor;
    return OK;
}

// Gives the resource that a schema below another is in: a new one when it has an $id.
static enum status enter_resource(struct schema_library *l, struct json schema,
                                  struct resource **resource, struct str *pointer)
{
    struct str uri = {0};

    if (pointer->bytes == 0) // a root, which was entered when it was added
        return OK;
    struct str place = schema_place(l->s, *resource, *pointer);
    TRY(read_id(l, schema, (*resource)->uri, place, &uri));
    if (!uri.data)
        return OK;
    if (resource_find(l, uri))
        return fail(l->s, INVALID, "%.*s/$id: there is another schema %.*s", STR(place), STR(uri));
    *resource = resource_new(l, uri, schema, *resource);
    *pointer = str("");
    return OK;
}

// Gives a pointer one step longer.
static enum status extend(struct schema_library *l, struct str pointer, struct str name,
                          struct str *out)
{
    if (pointer.bytes > POINTER_BYTES_MAX || name.bytes > POINTER_BYTES_MAX)
        return fail(l->s, TOO_LARGE, "the place of a schema is longer than %d bytes",
                    POINTER_BYTES_MAX);
    TRY(library_check_room(l, 0));
    struct buf longer = buf_make(l->s, POINTER_BYTES_MAX * 4);
    buf_put(&longer, pointer);
    pointer_append(&longer, name);
    *out = buf_str(&longer);
    return OK;
}

static enum status index_list(struct schema_library *l, struct resource *resource, struct json list,
                              struct str pointer, unsigned depth)
{
    struct str place = {0};

    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list.count; i++) {
        TRY(extend(l, pointer, str_format(l->s, "%zu", i), &place));
        TRY(index_schema(l, resource, list.items[i], place, depth));
    }
    return OK;
}

static enum status index_named(struct schema_library *l, struct resource *resource,
                               struct json named, struct str pointer, unsigned depth)
{
    struct str place = {0};

    for (size_t i = 0; json_is(named, JSON_OBJECT) && i < named.count; i++) {
        TRY(extend(l, pointer, named.members[i].name, &place));
        TRY(index_schema(l, resource, named.members[i].value, place, depth));
    }
    return OK;
}

// Indexes the schemas in the value of one keyword.
static enum status index_member(struct schema_library *l, struct resource *resource,
                                const struct json_member *member, struct str pointer,
                                unsigned depth)
{
    uint32_t keyword = names_find(&l->keywords, member->name);
    struct str place = {0};

    if (keyword == NAMES_NONE || keyword_rows[keyword].takes < TAKES_SCHEMA)
        return OK;
    TRY(extend(l, pointer, member->name, &place));
    if (keyword_rows[keyword].takes == TAKES_SCHEMA)
        return index_schema(l, resource, member->value, place, depth);
    if (keyword_rows[keyword].takes == TAKES_SCHEMAS)
        return index_list(l, resource, member->value, place, depth);
    return index_named(l, resource, member->value, place, depth);
}

static enum status index_schema(struct schema_library *l, struct resource *resource,
                                struct json schema, struct str pointer, unsigned depth)
{
    if (!json_is(schema, JSON_OBJECT) || schema.count == 0 || library_place(l, schema))
        return OK; // nothing in it, or known
    if (depth > INDEX_DEPTH_MAX)
        return fail(l->s, TOO_LARGE, "%.*s nests schemas deeper than %d", STR(resource->uri),
                    INDEX_DEPTH_MAX);
    TRY(enter_resource(l, schema, &resource, &pointer));
    TRY(place_put(l, schema, resource, pointer));
    TRY(index_anchor(l, resource, schema, pointer, "$anchor"));
    TRY(index_anchor(l, resource, schema, pointer, "$dynamicAnchor"));
    for (size_t i = 0; i < schema.count; i++)
        TRY(index_member(l, resource, &schema.members[i], pointer, depth + 1));
    return OK;
}

enum status library_index(struct schema_library *l, struct resource *resource, struct json schema,
                          struct str pointer)
{
    return index_schema(l, resource, schema, pointer, 0);
}

// -- references ----------------------------------------------------------------------------------

static enum status load(struct schema_library *l, struct str uri, struct json *out)
{
    const char *metaschema = schema_metaschema(uri);

    if (metaschema)
        return json_parse(l->s, str(metaschema), &json_limits_strict, out);
    if (!l->options.load)
        return fail(l->s, NOT_FOUND, "there is no document %.*s", STR(uri));
    return l->options.load(l->options.context, l->s, uri, out);
}

static enum status resource_get(struct schema_library *l, struct str uri, struct resource **out)
{
    struct json document = {0};

    *out = resource_find(l, uri);
    if (*out)
        return OK;
    TRY(load(l, uri, &document));
    return document_add(l, uri, document, out);
}

// Follows a pointer from the root of a resource; a schema with an $id on the way changes it.
static enum status follow(struct schema_library *l, struct str pointer, struct target *t)
{
    struct str rest = pointer;
    struct str behind = pointer; // the newest place
    struct str token = {0};

    if (!pointer_is_valid(pointer))
        return fail(l->s, INVALID, "\"%.*s\" is no JSON Pointer", STR(pointer));
    while (pointer_next(&rest, &token)) {
        t->json = pointer_step(l->s, t->json, token);
        if (json_is(t->json, JSON_NONE))
            return fail(l->s, NOT_FOUND, "there is no %.*s in %.*s",
                        (int)(pointer.bytes - rest.bytes), pointer.data, STR(t->resource->uri));
        const struct place *place = library_place(l, t->json);
        if (place) {
            t->resource = place->resource;
            t->pointer = place->pointer;
            behind = rest;
        }
    }
    t->pointer = str_concat(l->s, 2, t->pointer, behind);
    return library_index(l, t->resource, t->json, t->pointer);
}

static enum status follow_anchor(struct schema_library *l, struct target *t)
{
    const struct anchor *anchor = anchor_find(t->resource, t->fragment);

    if (!anchor)
        return fail(l->s, NOT_FOUND, "there is no anchor \"%.*s\" in %.*s", STR(t->fragment),
                    STR(t->resource->uri));
    const struct place *place = library_place(l, anchor->value);
    assert(place);
    t->json = anchor->value;
    t->pointer = place->pointer;
    t->dynamic = anchor->dynamic;
    return OK;
}

enum status library_find(struct schema_library *l, struct str base, struct str reference,
                         struct target *out)
{
    struct target t = {.pointer = str("")};

    if (reference.bytes > URI_BYTES_MAX)
        return fail(l->s, TOO_LARGE, "a reference has %zu bytes; the most is %d", reference.bytes,
                    URI_BYTES_MAX);
    TRY(library_check_room(l, 0));
    TRY(url_decode(l->s, uri_split(reference).fragment, &t.fragment));
    TRY(resource_get(l, uri_resolve(l->s, base, reference), &t.resource));
    t.json = t.resource->root;
    if (t.fragment.bytes && t.fragment.data[0] == '/')
        TRY(follow(l, t.fragment, &t));
    else if (t.fragment.bytes)
        TRY(follow_anchor(l, &t));
    *out = t;
    return OK;
}

// -- vocabularies --------------------------------------------------------------------------------

// Core, 8.1.2: a vocabulary that is not required may be ignored.
static enum status read_vocabularies(struct schema_library *l, struct str metaschema,
                                     struct json list, unsigned *out)
{
    static const struct {
        const char *name;
        unsigned bits;
    } known[] = {
        {"core", VOCABULARY_CORE},
        {"applicator", VOCABULARY_APPLICATOR},
        {"unevaluated", VOCABULARY_UNEVALUATED},
        {"validation", VOCABULARY_VALIDATION},
        {"meta-data", VOCABULARY_METADATA},
        {"format-annotation", VOCABULARY_FORMAT},
        {"format-assertion", VOCABULARY_FORMAT | VOCABULARY_FORMAT_ASSERTION},
        {"content", VOCABULARY_CONTENT},
    };
    static const char prefix[] = "https://json-schema.org/draft/2020-12/vocab/";
    const size_t known_count = sizeof known / sizeof *known;

    *out = VOCABULARY_CORE;
    for (size_t i = 0; i < list.count; i++) {
        struct str uri = list.members[i].name;
        size_t k = 0;
        while (k < known_count &&
               !(str_starts(uri, str(prefix)) &&
                 str_is(str_slice(uri, strlen(prefix), uri.bytes), known[k].name)))
            k++;
        if (k < known_count)
            *out |= known[k].bits;
        else if (json_is(list.members[i].value, JSON_TRUE))
            return fail(l->s, UNSUPPORTED, "%.*s requires the unknown vocabulary %.*s",
                        STR(metaschema), STR(uri));
    }
    return OK;
}

static enum status metaschema_vocabularies(struct schema_library *l, struct str uri, unsigned *out)
{
    static const char older[] = "http://json-schema.org/";
    struct resource *metaschema = NULL;

    *out = VOCABULARY_DEFAULT;
    if (str_is(uri, draft_uri) || str_starts(uri, str("https://spec.openapis.org/oas/3.1/")))
        return OK;
    if (str_starts(uri, str(older)) || str_is(uri, "https://json-schema.org/draft/2019-09/schema"))
        return fail(l->s, UNSUPPORTED, "%.*s is another draft; this one is 2020-12", STR(uri));
    TRY(resource_get(l, uri, &metaschema));
    struct json list = json_member(metaschema->root, "$vocabulary");
    return json_is(list, JSON_OBJECT) ? read_vocabularies(l, uri, list, out) : OK;
}

enum status library_vocabularies(struct schema_library *l, struct resource *resource, unsigned *out)
{
    if (resource->vocabularies == 0) {
        struct json uri = json_member(resource->root, "$schema");
        unsigned bits = VOCABULARY_DEFAULT;
        if (json_is(uri, JSON_STRING))
            TRY(metaschema_vocabularies(l, uri_resolve(l->s, str(""), json_text(uri)), &bits));
        else if (resource->parent)
            TRY(library_vocabularies(l, resource->parent, &bits));
        resource->vocabularies = bits;
    }
    *out = resource->vocabularies;
    return OK;
}
