// PDFs of other projects, many of them damaged on purpose. A sound one keeps its pages when it is
// joined, stamped and sealed, qpdf finds nothing wrong with the results, and the seal is valid to
// us and to poppler; any other one is repaired or refused with a sentence. Each file has a process
// and some seconds of processor time to itself: a crash, or a call into the library that never
// comes back, is a failure of that file alone.
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "document/seal/plan.h"
#include "document/seal/seal.h"
#include "document/seal/verify.h"
#include "test/conformance/conformance.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CPU_SECONDS_MAX = 20, // under the sanitizers
    CHILD_SCOPE_BYTES_MAX = 1 << 30,
    FIELDS = 3, // of the oracle's that count: file, exit code of qpdf --check, pages
};

struct oracle {
    struct str file;
    bool sound; // and without a password
    uint64_t pages;
};

static struct signer *signer;

static bool complain(const struct oracle *oracle, const char *what, struct str why)
{
    (void)fprintf(stderr, "pdf: %.*s: %s: %.*s\n", STR(oracle->file), what, STR(why));
    return false;
}

// A refusal is fine for what is not sound, and says why.
static bool may_refuse(const struct oracle *oracle, const char *what, struct scope *s)
{
    return (!oracle->sound && scope_why(s).bytes > 0) || complain(oracle, what, scope_why(s));
}

static bool result_is_right(struct scope *s, const struct oracle *oracle, const char *what,
                            struct str pdf, size_t pages)
{
    struct pdf_facts facts = {0};

    if (pdf_inspect(s, pdf, &facts) != OK)
        return complain(oracle, what, scope_why(s));
    if (facts.page_count != pages || (oracle->sound && pages != oracle->pages))
        return complain(oracle, what, str_format(s, "%zu pages", facts.page_count));
    return !oracle->sound || pdf_fixture_sound(s, pdf) || complain(oracle, what, str("not sound"));
}

static bool joins(struct scope *s, const struct oracle *oracle, struct str pdf)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part parts[2];
    struct str out = {0};

    if (assembly_add(a, pdf, str("first"), &parts[0]) != OK)
        return may_refuse(oracle, "join", s);
    if (assembly_add(a, pdf, str("again"), &parts[1]) != OK ||
        assembly_finish(a, &(struct assembly_about){0}, &out) != OK)
        return complain(oracle, "join", scope_why(s));
    struct oracle twice = *oracle;
    twice.pages *= 2;
    return result_is_right(s, &twice, "join", out, parts[0].page_count + parts[1].page_count);
}

static bool stamps(struct scope *s, const struct oracle *oracle, struct str pdf)
{
    struct str line = str("Stämplad");
    struct pdf_stamp stamp = {.lines = &line, .line_count = 1};
    struct pdf_stamped out = {0};

    if (pdf_stamp(s, pdf, &stamp, &out) != OK)
        return may_refuse(oracle, "stamp", s);
    return result_is_right(s, oracle, "stamp", out.pdf, out.page_count);
}

// The newest signature is valid to us, and to poppler where it is the only one.
static bool seal_is_right(struct scope *s, const struct oracle *oracle, const char *what,
                          struct str pdf)
{
    struct verification v = {0};

    if (pdf_verify(s, pdf, &(struct verify_options){.now_us = SEAL_FIXTURE_AT_US}, &v) != OK)
        return complain(oracle, what, scope_why(s));
    if (v.count == 0 || v.signatures[v.count - 1].verdict != SIGNATURE_VALID)
        return complain(oracle, what, v.count ? v.signatures[v.count - 1].why : str("no seal"));
    if (!oracle->sound || v.count > 1)
        return true;
    int valid = seal_fixture_valid(s, pdf);
    return valid == 1 || valid == -1 || complain(oracle, what, str("not valid to pdfsig"));
}

// What is signed already may forbid more, or be broken; nothing is appended to what is encrypted.
static bool may_refuse_seal(struct scope *s, const struct oracle *oracle, const char *what,
                            struct str pdf)
{
    struct str why = str_copy(s, scope_why(s));
    struct pdf_facts facts = {0};

    if (oracle->sound && pdf_inspect(s, pdf, &facts) == OK &&
        (facts.signature_count || facts.encrypted))
        return true;
    return (!oracle->sound && why.bytes > 0) || complain(oracle, what, why);
}

static bool seals(struct scope *s, const struct oracle *oracle, struct str pdf)
{
    struct seal_options options = {.signer = signer, .at_us = SEAL_FIXTURE_AT_US};
    struct pdf_facts facts = {0};
    struct str out = {0};

    if (pdf_seal(s, pdf, &options, &out) != OK)
        return may_refuse_seal(s, oracle, "seal", pdf);
    if (pdf_inspect(s, pdf, &facts) != OK)
        return complain(oracle, "seal", scope_why(s));
    return result_is_right(s, oracle, "seal", out, facts.page_count) &&
           seal_is_right(s, oracle, "seal", out);
}

static bool stamps_and_seals(struct scope *s, const struct oracle *oracle, struct str pdf)
{
    struct str line = str("Stämplad");
    struct pdf_stamp stamp = {.lines = &line, .line_count = 1};
    struct seal_options options = {.signer = signer, .at_us = SEAL_FIXTURE_AT_US};
    struct stamped_and_sealed out = {0};

    if (stamp_and_seal(s, pdf, &stamp, &options, &out) != OK)
        return may_refuse_seal(s, oracle, "stamp and seal", pdf);
    return result_is_right(s, oracle, "stamp and seal", out.pdf, out.page_count) &&
           seal_is_right(s, oracle, "stamp and seal", out.pdf);
}

static bool is_right(struct str pdf, const struct oracle *oracle)
{
    struct scope *s = scope_open(CHILD_SCOPE_BYTES_MAX);
    bool right = joins(s, oracle, pdf);

    scope_forgive(s);
    right = stamps(s, oracle, pdf) && right;
    scope_forgive(s);
    right = seals(s, oracle, pdf) && right;
    scope_forgive(s);
    right = stamps_and_seals(s, oracle, pdf) && right;
    scope_close(s);
    return right;
}

static bool is_right_apart(struct str pdf, const struct oracle *oracle)
{
    int status = 0;

    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {CPU_SECONDS_MAX, CPU_SECONDS_MAX};
        (void)setrlimit(RLIMIT_CPU, &limit);
        _exit(is_right(pdf, oracle) ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        (void)fprintf(stderr, "pdf: %.*s: signal %d\n", STR(oracle->file), WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void run_folder(struct scope *s, struct str directory, const char *folder,
                       struct report *report)
{
    struct str rest =
        conformance_read(s, str_format(s, "%.*s/oracle-%s.tsv", STR(directory), folder));

    (void)str_cut(&rest, '\n'); // its titles
    while (rest.bytes) {
        struct str line = str_cut(&rest, '\n');
        struct str fields[FIELDS];
        for (int i = 0; i < FIELDS; i++)
            fields[i] = str_cut(&line, '\t');
        struct oracle oracle = {.file = fields[0]};
        oracle.sound = str_is(fields[1], "0") && str_to_u64(fields[2], UINT32_MAX, &oracle.pages);
        struct str pdf = conformance_read(
            s, str_format(s, "%.*s/%s/%.*s", STR(directory), folder, STR(fields[0])));
        report_case(report, fields[0], is_right_apart(pdf, &oracle));
    }
}

SUITE("pdf", pdf)
{
    signer = seal_fixture(s, AUTHORITY_P256).signer;
    run_folder(s, directory, "qpdf", report);
    run_folder(s, directory, "verapdf", report);
}
