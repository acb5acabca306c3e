package tracezipextension

import (
	"context"
	"sync"

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
	codec, err := c.codec(nil)
	if err != nil {
		return nil, err
	}
	dictionary, err := c.loadDictionary()
	if err != nil {
		return nil, err
	}
	reader, err := c.codec(dictionary)
	if err != nil {
		return nil, err
	}
	ballast := sync.OnceValue(func() []byte { return make([]byte, c.BallastMiB<<20) })
	return &tracezipExtension{
		config: c, telemetry: settings.TelemetrySettings, codec: codec, reader: reader, dictionary: dictionary, ballast: ballast,
	}, nil
}

func (c *Config) codec(dictionary *tracezip.Dictionary) (*tracezip.Codec, error) {
	return tracezip.NewCodec(tracezip.WithLevel(c.Level), tracezip.WithPredictIDs(c.predictsIDs()),
		tracezip.WithMaxDecodedBytes(c.MaxDecodedBytes), tracezip.WithDictionary(dictionary))
}
