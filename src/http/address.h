// Which addresses belong to the public internet. A server that connects to where its clients tell
// it to (webhooks) must not reach its own machine, its neighbours, or a cloud's metadata service.
#ifndef SHEAF_HTTP_ADDRESS_H
#define SHEAF_HTTP_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

// Whether it is a public unicast address (IANA special-purpose address registries). IPv6 addresses
// in which an IPv4 address is wrapped are not, whatever it is.
bool address_is_public(const struct sockaddr *address);

#endif
