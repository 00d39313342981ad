package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "hokus.ai/tidewatch/"

// order is the direction of imports: a package may import those before it.
var order = []string{
	"lambda/access", "lambda/cost", "lambda/internal/redact", "lambda/internal/result", "lambda/internal/condition", "lambda/check",
	"lambda/internal/trigger", "lambda/internal/probe", "lambda/internal/topology", "lambda/internal/diagnose", "lambda/internal/incident", "lambda/internal/report",
	"lambda/internal/awsapi", "lambda/internal/filestate", "lambda/internal/pipeline", "lambda/cmd/tidewatch",
}

// pure are the packages that decide: they reach no network and no SDK, not
// even through what they import.
var pure = []string{"lambda/access", "lambda/cost", "lambda/internal/redact", "lambda/internal/result", "lambda/internal/condition", "lambda/internal/topology", "lambda/internal/diagnose", "lambda/internal/incident", "lambda/internal/report"}

// arns is the parser of ARNs, which comes with the SDK and reaches nothing.
const arns = "github.com/aws/aws-sdk-go-v2/aws/arn"

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]listed{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(p.ImportPath, module)] = p
	}
}

func TestImportsPointOneWay(t *testing.T) {
	for path, p := range packages(t) {
		from := slices.Index(order, path)
		if from < 0 {
			continue
		}
		for _, imported := range p.Imports {
			name := strings.TrimPrefix(imported, module)
			if to := slices.Index(order, name); to > from || (to < 0 && name != imported) {
				t.Errorf("%s imports %s, which does not stand before it: %v", path, name, order)
			}
		}
	}
}

func TestPurePackagesReachNoNetwork(t *testing.T) {
	found := packages(t)
	for _, path := range pure {
		p, ok := found[path]
		if !ok {
			t.Fatalf("there is no package %s", path)
		}
		for _, dep := range p.Deps {
			if dep == "net" || strings.HasPrefix(dep, "net/http") || dep == "os/exec" || (strings.Contains(dep, "aws-sdk-go") && dep != arns) {
				t.Errorf("%s reaches %s", path, dep)
			}
		}
	}
}

// The programs carry the time zones: Lambda, and many a container, has none.
func TestProgramsHaveTimeZones(t *testing.T) {
	found := packages(t)
	for _, path := range []string{"lambda", "lambda/cmd/tidewatch"} {
		if !slices.Contains(found[path].Deps, "time/tzdata") {
			t.Errorf("%s does not embed time/tzdata: windows and summaries need time zones", path)
		}
	}
}

// The SDK and the CDK stay where the design has them.
func TestSDKsStayAtTheEdge(t *testing.T) {
	for path, p := range packages(t) {
		for _, imported := range p.Imports {
			if strings.Contains(imported, "awscdk") && !strings.HasPrefix(path, "cdk") {
				t.Errorf("%s imports %s: only cdk may", path, imported)
			}
			if strings.Contains(imported, "aws-sdk-go") && imported != arns && path != "lambda/internal/awsapi" && path != "lambda" && path != "lambda/cmd/tidewatch" {
				t.Errorf("%s imports %s: only lambda/internal/awsapi and the mains may", path, imported)
			}
		}
	}
}
