package measure

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"strings"
	"unicode/utf8"
)

// A file is the lines of one file, and what is long in it.
type file struct {
	Lines
	name string
	long []Place    // functions
	text []textLine // lines that have code, as it would be with one blank between all words
}

// A textLine is the words of a line of code.
type textLine struct {
	number int
	text   string
}

func readFile(path, name string) (*file, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &file{name: name}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f.count(source)
	f.functions(set, parsed)
	f.scan(source, afterImports(set, parsed))
	return f, nil
}

// count counts lines, and those that are wide.
func (f *file) count(source []byte) {
	f.Files = 1
	for line := range strings.Lines(string(source)) {
		f.All++
		if columns(strings.TrimRight(line, "\r\n")) > maxColumns {
			f.Wide++
		}
	}
}

// columns is how many columns a line takes, where a tab takes 4.
func columns(line string) int {
	return utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
}

// functions finds long functions.
func (f *file) functions(set *token.FileSet, parsed *ast.File) {
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			first, last := set.Position(fn.Pos()).Line, set.Position(fn.End()).Line
			if n := last - first + 1; n > maxFuncLines {
				f.long = append(f.long, Place{f.name, first, n, fn.Name.Name})
			}
		}
	}
}

// afterImports is the last line of the imports, or of the package clause. What stands there is alike in many files.
func afterImports(set *token.FileSet, parsed *ast.File) int {
	end := parsed.Name.End()
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			end = g.End()
		}
	}
	return set.Position(end).Line
}

// scan tells lines of code from comments, and keeps the words of those after the imports.
func (f *file) scan(source []byte, imports int) {
	set := token.NewFileSet()
	in := set.AddFile(f.name, -1, len(source))
	var s scanner.Scanner
	s.Init(in, source, nil, scanner.ScanComments)
	code, comments := map[int]bool{}, map[int]bool{}
	for {
		pos, tok, word := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && word == "\n" { // one that nobody wrote
			continue
		}
		if word == "" {
			word = tok.String()
		}
		kind := code
		if tok == token.COMMENT {
			kind = comments
		}
		first := in.Line(pos)
		for line := first; line <= first+strings.Count(word, "\n"); line++ {
			kind[line] = true
		}
		if tok != token.COMMENT && first > imports {
			f.word(first, word)
		}
	}
	f.Code = len(code)
	for line := range comments {
		if !code[line] {
			f.Comments++
		}
	}
}

// word adds a word to the text of a line.
func (f *file) word(line int, word string) {
	if n := len(f.text); n > 0 && f.text[n-1].number == line {
		f.text[n-1].text += " " + word
		return
	}
	f.text = append(f.text, textLine{line, word})
}
