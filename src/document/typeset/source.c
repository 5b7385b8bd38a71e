// Takes braces and directives out of a body, line by line; an expression may go on over several
// lines.
#include "document/typeset/source_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/template.h"

// In the text a mark is U+E000, its number, U+E001: code points of private use, which a template
// may not have.
#define SIGN_BEGIN "\xEE\x80\x80"
#define SIGN_END "\xEE\x80\x81"

struct reader {
    struct scope *scope;
    const struct front *front;
    struct source *out;
    struct mark *marks;
    size_t mark_room;
    struct str rest;
    size_t line;
    struct buf text;
    // Whether each open {{#each}}, {{#if}} and directive stands between rows of a table.
    bool in_table[SOURCE_NESTING_MAX];
    size_t depth;
    bool table, fenced;
};

static enum status add_mark(struct reader *r, struct mark mark, size_t *index)
{
    struct source *out = r->out;

    if (!scope_has_room(r->scope, SOURCE_ROOM_BYTES))
        return fail(r->scope, TOO_LARGE, "%.*s: the template is too large", STR(r->front->name));
    if (out->mark_count == SOURCE_MARKS_MAX)
        return template_wrong(r->scope, r->front, mark.line, "there are more than %d marks",
                              SOURCE_MARKS_MAX);
    if (out->mark_count == r->mark_room) {
        size_t room = r->mark_room ? 2 * r->mark_room : 32;
        struct mark *more = scope_array(r->scope, room, sizeof *more);
        if (r->marks)
            memcpy(more, r->marks, out->mark_count * sizeof *more);
        r->marks = more;
        r->mark_room = room;
        out->marks = more;
    }
    *index = out->mark_count;
    r->marks[out->mark_count++] = mark;
    return OK;
}

static void put_mark(struct buf *out, size_t index)
{
    buf_put_z(out, SIGN_BEGIN);
    buf_put_u64(out, index);
    buf_put_z(out, SIGN_END);
}

// Where a quoted text ends, behind its quote; the end of the text when it does not.
static size_t skip_quoted(struct str text, size_t at)
{
    char quote = text.data[at++];

    while (at < text.bytes && text.data[at] != quote)
        at += text.data[at] == '\\' && quote != '`' ? 2 : 1;
    return at < text.bytes ? at + 1 : text.bytes;
}

// Where `}}` ends an expression; braces and quotes within it are its own. text.bytes: nowhere.
static size_t find_end(struct str text)
{
    size_t depth = 0;
    size_t at = 0;

    while (at < text.bytes) {
        char c = text.data[at];
        if (c == '"' || c == '\'' || c == '`') {
            at = skip_quoted(text, at);
            continue;
        }
        if (c == '}' && depth == 0)
            return at + 1 < text.bytes && text.data[at + 1] == '}' ? at : text.bytes;
        if (c == '{')
            depth++;
        else if (c == '}')
            depth--;
        at++;
    }
    return text.bytes;
}

static bool is_word(struct str text, const char *word, struct str *rest)
{
    struct str w = str(word);

    if (!str_starts(text, w) || (text.bytes > w.bytes && text.data[w.bytes] != ' ' &&
                                 text.data[w.bytes] != '\n' && text.data[w.bytes] != '('))
        return false;
    *rest = str_slice(text, w.bytes, text.bytes);
    return true;
}

static enum status read_mark(struct reader *r, struct str inside, size_t line, struct mark *out)
{
    struct str text = str_trim(inside);
    struct str rest = {0};

    *out = (struct mark){.line = line};
    if (is_word(text, "#each", &rest))
        out->kind = MARK_EACH;
    else if (is_word(text, "#if", &rest))
        out->kind = MARK_IF;
    else if (str_is(text, "else"))
        out->kind = MARK_ELSE;
    else if (str_is(text, "/each"))
        out->kind = MARK_END_EACH;
    else if (str_is(text, "/if"))
        out->kind = MARK_END_IF;
    else if (str_starts(text, str("#")) || str_starts(text, str("/"))) {
        return template_wrong(r->scope, r->front, line, "there is no {{%.*s}}",
                              STR(utf8_cut(text, 60)));
    } else {
        rest = text;
    }
    if (rest.data)
        return expression_compile(r->scope, r->front, line, rest, &out->expression);
    return OK;
}

