// The watched folder: what is dropped into FOLDER/interface/ and FOLDER/invoice/ is taken in as by
// the API. A file is taken when it is whole: not named .NAME, NAME.tmp or NAME.part, and of the
// same size and time at two looks. It stays where it is until it was read; then it goes to
// processed/ or refused/ beside it, with NAME.report.json. So a crash at any instant neither loses
// nor doubles: what is still there is looked at again, and found in the records. A name that is
// taken there gets a number: NAME.2.
#ifndef SHEAF_SERVICES_SIGNING_WATCH_H
#define SHEAF_SERVICES_SIGNING_WATCH_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>

struct scope;
struct signing;
struct watch;

enum { WATCH_FILES_MAX = 10000 }; // looked at in a folder, at a time

// Opens the folder of the setting signing.inbound, or DATA/inbound; makes what is missing of it.
// The caller owns it until watch_close(). Errors: of making folders; the sentence is kept in `s`.
enum status watch_open(struct scope *s, struct signing *self, struct watch **out);
// NULL is fine.
void watch_close(struct watch *w);

// Looks once. Called about once a second; one thread. Returns whether looking again at once is of
// use. What fails is logged once, and tried again.
bool watch_look(struct scope *s, struct watch *w);

#endif
