package mongodb

import (
	"context"
	"errors"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
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
