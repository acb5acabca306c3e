package transport

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// acceptKey is the initial metadata in which a server advertises, with the value "1".
const acceptKey = "tracezip-accept"

const exportTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

// grpcClient negotiates for the calls that export traces.
type grpcClient struct {
	*settings
	counters counters
	machines sync.Map // *negotiation.Machine by target
	mark     string   // of messages that are to be compressed with the dictionary; none: ""
}

// DialOptions are for the connection of an exporter over gRPC:
//
//	options, err := transport.DialOptions()
//	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithDialOption(options...))
//
// The fallback is the compression that the exporter was given, or else gzip. The level of the last call, and whether
// it predicts ids, count for the whole process, since a compressor of grpc-go has no settings.
func DialOptions(options ...Option) ([]grpc.DialOption, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	if err := theCompressor.setEncoder(settings); err != nil {
		return nil, err
	}
	c := &grpcClient{settings: settings}
	if c.mark, err = settings.markDictionary(); err != nil {
		return nil, err
	}
	if c.counters, err = clientCounters(settings.meterProvider); err != nil {
		return nil, err
	}
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(c.intercept),
		grpc.WithStatsHandler(&grpcStats{client, &c.counters, nil}),
	}, nil
}

func (c *grpcClient) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if method != exportTraces {
		return invoke(ctx, method, request, reply, conn, options...)
	}
	machine := c.machine(conn.Target())
	send := func(tracezip bool) (negotiation.Answer, error) {
		coding, options := c.choose(tracezip, options)
		mark := ""
		if tracezip && machine.WithDictionary() {
			mark, options = c.withMark(options)
		}
		var header, trailer metadata.MD
		options = append(options, grpc.Header(&header), grpc.Trailer(&trailer))
		err := invoke(client.with(ctx, coding, len(mark)), method, request, reply, conn, options...)
		return c.answer(err, header, trailer), err
	}
	tracezip := machine.Choose()
	answer, err := send(tracezip)
	if !machine.Answered(tracezip, answer) {
		return err
	}
	refusal := status.Convert(err)
	if answer = (negotiation.Answer{Class: negotiation.Lost}); ctx.Err() != nil {
		err = status.FromContextError(ctx.Err()).Err()
	} else {
		answer, err = send(false)
	}
	if machine.AnsweredAgain(answer) {
		c.counters.downgraded(ctx, refusal.Code().String())
		_, until := machine.State()
		c.onError(fmt.Errorf("%s refused Tracezip with %s: %s; it is left until %s", conn.Target(), refusal.Code(), refusal.Message(), until.Format("15:04:05")))
	}
	return err
}

// choose is the coding of a message, and the options with which it is sent.
func (c *grpcClient) choose(tracezip bool, options []grpc.CallOption) (string, []grpc.CallOption) {
	options = options[:len(options):len(options)]
	if tracezip {
		return negotiation.Token, append(options, grpc.UseCompressor(negotiation.Token))
	}
	coding := ""
	for _, option := range options {
		if chosen, ok := option.(grpc.CompressorCallOption); ok {
			coding = chosen.CompressorType
		}
	}
	if coding == "" && c.fallback != codingNone {
		return c.fallback, append(options, grpc.UseCompressor(c.fallback))
	}
	if coding == "" || coding == "identity" {
		return codingNone, options
	}
	return coding, options
}

// answer looks at what came back. Where there is neither header nor trailer, the server did not answer.
func (c *grpcClient) answer(err error, header, trailer metadata.MD) negotiation.Answer {
	said := status.Convert(err)
	switch said.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		if header.Len() == 0 && trailer.Len() == 0 {
			return negotiation.Answer{Class: negotiation.Lost}
		}
	}
	return negotiation.Answer{
		Class:      negotiation.ClassOfCode(said.Code(), said.Message()),
		Advertises: strings.Join(header.Get(acceptKey), "") == "1",
		Holds:      c.holds(header.Get(dictionaryKey)),
	}
}

func (c *grpcClient) machine(target string) *negotiation.Machine {
	machine, ok := c.machines.Load(target)
	if !ok {
		machine, _ = c.machines.LoadOrStore(target, c.negotiate())
	}
	return machine.(*negotiation.Machine)
}
