// Package paper keeps reports that were made for download, and reads what they are made of.
package paper

import (
	"context"
	"io"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/store"
)

// Documents keeps reports that were made for download, and their files in GridFS.
type Documents struct{ *store.DB }

var _ document.Store = Documents{}

// Bucket names the files of documents; their ids are document.fence.
const Bucket = store.Documents

func Indexes() []mongo.IndexModel {
	return []mongo.IndexModel{query.Index(field.Org, "-"+field.ID), query.Index(field.Org, field.ForUserID, "-"+field.ID), query.Index(field.ExpiresAt)}
}

// Document implements document.Reader.
func (s Documents) Document(ctx context.Context, v access.Viewer, id string) (document.Document, error) {
	d, err := query.FindOne[document.Document](ctx, s.Coll(store.Documents), query.SeenDocuments(v, s.Now(), query.Eq(field.ID, id)))
	if err != nil {
		return d, err
	}
	one := []document.Document{d}
	err = s.setStates(ctx, v, one)
	return one[0], err
}

// Documents implements document.Reader.
func (s Documents) Documents(ctx context.Context, v access.Viewer, page, size int) ([]document.Document, bool, error) {
	rows, more, err := query.ReadPage[document.Document](ctx, s.Coll(store.Documents), query.Listing{Filter: query.SeenDocuments(v, s.Now()), Order: query.Sorted("-" + field.ID),
		Page: page, Size: size})
	if err != nil {
		return nil, false, err
	}
	return rows, more, s.setStates(ctx, v, rows)
}

// setStates fills in how far each document is, from the jobs of those not made yet.
func (s Documents) setStates(ctx context.Context, v access.Viewer, rows []document.Document) error {
	var open []string
	for i := range rows {
		rows[i].State = document.Ready
		if rows[i].File == nil {
			open, rows[i].State = append(open, rows[i].ID), document.Failed
		}
	}
	if len(open) == 0 {
		return nil
	}
	found, err := query.FindAll[jobs.Job](ctx, s.Coll(store.Jobs), query.Visible(v, query.OneOf(field.ID, open)))
	for _, job := range found {
		for i := range rows {
			if rows[i].ID == job.ID {
				rows[i].State, rows[i].Done, rows[i].Total = documentState(job.State), job.Done, job.Total
			}
		}
	}
	return err
}

func documentState(s jobs.State) document.State {
	switch s {
	case jobs.Waiting:
		return document.Waiting
	case jobs.Running, jobs.Done: // done a moment after the document was read
		return document.Running
	}
	return document.Failed
}

