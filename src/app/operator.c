// The two small files in the data folder.
#include "app/operator.h"

#include "core/scope.h"
#include "crypto/api_key.h"
#include "edge/keys.h"
#include "sys/file.h"
#include "sys/world.h"

enum { SMALL_FILE_BYTES_MAX = 4096 };

static struct str key_path(struct scope *s, struct str directory)
{
    return str_concat(s, 2, directory, str("/keys/operator"));
}

static struct str address_path(struct scope *s, struct str directory)
{
    return str_concat(s, 2, directory, str("/address"));
}

static enum status read_trimmed(struct scope *s, struct str path, struct str *out)
{
    TRY(file_read_whole(s, world_real(), path, SMALL_FILE_BYTES_MAX, out));
    *out = str_trim(*out);
    return OK;
}

static enum status make_key(struct scope *s, struct store *store, struct str directory,
                            struct str *out)
{
    struct key_order order = {.tenant = str("default"),
                              .scopes = str("admin"),
                              .name = str("command line of this machine")};
    struct key_made made = {0};

    TRY(key_create(s, store, &order, str("system"), &made));
    *out = made.secret;
    return file_write_whole(s, world_real(), key_path(s, directory), made.secret);
}

enum status operator_key(struct scope *s, struct store *store, struct str data_directory,
                         struct str *out)
{
    enum status e = read_trimmed(s, key_path(s, data_directory), out);

    if (e == OK && key_is_valid(s, store, *out))
        return OK;
    if (e != OK && e != NOT_FOUND)
        return e;
    scope_forgive(s);
    return make_key(s, store, data_directory, out);
}

enum status operator_announce(struct scope *s, struct str data_directory,
                              const struct operator_address *address)
{
    struct str lines = str_format(s, "%.*s\n%.*s\n", STR(address->local), STR(address->url));

    return file_write_whole(s, world_real(), address_path(s, data_directory), lines);
}

enum status operator_withdraw(struct scope *s, struct str data_directory)
{
    enum status e = path_remove(s, world_real(), address_path(s, data_directory));

    if (e != NOT_FOUND)
        return e;
    scope_forgive(s);
    return OK;
}

enum status operator_find(struct scope *s, struct str data_directory,
                          struct operator_address *address, struct str *key)
{
    struct str lines = {0};

    TRY(read_trimmed(s, address_path(s, data_directory), &lines));
    address->local = str_cut(&lines, '\n');
    address->url = lines;
    return read_trimmed(s, key_path(s, data_directory), key);
}
