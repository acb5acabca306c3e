package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The Collector of these tests is that of the manifest: the same components at the same versions. That the builder
// makes one of it is tried by hand (docs/guide/collector.md): it takes minutes.
func TestManifest(t *testing.T) {
	manifest, err := os.ReadFile("../otelcol-tracezip.yaml")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("otelcol/main.go")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`- gomod: (\S+) (v\S+)`).FindAllStringSubmatch(string(manifest), -1)
	if len(all) < 10 {
		t.Fatal("only these modules: ", all)
	}
	for _, module := range all {
		if version := module[1] + " " + module[2]; !strings.Contains(string(modules), version+"\n") && !strings.Contains(module[1], "tracezip") {
			t.Error("go.mod has another version of ", version)
		}
		if !strings.Contains(string(source), `"`+module[1]+`"`) {
			t.Error("otelcol/main.go has no ", module[1])
		}
	}
}

// The configurations to start from are valid.
func TestExamples(t *testing.T) {
	path, err := collectorBinary()
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(examples) < 4 {
		t.Fatal(examples, err)
	}
	all := requests(t, "smallreq")
	dictionary := filepath.Join(t.TempDir(), "shop.dict")
	train(t, all[:len(all)/8], dictionary)
	for _, example := range examples {
		validate := exec.Command(path, "validate", "--config", example)
		validate.Env = append(os.Environ(), "DICTIONARY="+dictionary)
		if output, err := validate.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", example, err, output)
		}
	}
}
