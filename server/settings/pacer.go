package settings

import "time"

// A pacer writes what comes too fast for a record each: soon after there is something to write, and ever more seldom
// while there goes on being something. What comes while it waits is in the same record.
type pacer struct {
	least, most time.Duration // between two writes
	told        chan struct{} // holds one
}

func newPacer(least, most time.Duration) pacer { return pacer{least, most, make(chan struct{}, 1)} }

// tell says that there is something to write.
func (p *pacer) tell() {
	select {
	case p.told <- struct{}{}:
	default: // it knows
	}
}

// run writes until closing is closed. What a write failed to write is tried again.
func (p *pacer) run(closing <-chan struct{}, write func() error) {
	wait := p.least
	for {
		select {
		case <-closing:
			return
		case <-p.told:
		}
		select {
		case <-closing:
			return
		case <-time.After(wait):
		}
		select {
		case <-p.told: // by what is written now
		default:
		}
		if write() != nil {
			p.tell()
		}
		select {
		case <-closing:
			return
		case <-p.told:
			p.tell()
			wait = min(2*wait, p.most)
		case <-time.After(wait):
			wait = p.least
		}
	}
}

// startPacers makes the background writers of a store.
func (s *Store) startPacers() {
	s.progress.pacer = newPacer(time.Second, 5*time.Second)
	s.refusals.pacer = newPacer(time.Second, 64*time.Second)
	for p, write := range map[*pacer]func() error{
		&s.progress.pacer: s.writeProgress, &s.refusals.pacer: s.writeRefusals,
	} {
		s.pacers.Go(func() {
			p.run(s.closing, func() error {
				err := write()
				if err != nil && s.o.Failed != nil {
					s.o.Failed(err)
				}
				return err
			})
		})
	}
}
