/* ringside.h: send events to Ringside. One header, C99, POSIX, no dependencies. MIT License.
 *
 *   ringside *r = ringside_open(NULL, 0);              // $RINGSIDE_RUN_DIR/events.sock, 4 MiB
 *   ringside_log(r, "WARN", "the disk is filling");
 *   ringside_metric(r, "rows", 42);
 *   ringside_task(r, "t1", "Running", "migrate", 40);  // progress < 0: unknown
 *   ringside_send(r, "Deployed", "{\"to\":\"eu\"}");   // data: a JSON object in one line
 *   ringside_will(r, "TaskStatusChanged", data);       // what the server sends if this program is killed; NULL, NULL: nothing
 *   ringside_close(r, 2000);                           // waits up to 2 s for acknowledgements, withdraws the will
 *
 * No call but flush and close waits for the server, and none ends the program: no signal, no abort. What the server has not
 * acknowledged is kept in a buffer of fixed size and sent again over the next connection, so an event may arrive twice after a broken
 * one; what does not fit is dropped, the new events first, and counted. There is no thread: sending happens in these calls.
 * Threads: one at a time for each ringside. All functions take NULL, and then do nothing.
 */
#ifndef RINGSIDE_H
#define RINGSIDE_H

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  int fd;
  char *buffer;          /* whole lines that are not acknowledged */
  size_t size, used;     /* of the buffer */
  size_t written;        /* of it, over this connection */
  char control[4200];    /* the hello and the will, or the will's withdrawal: a line that is no event */
  size_t control_used, control_written;
  char *will;            /* a line, sent over each connection */
  int withdraws;         /* the control line waits until all events are written */
  uint64_t acknowledged; /* over this connection */
  int64_t retry_at;      /* ms: when to connect again */
  char answer[512];
  size_t answer_used;
  size_t waiting, most_waiting; /* events in the buffer */
  char inside[1200];            /* "metadata" of the run around, with its comma */
  uint64_t sent, dropped, rejected;
} ringside;

#define RINGSIDE_HELLO "{\"type\":\"hello\",\"ack\":true}\n"
#define RINGSIDE_WITHDRAWN "{\"type\":\"will\",\"events\":[]}\n"
#define RINGSIDE_MOST_OF_WILL 4096 /* bytes; the server takes no longer one */

static inline int64_t ringside_now_ms_(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Appends `text` as a JSON string, cut to what fits; bytes that are not UTF-8 become "?". Returns the new length, or `size` if full. */
static inline size_t ringside_quote_(char *out, size_t at, size_t size, const char *text) {
  const unsigned char *s = (const unsigned char *)(text ? text : "");
  if (at + 2 >= size) return size;
  out[at++] = '"';
  while (*s) {
    size_t n = *s < 0x80 ? 1 : *s >= 0xC2 && *s < 0xE0 ? 2 : *s >= 0xE0 && *s < 0xF0 ? 3 : *s >= 0xF0 && *s < 0xF5 ? 4 : 0;
    size_t i;
    if (at + 8 >= size) return size;
    for (i = 1; i < n; ++i) {
      if ((s[i] & 0xC0) != 0x80) n = 0;
    }
    if ((n == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] >= 0xA0))) ||
        (n == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] >= 0x90)))) {
      n = 0;
    }
    if (n == 0) {
      out[at++] = '?';
      ++s;
    } else if (n == 1 && (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7F)) {
      at += (size_t)snprintf(out + at, size - at, "\\u%04x", *s);
      ++s;
    } else {
      memcpy(out + at, s, n);
      at += n;
      s += n;
    }
  }
  if (at + 1 >= size) return size;
  out[at++] = '"';
  out[at] = '\0';
  return at;
}

static inline void ringside_disconnect_(ringside *r) {
  if (r->fd >= 0) close(r->fd);
  r->fd = -1;
  r->written = r->acknowledged = 0;
  r->control_used = r->control_written = 0;
  r->withdraws = 0;
  r->answer_used = 0;
  r->retry_at = ringside_now_ms_() + 100;
}

/* The first `n` events are acknowledged: removes them. */
static inline void ringside_acknowledge_(ringside *r, uint64_t n) {
  size_t at = 0;
  while (r->acknowledged < n && at < r->written) {
    const char *end = (const char *)memchr(r->buffer + at, '\n', r->written - at);
    if (end == NULL) break;
    at = (size_t)(end - r->buffer) + 1;
    ++r->acknowledged;
    --r->waiting;
  }
  memmove(r->buffer, r->buffer + at, r->used - at);
  r->used -= at;
  r->written -= at;
}

static inline void ringside_take_answer_(ringside *r, const char *line) {
  const char *found = strstr(line, "\"ack\":");
  if (found != NULL) {
    ringside_acknowledge_(r, strtoull(found + 6, NULL, 10));
  } else if (strstr(line, "\"error\":") != NULL) {
    found = strstr(line, "\"count\":");
    r->rejected += found != NULL ? strtoull(found + 8, NULL, 10) : strstr(line, "\"line\":") != NULL ? 1 : 0;
  }
}

