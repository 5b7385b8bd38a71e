// The page that a signee's browser comes to from Signicat. It says how that went as the browser was
// told, and nothing about whom or what: anybody may open it, and nothing follows from it. What
// counts is what Signicat says when it is asked.
#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/service_impl.h"

enum { PAGE_BYTES_MAX = 8192 };

struct words {
    const char *result;
    const char *title[2], *text[2]; // Swedish, English
};

static const struct words known[] = {
    {"success",
     {"Tack!", "Thank you"},
     {"Din signatur är mottagen. Du kan stänga sidan.",
      "Your signature has been received. You may close this page."}},
    {"cancel",
     {"Du avbröt", "You cancelled"},
     {"Inget är signerat. Länken i mejlet gäller fortfarande.",
      "Nothing is signed. The link in the mail is still valid."}},
    {"error",
     {"Något gick fel", "Something went wrong"},
     {"Inget är signerat. Försök igen med länken i mejlet.",
      "Nothing is signed. Try again with the link in the mail."}},
};

static const char head[] = "<!doctype html><html lang=\"sv\"><head><meta charset=\"utf-8\">"
                           "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                           "<meta name=\"robots\" content=\"noindex\"><title>";
static const char style[] =
    "</title><style>body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f5f7;"
    "margin:0;display:grid;place-items:center;min-height:100vh}main{background:#fff;max-width:"
    "26rem;"
    "padding:2rem 2.5rem;border-radius:.75rem;box-shadow:0 1px 3px #0003;margin:1rem}h1{font-size:"
    "1.5rem;margin:0 0 .5rem}p{margin:0 0 .75rem}p[lang]{color:#5a6472;margin:0}</style></head>"
    "<body><main><h1>";

enum status show_sign_return(struct scope *s, struct call *c)
{
    struct buf b = buf_make(s, PAGE_BYTES_MAX);
    const struct words *w = &known[2];

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_is(call_query(c, "result"), known[i].result))
            w = &known[i];
    buf_put_z(&b, head);
    buf_put_z(&b, w->title[0]);
    buf_put_z(&b, style);
    buf_format(&b, "%s</h1><p>%s</p><p lang=\"en\">%s. %s</p></main></body></html>", w->title[0],
               w->text[0], w->title[1], w->text[1]);
    call_answer_header(c, "Cache-Control", str("no-store"));
    call_answer_header(
        c, "Content-Security-Policy",
        str("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
    call_answer_header(c, "Referrer-Policy", str("no-referrer"));
    call_answer_bytes(c, 200, "text/html; charset=utf-8", buf_str(&b));
    return OK;
}
