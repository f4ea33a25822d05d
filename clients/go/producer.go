// Package ringside sends events to Ringside and follows them. Standard library alone.
package ringside

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"sync"
	"time"
)

const (
	hello      = `{"type":"hello","ack":true}` + "\n"
	withdrawn  = `{"type":"will","events":[]}` + "\n"
	mostOfWill = 4096 // bytes; the server takes no longer one
	retry      = 100 * time.Millisecond
	batch      = 500 // events in one write
)

// Options of a producer. The zero value is usual.
type Options struct {
	Path      string // of the socket; $RINGSIDE_RUN_DIR/events.sock if empty
	MaxEvents int    // that are kept; 10,000 if 0
	MaxBytes  int    // of them; 8 MiB if 0
}

// Producer sends events. What the server has not acknowledged is kept, within bounds, and sent again over the next connection, so
// an event may arrive twice after a broken one. What does not fit is dropped, the new events first, and counted. Safe for concurrent use.
type Producer struct {
	options Options
	inside  map[string]any

	mutex                   sync.Mutex
	changed                 *sync.Cond
	waiting                 [][]byte // not acknowledged; the first `written` are on their way
	written, bytes          int
	sent, dropped, rejected uint64
	started, closed         bool
	connection              net.Conn
	will                    []byte // a line, written over each connection
	isWillDue               bool   // it is still to be written over this one
}

// New makes a producer. It connects with the first event.
func New(options Options) *Producer {
	if options.Path == "" {
		directory := os.Getenv("RINGSIDE_RUN_DIR")
		if directory == "" {
			directory = "/run/ringside"
		}
		options.Path = directory + "/events.sock"
	}
	if options.MaxEvents == 0 {
		options.MaxEvents = 10_000
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = 8 << 20
	}
	p := &Producer{options: options, inside: map[string]any{}}
	p.changed = sync.NewCond(&p.mutex)
	for key, name := range map[string]string{"task_id": "RINGSIDE_TASK_ID", "workflow_id": "RINGSIDE_WORKFLOW_ID"} {
		if value := os.Getenv(name); value != "" {
			p.inside[key] = value
		}
	}
	return p
}

// Event is one of a will.
type Event struct {
	Type     string
	Data     any
	Metadata map[string]any
}

// Will leaves events that the server sends when this program ends without Close; without any, there is no will any more. It replaces the one
// before. It returns false, and changes nothing, for more than 8 events or 4,096 bytes.
func (p *Producer) Will(events ...Event) bool {
	list := make([]map[string]any, 0, len(events))
	for _, each := range events {
		list = append(list, p.event(each.Type, each.Data, each.Metadata))
	}
	line, err := json.Marshal(map[string]any{"type": "will", "events": list})
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err != nil || p.closed || len(events) > 8 || len(line) >= mostOfWill {
		return false
	}
	p.will = nil
	if len(events) > 0 {
		p.will = append(line, '\n')
	}
	p.isWillDue = true
	p.start()
	return true
}

func (p *Producer) event(eventType string, data any, metadata map[string]any) map[string]any {
	event := map[string]any{"event_type": eventType, "data": data}
	if len(metadata)+len(p.inside) > 0 {
		event["metadata"] = merged(p.inside, metadata)
	}
	return event
}

// start wakes the goroutine, or makes it, with the lock held.
func (p *Producer) start() {
	if !p.started {
		p.started = true
		go p.run()
	}
	p.changed.Broadcast()
}

// Send returns whether the event will be sent; false when it was dropped.
func (p *Producer) Send(eventType string, data any, metadata map[string]any) bool {
	line, err := json.Marshal(p.event(eventType, data, metadata)) // invalid UTF-8 becomes U+FFFD
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err != nil || p.closed || len(p.waiting) >= p.options.MaxEvents || p.bytes+len(line) >= p.options.MaxBytes {
		p.dropped++
		return false
	}
	line = append(line, '\n')
	p.waiting = append(p.waiting, line)
	p.bytes += len(line)
	p.sent++
	p.start()
	return true
}

// Log sends a LogEntry; more: further members of its data.
func (p *Producer) Log(level, message string, more map[string]any) bool {
	return p.Send("LogEntry", merged(map[string]any{"level": level, "message": message}, more), nil)
}

// Metric sends a MetricUpdate. A value that is not finite is dropped: JSON has none.
func (p *Producer) Metric(name string, value float64, more map[string]any) bool {
	return p.Send("MetricUpdate", merged(map[string]any{"metric_name": name, "metric_type": "gauge", "value": value}, more), nil)
}

// Task sends a TaskStatusChanged.
func (p *Producer) Task(id, status string, more map[string]any) bool {
	return p.Send("TaskStatusChanged", merged(map[string]any{"task_id": id, "status": status}, more), nil)
}

