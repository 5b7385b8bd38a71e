// What goes to a child and comes back is one line of JSON and the files behind it.
#include "document/seal/apart.h"

#include "core/json.h"
#include "core/scope.h"
#include "document/pdf/stamp.h"
#include "sys/sandbox.h"

enum { PARTS_MAX = 2, APART_BYTES_MAX = 1 << 30 };

// What a member is missing here is missing in the child.
_Static_assert(sizeof(struct pdf_stamp) == 40, "apart.c hands every member of a stamp on");

struct packet {
    struct json head; // an object
    struct str parts[PARTS_MAX];
};

static struct str pack(struct scope *s, const struct packet *p)
{
    struct json head = p->head;
    struct json sizes[PARTS_MAX];

    for (size_t i = 0; i < PARTS_MAX; i++)
        sizes[i] = json_i64(s, (int64_t)p->parts[i].bytes);
    head = json_with(s, head, str("parts"), json_array(sizes, PARTS_MAX));
    return str_concat(s, 4, json_to_str(s, head), str("\n"), p->parts[0], p->parts[1]);
}

// Errors: INVALID it is no packet.
static enum status unpack(struct scope *s, struct str text, struct packet *out)
{
    struct str rest = text;
    struct str line = str_cut(&rest, '\n');

    *out = (struct packet){0};
    TRY(json_parse(s, line, &json_limits_strict, &out->head));
    for (size_t i = 0; i < PARTS_MAX; i++) {
        int64_t bytes = -1;
        if (!json_to_i64(json_at(json_member(out->head, "parts"), i), &bytes) || bytes < 0 ||
            (uint64_t)bytes > rest.bytes)
            return fail(s, INVALID, "a packet of a sandboxed child has no part %zu", i);
        out->parts[i] = str_slice(rest, 0, (size_t)bytes);
        rest = str_slice(rest, (size_t)bytes, rest.bytes);
    }
    return OK;
}

static int64_t number(struct json object, const char *name)
{
    int64_t value = 0;

    (void)json_to_i64(json_member(object, name), &value);
    return value;
}

static struct json with_number(struct scope *s, struct json object, const char *name, size_t value)
{
    return json_with(s, object, str(name), json_i64(s, (int64_t)value));
}

static struct json with_text(struct scope *s, struct json object, const char *name, struct str text)
{
    return json_with(s, object, str(name), json_string(text));
}

// -- in the parent: the order; in the child: what it says ----------------------------------------

static struct json write_order(struct scope *s, const struct pdf_stamp *stamp,
                               const struct seal_options *options)
{
    struct json o = json_object(NULL, 0);
    struct json *lines = scope_array(s, stamp->line_count + 1, sizeof *lines);

    for (size_t i = 0; i < stamp->line_count; i++)
        lines[i] = json_string(stamp->lines[i]);
    o = json_with(s, o, str("lines"), json_array(lines, stamp->line_count));
    o = with_number(s, o, "corner", stamp->corner);
    o = with_number(s, o, "size", stamp->size_points);
    o = json_with(s, o, str("at_us"), json_i64(s, options->at_us));
    o = with_text(s, o, "name", options->name);
    o = with_text(s, o, "reason", options->reason);
    o = with_text(s, o, "location", options->location);
    o = with_number(s, o, "permission", options->permission);
    o = with_number(s, o, "lock_fields", options->lock_fields);
    return with_number(s, o, "contents_bytes", seal_contents_bytes(options));
}

static void read_order(struct scope *s, struct json o, struct pdf_stamp *stamp,
                       struct seal_options *options)
{
    struct json lines = json_member(o, "lines");
    struct str *texts = scope_array(s, lines.count + 1, sizeof *texts);

    for (size_t i = 0; i < lines.count; i++)
        texts[i] = json_text(json_at(lines, i));
    *stamp = (struct pdf_stamp){.lines = texts,
                                .line_count = lines.count,
                                .corner = (enum pdf_corner)number(o, "corner"),
                                .size_points = (unsigned)number(o, "size")};
    *options = (struct seal_options){.at_us = number(o, "at_us"),
                                     .name = json_text(json_member(o, "name")),
                                     .reason = json_text(json_member(o, "reason")),
                                     .location = json_text(json_member(o, "location")),
                                     .permission = (unsigned)number(o, "permission"),
                                     .lock_fields = number(o, "lock_fields") != 0};
}

