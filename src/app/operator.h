// How the command line finds and is trusted by the server of a data folder: the operator's key in
// keys/operator (mode 0600), made at the first start, and the address in `address`. Who can read
// the data folder's keys may operate the server.
#ifndef SHEAF_APP_OPERATOR_H
#define SHEAF_APP_OPERATOR_H

#include "core/status.h"
#include "core/str.h"

struct scope;
struct store;

// Reads the operator's key, and makes one when there is none or it was revoked.
enum status operator_key(struct scope *s, struct store *store, struct str data_directory,
                         struct str *out);

// Where a server listens: for operators on this machine, in plain, and for its clients.
struct operator_address {
    struct str local;
    struct str url;
};

// Writes where the server listens, and takes it back: the file is there only while one listens, or
// after one was killed.
enum status operator_announce(struct scope *s, struct str data_directory,
                              const struct operator_address *address);
enum status operator_withdraw(struct scope *s, struct str data_directory);

// Reads address and key of a server that may be running. Errors: NOT_FOUND none runs here.
enum status operator_find(struct scope *s, struct str data_directory,
                          struct operator_address *address, struct str *key);

#endif
