// Writing and reading the lists of a backup.
#include "store/embedded/manifest.h"

#include "core/hex.h"
#include "core/json.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "sys/file.h"

enum {
    FORMAT = 1,
    MANIFEST_BYTES_MAX = 65536,
    PATH_BYTES_MAX = 100,
    DIGITS = 2 * MANIFEST_DIGEST_BYTES,
    GAP_BYTES = 2, // between digest and path
    LINE_BYTES_MAX = DIGITS + GAP_BYTES + PATH_BYTES_MAX + 1,
    WINDOW_BYTES = 65536,
};

struct sums_writer {
    struct world *world;
    struct str folder;
    struct file *file;
    struct digest *digest;
    uint64_t bytes;
};

struct sums_reader {
    struct file *file;
    uint64_t offset; // of the window
    size_t bytes;    // in the window
    size_t at;
    char window[WINDOW_BYTES];
};

static struct str path_in(struct scope *s, struct str folder, const char *name)
{
    return str_concat(s, 3, folder, str("/"), str(name));
}

static void close_writer(void *sums)
{
    file_close(((struct sums_writer *)sums)->file);
}

enum status sums_create(struct scope *s, struct world *w, struct str folder,
                        struct sums_writer **out)
{
    struct sums_writer *sums = scope_new(s, struct sums_writer);

    sums->world = w;
    sums->folder = str_copy(s, folder);
    sums->digest = digest_open(s, DIGEST_SHA256);
    TRY(file_open(s, w, path_in(s, folder, "SHA256SUMS"), FILE_CREATE, &sums->file));
    scope_defer(s, close_writer, sums);
    *out = sums;
    return OK;
}

enum status sums_add(struct scope *s, struct sums_writer *sums, struct str path,
                     const uint8_t digest[MANIFEST_DIGEST_BYTES])
{
    struct str line = str_concat(s, 4, hex_encode(s, str_of(digest, MANIFEST_DIGEST_BYTES)),
                                 str("  "), path, str("\n"));

    TRY(file_write_at(s, sums->file, sums->bytes, line));
    digest_add(sums->digest, line);
    sums->bytes += line.bytes;
    return OK;
}

static struct json number(struct scope *s, uint64_t value)
{
    return json_i64(s, (int64_t)value);
}

enum status manifest_write(struct scope *s, struct sums_writer *sums, const struct manifest *m)
{
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    TRY(file_sync(s, sums->file));
    digest_finish(sums->digest, digest);
    struct json_member members[] = {
        {str("format"), number(s, FORMAT)},
        {str("madeAt"), json_string(moment_to_str(s, m->made_at_us, MOMENT_MICROSECONDS))},
        {str("databaseBytes"), number(s, m->database_bytes)},
        {str("blobs"), number(s, m->blobs)},
        {str("blobBytes"), number(s, m->blob_bytes)},
        {str("sums"), json_string(hex_encode(s, str_of(digest, sizeof digest)))},
    };
    struct json all = json_object(members, sizeof members / sizeof members[0]);
    return file_write_whole(s, sums->world, path_in(s, sums->folder, "backup.json"),
                            json_to_str(s, all));
}

static bool read_count(struct json object, const char *name, uint64_t *out)
{
    int64_t value = 0;

    if (!json_to_i64(json_member(object, name), &value) || value < 0)
        return false;
    *out = (uint64_t)value;
    return true;
}

static enum status read_members(struct scope *s, struct json object, struct manifest *out)
{
    uint64_t format = 0;

    if (!read_count(object, "format", &format))
        return fail(s, CORRUPT, "backup.json has no format");
    if (format != FORMAT)
        return fail(s, UNSUPPORTED, "the backup has format %llu, and this version knows %d",
                    (unsigned long long)format, FORMAT);
    if (!read_count(object, "databaseBytes", &out->database_bytes) ||
        !read_count(object, "blobs", &out->blobs) ||
        !read_count(object, "blobBytes", &out->blob_bytes) ||
        !moment_read(json_text(json_member(object, "madeAt")), &out->made_at_us))
        return fail(s, CORRUPT, "backup.json is not one of a backup");
    return OK;
}

static void close_reader(void *sums)
{
    file_close(((struct sums_reader *)sums)->file);
}

