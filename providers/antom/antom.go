package antom

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// Name is the provider's name, in the books too.
const Name = "antom"

// The formats of reports.
const (
	DetailsFormat = "settlement details report"
	SummaryFormat = "settlement summary report"
)

// An adapter reads what Antom reports. It has no state.
type adapter struct{}

// New returns the adapter. It has no state.
func New() providers.Adapter { return adapter{} }

func (adapter) Name() string { return Name }

func (adapter) Formats() []providers.Format {
	return []providers.Format{
		{Name: DetailsFormat,
			Doc: "settlementItems_<currency>_<batch>_000.csv: every transaction of a batch, with its fees; " +
				"docs.antom.com, settlement_details"},
		{Name: SummaryFormat,
			Doc: "settlementSummary_<currency>_<batch>_000.csv: what is paid out for a batch, to whom; " +
				"docs.antom.com, settlement_summary",
			Payouts: providers.OfAll},
	}
}

func (adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := tabular.Open(r, tabular.Options{End: "<END>", Dates: o.Dates, Decimal: o.Decimal, Zone: o.Zone})
	if err != nil {
		return nil, err
	}
	switch of, why := recognise(s); of {
	case DetailsFormat:
		return openDetails(s, o)
	case SummaryFormat:
		return openSummary(s, o)
	default:
		return nil, errors.New(why)
	}
}

// detailsNames are names of which a settlement details report has at least detailsLeast, and transactionNames
// those that only the transaction details report has. Source: antom-ai-tools, core/constants.py,
// core/parser.py.
var (
	detailsNames = []string{
		"settlementBatchId", "transactionId", "transactionRequestId",
		"transactionType", "paymentMethodType", "transactionAmountValue",
		"transactionCurrency", "settlementAmountValue", "settlementCurrency", "settlementInitiatedDate",
	}
	transactionNames = []string{
		"status", "3DAuthentication", "3DOffered", "accountHolderName", "originalCardSummary",
		"cardNumber(Last 4 digits)", "issuer", "liabilityShift", "reason",
	}
)

// More than half of the names: a report may lack some of them.
const detailsLeast = 6

// recognise returns the format of a report, or why it has none that is read here. A settlement details report is known
// by most of its names and not by all, as Antom's own checking tool does. Transaction details have nearly the columns
// of settlement details, but what they list need not be settled: reading them would book it too early.
func recognise(s *tabular.Sheet) (format, why string) {
	found := 0
	for _, name := range detailsNames {
		if s.Column(name).Found() {
			found++
		}
	}
	if s.Column("transactionType").Found() && found >= detailsLeast {
		for _, name := range transactionNames {
			if s.Column(name).Found() {
				return "", fmt.Sprintf("expected Antom's settlement details or summary, "+
					"found the column %q, which only its transaction details have", name)
			}
		}
		return DetailsFormat, ""
	}
	if s.Column("settlementBatchId").Found() && s.Column("settlementAmountValue").Found() &&
		!s.Column("transactionType").Found() {
		return SummaryFormat, ""
	}
	return "", fmt.Sprintf("expected Antom's settlement details or summary, "+
		"with columns such as settlementBatchId and settlementAmountValue, found %s", s.HeaderText())
}

// require returns the error of the first of the columns that a report does not have. Whoever reads it sees which
// columns were found instead.
func require(s *tabular.Sheet, format string, names ...string) error {
	for _, name := range names {
		if !s.Column(name).Found() {
			return fmt.Errorf("%s: expected a column %q, found %s", format, name, s.HeaderText())
		}
	}
	return nil
}

// A reader reads the cells that most lines of a report have alike: what it read last it need not read again.
type reader struct {
	s     *tabular.Sheet
	table money.Table

	// A report of 100,000 lines has one currency and a few times of settlement: what the last line had is compared as
	// text first.
	code     string // the last currency
	decimals int
	text     string // the last time
	time     time.Time
}

// currency reads the code of a currency that the books know, and how many decimals it has. Any other code is an error
// of the line: nobody could say what its amount is in minor units.
func (r *reader) currency(c tabular.Column) (money.Currency, int, error) {
	code := r.s.Text(c)
	if code != r.code || code == "" {
		decimals, ok := r.table.Exponent(money.Currency(code))
		if !ok {
			return "", 0, r.s.Errorf(c, "expected the code of a currency, found %.40q", code)
		}
		r.code, r.decimals = code, decimals
	}
	return money.Currency(r.code), r.decimals, nil
}

// at reads when a line happened; the zero time where the report does not say. Times have their offset from UTC in them,
// so no other column names a zone.
func (r *reader) at(c tabular.Column) (time.Time, error) {
	text := r.s.Text(c)
	switch text {
	case "":
		return time.Time{}, nil
	case r.text:
		return r.time, nil
	}
	t, err := r.s.Time(c, tabular.Column{})
	if err == nil {
		r.text, r.time = text, t
	}
	return t, err
}
