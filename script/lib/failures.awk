# Passes the output of ctest --output-on-failure through, and repeats the last lines of each failure before ctest's closing
# lines: the failure itself may be thousands of lines above.
function is_result(line) { return line ~ /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / }

is_result($0) || /^ +Start +[0-9]+: / {
  failed = ""
  if (is_result($0) && ($0 ~ /\*\*\*/) && ($0 !~ /\*\*\*Skipped/)) {
    failed = $0
    sub(/^.*Test +#[0-9]+: /, "", failed)
    sub(/ .*$/, "", failed)
    names[++n_failures] = failed
    n_lines[n_failures] = 0
  }
}
/^[0-9]+% tests passed/ { failed = "" }
/^The following tests FAILED:/ {
  for (i = 1; i <= n_failures && i <= 10; ++i) {
    print "last lines of " names[i] ":"
    for (j = (n_lines[i] > 6 ? n_lines[i] - 5 : 1); j <= n_lines[i]; ++j) {
      print "  " substr(lines[i, j], 1, 160)
    }
  }
}
failed != "" && !is_result($0) && NF { lines[n_failures, ++n_lines[n_failures]] = $0 }
{
  print
  fflush()
}
