package transport

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// ServerOptions are for a server over gRPC. It reads Tracezip by the mere import of this package; these options make it
// say so in the initial metadata of its responses, and send no response with Tracezip, which many clients do
// not read. [WithMaxDecodedBytes] and [WithDictionary] count for the whole process, and besides it the server's own grpc.MaxRecvMsgSize.
func ServerOptions(options ...Option) ([]grpc.ServerOption, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	codec, err := settings.codecWith(settings.dictionary)
	if err != nil {
		return nil, err
	}
	theCompressor.decoder.Store(codec)
	counters, err := serverCounters(settings.meterProvider)
	if err != nil {
		return nil, err
	}
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(settings.advertise),
		grpc.StatsHandler(&grpcStats{server, &counters, settings.onError}),
	}, nil
}

func (s *settings) advertise(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if info.FullMethod == exportTraces {
		// They fail only where there is no stream, as in a test that calls this by hand.
		_ = grpc.SetHeader(ctx, s.offer())
		if server.coding(ctx) == negotiation.Token {
			_ = grpc.SetSendCompressor(ctx, encoding.Identity)
		}
	}
	return handle(ctx, request)
}
