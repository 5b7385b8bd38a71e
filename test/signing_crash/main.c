// Kills the server again and again while a night's contracts and invoices go their whole way, and
// then looks whether everything happened once.
//
//   signing-crash [--kills=30] [--seed=1] [--programs=build/release] [--folder=build/signing-crash]
//
// The folder has contracts.dat and invoices/, and is empty otherwise (tools/signing-crash makes it
// so). Starts `sheaf serve` and `partners`, whose faults are on, and puts the files into the
// watched folder. In the end every contract that was accepted must be with OnBase, once, with the
// same index whenever it came again; every bundle must have had one session whose link reached its
// signee; nobody may have got a mail with other bytes under the same id. Ends with one line, and 0
// when all is right.
#include "core/chance.h"
#include "core/json.h"
#include "core/scope.h"
#include "http/client.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/bench/parties.h"
#include "test/bench/server.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCOPE_BYTES_MAX = 1 << 30,
    LIFE_MS_MIN = 30, // of the server, between its start and its end
    LIFE_MS_MAX = 500,
    AT_START_PERCENT = 20, // of the kills strike within START_MS, before it answers
    START_MS = 40,
    PATIENCE_MS = 300000,
    LOOK_MS = 200,
    FILE_BYTES_MAX = 40 << 20,
    FLAGS_MAX = 40,
    INVOICES_RIGHT = 9, // of the ten samples
};

static const char contracts_name[] = "NSC_CONTRACTS_SE_20250916_102.dat";

struct night {
    const char *programs;
    const char *folder;
    unsigned kills;
    uint64_t seed;
    struct bench_server server;
    struct parties parties;
    struct http_client *client;
    int64_t start_us_max;
    uint64_t accepted, bundles, links, invoices, wrong;
};

static void wrong(struct night *n, const char *what, uint64_t count)
{
    if (count == 0)
        return;
    (void)printf("\nsigning-crash: %s: %llu", what, (unsigned long long)count);
    n->wrong++;
}

static struct str in_folder(struct scope *s, const struct night *n, const char *name)
{
    return str_format(s, "%s/%s", n->folder, name);
}

// -- preparing -----------------------------------------------------------------------------------

struct flags {
    char *items[FLAGS_MAX];
    size_t count;
};

static void add(struct scope *s, struct flags *f, const char *name, struct str value)
{
    f->items[f->count++] = str_z(s, str_concat(s, 4, str("--"), str(name), str("="), value));
}

static enum status start_partners(struct scope *s, struct night *n)
{
    struct flags f = {0};
    struct str secret = str_concat(s, 2, str("file:"), in_folder(s, n, "secret"));

    add(s, &f, "callback_url", str_format(s, "http://127.0.0.1:%u", n->server.wanted_port));
    add(s, &f, "seed", str_format(s, "%llu", (unsigned long long)n->seed));
    add(s, &f, "signicat_client_secret", secret);
    add(s, &f, "signicat_webhook_secret", secret);
    add(s, &f, "smtp_folder", in_folder(s, n, "mail"));
    add(s, &f, "onbase_folder", in_folder(s, n, "onbase"));
    add(s, &f, "signicat.fail_before", str("1"));
    add(s, &f, "signicat.fail_after", str("2"));
    add(s, &f, "signicat.twice", str("20"));
    add(s, &f, "signicat.sign_ms", str("300"));
    add(s, &f, "signicat.package_ms", str("100"));
    add(s, &f, "smtp.fail_after", str("10"));
    add(s, &f, "onbase.delay_ms", str("50"));
    return parties_start(s, str_z(s, str_format(s, "%s/partners", n->programs)), f.items,
                         &n->parties);
}

static enum status start_server(struct scope *s, struct night *n)
{
    struct flags *f = scope_new(s, struct flags);
    struct str secret = str_concat(s, 2, str("file:"), in_folder(s, n, "secret"));
    struct str signicat = parties_address(&n->parties, "signicat");

