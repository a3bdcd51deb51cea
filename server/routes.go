package server

import (
	"cmp"
	"reflect"
	"slices"
)

// allRoutes is the table of all routes, by path.
func allRoutes() []*Route {
	all := slices.Concat([]*Route{metricsRoute()}, baseRoutes(), documentRoutes(), pageRoutes(), adminRoutes(), hookRoutes(),
		eventRoutes(), commandRoutes(), balanceRoutes(), accountRoutes(), paymentRoutes(), reportRoutes(), bookRoutes(), journalRoutes(),
		intakeRoutes(), runRoutes())
	all = withLists(all)
	slices.SortStableFunc(all, func(a, b *Route) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
	return all
}

func typeOf[T any]() reflect.Type     { return reflect.TypeFor[T]() }
func paramsType[P any]() reflect.Type { return reflect.TypeFor[P]() }
