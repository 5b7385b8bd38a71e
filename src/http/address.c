// Two tables of prefixes: what is not public in IPv4; and in IPv6 what is, less its exceptions.
#include "http/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct prefix {
    uint8_t bytes[16];
    unsigned bits;
};

static const struct prefix v4_special[] = {
    {{0}, 8},                 // this network
    {{10}, 8},                // private
    {{100, 64}, 10},          // shared by carriers
    {{127}, 8},               // loopback
    {{168, 63, 129, 16}, 32}, // Azure's host
    {{169, 254}, 16},         // link-local, with the metadata services
    {{172, 16}, 12},          // private
    {{192, 0, 0}, 24},        // protocol assignments
    {{192, 0, 2}, 24},        // documentation
    {{192, 31, 196}, 24},     // AS112
    {{192, 52, 193}, 24},     // AMT
    {{192, 88, 99}, 24},      // 6to4 relays
    {{192, 168}, 16},         // private
    {{192, 175, 48}, 24},     // AS112
    {{198, 18}, 15},          // benchmarks
    {{198, 51, 100}, 24},     // documentation
    {{203, 0, 113}, 24},      // documentation
    {{224}, 4},               // multicast
    {{240}, 4},               // reserved, with the broadcast
};

static const struct prefix v6_global = {{0x20}, 3};

static const struct prefix v6_special[] = {
    {{0x20, 0x01, 0x00}, 23},             // protocol assignments, with Teredo
    {{0x20, 0x01, 0x0d, 0xb8}, 32},       // documentation
    {{0x20, 0x02}, 16},                   // 6to4
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48}, // AS112
    {{0x3f, 0xff, 0x00}, 20},             // documentation
};

static bool lies_in(const uint8_t *address, const struct prefix *p)
{
    unsigned whole = p->bits / 8;
    unsigned rest = p->bits % 8;

    if (memcmp(address, p->bytes, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ p->bytes[whole]) >> (8 - rest)) == 0;
}

static bool lies_in_any(const uint8_t *address, const struct prefix *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lies_in(address, &table[i]))
            return true;
    return false;
}

bool address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof v4);
        return !lies_in_any((const uint8_t *)&v4.sin_addr, v4_special,
                            sizeof v4_special / sizeof v4_special[0]);
    case AF_INET6:
        memcpy(&v6, address, sizeof v6);
        return lies_in(v6.sin6_addr.s6_addr, &v6_global) &&
               !lies_in_any(v6.sin6_addr.s6_addr, v6_special,
                            sizeof v6_special / sizeof v6_special[0]);
    default:
        return false;
    }
}
