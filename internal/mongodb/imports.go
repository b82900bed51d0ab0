package mongodb

import (
	"context"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/jobs"
	"tsunagi/internal/sheet"
	"tsunagi/internal/supplier"
)

// ReadImport reads the rows of an uploaded list.
func ReadImport(i supplier.Import, data []byte) ([]supplier.Row, error) {
	table, err := sheet.Read(data, i.Name, sheet.Options{Encoding: sheet.Encoding(i.Encoding)})
	if err != nil {
		return nil, err
	}
	rows := make([]supplier.Row, len(table.Rows))
	for n, r := range table.Rows {
		rows[n] = supplier.Row(r)
	}
	return rows, nil
}

// RunImport is the handler of jobs.Import: batches of rows, each one transaction
// with the job's cursor. Killed anywhere, it goes on after the last batch; a row
// taken in before is found to be the same.
func (s Suppliers) RunImport(ctx context.Context, job jobs.Job) error {
	v := access.System(job.Org, job.Actor)
	i, err := s.Import(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	data, err := s.Upload(ctx, v, i)
	if err != nil {
		return err
	}
	rows, err := ReadImport(i, data)
	if err != nil {
		return err
	}
	header, body := i.Body(rows)
	existing, err := s.ByCodes(ctx, v, i.Mapping.Codes(body))
	if err != nil {
		return err
	}
	verdicts, _ := supplier.Judge(body, header, i.Mapping, existing)
	start, err := strconv.Atoi(job.Cursor)
	if err != nil && job.Cursor != "" {
		return fmt.Errorf("cursor of import %s: %w", job.ID, err)
	}
	for start < len(verdicts) {
		end := min(start+issueBatch, len(verdicts))
		if err := s.takeIn(ctx, v, job, i, verdicts[start:end], end); err != nil {
			return err
		}
		start = end
	}
	return nil
}

func (s Suppliers) takeIn(ctx context.Context, v access.Viewer, job jobs.Job, i supplier.Import, batch []supplier.Verdict, end int) error {
	now, counts := s.now(), map[supplier.Outcome]int{}
	var writes []mongo.WriteModel
	for _, verdict := range batch {
		counts[verdict.Outcome]++
		sup := verdict.Supplier
		sup.Org, sup.UpdatedAt = v.Org, now
		sup.Revision++
		switch verdict.Outcome {
		case supplier.New:
			sup.ID, sup.CreatedAt = s.newID(), now
			writes = append(writes, mongo.NewInsertOneModel().SetDocument(sup))
		case supplier.Changed:
			writes = append(writes, mongo.NewUpdateOneModel().SetFilter(byID(sup.ID)).SetUpdate(changed(sup)))
		}
	}
	e := audit.New(v, s.newID(), now, supplier.ActionImported, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name},
		audit.Detail{Key: "new", Value: strconv.Itoa(counts[supplier.New])}, audit.Detail{Key: "changed", Value: strconv.Itoa(counts[supplier.Changed])},
		audit.Detail{Key: "same", Value: strconv.Itoa(counts[supplier.Same])}, audit.Detail{Key: "faulty", Value: strconv.Itoa(counts[supplier.Faulty])})
	return s.inTx(ctx, func(ctx context.Context) error {
		if len(writes) > 0 {
			if _, err := s.coll(colSuppliers).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
				return err
			}
		}
		if err := s.record(ctx, []audit.Entry{e}, nil); err != nil {
			return err
		}
		return Jobs(s).Advance(ctx, job, strconv.Itoa(end), len(batch), counts[supplier.Faulty])
	})
}
