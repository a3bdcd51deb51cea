package measure

import "go/types"

// Exported counts what a package exports. Methods are those of exported types, interfaces left out.
type Exported struct {
	Types     int `json:"types"`
	Functions int `json:"functions"`
	Methods   int `json:"methods"`
}

// All is the sum.
func (e Exported) All() int { return e.Types + e.Functions + e.Methods }

func (e *Exported) add(f Exported) {
	e.Types += f.Types
	e.Functions += f.Functions
	e.Methods += f.Methods
}

func exported(p *types.Package) (e Exported) {
	for _, name := range p.Scope().Names() {
		switch o := p.Scope().Lookup(name).(type) {
		case *types.Func:
			if o.Exported() {
				e.Functions++
			}
		case *types.TypeName:
			if !o.Exported() {
				continue
			}
			e.Types++
			if t, ok := o.Type().(*types.Named); ok && !o.IsAlias() {
				for m := range t.Methods() {
					if m.Exported() {
						e.Methods++
					}
				}
			}
		}
	}
	return e
}