// Workflow sends a WorkflowProgressUpdate.
func (p *Producer) Workflow(id string, more map[string]any) bool {
	return p.Send("WorkflowProgressUpdate", merged(map[string]any{"workflow_id": id}, more), nil)
}

// Sent, Dropped and Rejected: accepted for sending, did not fit, refused by the server.
func (p *Producer) Sent() uint64     { return p.count(&p.sent) }
func (p *Producer) Dropped() uint64  { return p.count(&p.dropped) }
func (p *Producer) Rejected() uint64 { return p.count(&p.rejected) }

func (p *Producer) count(value *uint64) uint64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return *value
}

// Flush waits until everything is acknowledged, and returns whether it is.
func (p *Producer) Flush(timeout time.Duration) bool {
	return p.wait(time.Now().Add(timeout), func() bool { return len(p.waiting) == 0 })
}

func (p *Producer) wait(end time.Time, isTrue func() bool) bool {
	timer := time.AfterFunc(time.Until(end), p.changed.Broadcast)
	defer timer.Stop()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for !isTrue() && time.Now().Before(end) {
		p.changed.Wait()
	}
	return isTrue()
}

// Close sends what is left, withdraws the will, and ends the goroutine. It returns whether everything was acknowledged. What cannot be said
// in time leaves the will as it is.
func (p *Producer) Close(timeout time.Duration) bool {
	end := time.Now().Add(timeout)
	done := p.Flush(timeout)
	if done && p.hasWill() && p.Will() {
		p.wait(end, func() bool { return p.connection == nil || !p.isWillDue })
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.closed = true
	if p.connection != nil {
		p.connection.Close()
	}
	p.changed.Broadcast()
	return done
}

func (p *Producer) hasWill() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.will != nil
}

func (p *Producer) run() {
	for {
		connection, err := net.Dial("unix", p.options.Path)
		p.mutex.Lock()
		if p.closed {
			p.mutex.Unlock()
			if err == nil {
				connection.Close()
			}
			return
		}
		p.written = 0
		p.isWillDue = p.will != nil
		if err == nil {
			p.connection = connection
		}
		p.mutex.Unlock()
		if err == nil {
			p.talk(connection)
			p.mutex.Lock()
			p.connection = nil
			p.changed.Broadcast()
			p.mutex.Unlock()
		}
		time.Sleep(retry)
	}
}

// talk sends until the connection breaks; another goroutine reads the answers.
func (p *Producer) talk(connection net.Conn) {
	ended := false
	go func() {
		p.read(connection)
		connection.Close()
		p.mutex.Lock()
		ended = true
		p.changed.Broadcast()
		p.mutex.Unlock()
	}()
	if _, err := connection.Write([]byte(hello)); err != nil {
		connection.Close()
	}
	for {
		p.mutex.Lock()
		for !ended && !p.closed && !p.isWillDue && p.written >= len(p.waiting) {
			p.changed.Wait()
		}
		if ended || p.closed {
			closed := p.closed
			p.mutex.Unlock()
			if closed {
				connection.Close()
			}
			return
		}
		var text []byte
		will, saysWill := p.will, p.isWillDue && p.will != nil
		if saysWill {
			text = append(text, will...)
		}
		end := p.written + batch
		if end > len(p.waiting) {
			end = len(p.waiting)
		}
		for _, line := range p.waiting[p.written:end] {
			text = append(text, line...)
		}
		p.written = end
		if p.isWillDue && !saysWill && end == len(p.waiting) { // the end of a run is said before
			saysWill = true
			text = append(text, withdrawn...)
		}
		p.mutex.Unlock()
		_, err := connection.Write(text)
		if err == nil && saysWill {
			p.mutex.Lock()
			p.isWillDue = string(will) != string(p.will) // another one was left meanwhile
			p.changed.Broadcast()
			p.mutex.Unlock()
		}
		if err != nil {
			connection.Close()
			p.mutex.Lock()
			for !ended {
				p.changed.Wait()
			}
			p.mutex.Unlock()
			return
		}
	}
}

func (p *Producer) read(connection net.Conn) {
	acknowledged := 0
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		var answer struct {
			Ack   int
			Error string
			Line  *int
			Count uint64
		}
		if json.Unmarshal(lines.Bytes(), &answer) != nil {
			continue
		}
		p.mutex.Lock()
		if answer.Error != "" {
			p.rejected += answer.Count
			if answer.Line != nil {
				p.rejected++
			}
		}
		for ; acknowledged < answer.Ack && p.written > 0; acknowledged++ {
			p.bytes -= len(p.waiting[0])
			p.waiting = p.waiting[1:]
			p.written--
		}
		p.changed.Broadcast()
		p.mutex.Unlock()
	}
}

func merged(some, more map[string]any) map[string]any {
	all := make(map[string]any, len(some)+len(more))
	for _, each := range []map[string]any{some, more} {
		for key, value := range each {
			all[key] = value
		}
	}
	return all
}
