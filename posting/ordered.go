// A small map in the order of insertion. Postings and parts must come out in the same order every time, or two runs of
// one program would write different journals.

package posting

// ordered is a small map that keeps the order in which its keys came. Payments have a handful of parts,
// for which a search is cheaper than a map; beyond, a map is made.
type ordered[K comparable, V any] struct {
	keys   []K
	values []*V
	index  map[K]int
	slab   []V // for values to come
}

const slab = 4 // values that are made at once

// searched is up to how many keys a search is faster than a map.
const searched = 16

// find returns the value of k, nil if there is none.
func (o *ordered[K, V]) find(k K) *V {
	if o.index != nil {
		if i, ok := o.index[k]; ok {
			return o.values[i]
		}
		return nil
	}
	for i := range o.keys {
		if o.keys[i] == k {
			return o.values[i]
		}
	}
	return nil
}

// add returns the value of k, a new zero if there was none.
func (o *ordered[K, V]) add(k K) (v *V, had bool) {
	if v := o.find(k); v != nil {
		return v, true
	}
	if o.keys == nil {
		o.keys, o.values = make([]K, 0, slab), make([]*V, 0, slab)
	}
	var old *V
	if o.values, old = longer(o.values); old != nil {
		var zero V
		*old, v = zero, old
	} else {
		if len(o.slab) == 0 {
			o.slab = make([]V, slab)
		}
		v, o.slab = &o.slab[0], o.slab[1:]
	}
	o.keys, o.values[len(o.keys)] = append(o.keys, k), v
	switch {
	case o.index != nil:
		o.index[k] = len(o.keys) - 1
	case len(o.keys) > searched:
		o.index = make(map[K]int, 4*searched)
		for i, k := range o.keys {
			o.index[k] = i
		}
	}
	return v, false
}

// emptied returns an empty map in the memory of this one, whose values are used again.
func (o *ordered[K, V]) emptied() ordered[K, V] {
	if o.index != nil { // rather than keep the memory of a giant for good
		return ordered[K, V]{}
	}
	return ordered[K, V]{keys: o.keys[:0], values: o.values[:0], slab: o.slab}
}

// longer returns a list with one more at its end: what was there before the list was cut short, nil if nothing was.
func longer[T any](list []*T) (_ []*T, old *T) {
	n := len(list)
	if n == cap(list) {
		return append(list, nil), nil
	}
	list = list[:n+1]
	return list, list[n]
}