static struct json write_result(struct scope *s, const struct stamped_and_sealed *result,
                                const struct seal_place *place)
{
    struct json o = json_object(NULL, 0);

    o = with_number(s, o, "way", result->way);
    o = with_number(s, o, "page_count", result->page_count);
    o = with_number(s, o, "kept_signatures", result->kept_signatures);
    o = with_number(s, o, "repaired", result->repaired);
    o = with_number(s, o, "from", place->from);
    return with_number(s, o, "bytes", place->bytes);
}

static void read_result(const struct packet *p, struct stamped_and_sealed *result,
                        struct seal_place *place)
{
    int64_t way = number(p->head, "way");

    *result = (struct stamped_and_sealed){
        .pdf = p->parts[0],
        .way = way >= 0 && way <= STAMP_COPY ? (enum stamp_way)way : STAMP_COPY,
        .page_count = (size_t)number(p->head, "page_count"),
        .kept_signatures = (size_t)number(p->head, "kept_signatures"),
        .repaired = number(p->head, "repaired") != 0,
    };
    *place = (struct seal_place){(size_t)number(p->head, "from"), (size_t)number(p->head, "bytes")};
}

// -- in the child --------------------------------------------------------------------------------

static enum status begin_job(struct scope *s, struct str input, struct str *output)
{
    struct packet order = {0};
    struct pdf_stamp stamp = {0};
    struct seal_options options = {0};
    struct stamped_and_sealed result = {0};
    struct seal_place place = {0};

    TRY(unpack(s, input, &order));
    read_order(s, order.head, &stamp, &options);
    stamp.page = order.parts[1];
    size_t contents_bytes = (size_t)number(order.head, "contents_bytes");
    TRY(stamp_and_seal_begin(s, order.parts[0], &stamp, &options, contents_bytes, &result, &place));
    struct packet answer = {.head = write_result(s, &result, &place), .parts = {result.pdf}};
    *output = pack(s, &answer);
    return OK;
}

static enum status check_job(struct scope *s, struct str input, struct str *output)
{
    struct packet order = {0};
    struct stamped_and_sealed result = {0};
    struct seal_place place = {0};

    TRY(unpack(s, input, &order));
    read_result(&order, &result, &place);
    *output = (struct str){.data = ""};
    return stamp_and_seal_check(s, order.parts[1], number(order.head, "at_us"), &result);
}

const struct sandbox_job seal_jobs[] = {
    {.name = "stamp-and-seal", .run = begin_job},
    {.name = "check-seal", .run = check_job},
    {0},
};

// -- in the parent -------------------------------------------------------------------------------

enum status stamp_and_seal_apart(struct scope *s, struct sandbox *sandbox, struct str pdf,
                                 const struct pdf_stamp *stamp, const struct seal_options *options,
                                 struct stamped_and_sealed *out)
{
    struct sandbox_options limits = {.output_bytes_max = APART_BYTES_MAX};
    struct packet packet = {.parts = {pdf, stamp->page}};
    struct seal_place place = {0};
    struct str answer = {0};

    if (!sandbox)
        return stamp_and_seal(s, pdf, stamp, options, out);
    packet.head = write_order(s, stamp, options);
    TRY(sandbox_run(s, sandbox, "stamp-and-seal", pack(s, &packet), &limits, &answer));
    TRY(unpack(s, answer, &packet));
    read_result(&packet, out, &place);
    TRY(seal_end(s, out->pdf, &place, options));
    packet.head =
        json_with(s, write_result(s, out, &place), str("at_us"), json_i64(s, options->at_us));
    packet.parts[0] = out->pdf;
    packet.parts[1] = pdf;
    return sandbox_run(s, sandbox, "check-seal", pack(s, &packet), &limits, &answer);
}
