package posting

import "testing"

// ProvokeUnauthenticated is what provokes unauthenticated. Adapters of providers do, which this package is used by and does not use.
var ProvokeUnauthenticated func(t *testing.T) (possible bool, err error)
