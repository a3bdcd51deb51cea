package measure

import (
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Arrows are between the files of a package: one from each file to each other file that declares a name which it uses,
// be it a function, a type, a method or a field.
//
// Where the files can be put into an order in which all arrows run down, a reader can begin at one end. Up counts the
// arrows that run back up in the best order that was found, Cycle those between files that lead to each other.
type Arrows struct {
	All   int `json:"all"`
	Up    int `json:"up"`
	Cycle int `json:"in_cycles"`
}

func (a *Arrows) add(b Arrows) {
	a.All += b.All
	a.Up += b.Up
	a.Cycle += b.Cycle
}

// arrows counts the arrows between the files of a package.
func arrows(p *packages.Package) (a Arrows) {
	g := fileGraph(p)
	for _, to := range g {
		a.All += len(to)
	}
	a.Up = upward(g, order(g))
	a.Cycle = cyclic(g)
	return a
}

// A graph has, for each node, where its arrows lead. Nodes are numbers from 0.
type graph []map[int]bool

// fileGraph is the arrows between the files of a package, in the order of their names.
func fileGraph(p *packages.Package) graph {
	number := map[string]int{}
	for i, name := range slices.Sorted(slices.Values(p.CompiledGoFiles)) {
		number[name] = i
	}
	g := make(graph, len(number))
	for i := range g {
		g[i] = map[int]bool{}
	}
	for use, of := range p.TypesInfo.Uses {
		if of.Pkg() != p.Types || !of.Pos().IsValid() {
			continue
		}
		from, ok := number[p.Fset.Position(use.Pos()).Filename]
		to, known := number[p.Fset.Position(of.Pos()).Filename]
		if ok && known && from != to {
			g[from][to] = true
		}
	}
	return g
}

// upward counts the arrows that lead from a node to one before it.
func upward(g graph, order []int) (up int) {
	place := make([]int, len(g))
	for i, n := range order {
		place[n] = i
	}
	for from, all := range g {
		for to := range all {
			if place[to] < place[from] {
				up++
			}
		}
	}
	return up
}

// order puts the nodes into an order in which few arrows lead back. It is greedy: those that nothing leads to come
// first, those that lead nowhere last, and between them the one from which most arrows leave for each that comes (after
// Eades, Lin and Smyth). Then nodes are moved one by one for as long as that helps.
func order(g graph) []int {
	left := map[int]bool{}
	for n := range g {
		left[n] = true
	}
	var first, last []int
	for len(left) > 0 {
		best, most, sink := -1, 0, false
		for _, n := range slices.Sorted(maps.Keys(left)) {
			out, in := degrees(g, left, n)
			if out == 0 {
				best, sink = n, true
				break
			}
			if score := out - in; best < 0 || in == 0 || score > most {
				best, most = n, score
				if in == 0 {
					break
				}
			}
		}
		if sink {
			last = append(last, best)
		} else {
			first = append(first, best)
		}
		delete(left, best)
	}
	slices.Reverse(last)
	return improve(g, append(first, last...))
}

// degrees counts the arrows of a node among those that are left.
func degrees(g graph, left map[int]bool, n int) (out, in int) {
	for other := range left {
		if g[n][other] {
			out++
		}
		if g[other][n] {
			in++
		}
	}
	return out, in
}

// improve moves each node to the place where fewest of its arrows lead back, until no move helps.
func improve(g graph, order []int) []int {
	for better := true; better; {
		better = false
		for _, n := range slices.Clone(order) {
			from := slices.Index(order, n)
			to, gain := bestPlace(g, order, from)
			if gain > 0 {
				order = slices.Insert(slices.Delete(order, from, from+1), to, n)
				better = true
			}
		}
	}
	return order
}

// bestPlace is where a node would have fewest arrows back, and how many fewer.
func bestPlace(g graph, order []int, from int) (to, gain int) {
	n := order[from]
	for _, step := range []int{-1, 1} {
		for saved, at := 0, from+step; at >= 0 && at < len(order); at += step {
			passed := order[at]
			toPassed, fromPassed := count(g[n][passed]), count(g[passed][n])
			saved += step * (fromPassed - toPassed) // downwards, its arrows to what it passes begin to lead back
			if saved > gain {
				to, gain = at, saved
			}
		}
	}
	return to, gain
}

func count(arrow bool) int {
	if arrow {
		return 1
	}
	return 0
}

// cyclic counts the arrows between nodes that lead to each other, directly or not.
func cyclic(g graph) (n int) {
	reach := make([]map[int]bool, len(g))
	for from := range g {
		reach[from] = map[int]bool{}
		walk(g, from, reach[from])
	}
	for from, all := range g {
		for to := range all {
			if reach[to][from] {
				n++
			}
		}
	}
	return n
}

// walk marks what can be reached from a node.
func walk(g graph, from int, reached map[int]bool) {
	for to := range g[from] {
		if !reached[to] {
			reached[to] = true
			walk(g, to, reached)
		}
	}
}
