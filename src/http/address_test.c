// Which addresses may be connected to.
#include "http/address.h"

#include "test/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_storage any = {0};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&any, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&any, &v6, sizeof v6);
    else
        EXPECT(false);
    return address_is_public((const struct sockaddr *)&any);
}

// First and last address of each range.
static const char *const refused[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "3fff:fff:ffff::",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
};

static const char *const allowed[] = {
    "1.0.0.0",         "9.255.255.255",
    "11.0.0.0",        "100.63.255.255",
    "100.128.0.0",     "126.0.0.1",
    "128.0.0.1",       "168.63.129.15",
    "169.253.255.255", "169.255.0.0",
    "172.15.0.1",      "172.32.0.1",
    "192.0.1.1",       "192.167.255.255",
    "192.169.0.0",     "198.17.0.1",
    "198.20.0.1",      "223.255.255.255",
    "8.8.8.8",         "2000::1",
    "2001:200::1",     "2001:4860:4860::8888",
    "2003::1",         "2606:4700::1111",
    "3ffe::1",
};

TEST(addresses_that_are_not_public_are_refused)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (is_public(refused[i]))
            EXPECT_STR(str(refused[i]), "refused");
}

TEST(public_addresses_are_allowed)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (!is_public(allowed[i]))
            EXPECT_STR(str(allowed[i]), "allowed");
}
