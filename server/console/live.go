package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/internal/sse"
	"github.com/splitledger/splitledger/server/settings"
)

const (
	// calm is how long a page hears nothing after it heard of a record: a thousand in a second are one change to it.
	calm = 500 * time.Millisecond
	// watch is how often a feed looks whether its session is still good.
	watch = 15 * time.Second
)

// byItself marks requests that no person made: they do not keep a session from ending.
const byItself = "Console-Live"

// feed tells a page which record the books have reached, as they reach it. The page asks for what has changed.
func (c *Console) feed(w http.ResponseWriter, r *http.Request) {
	r.Header.Set(byItself, "1")
	v, err := c.view(&pageOf{scope: settings.Read}, r)
	if err != nil {
		code := http.StatusUnauthorized
		if !errors.Is(err, errSignedOut) {
			code, _ = status(err)
		}
		http.Error(w, err.Error(), code)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(c.stopping, cancel)()
	err = sse.Serve(w, r.WithContext(ctx), sse.Options{}, func(ctx context.Context, s *sse.Stream) error {
		s.Live()
		return c.tell(ctx, r, v.books.Ledger, s)
	})
	if err != nil && ctx.Err() == nil && !errors.Is(err, ledger.ErrClosed) {
		c.options.Log.Debug("feed of a page", "error", err)
	}
}

// tell sends the newest record, and each time that there are newer ones; and the same again when nothing came for some
// time. It ends with the session.
func (c *Console) tell(ctx context.Context, r *http.Request, l *ledger.Ledger, s *sse.Stream) error {
	for {
		if of, _ := c.session(r); of == nil {
			return nil
		}
		head := l.Stats().Records
		if err := s.Send(&sse.Event{Name: "head", Data: []byte(`{"record":` + strconv.FormatUint(head, 10) + `}`)}); err != nil {
			return err
		}
		select {
		case <-time.After(calm):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := grown(ctx, l, head); err != nil {
			return err
		}
	}
}

// grown waits until a ledger has more than so many records, for as long as a feed may be silent.
func grown(ctx context.Context, l *ledger.Ledger, head uint64) error {
	wait, cancel := context.WithTimeout(ctx, watch)
	defer cancel()
	for _, err := range l.Follow(wait, head) {
		if ctx.Err() != nil || err != nil && wait.Err() == nil {
			return err
		}
		break
	}
	return nil
}
