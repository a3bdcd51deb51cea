// Package measure counts what says something of how a Go module reads: its lines and comments, what its packages
// export, how the files of a package lean on each other, and code that is there twice.
//
// Product code is what the module's programs are built from, and main packages themselves. The directories cmd/lab and
// internal/lab are the lab. Packages that no program of the product is built from help tests. Files that end in
// _test.go are tests wherever they are. All but product code is counted by its lines alone.
package measure

import (
	"cmp"
	"context"
	"fmt"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Limits that are worth a look beyond.
const (
	maxColumns   = 120 // of a line, a tab being 4
	maxFuncLines = 60
	maxFileLines = 500
	runLines     = 12 // of a run that is there twice
)

// A Report is what was measured of a module.
type Report struct {
	Product  Package   `json:"product"` // all packages together
	Packages []Package `json:"packages"`

	Lab     Lines    `json:"lab"`
	Helpers Lines    `json:"test_helpers"`
	Tests   Lines    `json:"tests"`
	Dirs    []string `json:"test_helper_directories"` // what was taken for test helpers
	LabDirs []string `json:"lab_directories"`

	Twins     []Twin  `json:"equal_runs"`
	LongFuncs []Place `json:"long_functions"`
	LongFiles []Place `json:"long_files"`
}

// A Package is what was measured of one package.
type Package struct {
	Dir string `json:"directory"`
	Lines
	Exported Exported `json:"exported"`
	Arrows   Arrows   `json:"arrows"`
}

// Lines are lines of text. A line that has code and a comment is one of code.
type Lines struct {
	Files    int `json:"files"`
	All      int `json:"lines"`
	Code     int `json:"code"`
	Comments int `json:"comments"`
	Wide     int `json:"wide"` // of more than 120 columns
}

// CommentShare is the share of comments among lines that are not blank.
func (l Lines) CommentShare() float64 { return share(l.Comments, l.Code+l.Comments) }

// WideShare is the share of wide lines among all.
func (l Lines) WideShare() float64 { return share(l.Wide, l.All) }

func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }

func (l *Lines) add(m Lines) {
	l.Files += m.Files
	l.All += m.All
	l.Code += m.Code
	l.Comments += m.Comments
	l.Wide += m.Wide
}

// A Place is lines of a file, from 1.
type Place struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Lines int    `json:"lines"`
	Name  string `json:"name,omitempty"`
}

// Measure measures the module in a directory.
func Measure(ctx context.Context, dir string) (*Report, error) {
	m, err := Load(ctx, dir, packages.LoadSyntax)
	if err != nil {
		return nil, err
	}
	r := &Report{Dirs: m.dirs(helper), LabDirs: m.dirs(lab)}
	var product []*file
	for _, p := range m.packages {
		if err := m.tests(p, &r.Tests); err != nil {
			return nil, err
		}
		files, err := m.files(p)
		if err != nil {
			return nil, err
		}
		lines := sum(files)
		switch m.kind(p) {
		case lab:
			r.Lab.add(lines)
		case helper:
			r.Helpers.add(lines)
		default:
			product = append(product, files...)
			of := Package{Dir: m.dir(p), Lines: lines, Exported: exported(p.Types), Arrows: arrows(p)}
			r.Packages = append(r.Packages, of)
			r.Product.add(of)
		}
	}
	r.Twins = twins(product)
	for _, f := range product {
		r.LongFuncs = append(r.LongFuncs, f.long...)
		if f.All > maxFileLines {
			r.LongFiles = append(r.LongFiles, Place{File: f.name, Line: 1, Lines: f.All})
		}
	}
	return r, nil
}

func (p *Package) add(q Package) {
	p.Lines.add(q.Lines)
	p.Exported.add(q.Exported)
	p.Arrows.add(q.Arrows)
}

func sum(files []*file) (l Lines) {
	for _, f := range files {
		l.add(f.Lines)
	}
	return l
}

// A Module is the packages of a module, each of a kind.
type Module struct {
	root     string
	path     string
	packages []*packages.Package
	built    map[string]bool // what the product's programs are built from
}

// A kind of package.
type kind int

const (
	product kind = iota
	lab
	helper
)

// Load loads the packages of the module in a directory.
func Load(ctx context.Context, dir string, mode packages.LoadMode) (*Module, error) {
	const always = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedModule
	config := &packages.Config{Context: ctx, Dir: dir, Mode: mode | always}
	loaded, err := packages.Load(config, "./...")
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s: %w", p.PkgPath, p.Errors[0])
		}
	}
	if len(loaded) == 0 || loaded[0].Module == nil {
		return nil, fmt.Errorf("expected packages of a Go module in %s, found none", dir)
	}
	slices.SortFunc(loaded, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	m := &Module{root: loaded[0].Module.Dir, path: loaded[0].Module.Path, packages: loaded, built: map[string]bool{}}
	for _, p := range loaded {
		if p.Name == "main" && !m.inLab(p.PkgPath) {
			m.build(p)
		}
	}
	return m, nil
}

// build marks what a package is built from.
func (m *Module) build(p *packages.Package) {
	if m.built[p.PkgPath] {
		return
	}
	m.built[p.PkgPath] = true
	for _, imported := range p.Imports {
		m.build(imported)
	}
}

func (m *Module) inLab(path string) bool {
	dir := strings.TrimPrefix(path, m.path+"/") + "/"
	return strings.HasPrefix(dir, "cmd/lab/") || strings.HasPrefix(dir, "internal/lab/")
}

func (m *Module) kind(p *packages.Package) kind {
	switch {
	case m.inLab(p.PkgPath):
		return lab
	case !m.built[p.PkgPath]:
		return helper
	}
	return product
}

// dir is the directory of a package in the module.
func (m *Module) dir(p *packages.Package) string {
	if p.PkgPath == m.path {
		return "."
	}
	return strings.TrimPrefix(p.PkgPath, m.path+"/")
}

// dirs are the directories of packages of a kind.
func (m *Module) dirs(k kind) (dirs []string) {
	for _, p := range m.packages {
		if m.kind(p) == k {
			dirs = append(dirs, m.dir(p))
		}
	}
	return dirs
}

// files reads the files of a package, those for other systems too, but tests.
func (m *Module) files(p *packages.Package) (files []*file, err error) {
	for _, path := range slices.Sorted(slices.Values(append(slices.Clone(p.GoFiles), p.IgnoredFiles...))) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := m.file(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// tests counts the tests of a package.
func (m *Module) tests(p *packages.Package, into *Lines) error {
	paths, err := filepath.Glob(filepath.Join(m.root, m.dir(p), "*_test.go"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		f, err := m.file(path)
		if err != nil {
			return err
		}
		into.add(f.Lines)
	}
	return nil
}

// file reads a file, which gets its name in the module.
func (m *Module) file(path string) (*file, error) {
	name, err := filepath.Rel(m.root, path)
	if err != nil {
		return nil, err
	}
	return readFile(path, filepath.ToSlash(name))
}

// Locate finds a file by its import path and name, and tells whether it is of the product.
func (m *Module) Locate(file string) (path string, of bool) {
	dir := strings.TrimPrefix(strings.TrimPrefix(file, m.path), "/")
	return filepath.Join(m.root, filepath.FromSlash(dir)), !m.inLab(pathpkg.Dir(file)) && m.built[pathpkg.Dir(file)]
}

// Dir is a directory as it is called in the module.
func (m *Module) Dir(path string) string {
	dir, err := filepath.Rel(m.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(dir)
}
