/* The conformance driver for C; README.md describes the commands. */
#define _GNU_SOURCE
#include <ringside.h>

/* Resolves the escapes of a JSON string that the suite uses, in place. */
static char *unquoted(char *text) {
  char *out = text, *in = text + 1;
  for (; *in && *in != '"'; ++in) {
    if (*in != '\\') {
      *out++ = *in;
    } else if (*++in == 'u') {
      char digits[5] = {in[1], in[2], in[3], in[4], 0};
      *out++ = (char)strtol(digits, NULL, 16);
      in += 4;
    } else {
      *out++ = *in == 'n' ? '\n' : *in == 't' ? '\t' : *in == 'r' ? '\r' : *in;
    }
  }
  *out = '\0';
  return text;
}

int main(int argc, char **argv) {
  char *line = NULL, *save = NULL;
  size_t size = 0;
  ringside *r = ringside_open(argv[1], 0);
  if (argc < 3 || r == NULL) return 2;
  r->most_waiting = strtoul(argv[2], NULL, 10);
  while (getline(&line, &size, stdin) > 0) {
    char *word, *a, *b, *c, *d;
    line[strcspn(line, "\n")] = '\0';
    word = strtok_r(line, "\t", &save);
    a = strtok_r(NULL, "\t", &save);
    b = a ? strtok_r(NULL, "\t", &save) : NULL;
    c = b ? strtok_r(NULL, "\t", &save) : NULL;
    d = c ? strtok_r(NULL, "\t", &save) : NULL;
    if (!word) continue;
    if (!strcmp(word, "send")) ringside_send(r, a, b);
    else if (!strcmp(word, "log")) ringside_log(r, a, unquoted(b));
    else if (!strcmp(word, "metric")) ringside_metric(r, a, strtod(b, NULL));
    else if (!strcmp(word, "task")) ringside_task(r, a, b, c, strtod(d, NULL));
    else if (!strcmp(word, "will")) ringside_will(r, a, b);
    else if (!strcmp(word, "burst")) {
      long n = strtol(a, NULL, 10), i;
      for (i = 0; i < n; ++i) {
        char text[32];
        snprintf(text, sizeof text, "burst %ld", i);
        ringside_log(r, "INFO", text);
      }
    } else if (!strcmp(word, "flush")) printf("flush %d\n", ringside_flush(r, atoi(a)));
    else if (!strcmp(word, "stats")) printf("stats %llu %llu %llu\n", (unsigned long long)r->sent, (unsigned long long)r->dropped, (unsigned long long)r->rejected);
    fflush(stdout);
  }
  ringside_close(r, 2000);
  free(line);
  return 0;
}