/* The next bytes to write. A control line goes between two events, its withdrawal after all of them. Returns how many; 0: none. */
static inline size_t ringside_next_(ringside *r, const char **from) {
  const size_t left = r->used - r->written;
  const int between = r->written == 0 || r->buffer[r->written - 1] == '\n';
  const int waits = r->control_written < r->control_used;
  const char *end;
  if (waits && (r->control_written > 0 || (between && (!r->withdraws || left == 0)))) {
    *from = r->control + r->control_written;
    return r->control_used - r->control_written;
  }
  *from = r->buffer + r->written;
  end = waits && !r->withdraws ? (const char *)memchr(*from, '\n', left) : NULL;
  return end != NULL ? (size_t)(end - *from) + 1 : left;
}

/* Connects if it is time, writes what the socket takes, reads answers. Never waits. */
static inline void ringside_turn_(ringside *r) {
  char text[4096];
  const char *from;
  size_t size;
  ssize_t n, i;
  if (r->fd < 0) {
    struct sockaddr_un address;
    if ((r->used == 0 && r->will == NULL) || ringside_now_ms_() < r->retry_at) return;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, r->path, sizeof r->path);
    r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0 || connect(r->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
      ringside_disconnect_(r);
      return;
    }
    r->control_used = (size_t)snprintf(r->control, sizeof r->control, "%s%s", RINGSIDE_HELLO, r->will ? r->will : "");
  }
  while ((size = ringside_next_(r, &from)) > 0) {
    const int is_control = from >= r->control && from < r->control + sizeof r->control;
    n = send(r->fd, from, size, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      ringside_disconnect_(r);
      return;
    }
    if (is_control) {
      r->control_written += (size_t)n;
    } else {
      r->written += (size_t)n;
    }
  }
  while ((n = recv(r->fd, text, sizeof text, 0)) > 0) {
    for (i = 0; i < n; ++i) {
      if (text[i] == '\n') {
        r->answer[r->answer_used] = '\0';
        ringside_take_answer_(r, r->answer);
        r->answer_used = 0;
      } else if (r->answer_used + 1 < sizeof r->answer) {
        r->answer[r->answer_used++] = text[i]; /* the beginning of an answer says all that is read here */
      }
    }
  }
  if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) ringside_disconnect_(r);
}

/* `path`: NULL is $RINGSIDE_RUN_DIR/events.sock, or /run/ringside/events.sock. `bytes`: of the buffer, 0 is 4 MiB. NULL without memory. */
static inline ringside *ringside_open(const char *path, size_t bytes) {
  ringside *r = (ringside *)calloc(1, sizeof *r);
  const char *directory = getenv("RINGSIDE_RUN_DIR");
  const char *task = getenv("RINGSIDE_TASK_ID"), *workflow = getenv("RINGSIDE_WORKFLOW_ID");
  if (r == NULL) return NULL;
  r->size = bytes ? bytes : 4u << 20;
  r->buffer = (char *)malloc(r->size);
  if (r->buffer == NULL) {
    free(r);
    return NULL;
  }
  r->fd = -1;
  r->most_waiting = SIZE_MAX;
  if (path) {
    snprintf(r->path, sizeof r->path, "%s", path);
  } else {
    snprintf(r->path, sizeof r->path, "%s/events.sock", directory && *directory ? directory : "/run/ringside");
  }
  if (workflow && *workflow && strlen(workflow) < 256 && (!task || strlen(task) < 256)) {
    size_t at = (size_t)snprintf(r->inside, sizeof r->inside, ",\"metadata\":{\"workflow_id\":");
    at = ringside_quote_(r->inside, at, sizeof r->inside, workflow);
    if (at < sizeof r->inside && task && *task) {
      at += (size_t)snprintf(r->inside + at, sizeof r->inside - at, ",\"task_id\":");
      at = at < sizeof r->inside ? ringside_quote_(r->inside, at, sizeof r->inside, task) : sizeof r->inside;
    }
    if (at + 2 < sizeof r->inside) {
      memcpy(r->inside + at, "}", 2);
    } else {
      r->inside[0] = '\0';
    }
  }
  return r;
}

/* `data`: a JSON object, without a newline. Returns 1, or 0 when the event was dropped. */
static inline int ringside_send(ringside *r, const char *type, const char *data) {
  char head[160];
  size_t at, n;
  if (r == NULL) return 0;
  at = (size_t)snprintf(head, sizeof head, "{\"event_type\":");
  at = ringside_quote_(head, at, sizeof head, type);
  n = strlen(data ? data : "");
  if (at >= sizeof head || n == 0 || strchr(data, '\n') != NULL || r->waiting >= r->most_waiting ||
      at + n + strlen(r->inside) + 16 > r->size - r->used) {
    ++r->dropped;
    ringside_turn_(r);
    return 0;
  }
  r->used += (size_t)snprintf(r->buffer + r->used, r->size - r->used, "%s,\"data\":%s%s}\n", head, data, r->inside);
  ++r->sent;
  ++r->waiting;
  ringside_turn_(r);
  return 1;
}

