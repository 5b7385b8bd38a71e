// The metrics of the whole program: its own, the services', and one gauge a queue.
#ifndef SHEAF_APP_METRICS_H
#define SHEAF_APP_METRICS_H

struct http_server;
struct metrics;
struct scope;
struct store;

// Makes them; they live as long as the scope.
struct metrics *program_metrics(struct scope *s);

// Lets those that are asked for when they are read know whom to ask. `server` may be NULL.
void program_metrics_watch(struct scope *s, struct metrics *m, struct store *store,
                           struct http_server *server);

#endif
