#!/bin/sh
# render.sh TEMPLATE prints the template with its variables taken from the environment.
# Whatever is missing or unfit is named, all of it, and nothing is printed.
# gateway_config/template.py keeps the same rules; a test holds the two against each other.
set -eu

exec awk '
    function problem(text) {
        problems = problems (problems == "" ? "" : "; ") text
    }

    function value_of(name, factor,    value) {
        value = ENVIRON[name]
        if (value == "") {
            if (!(name in seen)) problem(name " is missing")
        } else if (index(value, "\"") || index(value, "\\") || value ~ /[\001-\037\177]/) {
            if (!(name in seen)) problem(name " has a quote, a backslash or a control character")
        } else if (factor != "" && value !~ /^[1-9][0-9]*$/) {
            if (!(name in seen)) problem(name " is not a whole number above zero")
        }
        seen[name] = 1
        return factor == "" ? value : sprintf("%.0f", factor * value)
    }

    {
        line = $0
        while (match(line, /\$\{([0-9]+ \* )?[A-Z][A-Z0-9_]*\}/)) {
            inside = substr(line, RSTART + 2, RLENGTH - 3)
            count = split(inside, part, " [*] ")
            text = text substr(line, 1, RSTART - 1)
            text = text value_of(part[count], count == 2 ? part[1] : "")
            line = substr(line, RSTART + RLENGTH)
        }
        if (index(line, "${")) problem("line " NR " has a placeholder that cannot be read")
        text = text line "\n"
    }

    END {
        if (problems != "") {
            print "cannot render " FILENAME ": " problems > "/dev/stderr"
            exit 78
        }
        printf "%s", text
    }
' "$1"
