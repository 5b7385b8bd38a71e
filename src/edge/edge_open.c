// Opening and closing the edge: the document, its operations bound to the services' handlers.
#include "edge/edge_impl.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "edge/auth_impl.h"
#include "edge/limits_impl.h"
#include "edge/openapi_30_impl.h"
#include "edge/park_impl.h"
#include "edge/pool_impl.h"
#include "edge/protocol.h"
#include "sys/metrics.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

static const struct json_limits document_limits = {
    .bytes_max = 4 << 20, .depth_max = 64, .values_max = 200000, .duplicates = JSON_REFUSE};

static struct operation *find_operation(struct edge *e, struct str id)
{
    for (size_t i = 0; i < e->api.operation_count; i++)
        if (str_equal(e->api.operations[i].id, id))
            return &e->api.operations[i];
    return NULL;
}

static enum status bind_handlers(struct scope *s, struct edge *e, const struct service *service,
                                 void *self)
{
    for (const struct handler_def *h = service->handlers; h && h->operation; h++) {
        struct operation *op = find_operation(e, str(h->operation));
        if (!op)
            return fail(s, INVALID, "%s: openapi.json has no operation %s", service->name,
                        h->operation);
        if (op->handler)
            return fail(s, INVALID, "%s: operation %s has a handler already", service->name,
                        h->operation);
        op->handler = h;
        op->self = self;
    }
    return OK;
}

static enum status bind_all(struct scope *s, struct edge *e, const struct edge_options *options)
{
    TRY(bind_handlers(s, e, &edge_service, e));
    for (size_t i = 0; options->services[i]; i++)
        TRY(bind_handlers(s, e, options->services[i], options->selves[i]));
    for (size_t i = 0; i < e->api.operation_count; i++) {
        if (!e->api.operations[i].handler)
            return fail(s, INVALID, "openapi.json: no service handles %.*s",
                        STR(e->api.operations[i].id));
    }
    return OK;
}

static size_t count_protocols(const struct service *const *services)
{
    size_t count = 0;

    for (size_t i = 0; services[i]; i++)
        for (const struct protocol_def *p = services[i]->protocols; p && p->signing_name; p++)
            count++;
    return count;
}

// A protocol is an operation that is not in the document: its handler decides what is asked for.
static void bind_protocols(struct scope *s, struct edge *e)
{
    e->protocols = scope_array(s, count_protocols(e->services), sizeof *e->protocols);
    for (size_t i = 0; e->services[i]; i++) {
        const struct protocol_def *p = e->services[i]->protocols;
        for (; p && p->signing_name; p++) {
            struct handler_def *handler = scope_new(s, struct handler_def);
            *handler =
                (struct handler_def){.operation = p->signing_name, .run = p->run, .blocking = true};
            e->protocols[e->protocol_count++] =
                (struct operation){.id = str(p->signing_name),
                                   .body_bytes_max = p->body_bytes_max,
                                   .protocol = p,
                                   .handler = handler,
                                   .self = e->selves[i]};
        }
    }
}

enum status edge_open(struct scope *s, const struct edge_options *options, struct edge **out)
{
    struct edge *e = scope_new(s, struct edge);
    struct json document = {0};

    TRY(json_parse(s, options->openapi, &document_limits, &document));
    TRY(openapi_compile(s, document, &e->api));
    e->platform = options->platform;
    e->public_url = options->public_url;
    e->requests_per_second = options->requests_per_second;
    e->log_requests = options->log_requests;
    e->services = options->services;
    e->selves = options->selves;
    e->queues = options->queues;
    e->opened_at_us = world_monotonic_us(options->platform->world);
    e->openapi_json = json_to_str(s, document);
    e->openapi_json_30 = json_to_str(s, openapi_30(s, document));
    e->requests = metrics_find(options->platform->metrics, "sheaf_http_requests");
    e->request_seconds = metrics_find(options->platform->metrics, "sheaf_http_request_seconds");
    TRY(bind_all(s, e, options));
    bind_protocols(s, e);
    TRY(auth_open(s, options->platform->store, options->platform->secrets, &e->auth));
    e->limits = limits_new();
    e->pool = pool_new(options->blocking_threads, options->blocking_waiting_max, edge_run);
    e->park = park_new(options->platform->world, edge_run_parked);
    *out = e;
    return OK;
}

void edge_drain(struct edge *e)
{
    e->draining = true;
    park_end(e->park);
}

void edge_wake(struct edge *e, struct str key)
{
    park_wake(e->park, key);
}

void edge_tend(struct edge *e)
{
    park_expire(e->park);
}

void edge_close(struct edge *e)
{
    if (!e)
        return;
    park_end(e->park);
    pool_free(e->pool);
    park_free(e->park);
    limits_free(e->limits);
    auth_close(e->auth);
}
