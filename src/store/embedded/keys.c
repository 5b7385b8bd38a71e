// The two keys. The content key encrypts what the database holds; it lies in the database, wrapped
// by the master key, which lies elsewhere: whoever has a copy of the database alone reads nothing,
// and changing the master key rewraps 32 bytes.
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "store/embedded/embedded_impl.h"
#include "sys/file.h"
#include "sys/world.h"

enum { KEY_FILE_BYTES_MAX = 2 * AEAD_KEY_BYTES + 2 };

static const char CONTENT_KEY_CONTEXT[] = "sheaf content key 1";

static enum status make_master(struct scope *s, struct world *w, struct str path,
                               uint8_t out[AEAD_KEY_BYTES])
{
    world_random(w, out, AEAD_KEY_BYTES);
    struct str digits = hex_encode(s, str_of(out, AEAD_KEY_BYTES));
    enum status e = file_write_whole(s, w, path, digits);
    digest_wipe((void *)(uintptr_t)digits.data, digits.bytes);
    return e;
}

// 32 bytes, or 64 digits with or without a newline.
static enum status read_master(struct scope *s, struct world *w, struct str path,
                               uint8_t out[AEAD_KEY_BYTES])
{
    struct str text = {0};

    TRY(file_read_whole(s, w, path, KEY_FILE_BYTES_MAX, &text));
    struct str digits = str_trim(text);
    bool good = true;
    if (text.bytes == AEAD_KEY_BYTES)
        memcpy(out, text.data, AEAD_KEY_BYTES);
    else
        good = digits.bytes == (size_t)2 * AEAD_KEY_BYTES && hex_read(digits, out);
    digest_wipe((void *)(uintptr_t)text.data, text.bytes);
    return good ? OK
                : fail(s, INVALID, "%.*s is not a master key: 32 bytes or 64 hexadecimal digits",
                       STR(path));
}

// `is_first`: nothing was ever encrypted here, so a master key may be made.
static enum status find_master(struct scope *s, struct embedded *e, bool is_first,
                               uint8_t out[AEAD_KEY_BYTES])
{
    const struct embedded_options *o = &e->options;
    struct str path = o->master_key_path;

    if (o->master_key) {
        memcpy(out, o->master_key, AEAD_KEY_BYTES);
        return OK;
    }
    if (path.bytes > 0)
        return read_master(s, e->store.world, path, out);
    path = str_concat(s, 2, o->directory, str("/keys/master.key"));
    if (path_exists(e->store.world, path))
        return read_master(s, e->store.world, path, out);
    if (!is_first)
        return fail(s, NOT_FOUND, "the master key %.*s of this data folder is missing", STR(path));
    return make_master(s, e->store.world, path, out);
}

static enum status make_content_key(struct scope *s, struct embedded *e, struct session *session,
                                    struct aead_key *master, uint8_t out[AEAD_KEY_BYTES])
{
    sqlite3_stmt *put = NULL;

    world_random(e->store.world, out, AEAD_KEY_BYTES);
    struct str wrapped = aead_wrap(s, master, str(CONTENT_KEY_CONTEXT), out);
    TRY(sql_prepare(s, session->db,
                    "INSERT INTO content_key (number, made_at_us, wrapped) VALUES (1, ?1, ?2)",
                    &put));
    (void)sqlite3_bind_int64(put, 1, world_now_us(e->store.world));
    sql_bind(put, 2, wrapped);
    enum status status = sql_done(s, put);
    (void)sqlite3_finalize(put);
    return status;
}

static enum status read_wrapped(struct scope *s, struct session *session, struct str *out)
{
    sqlite3_stmt *find = NULL;
    bool row = false;

    TRY(sql_prepare(s, session->db, "SELECT wrapped FROM content_key WHERE number = 1", &find));
    enum status e = sql_step(s, find, &row);
    if (row)
        *out = str_copy(s, sql_column(find, 0));
    (void)sqlite3_finalize(find);
    return e;
}

static enum status content_key(struct scope *s, struct embedded *e, struct session *session,
                               struct str wrapped, const uint8_t master[AEAD_KEY_BYTES],
                               uint8_t out[AEAD_KEY_BYTES])
{
    struct aead_key *key = aead_key_new(e->store.world, master);
    enum status status = wrapped.bytes ? aead_unwrap(s, key, str(CONTENT_KEY_CONTEXT), wrapped, out)
                                       : make_content_key(s, e, session, key, out);

    aead_key_free(key);
    if (wrapped.bytes && status == CORRUPT) {
        return fail(s, DENIED,
                    "the master key is not the one that the data folder %.*s was made with",
                    STR(e->options.directory));
    }
    return status;
}

enum status keys_open(struct scope *s, struct embedded *e, struct session *session,
                      struct sealer **out)
{
    uint8_t master[AEAD_KEY_BYTES];
    uint8_t content[AEAD_KEY_BYTES];
    struct str wrapped = {0};

    TRY(read_wrapped(s, session, &wrapped));
    TRY(find_master(s, e, wrapped.bytes == 0, master));
    enum status status = content_key(s, e, session, wrapped, master, content);
    if (status == OK)
        *out = sealer_new(e->store.world, content);
    digest_wipe(master, sizeof master);
    digest_wipe(content, sizeof content);
    return status;
}
