package tracezipextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	tracezip "github.com/tracezip/tracezip/go"
)

// NewFactory is what a Collector is built with.
func NewFactory() extension.Factory {
	return extension.NewFactory(component.MustNewType("tracezip"), defaultConfig, create, component.StabilityLevelAlpha)
}

func create(_ context.Context, settings extension.Settings, config component.Config) (extension.Extension, error) {
	c := config.(*Config)
	codec, err := tracezip.NewCodec(tracezip.WithLevel(c.Level), tracezip.WithMaxDecodedBytes(c.MaxDecodedBytes))
	if err != nil {
		return nil, err
	}
	return &tracezipExtension{config: c, telemetry: settings.TelemetrySettings, codec: codec}, nil
}