static inline int ringside_log(ringside *r, const char *level, const char *message) {
  const size_t size = 64 + 6 * (strlen(level ? level : "") + strlen(message ? message : ""));
  char *data = r ? (char *)malloc(size) : NULL;
  int sent = 0;
  if (data != NULL) {
    size_t at = (size_t)snprintf(data, size, "{\"level\":");
    at = ringside_quote_(data, at, size, level);
    at += (size_t)snprintf(data + at, size - at, ",\"message\":");
    at = ringside_quote_(data, at, size, message);
    memcpy(data + at, "}", 2);
    sent = ringside_send(r, "LogEntry", data);
    free(data);
  } else if (r) {
    ++r->dropped;
  }
  return sent;
}

/* A value that is not finite is dropped: JSON has none. */
static inline int ringside_metric(ringside *r, const char *name, double value) {
  char data[1024];
  size_t at = (size_t)snprintf(data, sizeof data, "{\"metric_name\":");
  at = ringside_quote_(data, at, sizeof data - 64, name);
  if (r == NULL) return 0;
  if (!isfinite(value) || at >= sizeof data - 64) return ++r->dropped, 0;
  snprintf(data + at, sizeof data - at, ",\"metric_type\":\"gauge\",\"value\":%.17g}", value);
  return ringside_send(r, "MetricUpdate", data);
}

/* `progress`: in percent; negative: unknown. */
static inline int ringside_task(ringside *r, const char *id, const char *status, const char *name, double progress) {
  char data[8192];
  size_t at = (size_t)snprintf(data, sizeof data, "{\"task_id\":");
  const char *members[2] = {"status", "name"}, *values[2];
  int i;
  values[0] = status;
  values[1] = name ? name : id;
  at = ringside_quote_(data, at, sizeof data - 128, id);
  for (i = 0; i < 2 && at < sizeof data - 128; ++i) {
    at += (size_t)snprintf(data + at, sizeof data - at, ",\"%s\":", members[i]);
    at = ringside_quote_(data, at, sizeof data - 128, values[i]);
  }
  if (r == NULL) return 0;
  if (at >= sizeof data - 128) return ++r->dropped, 0;
  if (isfinite(progress) && progress >= 0) {
    at += (size_t)snprintf(data + at, sizeof data - at, ",\"progress\":%.17g", progress);
  }
  memcpy(data + at, "}", 2);
  return ringside_send(r, "TaskStatusChanged", data);
}

/* An event that the server sends when this program ends without ringside_close(); it replaces the one before. NULL: there is none any more.
 * Returns 1, or 0, and changes nothing, when it is longer than 4,096 bytes, or while a will is on its way. */
static inline int ringside_will(ringside *r, const char *type, const char *data) {
  char *line = NULL;
  if (r == NULL) return 0;
  ringside_turn_(r);
  if (r->control_written > 0 && r->control_written < r->control_used) return 0;
  if (type != NULL) {
    size_t at, size = RINGSIDE_MOST_OF_WILL + 1;
    line = (char *)malloc(size);
    if (line == NULL) return 0;
    at = (size_t)snprintf(line, size, "{\"type\":\"will\",\"events\":[{\"event_type\":");
    at = ringside_quote_(line, at, size, type);
    if (at < size) at += (size_t)snprintf(line + at, size - at, ",\"data\":%s%s}]}\n", data ? data : "{}", r->inside);
    if (at >= size || strchr(line, '\n') != line + at - 1) {
      free(line);
      return 0;
    }
  }
  free(r->will);
  r->will = line;
  if (r->fd >= 0) { /* what is not begun is replaced, the hello stays before it */
    const char *hello = r->control_written == 0 && r->control_used > 0 && !r->withdraws && strncmp(r->control, RINGSIDE_HELLO, sizeof RINGSIDE_HELLO - 1) == 0 ? RINGSIDE_HELLO : "";
    r->withdraws = line == NULL && *hello == '\0';
    r->control_used = (size_t)snprintf(r->control, sizeof r->control, "%s%s", hello, line ? line : RINGSIDE_WITHDRAWN);
    r->control_written = 0;
  }
  ringside_turn_(r);
  return 1;
}

/* Waits up to `ms` until everything is acknowledged. Returns whether it is. */
static inline int ringside_flush(ringside *r, int ms) {
  const int64_t end = ringside_now_ms_() + ms;
  if (r == NULL) return 0;
  for (;;) {
    int64_t left;
    struct pollfd ready;
    ringside_turn_(r);
    left = end - ringside_now_ms_();
    if (r->used == 0 || left <= 0) return r->used == 0;
    ready.fd = r->fd;
    ready.events = (short)(POLLIN | (r->written < r->used ? POLLOUT : 0));
    poll(&ready, 1, left < 20 ? (int)left : 20);
  }
}

/* What cannot be said in time leaves the will as it is. */
static inline void ringside_close(ringside *r, int ms) {
  if (r == NULL) return;
  if (ringside_flush(r, ms) && r->will != NULL) ringside_will(r, NULL, NULL);
  if (r->fd >= 0) close(r->fd);
  free(r->will);
  free(r->buffer);
  free(r);
}

#endif
