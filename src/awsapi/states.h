// The Step Functions API (JSON 1.0, AWSStepFunctions.*, 2016-11-23) on the engine of src/flow, so
// that AWS's command line and SDKs operate it. The platform must have the engine open.
#ifndef SHEAF_AWSAPI_STATES_H
#define SHEAF_AWSAPI_STATES_H

struct service;

extern const struct service states_service;

#endif
