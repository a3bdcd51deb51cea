package bench

import "time"

// watchMemory looks at the memory of the process many times a second until the function it returns is called, which returns the most there was.
func watchMemory() (stop func() uint64) {
	end, most := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		peak := anonymous()
		for {
			select {
			case <-tick.C:
				peak = max(peak, anonymous())
			case <-end:
				most <- max(peak, anonymous())
				return
			}
		}
	}()
	return func() uint64 {
		close(end)
		return <-most
	}
}