    add(s, f, "signing.provider", str("signicat"));
    add(s, f, "signing.inbound", in_folder(s, n, "inbound"));
    add(s, f, "signing.onbase_drop", in_folder(s, n, "onbase"));
    add(s, f, "signing.signicat_url", str_concat(s, 2, signicat, str("/sign")));
    add(s, f, "signing.signicat_token_url",
        str_concat(s, 2, signicat, str("/auth/open/connect/token")));
    add(s, f, "signing.signicat_client_id", str("sheaf"));
    add(s, f, "signing.signicat_client_secret", secret);
    add(s, f, "signing.signicat_webhook_secret", secret);
    add(s, f, "signing.signicat_private", str("true"));
    add(s, f, "signing.signicat_rate_per_second", str("1000"));
    add(s, f, "signing.signicat_timeout", str("2s"));
    add(s, f, "signing.poll", str("10s"));
    add(s, f, "mail.smtp_url", parties_address(&n->parties, "smtp"));
    add(s, f, "mail.private", str("true"));
    add(s, f, "mail.tls", str("off"));
    add(s, f, "mail.rate_per_second", str("0"));
    add(s, f, "signing.invoice_mailboxes", str("sf@example.com"));
    n->server.program = str_z(s, str_format(s, "%s/sheaf", n->programs));
    n->server.data = str_z(s, in_folder(s, n, "data"));
    n->server.log = str_z(s, in_folder(s, n, "server.log"));
    n->server.settings = f->items;
    TRY(bench_server_start(s, &n->server));
    n->server.keep = true;
    n->server.url = str_copy(s, n->server.url);
    return OK;
}

static enum status make_folder(struct scope *s, const struct night *n, const char *name)
{
    struct str path = in_folder(s, n, name);

    return mkdir(str_z(s, path), 0700) == 0 ? OK : fail_errno(s, "%.*s", STR(path));
}

static enum status prepare(struct scope *s, struct night *n)
{
    TRY(make_folder(s, n, "mail"));
    TRY(make_folder(s, n, "onbase"));
    TRY(file_write_whole(s, world_real(), in_folder(s, n, "secret"),
                         str("between the server and its partners")));
    n->client = http_client_new(&(struct http_client_options){0});
    TRY(parties_free_port(s, &n->server.wanted_port));
    TRY(start_partners(s, n));
    return start_server(s, n);
}

static enum status copy_file(struct scope *s, const struct night *n, const char *from,
                             struct str to)
{
    struct str bytes = {0};

    TRY(file_read_whole(s, world_real(), in_folder(s, n, from), FILE_BYTES_MAX, &bytes));
    return file_write_whole(s, world_real(),
                            str_concat(s, 3, in_folder(s, n, "inbound"), str("/"), to), bytes);
}

// Calls with the name of each file of a folder, dot files apart.
static enum status each_file(struct scope *s, struct night *n, const char *folder,
                             enum status (*visit)(struct scope *s, struct night *n,
                                                  const char *name))
{
    struct str path = in_folder(s, n, folder);
    DIR *d = opendir(str_z(s, path));
    struct dirent *entry = NULL;
    enum status e = OK;

    if (!d)
        return fail_errno(s, "%.*s", STR(path));
    while (e == OK && (entry = readdir(d)))
        if (entry->d_name[0] != '.')
            e = visit(s, n, entry->d_name);
    (void)closedir(d);
    return e;
}

static enum status put_invoice(struct scope *s, struct night *n, const char *name)
{
    return copy_file(s, n, str_z(s, str_format(s, "invoices/%s", name)),
                     str_format(s, "invoice/%s", name));
}

// What a night brings.
static enum status put_files(struct scope *s, struct night *n)
{
    TRY(copy_file(s, n, "contracts.dat", str_format(s, "interface/%s", contracts_name)));
    return each_file(s, n, "invoices", put_invoice);
}

// -- the night -----------------------------------------------------------------------------------

static void die(struct night *n, int after_ms, unsigned *kills)
{
    bench_pause_ms(after_ms);
    bench_server_kill(&n->server, SIGKILL);
    ++*kills;
    if (isatty(STDOUT_FILENO))
        (void)printf("\rsigning-crash: %u of %u kills ", *kills, n->kills);
    (void)fflush(stdout);
}

