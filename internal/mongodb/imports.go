package mongodb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
	"tsunagi/internal/table"
)

// ReadImport reads the rows of an uploaded list.
func ReadImport(i supplier.Import, data []byte) ([]supplier.Row, error) {
	list, err := table.Read(data, i.Name, table.Options{Encoding: table.Encoding(i.Encoding)})
	if err != nil {
		return nil, err
	}
	rows := make([]supplier.Row, len(list.Rows))
	for n, r := range list.Rows {
		rows[n] = supplier.Row(r)
	}
	return rows, nil
}

// RunImport is the handler of jobs.Import: batches of rows, each one transaction
// with the job's cursor. Killed anywhere, it goes on after the last batch; a row
// taken in before is found to be the same.
func (s Suppliers) RunImport(ctx context.Context, job jobs.Job) error {
	v := access.System(job.Org, job.Actor)
	start, err := strconv.Atoi(job.Cursor)
	if err != nil && job.Cursor != "" {
		return fmt.Errorf("cursor of import %s: %w", job.ID, err)
	}
	list, err := s.openList(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	sizer := jobs.NewSizer(job)
	for tries := 1; start < len(list.verdicts); tries++ {
		batch := list.verdicts[start:min(start+jobs.Batch, len(list.verdicts))]
		err := jobs.Commit(sizer, batch, func(part []supplier.Verdict) error {
			if err := s.takeIn(ctx, v, job, list.Import, part, start+len(part)); err != nil {
				return err
			}
			start, tries = start+len(part), 0
			return nil
		})
		switch {
		case err == nil:
		case errors.Is(err, errOvertaken) && tries < maxJudgings:
			if err := s.judge(ctx, v, &list); err != nil {
				return err
			}
		default:
			return err
		}
	}
	_, err = s.takeStock(ctx, v)
	return err
}

// uploadedList is an import with its rows and what becomes of each.
type uploadedList struct {
	supplier.Import
	header   supplier.Row
	body     []supplier.Row
	verdicts []supplier.Verdict
}

func (s Suppliers) openList(ctx context.Context, v access.Viewer, id string) (uploadedList, error) {
	i, err := s.Import(ctx, v, id)
	if err != nil {
		return uploadedList{}, err
	}
	data, err := s.Upload(ctx, v, i)
	if err != nil {
		return uploadedList{}, err
	}
	rows, err := ReadImport(i, data)
	if err != nil {
		return uploadedList{}, err
	}
	list := uploadedList{Import: i}
	list.header, list.body = i.Body(rows)
	return list, s.judge(ctx, v, &list)
}

// judge compares the list with the directory as it is now.
func (s Suppliers) judge(ctx context.Context, v access.Viewer, list *uploadedList) error {
	existing, err := s.ByCodes(ctx, v, list.Mapping.Codes(list.body))
	if err != nil {
		return err
	}
	list.verdicts, _ = supplier.Judge(list.body, list.header, list.Mapping, existing)
	return nil
}

// maxJudgings is how often a batch is judged before the job is left for later:
// each time, somebody changed one of its suppliers before it was written.
const maxJudgings = 5

// errOvertaken says that a supplier of a batch was changed or added by somebody
// else after the batch was judged. Nothing of the batch was written.
var errOvertaken = fault.New(fault.Conflict, "fault.conflict")

// takeIn writes what was judged of a batch, all of it or nothing.
func (s Suppliers) takeIn(ctx context.Context, v access.Viewer, job jobs.Job, i supplier.Import, batch []supplier.Verdict, end int) error {
	now, counts := s.now(), map[supplier.Outcome]int{}
	var added []supplier.Supplier
	var changes []mongo.WriteModel
	for _, verdict := range batch {
		counts[verdict.Outcome]++
		sup := verdict.Supplier
		judged := bson.D{{Key: "_id", Value: sup.ID}, {Key: "revision", Value: sup.Revision}}
		sup.Org, sup.UpdatedAt = v.Org, now
		sup.Revision++
		switch verdict.Outcome {
		case supplier.New:
			sup.ID, sup.CreatedAt = s.newID(), now
			added = append(added, sup)
		case supplier.Changed:
			changes = append(changes, mongo.NewUpdateOneModel().SetFilter(judged).SetUpdate(changed(sup)))
		}
	}
	e := audit.New(v, s.newID(), now, supplier.ActionImported, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name},
		audit.Detail{Key: "new", Value: strconv.Itoa(counts[supplier.New])}, audit.Detail{Key: "changed", Value: strconv.Itoa(counts[supplier.Changed])},
		audit.Detail{Key: "same", Value: strconv.Itoa(counts[supplier.Same])}, audit.Detail{Key: "faulty", Value: strconv.Itoa(counts[supplier.Faulty])})
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := s.writeJudged(ctx, added, changes); err != nil {
			return err
		}
		if err := s.noted(ctx, v.Org, len(added), added...); err != nil {
			return err
		}
		if err := s.record(ctx, []audit.Entry{e}, nil); err != nil {
			return err
		}
		return Jobs(s).Advance(ctx, job, strconv.Itoa(end), len(batch), counts[supplier.Faulty])
	})
}

// writeJudged adds and changes suppliers if they still are as they were judged.
// Two commands, and not one mixed list: after a code that was taken meanwhile the
// driver would go on in a transaction that the server has ended, and try for long.
func (s Suppliers) writeJudged(ctx context.Context, added []supplier.Supplier, changes []mongo.WriteModel) error {
	if len(added) > 0 {
		_, err := s.coll(colSuppliers).InsertMany(ctx, added)
		if mongo.IsDuplicateKeyError(err) {
			return errOvertaken
		}
		if err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		res, err := s.coll(colSuppliers).BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return err
		}
		if res.MatchedCount != int64(len(changes)) {
			return errOvertaken
		}
	}
	return nil
}
