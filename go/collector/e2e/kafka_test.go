package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const producer = `
extensions: {tracezip: }
receivers: {otlp: {protocols: {http: {endpoint: PORT}}}}
exporters: {kafka: {brokers: [BROKER], traces: {topic: spans, encoding: tracezip}, producer: {compression: none}}}
service:
  extensions: [tracezip]
  pipelines: {traces: {receivers: [otlp], exporters: [kafka]}}
`

const consumer = `
extensions: {tracezip: }
receivers: {kafka: {brokers: [BROKER], initial_offset: earliest, traces: {topics: [spans], encoding: tracezip}}}
exporters: {otlphttp: {endpoint: "SINK", compression: none}}
service:
  extensions: [tracezip]
  pipelines: {traces: {receivers: [kafka], exporters: [otlphttp]}}
`

// A topic of frames, between two Collectors; and before the producer was switched over, of plain OTLP.
func TestKafka(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "spans"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	address := broker.ListenAddrs()[0]
	url, got := sink(t)
	port, sent := freePort(t), new(spans)
	settings := config(producer, "PORT", port, "BROKER", address)
	for _, round := range []string{strings.Replace(settings, ", encoding: tracezip", "", 1), settings} {
		p := start(t, "producer", round)
		for _, otlp := range requests(t, "python_shop") {
			sent.add(t, otlp)
			send(t, port, otlp)
		}
		p.stop(syscall.SIGTERM)
	}
	start(t, "consumer", config(consumer, "BROKER", address, "SINK", url))
	eventually(t, "all spans", func() bool { return got.missing(sent) == 0 })
	got.check(t, sent, true)
	plain, frames := records(t, address, len(requests(t, "python_shop")))
	t.Logf("%d bytes of OTLP, %d as frames", plain, frames)
	if frames*10 > plain {
		t.Error("the frames are too large")
	}
}

// records are the bytes of the records in the topic; n of them are plain, and as many are frames.
func records(t *testing.T, broker string, n int) (plain, frames int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics("spans"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for seen := 0; seen < 2*n; {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, record := range fetches.Records() {
			seen++
			if record.Value[0]&7 == 7 { // as no protobuf message begins
				frames += len(record.Value)
			} else {
				plain += len(record.Value)
			}
		}
	}
	return plain, frames
}