static enum status kill_again_and_again(struct scope *s, struct night *n)
{
    struct chance chance = chance_seeded(n->seed);

    for (unsigned kills = 0; kills < n->kills;) {
        die(n, LIFE_MS_MIN + (int)chance_below(&chance, LIFE_MS_MAX - LIFE_MS_MIN), &kills);
        while (kills < n->kills && chance_below(&chance, 100) < AT_START_PERCENT) {
            TRY(bench_server_restart(s, &n->server, bench_server_launch, &n->start_us_max));
            die(n, (int)chance_below(&chance, START_MS), &kills);
        }
        TRY(bench_server_restart(s, &n->server, bench_server_start, &n->start_us_max));
    }
    return OK;
}

static enum status get(struct scope *s, const struct night *n, struct str base, struct str path,
                       struct json *out)
{
    struct http_field headers[] = {
        {str("Authorization"), str_concat(s, 2, str("Bearer "), n->server.key)}};
    struct http_request request = {.url = str_concat(s, 2, base, path),
                                   .headers = headers,
                                   .header_count = 1,
                                   .answer_bytes_max = 64 << 20,
                                   .allow_private = true};
    struct http_reply reply = {0};

    TRY(http_call(s, n->client, &request, &reply));
    if (reply.code != 200)
        return fail(s, INTERNAL, "GET %.*s was answered %d: %.*s", STR(path), reply.code,
                    STR(reply.body));
    return json_parse(s, reply.body, &json_limits_lenient, out);
}

static uint64_t number(struct json object, const char *group, const char *name)
{
    int64_t value = 0;

    (void)json_to_i64(json_member(group ? json_member(object, group) : object, name), &value);
    return (uint64_t)value;
}

static bool is_final(struct str status)
{
    return str_is(status, "DELIVERED") || str_is(status, "PARTIAL_FAILED") ||
           str_is(status, "FAILED");
}

static enum status list(struct scope *s, const struct night *n, const char *what, struct json *out)
{
    struct json answer = {0};

    TRY(get(s, n, n->server.url, str_format(s, "/%s?limit=100", what), &answer));
    *out = json_member(answer, "items");
    return OK;
}

// Whether everything has ended: the file is read, its bundles are final, and no more messages wait
// than look after sessions that have ended.
static enum status look(struct scope *s, struct night *n, bool *ended)
{
    struct json file = {0};
    struct json bundles = {0};
    struct bench_figures figures = {0};
    size_t final = 0;

    *ended = false;
    struct str path = str_format(s, "/inbound/interface/%s", contracts_name);
    if (get(s, n, n->server.url, path, &file) != OK) {
        scope_forgive(s); // it is not seen yet
        return OK;
    }
    n->accepted = number(file, "counts", "accepted");
    n->bundles = number(file, "counts", "bundles");
    TRY(list(s, n, "bundles", &bundles));
    for (size_t i = 0; i < bundles.count; i++)
        final += is_final(json_text(json_member(json_at(bundles, i), "status")));
    TRY(bench_server_figures(s, &n->server, &figures));
    *ended = n->bundles > 0 && final == n->bundles && figures.messages <= n->bundles;
    return OK;
}

static enum status await_end(struct scope *s, struct night *n)
{
    bool ended = false;

    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
        struct scope *own = scope_open(SCOPE_BYTES_MAX);
        enum status e = scope_pass(s, look(own, n, &ended), own);
        scope_close(own);
        if (e != OK || ended)
            return e;
        bench_pause_ms(LOOK_MS);
    }
    return fail(s, TIMEOUT, "not everything has ended after %d s", PATIENCE_MS / 1000);
}

// -- what came of it -----------------------------------------------------------------------------

// A mail that brought a signee a link to Signicat.
static enum status count_link(struct scope *s, struct night *n, const char *name)
{
    struct scope *own = scope_open(SCOPE_BYTES_MAX);
    struct str text = {0};
    enum status e = file_read_whole(
        own, world_real(), str_format(own, "%s/mail/%s", n->folder, name), FILE_BYTES_MAX, &text);

    if (e == OK)
        n->links += str_find(text, str("sessionId")) < text.bytes;
    e = scope_pass(s, e, own);
    scope_close(own);
    return e;
}

