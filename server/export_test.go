package server

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// For tests of the document.
type Sample = sample

// DocumentExamples are those of the document.
func DocumentExamples() ([]*Sample, error) { return readExamples(examplesText) }

// ReadExamples reads examples from a text.
func ReadExamples(text string) ([]*Sample, error) { return readExamples(text) }

// DocumentProblems lists what the document could not be made of.
func (s *Server) DocumentProblems() ([]string, error) {
	d, err := s.document()
	if err != nil {
		return nil, err
	}
	return d.problems, nil
}

// Params lists the parameters of a route: name and tag of each.
func (r *Route) ParamDocs() map[string]string {
	docs := map[string]string{}
	if r.Params != nil {
		for _, p := range fields(r.Params) {
			docs[p.name] = p.field.Tag.Get("doc")
		}
	}
	return docs
}

// HasMetric reports whether a server has a metric, though nothing has been counted yet.
func (s *Server) HasMetric(name string) bool {
	all := make(chan *prometheus.Desc)
	go func() {
		s.metrics.registry.Describe(all)
		close(all)
	}()
	found := false
	for d := range all {
		found = found || strings.Contains(d.String(), `fqName: "`+prefix+name+`"`)
	}
	return found
}