static size_t count_lines(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.bytes; i++)
        count += text.data[i] == '\n';
    return count;
}

// Puts marks for all braces of a line, which may go on over the next ones; a backslash before them
// leaves them as they are. `only` is the mark when nothing else stands on the line.
static enum status read_marks(struct reader *r, struct str *line, const struct mark **only)
{
    size_t marks = 0;
    size_t index = 0;
    struct str before = {0};

    *only = NULL;
    buf_clear(&r->text);
    for (;;) {
        size_t at = str_find(*line, str("{{"));
        buf_put(&r->text, str_slice(*line, 0, at));
        if (at == line->bytes)
            break;
        if (at && line->data[at - 1] == '\\') {
            r->text.bytes--;
            buf_put_z(&r->text, "{{");
            *line = str_slice(*line, at + 2, line->bytes);
            continue;
        }
        // The expression may end on a later line: the rest of the body begins where the line does.
        size_t open = (size_t)(line->data - r->rest.data) + at + 2;
        struct str inside = str_slice(r->rest, open, r->rest.bytes);
        size_t end = find_end(inside);
        struct mark mark = {0};
        if (end == inside.bytes)
            return template_wrong(r->scope, r->front, r->line, "{{ without }}");
        inside = str_slice(inside, 0, end);
        TRY(read_mark(r, inside, r->line, &mark));
        TRY(add_mark(r, mark, &index));
        before = str_trim(marks++ ? str("x") : buf_str(&r->text));
        put_mark(&r->text, index);
        r->line += count_lines(inside);
        struct str after = str_slice(r->rest, open + end + 2, r->rest.bytes);
        *line = str_slice(after, 0, str_find_byte(after, '\n'));
    }
    if (marks == 1 && before.bytes == 0 && str_trim(*line).bytes == 0)
        *only = &r->out->marks[index];
    return OK;
}

struct writer {
    struct buf out;
    size_t *lines;
    size_t count, room;
    struct scope *scope;
};

static void put_line(struct writer *w, struct str text, size_t line)
{
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 256;
        size_t *more = scope_array(w->scope, room, sizeof *more);
        if (w->lines)
            memcpy(more, w->lines, w->count * sizeof *more);
        w->lines = more;
        w->room = room;
    }
    w->lines[w->count++] = line;
    buf_put(&w->out, text);
    buf_put_byte(&w->out, '\n');
}

static bool opens(const struct mark *t)
{
    return t->kind == MARK_EACH || t->kind == MARK_IF;
}

static bool closes(const struct mark *t)
{
    return t->kind == MARK_END_EACH || t->kind == MARK_END_IF;
}

// A control word on a line of its own: between rows of a table it is a row; elsewhere a paragraph.
static enum status put_control(struct reader *r, struct writer *w, const struct mark *mark,
                               struct str text)
{
    bool in_table = r->table;

    if (opens(mark)) {
        if (r->depth == SOURCE_NESTING_MAX)
            return template_wrong(r->scope, r->front, mark->line, "more than %d levels of nesting",
                                  SOURCE_NESTING_MAX);
        r->in_table[r->depth++] = in_table;
    } else if (r->depth) {
        in_table = r->in_table[r->depth - 1];
        r->depth -= closes(mark);
    }
    r->table = in_table;
    if (!in_table)
        put_line(w, (struct str){0}, mark->line);
    put_line(w, text, mark->line);
    if (!in_table)
        put_line(w, (struct str){0}, mark->line);
    return OK;
}

static enum status put_directive(struct reader *r, struct writer *w, struct str text, size_t line)
{
    struct str rest = str_trim(text);
    struct mark mark = {.line = line};
    size_t index = 0;
    struct buf sign = buf_make(r->scope, 64);

    while (str_starts(rest, str(":")))
        rest = str_slice(rest, 1, rest.bytes);
    mark.text = str_copy(r->scope, str_trim(rest));
    mark.kind = mark.text.bytes ? MARK_DIRECTIVE : MARK_END_DIRECTIVE;
    TRY(add_mark(r, mark, &index));
    put_mark(&sign, index);
    r->table = false;
    put_line(w, (struct str){0}, line);
    put_line(w, buf_str(&sign), line);
    put_line(w, (struct str){0}, line);
    return OK;
}

