package chain

import (
	"context"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/response"
)

// The collections of records that the trail tells of, and their fields.
const (
	submissions = "submissions"
	evidences   = "evidence"
	documents   = "documents"

	assignment = "assignment_id"
	recordID   = "record.id"
	action     = "action"
	sha256     = "sha256"
	file       = "file"
)

// batch is how many records are compared at once.
const batch = 50

// Counted is how many records were read.
type Counted struct{ Submissions, Files int64 }

// Records recomputes the hash of every submission and file of an organisation, and
// holds the submissions, and the organisation itself, against what the trail tells of
// them. Each that does not hold is told as an *audit.Damage.
func (s Store) Records(ctx context.Context, of string, tell func(error)) (Counted, error) {
	var n Counted
	if err := s.organization(ctx, of, tell); err != nil {
		return n, err
	}
	err := batches(ctx, s, submissions, bson.D{is(org, of), over(assignment, "")}, func(some []response.Submission, unread []string) error {
		n.Submissions += int64(len(some) + len(unread))
		each(unread, tell, "submission", audit.Changed)
		return s.submitted(ctx, of, some, tell)
	})
	if err == nil {
		err = s.told(ctx, of, tell)
	}
	if err == nil {
		err = batches(ctx, s, evidences, bson.D{is(org, of), over(assignment, "")}, func(some []evidence.Evidence, unread []string) error {
			each(unread, tell, "evidence", audit.Changed)
			for _, e := range some {
				if e.File == nil || !e.RemovedAt.IsZero() && !e.Submitted { // taken back before anybody saw it: its file is swept away
					continue
				}
				n.Files++
				if err := s.whole(ctx, "files", *e.File, damage{"file of evidence", e.ID, tell}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = s.documents(ctx, of, &n, tell)
	}
	return n, err
}

// organization tells of one that is gone: the product removes none.
func (s Store) organization(ctx context.Context, of string, tell func(error)) error {
	n, err := s.coll(organizations).CountDocuments(ctx, bson.D{is(id, of)}, options.Count().SetHint(up(id)))
	if err == nil && n == 0 {
		tell(&audit.Damage{What: "organisation", ID: of, Reason: audit.Gone})
	}
	return meaning.Of(err)
}

func each(ids []string, tell func(error), what, reason string) {
	for _, id := range ids {
		tell(&audit.Damage{What: what, ID: id, Reason: reason})
	}
}

// batches reads records in bounded memory; those that cannot be read, by their ids.
func batches[T any](ctx context.Context, s Store, collection string, filter bson.D, visit func(some []T, unread []string) error) error {
	var some []T
	var unread []string
	cursor, err := s.coll(collection).Find(ctx, filter, options.Find().SetBatchSize(batch))
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		var one T
		if bson.Unmarshal(raw, &one) != nil {
			unread = append(unread, idOf(raw))
			return nil
		}
		if some = append(some, one); len(some) < batch {
			return nil
		}
		err := visit(some, unread)
		some, unread = nil, nil
		return err
	})
	if err == nil && len(some)+len(unread) > 0 {
		err = visit(some, unread)
	}
	return err
}

// submitted holds submissions against themselves, the trail, and what they rely on.
func (s Store) submitted(ctx context.Context, of string, some []response.Submission, tell func(error)) error {
	var sheets, relied []string
	for _, sub := range some {
		sheets = append(sheets, sub.Assignment)
		for _, e := range sub.Evidence {
			relied = append(relied, e.ID)
		}
	}
	known := map[string]bool{}
	rows, err := s.read(ctx, bson.D{is(org, of), is(recordID, op("$in", sheets)), is(action, response.ActionSubmitted)}, options.Find())
	if err != nil {
		return err
	}
	for _, e := range rows {
		known[e.Record.ID+e.Detail("revision")+e.Detail("sha256")] = true
	}
	now := map[string]evidence.Evidence{}
	if len(relied) > 0 {
		err = batches(ctx, s, evidences, bson.D{is(id, op("$in", relied)), is(org, of)}, func(some []evidence.Evidence, _ []string) error {
			for _, e := range some {
				now[e.ID] = e
			}
			return nil
		})
	}
	for _, sub := range some {
		switch {
		case sub.Altered():
			tell(&audit.Damage{What: "submission", ID: sub.ID, Reason: audit.Changed})
		case !known[sub.Assignment+strconv.Itoa(sub.Revision)+sub.SHA256]:
			tell(&audit.Damage{What: "submission", ID: sub.ID, Reason: audit.NotTold})
		}
		relies(sub, now, tell)
	}
	return err
}

// relies tells of evidence that is not what a submission relied on.
func relies(sub response.Submission, now map[string]evidence.Evidence, tell func(error)) {
	for _, was := range sub.Evidence {
		is, there := now[was.ID]
		switch {
		case !there:
			tell(&audit.Damage{What: "evidence", ID: was.ID, Reason: audit.Gone})
		case is.Kind != was.Kind || is.Number != was.Number || (is.File == nil) != (was.File == nil) || is.File != nil && is.File.SHA256 != was.File.SHA256:
			tell(&audit.Damage{What: "evidence", ID: was.ID, Reason: audit.NotAsWas})
		}
	}
}

// told looks for the submissions of which the trail tells, and that are not there.
func (s Store) told(ctx context.Context, of string, tell func(error)) error {
	return batches(ctx, s, entries, bson.D{is(org, of), is(action, response.ActionSubmitted)}, func(some []audit.Entry, _ []string) error {
		var ids, there []string
		for _, e := range some {
			revision, _ := strconv.Atoi(e.Detail("revision"))
			ids = append(ids, response.SubmissionID(e.Record.ID, revision))
		}
		err := s.coll(submissions).Distinct(ctx, id, bson.D{is(id, op("$in", ids)), is(org, of)}).Decode(&there)
		for _, want := range ids {
			if err == nil && !slices.Contains(there, want) {
				tell(&audit.Damage{What: "submission", ID: want, Reason: audit.Gone})
			}
		}
		return meaning.Of(err)
	})
}

// documents holds the files of reports against their hashes. One that expired
// meanwhile has no record any more.
func (s Store) documents(ctx context.Context, of string, n *Counted, tell func(error)) error {
	return batches(ctx, s, documents, bson.D{is(org, of), over(id, "")}, func(some []document.Document, unread []string) error {
		each(unread, tell, "document", audit.Changed)
		for _, d := range some {
			if d.File == nil {
				continue
			}
			n.Files++
			var lost []error
			err := s.whole(ctx, documents, *d.File, damage{"file of a document", d.ID, func(err error) { lost = append(lost, err) }})
			if err != nil {
				return err
			}
			if len(lost) > 0 && s.coll(documents).FindOne(ctx, bson.D{is(id, d.ID), is(org, of)}).Err() != mongo.ErrNoDocuments {
				tell(lost[0])
			}
		}
		return nil
	})
}

// damage tells what happened to a file.
type damage struct {
	what, id string
	tell     func(error)
}

// whole reads a file of a bucket to its end.
func (s Store) whole(ctx context.Context, bucket string, f evidence.File, to damage) error {
	sum, size, err := gridfile.SumOf(ctx, s.coll(bucket+".chunks"), f.ID)
	switch {
	case err != nil:
		return meaning.Of(err)
	case size == 0 && f.Size > 0:
		to.tell(&audit.Damage{What: to.what, ID: to.id, Reason: audit.NoFile})
	case sum != f.SHA256:
		to.tell(&audit.Damage{What: to.what, ID: to.id, Reason: audit.Changed})
	}
	return nil
}
