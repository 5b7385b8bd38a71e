// Objects that a distributed Map reads its items from and writes its results to: blobs of one
// bucket, under TENANT/BUCKET/KEY.
#ifndef SHEAF_FLOW_OBJECTS_H
#define SHEAF_FLOW_OBJECTS_H

#include "store/store.h"

extern const struct bucket_def objects_bucket;

#endif
