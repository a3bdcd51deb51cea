package bench

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schema is the table schema with one function that the ledger is measured against: what a good team writes who keeps
// balances in PostgreSQL. It holds to the same promises: an event is booked once, postings sum to zero, balances
// are right, and a commit is synced before it is acknowledged.
//
//go:embed postgres.sql
var schema string

// Postgres is a database server of its own in a directory, for one measurement.
type Postgres struct {
	bin, dir string
	run      runAs
	Version  string // "postgres (PostgreSQL) 15.8"
}

// ErrNoPostgres says that the machine has no PostgreSQL server and pgbench.
var ErrNoPostgres = errors.New("no PostgreSQL server with pgbench found, in $PATH or /usr/lib/postgresql (Debian: apt-get install postgresql)")

// postgresPrograms finds the directory with the server's programs, the newest version if there are several.
func postgresPrograms() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(b, a)) })
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), dirs...) {
		missing := slices.ContainsFunc([]string{"initdb", "pg_ctl", "postgres", "psql", "pgbench"}, func(program string) bool {
			_, err := os.Stat(filepath.Join(dir, program))
			return err != nil
		})
		if !missing {
			return dir, nil
		}
	}
	return "", ErrNoPostgres
}

// StartPostgres makes a database in dir, with the settings of a default installation but for more connections and memory,
// and puts the schema and the sellers into it. Commits are synced, as they are by default.
func StartPostgres(ctx context.Context, dir string, sellers int) (*Postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, dir: dir}
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		return nil, err
	}
	if p.run, err = unprivileged(dir); err != nil {
		return nil, err
	}
	version, err := p.command(ctx, "postgres", "--version")
	if err != nil {
		return nil, err
	}
	p.Version = strings.TrimSpace(version)
	data := filepath.Join(dir, "data")
	if _, err := p.command(ctx, "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale"); err != nil {
		return nil, err
	}
	settings := "-c listen_addresses='' -c max_connections=300 -c shared_buffers=256MB -c max_wal_size=4GB -k " + dir
	if _, err := p.command(ctx, "pg_ctl", "-D", data, "-o", settings, "-l", filepath.Join(dir, "log"), "-w", "start"); err != nil {
		return nil, err
	}
	_, err = p.sql(ctx, schema)
	if err == nil {
		_, err = p.sql(ctx, fmt.Sprintf("insert into accounts select 'seller:' || lpad(i::text, 7, '0'), 'sub' from generate_series(0, %d) i; analyze", sellers-1))
	}
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// Stop stops the server.
func (p *Postgres) Stop() error {
	_, err := p.command(context.Background(), "pg_ctl", "-D", filepath.Join(p.dir, "data"), "-m", "immediate", "stop")
	return err
}

// command runs one of the server's programs.
func (p *Postgres) command(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, program), args...)
	cmd.Dir = p.dir
	p.run.prepare(cmd)
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

func (p *Postgres) sql(ctx context.Context, text string) (string, error) {
	return p.command(ctx, "psql", "-h", p.dir, "-U", "bench", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qAt", "-c", text)
}

// Run books payments from as many connections as the mode says, for about the given time, with pgbench, which is made
// for that: statements are prepared, and amounts, sellers and ids are made up as [Books.Payment] does.
func (p *Postgres) Run(ctx context.Context, m Mode, sellers, round int, atLeast time.Duration, into *meter) error {
	script := filepath.Join(p.dir, "script.sql")
	text := fmt.Sprintf(`\set amount random(1000, 101000)
\set first random(0, %[1]d)
\set second random(0, %[1]d)
\set n random(1, 9000000000000000)
select book_captures(%[2]d, :client_id, %[3]d, :n, :amount, :first, :second);
`, sellers-1, m.Batch, round)
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		return err
	}
	prefix := filepath.Join(p.dir, "calls")
	_, err := p.command(ctx, "pgbench", "-h", p.dir, "-U", "bench", "-n", "-M", "prepared", "-c", strconv.Itoa(m.Callers), "-j", strconv.Itoa(min(m.Callers, 2)),
		"-T", strconv.Itoa(max(1, int(atLeast.Seconds()+0.5))), "-f", script, "-l", "--log-prefix", prefix, "postgres")
	if err != nil {
		return err
	}
	return into.readCalls(prefix, m.Batch)
}

// readCalls adds what pgbench's logs say: a line a call, with its time in microseconds third, and when it ended as seconds and
// microseconds fifth and sixth.
func (m *meter) readCalls(prefix string, batch int) error {
	files, err := filepath.Glob(prefix + ".*")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("pgbench left no log of its calls: %w", err)
	}
	before, first, last := len(m.took), int64(1)<<62, int64(0)
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			words := strings.Fields(lines.Text())
			if len(words) < 6 {
				continue
			}
			took, e1 := strconv.ParseInt(words[2], 10, 64)
			s, e2 := strconv.ParseInt(words[4], 10, 64)
			us, e3 := strconv.ParseInt(words[5], 10, 64)
			if err := errors.Join(e1, e2, e3); err != nil {
				return err
			}
			ended := s*1e6 + us
			first, last = min(first, ended-took), max(last, ended)
			m.took = append(m.took, time.Duration(took)*time.Microsecond)
		}
		if err := errors.Join(lines.Err(), file.Close(), os.Remove(path)); err != nil {
			return err
		}
	}
	m.payments += (len(m.took) - before) * batch
	m.elapsed += time.Duration(last-first) * time.Microsecond
	return nil
}

// Proved checks that what was booked adds up: as many payments as were acknowledged at least, and every balance the sum of its postings.
func (p *Postgres) Proved(ctx context.Context, payments int) error {
	out, err := p.sql(ctx, `select (select count(*) from payments) || ' ' || (select count(*) from
		(select account, currency, sum(amount) s from postings group by 1, 2) x full join balances b using (account, currency) where x.s is distinct from b.amount)`)
	if err != nil {
		return err
	}
	var have, wrong int
	if _, err := fmt.Sscan(out, &have, &wrong); err != nil {
		return err
	}
	if have < payments || wrong > 0 {
		return fmt.Errorf("PostgreSQL has %d payments of %d acknowledged, and %d balances that are not the sum of their postings", have, payments, wrong)
	}
	return nil
}
