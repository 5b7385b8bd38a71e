// This process as the system sees it: signals, what systemd hands over, limits and use.
#ifndef SHEAF_SYS_PROCESS_H
#define SHEAF_SYS_PROCESS_H

#include "core/status.h"
#include "core/str.h"
#include "sys/metrics.h"

#include <stddef.h>
#include <stdint.h>

struct scope;

// Returns a variable's value, empty when there is none. The environment is given as `environ` is,
// so that main() alone decides what it holds. Borrowed.
struct str environment_get(char *const *environment, const char *name);

// From now on SIGTERM and SIGINT end nothing by themselves: returns a descriptor that is readable
// when one has come, for the main loop. SIGPIPE is ignored. Call it first in main(), on the main
// thread. The caller closes the descriptor.
int process_stop_fd(void);
// Takes one signal that has come; returns its number, 0 when there is none.
int process_stop_take(int fd);

enum { PROCESS_SOCKETS_MAX = 16 };

// Gives the listening sockets that systemd (or an older Sheaf) left open. Descriptors are
// close-on-exec; the caller owns them. Once, see sd_listen_fds(3).
// Errors: INVALID what was handed over is not what was announced.
enum status process_take_sockets(struct scope *s, char *const *environment,
                                 int fds[PROCESS_SOCKETS_MAX], size_t *count);

// Tells the service manager "READY=1", "STOPPING=1" or "STATUS=..."; nothing without one. See
// sd_notify(3). A message that cannot be sent is lost.
void process_notify(char *const *environment, struct str state);

// Raises the limit of open files as far as it goes and returns it.
uint64_t process_raise_files_limit(void);

// Lets large pieces of memory go back to the system as soon as they are freed, instead of staying
// for the next one that needs as much. Call it before threads are started.
void process_return_memory(void);

// How many cores this process may use; at least 1.
unsigned process_cores(void);

int64_t process_resident_bytes(void);      // now
int64_t process_resident_peak_bytes(void); // since the start
int64_t process_cpu_us(void);              // of all threads, user and system
int64_t process_open_files(void);

// process_cpu_seconds, process_resident_memory_bytes and process_open_fds, for the list given to
// metrics_new().
extern const struct metric_def process_metrics[];
// Lets them be asked for whenever they are rendered.
void process_watch(struct metrics *metrics);

#endif