static bool is_fence(struct str text)
{
    return str_starts(text, str("```")) || str_starts(text, str("~~~"));
}

static enum status read_line(struct reader *r, struct writer *w)
{
    struct str line = str_slice(r->rest, 0, str_find_byte(r->rest, '\n'));
    size_t number = r->line;
    const struct mark *only = NULL;

    TRY(read_marks(r, &line, &only));
    size_t used = (size_t)(line.data - r->rest.data) + line.bytes;
    r->rest = str_slice(r->rest, used + 1, r->rest.bytes);
    r->line++;
    struct str text = buf_str(&r->text);
    struct str bare = str_trim(text);
    if (is_fence(bare))
        r->fenced = !r->fenced;
    if (!r->fenced && str_starts(bare, str(":::")))
        return put_directive(r, w, bare, number);
    if (!r->fenced && only && only->kind != MARK_FIELD)
        return put_control(r, w, only, text);
    r->table = str_starts(bare, str("|"));
    put_line(w, text, number);
    return OK;
}

static enum status check_text(struct scope *s, const struct front *front, struct str text,
                              size_t line)
{
    struct str good = str_slice(text, 0, utf8_find_error(text));

    if (good.bytes < text.bytes || str_find_byte(text, '\0') < text.bytes)
        return template_wrong(s, front, line + count_lines(good), "the template is not UTF-8 text");
    for (const char *mark = SIGN_BEGIN; mark;
         mark = str_is(str(mark), SIGN_END) ? NULL : SIGN_END) {
        size_t at = str_find(text, str(mark));
        if (at < text.bytes)
            return template_wrong(s, front, line + count_lines(str_slice(text, 0, at)),
                                  "a template may not have the character U+E000 or U+E001");
    }
    return OK;
}

enum status source_read(struct scope *s, const struct front *front, struct source *out)
{
    struct reader r = {.scope = s,
                       .front = front,
                       .out = out,
                       .rest = front->body,
                       .line = front->body_line,
                       .text = buf_make(s, 2 * TEMPLATE_BYTES_MAX)};
    struct writer w = {.out = buf_make(s, 4 * TEMPLATE_BYTES_MAX), .scope = s};

    *out = (struct source){0};
    TRY(check_text(s, front, front->body, front->body_line));
    while (r.rest.bytes)
        TRY(read_line(&r, &w));
    out->lines = w.lines;
    out->line_count = w.count;
    return buf_finish(&w.out, "the template", &out->markdown);
}

enum status source_read_line(struct scope *s, const struct front *front, struct str text,
                             size_t line, struct source *out)
{
    struct reader r = {.scope = s,
                       .front = front,
                       .out = out,
                       .rest = text,
                       .line = line,
                       .text = buf_make(s, 2 * TEMPLATE_BYTES_MAX)};
    const struct mark *only = NULL;

    *out = (struct source){0};
    TRY(check_text(s, front, text, line));
    TRY(read_marks(&r, &text, &only));
    return buf_finish(&r.text, "the line", &out->markdown);
}

struct str source_next(const struct source *source, struct str *rest, const struct mark **mark)
{
    size_t at = str_find(*rest, str(SIGN_BEGIN));
    struct str before = str_slice(*rest, 0, at);
    uint64_t index = 0;

    *mark = NULL;
    if (at == rest->bytes) {
        *rest = (struct str){0};
        return before;
    }
    struct str inside = str_slice(*rest, at + 3, rest->bytes);
    size_t end = str_find(inside, str(SIGN_END));
    // The template has no such code points of its own, so a mark is whole; but Markdown may split
    // a text, and a link's address may have lost a part.
    if (str_to_u64(str_slice(inside, 0, end), SOURCE_MARKS_MAX, &index) &&
        index < source->mark_count)
        *mark = &source->marks[index];
    *rest = str_slice(inside, end + 3, inside.bytes);
    if (!rest->data)
        *rest = str("");
    return before;
}
