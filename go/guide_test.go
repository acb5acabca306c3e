package tracezip_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The guide as its reader does it: its files in an empty folder, its commands in their order, a home of its
// own. What it says comes out must come out.
func TestGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	for _, tool := range []string{"bash", "cargo", "pkg-config"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	guide, err := os.ReadFile("../docs/guide/go.md")
	if err != nil {
		t.Fatal(err)
	}
	root, folder := must[string](t)(filepath.Abs("..")), t.TempDir()
	// The same each time: the go command keeps what pkg-config once said for this package.
	home := filepath.Join(root, "target", "go-guide-home")
	if err := errors.Join(os.RemoveAll(home), os.MkdirAll(home, 0o755)); err != nil {
		t.Fatal(err)
	}
	script, promised := "", []string{}
	for i, block := range strings.Split(string(guide), "```") {
		language, text, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0: // between blocks
		case language == "console" && strings.HasPrefix(text, "cargo xtask"):
			script += "cd '" + root + "'\n" + text + "cd '" + folder + "'\n"
		case language == "console":
			script += text
		case language == "text":
			promised = append(promised, strings.Split(text, "\n")...)
		case language == "go": // a file; its name is in the first line, a comment
			name, _, _ := strings.Cut(strings.TrimPrefix(text, "// "), "\n")
			path := filepath.Join(folder, name)
			os.MkdirAll(filepath.Dir(path), 0o755)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	printed := sh(t, script, folder, home)
	for _, line := range promised {
		if !strings.Contains(printed, line+"\n") {
			t.Errorf("not printed: %s\n%s", line, printed)
		}
	}
}

// sh runs a script with another home for what is installed, and the old one for what tools keep.
func sh(t *testing.T, script, folder, home string) string {
	command := exec.Command("bash", "-euo", "pipefail", "-c", script)
	command.Dir = folder
	command.Env = append(os.Environ(), "HOME="+home, "PKG_CONFIG_PATH=", "LD_LIBRARY_PATH=")
	for variable, fallback := range map[string]string{
		"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "GOPATH": "go", "GOCACHE": ".cache/go-build",
	} {
		if os.Getenv(variable) == "" {
			command.Env = append(command.Env, variable+"="+filepath.Join(os.Getenv("HOME"), fallback))
		}
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}