enum status sums_open(struct scope *s, struct world *w, struct str folder, struct sums_reader **out)
{
    struct sums_reader *sums = scope_new(s, struct sums_reader);

    TRY(file_open(s, w, path_in(s, folder, "SHA256SUMS"), FILE_READ, &sums->file));
    scope_defer(s, close_reader, sums);
    *out = sums;
    return OK;
}

// Moves what is left to the front of the window and reads more behind it.
static enum status refill(struct scope *s, struct sums_reader *sums)
{
    size_t left = sums->bytes - sums->at;
    size_t got = 0;

    memmove(sums->window, sums->window + sums->at, left);
    sums->offset += sums->at;
    TRY(file_read_at(s, sums->file, sums->offset + left, sums->window + left, WINDOW_BYTES - left,
                     &got));
    sums->at = 0;
    sums->bytes = left + got;
    return OK;
}

// Adds all that follows to a digest.
static enum status digest_rest(struct scope *s, struct sums_reader *sums, uint8_t *out)
{
    struct digest *digest = digest_open(s, DIGEST_SHA256);

    do {
        sums->at = sums->bytes;
        TRY(refill(s, sums));
        digest_add(digest, str_of(sums->window, sums->bytes));
    } while (sums->bytes > 0);
    digest_finish(digest, out);
    return OK;
}

static enum status check_sums(struct scope *s, struct world *w, struct str folder,
                              struct str wanted)
{
    struct sums_reader *sums = NULL;
    uint8_t digest[MANIFEST_DIGEST_BYTES];

    TRY(sums_open(s, w, folder, &sums));
    TRY(digest_rest(s, sums, digest));
    if (!str_equal(hex_encode(s, str_of(digest, sizeof digest)), wanted))
        return fail(s, CORRUPT, "SHA256SUMS is not the one that backup.json tells of");
    return OK;
}

enum status manifest_read(struct scope *s, struct world *w, struct str folder, struct manifest *out)
{
    struct str text = {0};
    struct json object;

    TRY(file_read_whole(s, w, path_in(s, folder, "backup.json"), MANIFEST_BYTES_MAX, &text));
    if (json_parse(s, text, &json_limits_strict, &object) != OK)
        return fail(s, CORRUPT, "backup.json is not JSON");
    TRY(read_members(s, object, out));
    return check_sums(s, w, folder, json_text(json_member(object, "sums")));
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (hex_digit(text.data[i]) < 0)
            return false;
    return true;
}

// Whether a backup has such a file: nothing else is written by a restore.
static bool is_known_path(struct str path)
{
    enum { SHARD_DIGITS = 2, ID_DIGITS = 32 };
    struct str rest = path;

    if (str_is(path, "sheaf.db"))
        return true;
    struct str folder = str_cut(&rest, '/');
    if (str_is(folder, "keys"))
        return str_is(rest, "master.key");
    struct str shard = str_cut(&rest, '/');
    return str_is(folder, "blobs") && shard.bytes == SHARD_DIGITS && is_hex(shard) &&
           rest.bytes == ID_DIGITS && is_hex(rest);
}

static enum status read_line(struct scope *s, struct str line, struct str *path,
                             uint8_t digest[MANIFEST_DIGEST_BYTES])
{
    *path = str_slice(line, DIGITS + GAP_BYTES, line.bytes);
    if (!hex_read(str_slice(line, 0, DIGITS), digest) ||
        !str_is(str_slice(line, DIGITS, GAP_BYTES), "  ") || !is_known_path(*path))
        return fail(s, CORRUPT, "SHA256SUMS has a line that no backup has");
    return OK;
}

enum status sums_next(struct scope *s, struct sums_reader *sums, struct str *path,
                      uint8_t digest[MANIFEST_DIGEST_BYTES], bool *got)
{
    if (sums->bytes - sums->at < LINE_BYTES_MAX)
        TRY(refill(s, sums));
    struct str rest = str_of(sums->window + sums->at, sums->bytes - sums->at);
    size_t end = str_find_byte(rest, '\n');
    *got = rest.bytes > 0;
    if (!*got)
        return OK;
    if (end == rest.bytes)
        return fail(s, CORRUPT, "SHA256SUMS has a line that no backup has");
    sums->at += end + 1;
    return read_line(s, str_slice(rest, 0, end), path, digest);
}