static enum status check_bundles(struct scope *s, struct night *n)
{
    struct json bundles = {0};
    uint64_t delivered = 0;

    TRY(list(s, n, "bundles", &bundles));
    for (size_t i = 0; i < bundles.count; i++) {
        struct json b = json_at(bundles, i);
        if (!str_is(json_text(json_member(b, "status")), "DELIVERED"))
            wrong(n, "a bundle that was not delivered", 1);
        delivered += number(b, NULL, "delivered_count");
    }
    wrong(n, "contracts that are not delivered", n->accepted - delivered);
    return OK;
}

static enum status check(struct scope *s, struct night *n)
{
    static const char *const never[][2] = {
        {"smtp", "differing"},      {"smtp", "nameless"},      {"smtp", "malformed"},
        {"signicat", "strangers"},  {"signicat", "malformed"}, {"signicat", "signed_twice"},
        {"signicat", "live_twice"}, {"onbase", "differing"},   {"onbase", "malformed"},
        {"onbase", "missing"},
    };
    struct json report = {0};
    struct json invoices = {0};

    TRY(get(s, n, parties_address(&n->parties, "hooks"), str("/report"), &report));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        wrong(n, never[i][1], number(report, never[i][0], never[i][1]));
    if (number(report, "onbase", "documents") != 2 * n->accepted)
        wrong(n, "documents that OnBase has", number(report, "onbase", "documents"));
    TRY(check_bundles(s, n));
    TRY(each_file(s, n, "mail", count_link));
    if (n->links != n->bundles)
        wrong(n, "mails with a link, one a bundle", n->links);
    TRY(list(s, n, "invoices", &invoices));
    n->invoices = invoices.count;
    if (n->invoices != INVOICES_RIGHT)
        wrong(n, "invoices", n->invoices);
    return n->wrong ? fail(s, INTERNAL, "%llu things are not as they must be",
                           (unsigned long long)n->wrong)
                    : OK;
}

static enum status run(struct scope *s, struct night *n)
{
    TRY(prepare(s, n));
    TRY(put_files(s, n));
    TRY(kill_again_and_again(s, n));
    TRY(await_end(s, n));
    return check(s, n);
}

static bool read_flag(struct night *n, struct str flag)
{
    struct str value = flag;
    struct str name = str_cut(&value, '=');
    uint64_t given = 0;
    bool is_number = str_to_u64(value, 1000000, &given);

    if (str_is(name, "--programs"))
        n->programs = value.data;
    else if (str_is(name, "--folder"))
        n->folder = value.data;
    else if (str_is(name, "--kills") && is_number)
        n->kills = (unsigned)given;
    else if (str_is(name, "--seed") && is_number)
        n->seed = given;
    else
        return false;
    return value.data != NULL;
}

static void print(const struct night *n)
{
    (void)printf(
        "%ssigning-crash: %u kills (seed %llu), %llu contracts in %llu bundles, each signed "
        "by one link and delivered once; %llu invoices; slowest start %lld ms\n",
        isatty(STDOUT_FILENO) ? "\r" : "", n->kills, (unsigned long long)n->seed,
        (unsigned long long)n->accepted, (unsigned long long)n->bundles,
        (unsigned long long)n->invoices, (long long)n->start_us_max / 1000);
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct night n = {
        .programs = "build/release", .folder = "build/signing-crash", .kills = 30, .seed = 1};

    for (int i = 1; i < argc; i++) {
        if (!read_flag(&n, str(argv[i]))) {
            (void)fprintf(stderr, "signing-crash: there is no flag %s\n", argv[i]);
            return 2;
        }
    }
    enum status e = run(s, &n);
    if (e == OK)
        print(&n);
    else
        (void)printf("\nsigning-crash: FAILED (seed %llu): %.*s\n", (unsigned long long)n.seed,
                     STR(scope_why(s)));
    bench_server_kill(&n.server, SIGKILL);
    parties_stop(&n.parties);
    (void)fflush(stdout);
    scope_close(s);
    return e == OK ? 0 : 1;
}