// AskDocument implements document.Store. It writes to the membership, so that of two
// requests at the same moment the later one counts the earlier.
func (s Documents) AskDocument(ctx context.Context, d document.Document, most int, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Coll(store.Memberships).UpdateOne(ctx, query.Of(d.Org, query.Eq(field.ID, d.Org+":"+d.For.User)), query.Update(query.Set(query.To(field.DocumentAt, d.AskedAt)))); err != nil {
			return err
		}
		n, err := s.unfinished(ctx, d)
		if err != nil {
			return err
		}
		if n >= most {
			return fault.New(fault.TooMany, "fault.document.too-many").With("Count", most)
		}
		if err := s.Spend(ctx, budget.Documents.By(d.For.User)); err != nil {
			return err
		}
		if _, err := s.Coll(store.Documents).InsertOne(ctx, d); err != nil {
			return err
		}
		job := s.Order(d.Viewer(), s.Orders.Document(), d.ID, 0)
		job.ID = d.ID
		if err := queue.Jobs(s).Add(ctx, job); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// unfinished counts what the asker has in the making.
func (s Documents) unfinished(ctx context.Context, d document.Document) (int, error) {
	rows, err := query.FindAll[document.Document](ctx, s.Coll(store.Documents), query.Of(d.Org, query.Eq(field.ForUserID, d.For.User), query.Eq(field.File, nil)), options.Find().SetSort(query.Sorted("-"+field.ID)).SetLimit(200).SetProjection(query.Only(field.ID)))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	n, err := s.Coll(store.Jobs).CountDocuments(ctx, query.Of(d.Org, query.OneOf(field.ID, ids), query.OneOf(field.State, []jobs.State{jobs.Waiting, jobs.Running})))
	return int(n), err
}

// OpenDocument implements document.Reader.
func (s Documents) OpenDocument(ctx context.Context, v access.Viewer, d document.Document) (io.ReadCloser, error) {
	if d.File == nil || !query.Sees(v, d.Org) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	return gridfile.Open(ctx, s.files(), *d.File)
}

func (s Documents) files() *mongo.GridFSBucket {
	return s.Database.GridFSBucket(options.GridFSBucket().SetName(Bucket))
}

// Begin gives the document that a job makes, and clears away what an earlier try
// left behind.
func (s Documents) Begin(ctx context.Context, job jobs.Job) (document.Document, error) {
	d, err := query.FindOne[document.Document](ctx, s.Coll(store.Documents), query.Of(job.Org, query.Eq(field.ID, job.Subject)))
	if err != nil || d.File != nil {
		return d, err
	}
	return d, s.removeFiles(ctx, d.ID)
}

// removeFiles removes every file of a document, whole or half-written.
func (s Documents) removeFiles(ctx context.Context, id string) error {
	for collection, field := range map[string]string{".files": field.ID, ".chunks": gridfile.File} {
		of := bson.D{query.Between(field, id+".", id+"/")}
		if _, err := s.Coll(Bucket+collection).DeleteMany(ctx, of); err != nil {
			return meaning.Of(err)
		}
	}
	return nil
}

// Progress notes how far the making is.
func (s Documents) Progress(ctx context.Context, job jobs.Job, done, total int) error {
	return queue.Jobs(s).Progress(ctx, job, done, total)
}

// Put stores what write writes as it comes. The file is nobody's until Finish.
func (s Documents) Put(ctx context.Context, job jobs.Job, name, kind string, write func(io.Writer) error) (evidence.File, error) {
	f := evidence.File{ID: job.Subject + "." + strconv.FormatInt(job.Fence, 10), Name: name, Type: kind}
	file, err := gridfile.Put(ctx, s.Database, Bucket, f.ID, name, write)
	if err != nil {
		return f, err
	}
	f.Size, f.SHA256 = file.Size, file.Sum()
	return f, nil
}

// Finish gives the document its file, unless another worker has taken the job over.
// What the same person had made of the same before is kept for another day.
func (s Documents) Finish(ctx context.Context, job jobs.Job, asOf time.Time, f evidence.File) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := queue.Jobs(s).Extend(ctx, job, s.Now().Add(time.Minute)); err != nil {
			return err
		}
		var d document.Document
		err := s.Coll(store.Documents).FindOneAndUpdate(ctx, query.Of(job.Org, query.Eq(field.ID, job.Subject)),
			query.Update(query.Set(query.To(field.File, f), query.To(field.AsOf, asOf)))).Decode(&d)
		if err != nil {
			return err
		}
		_, err = s.Coll(store.Documents).UpdateMany(ctx, query.Of(d.Org, query.Eq(field.ForUserID, d.For.User), query.Lt(field.ID, d.ID),
			query.Eq(field.Kind, d.Kind), query.Eq(field.Campaign, d.Campaign)),
			query.Update(query.Lower(query.To(field.ExpiresAt, s.Now().Add(document.RemakeLife)))))
		return err
	})
}

// Snapshot runs read so that all of its reads see the data of one moment. It may take
// as long as the server keeps old data: five minutes. read must not write.
func (s Documents) Snapshot(ctx context.Context, read func(ctx context.Context) error) error {
	session, err := s.Client.StartSession(options.Session().SetSnapshot(true))
	if err != nil {
		return meaning.Of(err)
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	return meaning.Of(read(mongo.NewSessionContext(ctx, session)))
}

// RemoveExpired implements work.ExpiredStore: the files of a document first, then the
// record that names them, so that no file is left without one.
func (s Documents) RemoveExpired(ctx context.Context, n int) (int, error) {
	rows, err := query.FindAll[document.Document](ctx, s.Coll(store.Documents), bson.D{query.Lte(field.ExpiresAt, s.Now())},
		options.Find().SetLimit(int64(n)).SetProjection(query.Only(field.ID)))
	if err != nil {
		return 0, err
	}
	for i, d := range rows {
		if err := s.removeFiles(ctx, d.ID); err != nil {
			return i, err
		}
		if _, err := s.Coll(store.Jobs).DeleteOne(ctx, query.ByID(d.ID)); err != nil {
			return i, meaning.Of(err)
		}
		if _, err := s.Coll(store.Documents).DeleteOne(ctx, query.ByID(d.ID)); err != nil {
			return i, meaning.Of(err)
		}
	}
	return len(rows), nil
}
