package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages of the product from the bottom to the top, as docs/architecture.md has them. One imports those
// before it alone.
var rooms = []string{
	"internal/nearest", "internal/lsm", "money", "accounts", "ledger/journal", "ledger/journal/memjournal", "ledger/internal/codec", "ledger/internal/daily", "ledger/internal/index", "ledger", "chart",
	"internal/jsonl", "posting/wire", "posting/scheme", "posting", "internal/eventlines", "providers", "providers/tabular", "providers/bounds", "providers/objects",
	"providers/adyen", "providers/antom", "providers/paysafe", "providers/stripe", "providers/xendit", "providers/all",
	"reconcile/internal/shell", "reconcile/internal/ondisk", "reconcile", "reconcile/bank", "reconcile/ingest",
	"query", "export", "query/columns", "examples", "server/client", "internal/commands",
	"server/settings", "server/webhooks", "server/internal/sse", "server/runs", "server/signin", "server/console", "docs", "server/internal/openapi", "server", "server/daemon", "cmd/splitledger",
}

// TestArrows holds the imports of the product's packages to the order of the rooms.
func TestArrows(t *testing.T) {
	const module = "github.com/splitledger/splitledger/"
	for _, line := range list(t, "-f", `{{.ImportPath}}|{{join .Imports "|"}}`, "./...") {
		names := strings.Split(strings.ReplaceAll(line, module, ""), "|")
		from := slices.Index(rooms, names[0])
		if from < 0 {
			continue // the lab, and helpers of tests
		}
		for _, to := range names[1:] {
			if strings.Contains(line, module+to) && slices.Index(rooms[:from], to) < 0 {
				t.Errorf("%s imports %s, which is not below it", names[0], to)
			}
		}
	}
}

// TestGlossary looks whether each identifier in the first column of docs/glossary.md exists.
func TestGlossary(t *testing.T) {
	known := identifiers(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	terms := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1)
	if len(terms) < 40 {
		t.Errorf("the glossary has only %d terms", len(terms))
	}
	for _, term := range terms {
		if !known[term[1]] {
			t.Errorf("there is no %s in the code", term[1])
		}
	}
}

// TestPaths looks whether each file that docs/architecture.md names with its directory exists.
func TestPaths(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile("`([a-z_0-9]+/[a-z_0-9/]+\\.go)`").FindAllStringSubmatch(string(text), -1)
	if len(paths) < 20 {
		t.Errorf("the page names only %d files", len(paths))
	}
	for _, p := range paths {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(p[1]))); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", p[1], err)
		}
	}
}

// identifiers are what packages of the product export, and the fields and methods of that, as package.Name and
// package.Type.Name.
func identifiers(t *testing.T) map[string]bool {
	known := map[string]bool{}
	for _, room := range rooms {
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(room), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				declare(known, path.Base(room), d)
			}
		}
	}
	return known
}

func declare(known map[string]bool, room string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			of := d.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			if of, ok := of.(*ast.Ident); ok {
				name = of.Name + "." + name
			}
		}
		known[room+"."+name] = true
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					known[room+"."+n.Name] = true
				}
			case *ast.TypeSpec:
				known[room+"."+s.Name.Name] = true
				if st, ok := s.Type.(*ast.StructType); ok {
					for _, field := range st.Fields.List {
						for _, n := range field.Names {
							known[room+"."+s.Name.Name+"."+n.Name] = true
						}
					}
				}
			}
		}
	}
}
