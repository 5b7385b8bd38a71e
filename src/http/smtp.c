// SMTP by libcurl. What the server said last, and how much of the mail had left by then, decide the
// outcome.
#include "http/smtp.h"

#include "core/scope.h"
#include "http/address.h"

#include <assert.h>
#include <curl/curl.h>
#include <sys/socket.h>

enum {
    CONNECT_TIMEOUT_MS = 10000,
    TOTAL_TIMEOUT_MS = 60000,
    REPLY_BYTES_MAX = 200, // of a server's answer, for the sentence
    GOODBYE = 221,         // says nothing about the mail
};

struct sending {
    const struct smtp_server *server;
    struct str rest; // of the mail
    bool begun;      // some of the mail was handed over
    bool ended;      // all of it
    bool is_private; // an address was refused
    unsigned code;   // of the server's last answer; 0: none
    bool answered;   // after the last of the mail
    char reply[REPLY_BYTES_MAX + 1];
    char why[CURL_ERROR_SIZE];
};

static bool is_sendable(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f || strchr("<>\"", text.data[i]))
            return false;
    return text.bytes > 0;
}

enum status smtp_check_url(struct scope *s, struct str url)
{
    bool is_smtp = str_starts(url, str("smtp://")) || str_starts(url, str("smtps://"));
    struct str host = str_slice(url, str_find(url, str("://")) + 3, url.bytes);

    if (is_smtp && is_sendable(host) && str_find_byte(host, '/') == host.bytes &&
        str_find_byte(host, '@') == host.bytes)
        return OK;
    return fail(s, INVALID, "the SMTP address is not smtp://host:port or smtps://host:port");
}

static size_t give_text(char *out, size_t one, size_t count, void *opaque)
{
    struct sending *g = opaque;
    struct str piece = str_slice(g->rest, 0, one * count);

    if (piece.bytes)
        memcpy(out, piece.data, piece.bytes);
    g->rest = str_slice(g->rest, piece.bytes, g->rest.bytes);
    g->begun = true;
    g->ended = g->rest.bytes == 0;
    return piece.bytes;
}

// A server's answer repeats the recipient, who is nobody's business in a log.
static void keep_reply(struct sending *g, struct str line)
{
    struct str rest = str_slice(line, 0, REPLY_BYTES_MAX);
    size_t at = 0;

    while (rest.data) {
        struct str word = str_cut(&rest, ' ');
        bool is_address = str_find_byte(word, '@') < word.bytes;
        for (size_t i = 0; i < word.bytes; i++)
            g->reply[at++] =
                is_address || word.data[i] < ' ' || word.data[i] >= 0x7f ? '*' : word.data[i];
        if (rest.data)
            g->reply[at++] = ' ';
    }
    g->reply[at] = '\0';
}

// The server's answers come as headers do.
static size_t take_answer(char *data, size_t one, size_t count, void *opaque)
{
    struct sending *g = opaque;
    struct str line = str_trim(str_of(data, one * count));
    uint64_t code = 0;

    if (str_to_u64(str_slice(line, 0, 3), 599, &code) && line.bytes >= 3 && code != GOODBYE) {
        keep_reply(g, line);
        g->code = (unsigned)code;
        g->answered = g->ended;
    }
    return one * count;
}

static curl_socket_t open_socket(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct sending *g = opaque;

    (void)purpose;
    if (!g->server->allow_private && !address_is_public(&address->addr)) {
        g->is_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_server(struct scope *s, CURL *curl, const struct smtp_server *server)
{
    static const long levels[] = {[SMTP_TLS_REQUIRED] = CURLUSESSL_ALL,
                                  [SMTP_TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
                                  [SMTP_TLS_OFF] = CURLUSESSL_NONE};
    unsigned connect_ms =
        server->connect_timeout_ms ? server->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    unsigned total_ms = server->total_timeout_ms ? server->total_timeout_ms : TOTAL_TIMEOUT_MS;
    struct str url =
        server->hello.bytes ? str_concat(s, 3, server->url, str("/"), server->hello) : server->url;

    (void)curl_easy_setopt(curl, CURLOPT_URL, str_z(s, url));
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, levels[server->tls]);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)total_ms);
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(total_ms / 1000 + 1));
    if (server->ca_file.bytes)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, str_z(s, server->ca_file));
    if (server->user.bytes) {
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, str_z(s, server->user));
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, str_z(s, server->password));
    }
}

static void set_mail(struct scope *s, CURL *curl, struct sending *g, struct str from,
                     struct curl_slist *to)
{
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, str_z(s, str_format(s, "<%.*s>", STR(from))));
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    (void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_text);
    (void)curl_easy_setopt(curl, CURLOPT_READDATA, g);
    (void)curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)g->rest.bytes);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_answer);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, g);
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, g);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, g->why);
}

// Until the last of the mail has left nothing can have been accepted; after it, only the server's
// answer tells. A refused login is for the operator to mend: the mail is not to blame.
static enum status outcome(const struct sending *g, CURLcode code)
{
    if (code == CURLE_OK || (g->answered && g->code >= 200 && g->code < 300))
        return OK; // what went wrong when parting does not matter
    if (g->is_private)
        return DENIED;
    if (g->ended && !g->answered)
        return TIMEOUT;
    if (code == CURLE_LOGIN_DENIED)
        return TEMPORARY;
    return g->code >= 500 && (code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                              code == CURLE_RECV_ERROR || g->answered)
               ? REFUSED
               : TEMPORARY;
}

static enum status explain(struct scope *s, const struct sending *g, enum status e, CURLcode code)
{
    if (e == DENIED)
        return fail(s, e, "the SMTP server is not at a public address");
    if (g->code >= 400)
        return fail(s, e, "the SMTP server answered: %s", g->reply);
    return fail(s, e, "SMTP: %s", g->why[0] ? g->why : curl_easy_strerror(code));
}

enum status smtp_send(struct scope *s, const struct smtp_server *server, struct str from,
                      struct str to, struct str text)
{
    struct sending g = {.server = server, .rest = text};

    if (!is_sendable(from) || !is_sendable(to))
        return fail(s, INVALID, "a mailbox has a character that cannot be sent");
    if (server->stand_in)
        return server->stand_in(server->stand_in_context, s, from, to, text);
    TRY(smtp_check_url(s, server->url));
    CURL *curl = curl_easy_init();
    struct curl_slist *list = curl_slist_append(NULL, str_z(s, str_format(s, "<%.*s>", STR(to))));
    assert(curl && list);
    set_server(s, curl, server);
    set_mail(s, curl, &g, from, list);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    curl_slist_free_all(list);
    enum status e = outcome(&g, code);
    return e == OK ? OK : explain(s, &g, e, code);
}
