package marketplace

import "container/heap"

// An agenda holds what is still to be done, the earliest first; of what is due at the same time, what
// was added first.
type agenda struct {
	queue stepQueue
	added uint64
}

// A step is something that happens at a second of Unix time.
type step struct {
	at    int64
	order uint64
	do    func(*maker)
}

func (a *agenda) add(at int64, do func(*maker)) {
	a.added++
	heap.Push(&a.queue, step{at, a.added, do})
}

// next takes the earliest step out, if it is due by the time given.
func (a *agenda) next(until int64) (step, bool) {
	if len(a.queue) == 0 || a.queue[0].at > until {
		return step{}, false
	}
	return heap.Pop(&a.queue).(step), true
}

// stepQueue is a heap of steps.
type stepQueue []step

func (q stepQueue) Len() int      { return len(q) }
func (q stepQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q stepQueue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].order < q[j].order
}
func (q *stepQueue) Push(x any) { *q = append(*q, x.(step)) }
func (q *stepQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = step{}
	*q = old[:len(old)-1]
	return last
}
