// The receipts service: takes receipts in, validates them, registers them with the tax office and
// the warehouse, tells their clients, and keeps them queryable for twenty years. See README.md.
#ifndef SHEAF_SERVICES_RECEIPTS_RECEIPTS_H
#define SHEAF_SERVICES_RECEIPTS_RECEIPTS_H

extern const struct service receipts_service;

#endif
