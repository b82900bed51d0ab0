package mongodb

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
	"tsunagi/internal/mongodb/gridfile"
)

// Documents keeps reports that were made for download, and their files in GridFS.
type Documents struct{ *DB }

var _ document.Store = Documents{}

// documentBucket names the files of documents; their ids are document.fence.
const documentBucket = colDocuments

func documentIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index(fieldOrg, "-"+fieldID), index(fieldOrg, fieldForUserID, "-"+fieldID), index(fieldExpiresAt)}
}

// Document implements document.Reader.
func (s Documents) Document(ctx context.Context, v access.Viewer, id string) (document.Document, error) {
	d, err := findOne[document.Document](ctx, s.coll(colDocuments), s.seenDocuments(v, eq(fieldID, id)))
	if err != nil {
		return d, err
	}
	one := []document.Document{d}
	err = s.setStates(ctx, v, one)
	return one[0], err
}

// Documents implements document.Reader.
func (s Documents) Documents(ctx context.Context, v access.Viewer, page, size int) ([]document.Document, bool, error) {
	rows, more, err := readPage[document.Document](ctx, s.coll(colDocuments), listing{filter: s.seenDocuments(v), order: sorted("-" + fieldID),
		page: page, size: size})
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
	found, err := findAll[jobs.Job](ctx, s.coll(colJobs), visible(v, oneOf(fieldID, open)))
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
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colMemberships).UpdateOne(ctx, of(d.Org, eq(fieldID, d.Org+":"+d.For.User)), update(set(to(fieldDocumentAt, d.AskedAt)))); err != nil {
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
		if _, err := s.coll(colDocuments).InsertOne(ctx, d); err != nil {
			return err
		}
		job := s.order(d.Viewer(), s.orders.Document(), d.ID, 0)
		job.ID = d.ID
		if err := Jobs(s).Add(ctx, job); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// unfinished counts what the asker has in the making.
func (s Documents) unfinished(ctx context.Context, d document.Document) (int, error) {
	rows, err := findAll[document.Document](ctx, s.coll(colDocuments), of(d.Org, eq(fieldForUserID, d.For.User), eq(fieldFile, nil)), options.Find().SetSort(sorted("-"+fieldID)).SetLimit(200).SetProjection(only(fieldID)))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	n, err := s.coll(colJobs).CountDocuments(ctx, of(d.Org, oneOf(fieldID, ids), oneOf(fieldState, []jobs.State{jobs.Waiting, jobs.Running})))
	return int(n), err
}

// OpenDocument implements document.Reader.
func (s Documents) OpenDocument(ctx context.Context, v access.Viewer, d document.Document) (io.ReadCloser, error) {
	if d.File == nil || !sees(v, d.Org) {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	return gridfile.Open(ctx, s.files(), *d.File)
}

func (s Documents) files() *mongo.GridFSBucket {
	return s.db.GridFSBucket(options.GridFSBucket().SetName(documentBucket))
}

// Begin gives the document that a job makes, and clears away what an earlier try
// left behind.
func (s Documents) Begin(ctx context.Context, job jobs.Job) (document.Document, error) {
	d, err := findOne[document.Document](ctx, s.coll(colDocuments), of(job.Org, eq(fieldID, job.Subject)))
	if err != nil || d.File != nil {
		return d, err
	}
	return d, s.removeFiles(ctx, d.ID)
}

// removeFiles removes every file of a document, whole or half-written.
func (s Documents) removeFiles(ctx context.Context, id string) error {
	for collection, field := range map[string]string{".files": fieldID, ".chunks": gridfile.File} {
		of := bson.D{between(field, id+".", id+"/")}
		if _, err := s.coll(documentBucket+collection).DeleteMany(ctx, of); err != nil {
			return known(err)
		}
	}
	return nil
}

// Progress notes how far the making is.
func (s Documents) Progress(ctx context.Context, job jobs.Job, done, total int) error {
	return Jobs(s).Progress(ctx, job, done, total)
}

// Put stores what write writes as it comes. The file is nobody's until Finish.
func (s Documents) Put(ctx context.Context, job jobs.Job, name, kind string, write func(io.Writer) error) (evidence.File, error) {
	f := evidence.File{ID: job.Subject + "." + strconv.FormatInt(job.Fence, 10), Name: name, Type: kind}
	file, err := gridfile.Put(ctx, s.db, documentBucket, f.ID, name, write)
	if err != nil {
		return f, err
	}
	f.Size, f.SHA256 = file.Size, file.Sum()
	return f, nil
}

// Finish gives the document its file, unless another worker has taken the job over.
// What the same person had made of the same before is kept for another day.
func (s Documents) Finish(ctx context.Context, job jobs.Job, asOf time.Time, f evidence.File) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := Jobs(s).Extend(ctx, job, s.now().Add(time.Minute)); err != nil {
			return err
		}
		var d document.Document
		err := s.coll(colDocuments).FindOneAndUpdate(ctx, of(job.Org, eq(fieldID, job.Subject)),
			update(set(to(fieldFile, f), to(fieldAsOf, asOf)))).Decode(&d)
		if err != nil {
			return err
		}
		_, err = s.coll(colDocuments).UpdateMany(ctx, of(d.Org, eq(fieldForUserID, d.For.User), lt(fieldID, d.ID),
			eq(fieldKind, d.Kind), eq(fieldCampaign, d.Campaign)),
			update(lower(to(fieldExpiresAt, s.now().Add(document.RemakeLife)))))
		return err
	})
}

// Snapshot runs read so that all of its reads see the data of one moment. It may take
// as long as the server keeps old data: five minutes. read must not write.
func (s Documents) Snapshot(ctx context.Context, read func(ctx context.Context) error) error {
	session, err := s.client.StartSession(options.Session().SetSnapshot(true))
	if err != nil {
		return known(err)
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	return known(read(mongo.NewSessionContext(ctx, session)))
}

// RemoveExpired implements work.ExpiredStore: the files of a document first, then the
// record that names them, so that no file is left without one.
func (s Documents) RemoveExpired(ctx context.Context, n int) (int, error) {
	rows, err := findAll[document.Document](ctx, s.coll(colDocuments), bson.D{lte(fieldExpiresAt, s.now())},
		options.Find().SetLimit(int64(n)).SetProjection(only(fieldID)))
	if err != nil {
		return 0, err
	}
	for i, d := range rows {
		if err := s.removeFiles(ctx, d.ID); err != nil {
			return i, err
		}
		if _, err := s.coll(colJobs).DeleteOne(ctx, byID(d.ID)); err != nil {
			return i, known(err)
		}
		if _, err := s.coll(colDocuments).DeleteOne(ctx, byID(d.ID)); err != nil {
			return i, known(err)
		}
	}
	return len(rows), nil
}
