package till

import "testing"

func TestTake(t *testing.T) { Open().Take(1) }
