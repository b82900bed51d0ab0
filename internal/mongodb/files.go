package mongodb

import (
	"context"
	"errors"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/gridfile"
)

// longest is how long the transfer of one file may take. Without a deadline of its
// own a stream would end with the client's, after half a minute: a certificate
// over a telephone's line takes longer.
const longest = 6 * time.Hour

// fileStream is a file that is being read.
type fileStream struct {
	*mongo.GridFSDownloadStream
	cancel context.CancelFunc
}

func (s fileStream) Close() error {
	defer s.cancel()
	return s.GridFSDownloadStream.Close()
}

// openFile streams a stored file; NotFound when it is gone, as one that expired a
// moment ago is.
func openFile(ctx context.Context, bucket *mongo.GridFSBucket, id string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	stream, err := bucket.OpenDownloadStream(ctx, id)
	if errors.Is(err, mongo.ErrFileNotFound) {
		err = fault.New(fault.NotFound, "fault.not-found").Because(err)
	}
	if err != nil {
		cancel()
		return nil, known(err)
	}
	return fileStream{stream, cancel}, nil
}

// fileIndexes are those of a bucket's pieces.
func fileIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{unique(index(gridfile.File, gridfile.Number))}
}

// putFile stores what write writes as it comes: whole, or not at all.
func (d *DB) putFile(ctx context.Context, bucket, id, name string, write func(io.Writer) error) (*gridfile.Writer, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	f := gridfile.New(ctx, func(part string) *mongo.Collection { return d.coll(bucket + "." + part) }, id, name, known)
	err := write(f)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return f, errors.Join(err, f.Abort())
	}
	return f, nil
}
