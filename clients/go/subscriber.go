package ringside

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 10 * time.Second
	silence      = 90 * time.Second // without a sign of life, which comes every 30 s
	longestLine  = 16 << 20
)

// Message is an event, or, with Type, a message of the server: gap, replay_end, auth_expiring, error, close.
type Message struct {
	ID        string          `json:"id"`
	EventType string          `json:"event_type"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
	Metadata  json.RawMessage `json:"metadata"`
	Type      string          `json:"type"`
	Raw       json.RawMessage `json:"-"` // the whole line
}

// Refused is the error of a server that will not serve this, now or later.
type Refused struct {
	Status  int
	Message string
}

func (r *Refused) Error() string { return fmt.Sprintf("%d: %s", r.Status, r.Message) }

// Subscribe calls take for each message of address, an http or https URL of /ws, /logs or /metrics with the protocol's parameters. After
// a broken connection it continues after the last event. It returns the error of ctx or take, or a *Refused.
func Subscribe(ctx context.Context, address, token string, take func(Message) error) error {
	target, err := url.Parse(address)
	if err != nil {
		return err
	}
	last, pause := "", firstPause
	for {
		err := read(ctx, target, token, last, func(message Message) error {
			pause = firstPause
			if message.ID != "" && message.EventType != "" {
				last = message.ID
			}
			return take(message)
		})
		var final *finalError
		if asFinal(err, &final) {
			return final.cause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + time.Duration(rand.Int63n(int64(pause/2)))):
		}
		if pause *= 2; pause > longestPause {
			pause = longestPause
		}
	}
}

type finalError struct{ cause error }

func (f *finalError) Error() string { return f.cause.Error() }

func asFinal(err error, to **finalError) bool {
	final, is := err.(*finalError)
	*to = final
	return is
}

func read(ctx context.Context, target *url.URL, token, last string, take func(Message) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	address := *target
	if query := address.Query(); last != "" {
		query.Set("since", last)
		query.Del("tail")
		address.RawQuery = query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return &finalError{err}
	}
	request.Header.Set("Accept", "application/x-ndjson")
	if token = strings.TrimSpace(token); token != "" { // of a file, it may end with a newline
		request.Header.Set("Authorization", "Bearer "+token)
	}
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 65536))
		var said struct{ Message string }
		_ = json.Unmarshal(body, &said)
		refused := &Refused{answer.StatusCode, said.Message}
		switch answer.StatusCode {
		case 400, 401, 403, 404:
			return &finalError{refused}
		}
		return refused
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		watchdog.Reset(silence)
		if len(lines.Bytes()) == 0 {
			continue
		}
		message := Message{Raw: append([]byte(nil), lines.Bytes()...)}
		if err := json.Unmarshal(message.Raw, &message); err != nil {
			return err
		}
		if err := take(message); err != nil {
			return &finalError{err}
		}
	}
	return lines.Err()
}
