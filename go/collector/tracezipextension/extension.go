package tracezipextension

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport"
)

// tracezipExtension has no state but its ballast: each exporter and receiver gets a transport of its own.
type tracezipExtension struct {
	component.StartFunc
	component.ShutdownFunc
	config    *Config
	telemetry component.TelemetrySettings
	codec     *tracezip.Codec // for encoding: tracezip
	reader    *tracezip.Codec // the same, with the dictionary

	dictionary *tracezip.Dictionary // nil: none
	ballast    func() []byte
}

var (
	_ extension.Extension            = (*tracezipExtension)(nil)
	_ extensionmiddleware.HTTPClient = (*tracezipExtension)(nil)
	_ extensionmiddleware.HTTPServer = (*tracezipExtension)(nil)
	_ extensionmiddleware.GRPCClient = (*tracezipExtension)(nil)
	_ extensionmiddleware.GRPCServer = (*tracezipExtension)(nil)
	_ ptrace.Marshaler               = (*tracezipExtension)(nil)
	_ ptrace.Unmarshaler             = (*tracezipExtension)(nil)
)

// GetHTTPRoundTripper is for middlewares of an exporter.
func (e *tracezipExtension) GetHTTPRoundTripper(context.Context) (extensionmiddleware.WrapHTTPRoundTripperFunc, error) {
	return func(_ context.Context, next http.RoundTripper) (http.RoundTripper, error) {
		return transport.NewRoundTripper(next, e.options()...)
	}, nil
}

// GetHTTPHandler is for middlewares of a receiver.
func (e *tracezipExtension) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return transport.NewHandler(next, e.options()...)
	}, nil
}

// GetGRPCClientOptions is for middlewares of an exporter.
func (e *tracezipExtension) GetGRPCClientOptions(context.Context) ([]grpc.DialOption, error) {
	return transport.DialOptions(e.options()...)
}

// GetGRPCServerOptions is for middlewares of a receiver.
func (e *tracezipExtension) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	return transport.ServerOptions(e.options()...)
}

func (e *tracezipExtension) options() []transport.Option {
	if e.config.Mode != transport.ModeOff {
		e.ballast()
	}
	return append(e.config.options(),
		transport.WithDictionary(e.dictionary),
		transport.WithMeterProvider(e.telemetry.MeterProvider),
		transport.WithErrorHandler(func(err error) { e.telemetry.Logger.Warn("Tracezip", zap.Error(err)) }))
}
