# strip(line) returns a line of C without its comments and without what stands between quotes.
# Set in_comment = 0 at the start of each file.
function strip(line,   out, at, two) {
    out = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (!at) return out
            line = substr(line, at + 2)
            in_comment = 0
        }
        if (!match(line, /["'\/]/)) return out line
        out = out substr(line, 1, RSTART - 1)
        two = substr(line, RSTART, 2)
        line = substr(line, RSTART)
        if (two == "//") return out
        if (two == "/*") { in_comment = 1; line = substr(line, 3) }
        else if (two ~ /^\//) { out = out "/"; line = substr(line, 2) }
        else {
            if (two ~ /^"/) match(line, /^"([^"\\]|\\.)*"/)
            else match(line, /^'([^'\\]|\\.)*'/)
            out = out substr(two, 1, 1) substr(two, 1, 1)
            line = RLENGTH > 0 ? substr(line, RLENGTH + 1) : ""
        }
    }
    return out
}
