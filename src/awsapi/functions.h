// Functions that run outside: their invocations are taken, kept and answered by `sheaf worker`
// through routes of docs/openapi.json, on the engine of src/flow; and what of a flow waits. The
// platform must have the engine open.
#ifndef SHEAF_AWSAPI_FUNCTIONS_H
#define SHEAF_AWSAPI_FUNCTIONS_H

struct service;

extern const struct service functions_service;

#endif
