package tracezipextension

import (
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
)

// parse is what a Collector does with the part of its configuration that is ours.
func parse(settings map[string]any) (*Config, error) {
	config := NewFactory().CreateDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(settings).Unmarshal(config); err != nil {
		return nil, err
	}
	return config, confmap.Validate(config)
}

func TestConfig(t *testing.T) {
	config, err := parse(nil)
	if err != nil || *config != (Config{Mode: "auto", Level: 1, MaxDecodedBytes: 64 << 20, ReprobeInterval: 10 * time.Minute, BallastMiB: 32}) {
		t.Errorf("%+v, %v", config, err)
	}
	config, err = parse(map[string]any{"mode": "eager", "level": 9, "max_decoded_bytes": 20 << 20, "reprobe_interval": "1m", "ballast_mib": 0, "predict_ids": true})
	if err != nil || config.PredictIDs == nil || !*config.PredictIDs {
		t.Fatalf("%+v, %v", config, err)
	}
	config.PredictIDs = nil
	if *config != (Config{Mode: "eager", Level: 9, MaxDecodedBytes: 20 << 20, ReprobeInterval: time.Minute}) {
		t.Errorf("%+v, %v", config, err)
	}
}

func TestWrongConfigIsNamed(t *testing.T) {
	for setting, c := range map[string]struct {
		value any
		says  string
	}{
		"mode":              {"always", `mode is "always"; it must be one of auto eager force off`},
		"level":             {0, "level is 0; it must be 1 to 9"},
		"max_decoded_bytes": {0, "max_decoded_bytes is 0; it must be at least 1"},
		"reprobe_interval":  {"-1s", "reprobe_interval is -1s; it must be above 0"},
		"ballast_mib":       {-1, "ballast_mib is -1; it must be 0 to 4096"},
		"levels":            {1, "has invalid keys: levels"},
	} {
		if _, err := parse(map[string]any{setting: c.value}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, not %s", setting, err, c.says)
		}
	}
	if _, err := parse(map[string]any{"max_decoded_bytes": int64(3 << 30)}); err == nil || !strings.Contains(err.Error(), "max_decoded_bytes is above 2 GiB") {
		t.Error(err)
	}
}

func TestFactory(t *testing.T) {
	factory := NewFactory()
	if err := componenttest.CheckConfigStruct(factory.CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), factory.CreateDefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := extension.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Error(err)
	}
	if err := extension.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
