package tracezipextension

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport"
)

// Config has the settings of the extension. Collectors that need several make several extensions: tracezip/fast, …
type Config struct {
	// Mode is when exporters send Tracezip: auto (once the other side has said that it reads it), eager (until
	// it is refused), force (always), off (never). Receivers read it in every mode. Default: auto.
	Mode transport.Mode `mapstructure:"mode"`
	// Level is 1 (fast) to 9 (small, and slow on both sides). Default: 1, with which an agent needs about as much
	// CPU as with zstd. All exporters over gRPC have the same one.
	Level int `mapstructure:"level"`
	// PredictIDs is whether ids are predicted from the generators that they are drawn from: those of the SDKs for Java,
	// Node, Python and Ruby. Spans of these become a tenth (Python) to a half (Node) smaller at level 1, and an agent
	// takes a few hundredths more CPU. Default: true above level 1.
	PredictIDs *bool `mapstructure:"predict_ids"`
	// MaxDecodedBytes is the most bytes of one request or message after decoding. Default: 64 MiB. Receivers over
	// gRPC have their own limit besides, max_recv_msg_size_mib.
	MaxDecodedBytes int `mapstructure:"max_decoded_bytes"`
	// ReprobeInterval is how long exporters send the fallback after Tracezip was refused; it doubles with each
	// further refusal in a row, up to a day. Default: 10m.
	ReprobeInterval time.Duration `mapstructure:"reprobe_interval"`
	// Dictionary is the path of a dictionary, which makes small requests smaller. Exporters use it for requests to
	// those who hold it; receivers hold it, and say so; messages with encoding: tracezip are read with it, and
	// written without, for nobody can be asked whether he holds it. Default: none.
	Dictionary string `mapstructure:"dictionary"`
	// BallastMiB is how many MiB of the heap stand for what the codec holds outside of it. The smaller the heap, the
	// more often it is collected, and codecs in Go have such memory. It is never touched, so it takes none itself,
	// but the rest of the heap may grow by as much before it is collected. Default: 32; none with mode off.
	BallastMiB int `mapstructure:"ballast_mib"`
}

// Validate names the setting that is wrong, and what it may be.
func (c *Config) Validate() error {
	err := transport.CheckOptions(c.options()...)
	if c.MaxDecodedBytes > maxMaxDecodedBytes {
		err = errors.Join(err, errors.New("max_decoded_bytes is above 2 GiB"))
	}
	if c.BallastMiB < 0 || c.BallastMiB > maxBallastMiB {
		err = errors.Join(err, fmt.Errorf("ballast_mib is %d; it must be 0 to %d", c.BallastMiB, maxBallastMiB))
	}
	dictionary, loadErr := c.loadDictionary()
	if dictionary != nil {
		dictionary.Close()
	}
	return errors.Join(err, loadErr)
}

const maxBallastMiB = 4096

// maxMaxDecodedBytes is the most that protobuf can have in one message.
const maxMaxDecodedBytes = 2 << 30

func (c *Config) options() []transport.Option {
	return []transport.Option{
		transport.WithMode(c.Mode),
		transport.WithLevel(c.Level),
		transport.WithPredictIDs(c.predictsIDs()),
		transport.WithMaxDecodedBytes(c.MaxDecodedBytes),
		transport.WithReprobeInterval(c.ReprobeInterval),
	}
}

func (c *Config) predictsIDs() bool {
	if c.PredictIDs == nil {
		return c.Level > defaultLevel
	}
	return *c.PredictIDs
}

// defaultLevel is lower than that of libraries, for an agent takes its CPU from others.
const defaultLevel = 1

func defaultConfig() component.Config {
	return &Config{
		Mode:            transport.ModeAuto,
		Level:           defaultLevel,
		MaxDecodedBytes: tracezip.DefaultMaxDecodedBytes,
		ReprobeInterval: transport.DefaultReprobeInterval,
		BallastMiB:      32,
	}
}
