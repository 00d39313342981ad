package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module   = "hokus.ai/tidewatch/"
	services = "github.com/aws/aws-sdk-go-v2/service/"
)

// prefixes are those of actions, where the SDK's package has another name.
var prefixes = map[string]string{"elasticloadbalancingv2": "elasticloadbalancing", "cloudwatchlogs": "logs"}

// TestActionsAreThoseCalled type-checks every package that imports the SDK and
// holds the operations in it against the table, both ways.
func TestActionsAreThoseCalled(t *testing.T) {
	var users []string
	for path, p := range list(t, module+"lambda/...") {
		if slices.ContainsFunc(p.Imports, isSDK) {
			users = append(users, path)
		}
	}
	if !slices.Contains(users, module+"lambda/internal/awsapi") {
		t.Fatalf("lambda/internal/awsapi is not among those that import the SDK: %v", users)
	}
	packages := list(t, append([]string{"-export", "-deps"}, users...)...)
	called := map[string][]string{} // action → where
	for _, path := range users {
		for action, where := range calls(t, packages[path], packages) {
			called[action] = append(called[action], where...)
		}
	}
	for _, action := range slices.Sorted(maps.Keys(called)) {
		if !Listed(action) {
			t.Errorf("%s is called at %s and not listed in access.Actions", action, strings.Join(called[action], ", "))
		}
	}
	for _, a := range Actions {
		if a.Via == "" && called[a.Name] == nil {
			t.Errorf("%s is listed, and nothing calls it", a.Name)
		}
		if a.Via != "" && called[a.Via] == nil {
			t.Errorf("%s is listed for the sake of %s, which nothing calls", a.Name, a.Via)
		}
	}
}

func isSDK(path string) bool { return strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2") }

type listed struct {
	ImportPath, Dir, Export string
	GoFiles, Imports        []string
}

// list asks the go command about packages; with -export they are compiled.
func list(t *testing.T, args ...string) map[string]listed {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Export,GoFiles,Imports"}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
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
		found[p.ImportPath] = p
	}
}

// calls returns the actions in a package, with where they are.
func calls(t *testing.T, p listed, all map[string]listed) map[string][]string {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if all[path].Export == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(all[path].Export)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: importer.ForCompiler(files, "gc", lookup)}
	if _, err := config.Check(p.ImportPath, files, parsed, info); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	note := func(action string, at token.Pos) {
		if action != "" {
			where := files.Position(at)
			found[action] = append(found[action], fmt.Sprintf("%s:%d", filepath.Base(where.Filename), where.Line))
		}
	}
	for id, used := range info.Uses {
		note(sdkAction(used), id.Pos())
	}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				note(ownAction(literal, info), literal.Pos())
			}
			return true
		})
	}
	return found
}

// sdkAction is the action behind a name of a service's package: a method of
// its client, however it is called, and the input of one, without which no call
// can be made, be it through an interface, a paginator or a waiter.
func sdkAction(used types.Object) string {
	if used.Pkg() == nil || !strings.HasPrefix(used.Pkg().Path(), services) {
		return ""
	}
	service := strings.TrimPrefix(used.Pkg().Path(), services)
	client, ok := used.Pkg().Scope().Lookup("Client").(*types.TypeName)
	if !ok {
		return ""
	}
	operation := strings.TrimSuffix(used.Name(), "Input")
	input := used.Pkg().Scope().Lookup(operation + "Input")
	method, _, _ := types.LookupFieldOrMethod(types.NewPointer(client.Type()), true, used.Pkg(), operation)
	if input == nil || method == nil || (used != input && used != method) {
		return ""
	}
	if prefix := prefixes[service]; prefix != "" {
		service = prefix
	}
	return service + ":" + operation
}

// ownAction is the action of an operation that is called without the SDK's
// client: a literal of the type operation.
func ownAction(literal *ast.CompositeLit, info *types.Info) string {
	named, ok := info.Types[literal].Type.(*types.Named)
	if !ok || named.Obj().Name() != "operation" || len(literal.Elts) != 2 {
		return ""
	}
	text := func(e ast.Expr) string {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
			return constant.StringVal(v)
		}
		return "?" // not a constant: then it cannot be listed either
	}
	_, operation, _ := strings.Cut(text(literal.Elts[1]), ".")
	return text(literal.Elts[0]) + ":" + operation
}
