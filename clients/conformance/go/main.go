// The conformance driver for Go; ../README.md describes the commands.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	ringside "ringside.example/go"
)

func number(text string) float64 {
	value, _ := strconv.ParseFloat(text, 64)
	return value
}

func main() {
	if os.Args[1] == "subscribe" { // URL TOKEN
		err := ringside.Subscribe(context.Background(), os.Args[2], os.Args[3], func(m ringside.Message) error {
			fmt.Println(string(m.Raw))
			return nil
		})
		fmt.Println("ended", err)
		return
	}
	most, _ := strconv.Atoi(os.Args[2])
	r := ringside.New(ringside.Options{Path: os.Args[1], MaxEvents: most})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := append(strings.Split(lines.Text(), "\t"), "", "", "", "")
		var message string
		switch words[0] {
		case "send":
			r.Send(words[1], json.RawMessage(words[2]), nil)
		case "log":
			_ = json.Unmarshal([]byte(words[2]), &message)
			r.Log(words[1], message, nil)
		case "metric":
			r.Metric(words[1], number(words[2]), nil)
		case "task":
			r.Task(words[1], words[2], map[string]any{"name": words[3], "progress": number(words[4])})
		case "will":
			if words[1] == "" {
				r.Will()
			} else {
				r.Will(ringside.Event{Type: words[1], Data: json.RawMessage(words[2])})
			}
		case "burst":
			for n := 0; n < int(number(words[1])); n++ {
				r.Log("INFO", fmt.Sprintf("burst %d", n), nil)
			}
		case "flush":
			done := 0
			if r.Flush(time.Duration(number(words[1])) * time.Millisecond) {
				done = 1
			}
			fmt.Println("flush", done)
		case "stats":
			fmt.Println("stats", r.Sent(), r.Dropped(), r.Rejected())
		}
	}
	r.Close(2 * time.Second)
}
