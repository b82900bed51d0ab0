// Package gridfile reads files of GridFS, and writes them piece by piece in little memory.
package gridfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/meaning"
)

// longest is how long the transfer of one file may take. Without a deadline of its
// own a stream would end with the client's, after half a minute: a certificate
// over a telephone's line takes longer.
const longest = 6 * time.Hour

const (
	pieceSize   = 255 << 10 // of a file, as GridFS has it
	piecesAhead = 4         // held in memory and written together
)

// The fields of a piece, as GridFS has them.
const (
	File   = "files_id"
	Number = "n"
)

// Writer writes a GridFS file (specification of 2015: collections files and
// chunks) piece by piece. The driver's own stream holds 16 MB and copies them once
// more for each write, whatever the size of the file: too much where several files
// are written at once, and for a process that should stay small.
type Writer struct {
	Size          int64 // of what was written
	ctx           context.Context
	files, chunks *mongo.Collection
	id, name      string
	buffer        []byte
	pieces        int32
	hash          hash.Hash
}

// stream is a file that is being read.
type stream struct {
	*mongo.GridFSDownloadStream
	ctx    context.Context
	cancel context.CancelFunc
}

// Close ends the reading.
func (s stream) Close() error {
	defer s.cancel()
	if fault.Lost(s.ctx) {
		go func() { _ = s.GridFSDownloadStream.Close() }() // it would wait for the word that the rest is not wanted
		return nil
	}
	return s.GridFSDownloadStream.Close()
}

// Open streams a stored file once its hash is found to be the one that it was stored
// with; evidence.ErrAltered when it is not. NotFound when it is gone, as one that
// expired a moment ago is.
func Open(ctx context.Context, bucket *mongo.GridFSBucket, f evidence.File) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	read, err := bucket.OpenDownloadStream(ctx, f.ID)
	if err == nil {
		err = whole(ctx, bucket, f)
	}
	if errors.Is(err, mongo.ErrFileNotFound) {
		err = fault.New(fault.NotFound, "fault.not-found").Because(err)
	}
	if err != nil {
		cancel()
		return nil, meaning.Of(err)
	}
	return stream{read, ctx, cancel}, nil
}

// whole reads a file to its end, before anybody is given a byte of it.
func whole(ctx context.Context, bucket *mongo.GridFSBucket, f evidence.File) error {
	sum, _, err := SumOf(ctx, bucket.GetChunksCollection(), f.ID)
	if err == nil && sum != f.SHA256 {
		err = fault.New(fault.Conflict, "fault.file.altered").Because(evidence.ErrAltered)
	}
	return err
}

// Put stores what write writes as it comes: whole, or not at all.
func Put(ctx context.Context, db *mongo.Database, bucket, id, name string, write func(io.Writer) error) (*Writer, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	f := &Writer{ctx: ctx, files: db.Collection(bucket + ".files"), chunks: db.Collection(bucket + ".chunks"), id: id, name: name,
		buffer: make([]byte, 0, piecesAhead*pieceSize), hash: sha256.New()}
	err := write(f)
	if err == nil {
		err = f.close()
	}
	if err != nil {
		return f, errors.Join(err, f.abort())
	}
	return f, nil
}

// Write takes the next part of the file.
func (f *Writer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), cap(f.buffer)-len(f.buffer))
		f.buffer, p = append(f.buffer, p[:n]...), p[n:]
		written += n
		if len(f.buffer) == cap(f.buffer) {
			if err := f.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// flush writes what is held back.
func (f *Writer) flush() error {
	var pieces []any
	for rest := f.buffer; len(rest) > 0; {
		n := min(len(rest), pieceSize)
		pieces = append(pieces, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: File, Value: f.id}, {Key: Number, Value: f.pieces},
			{Key: "data", Value: bson.Binary{Data: rest[:n]}}})
		f.pieces, rest = f.pieces+1, rest[n:]
	}
	if len(pieces) == 0 {
		return nil
	}
	if _, err := f.chunks.InsertMany(f.ctx, pieces); err != nil {
		return meaning.Of(err)
	}
	_, _ = f.hash.Write(f.buffer)
	f.Size += int64(len(f.buffer))
	f.buffer = f.buffer[:0]
	return nil
}

// close writes the rest and makes the file exist.
func (f *Writer) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	_, err := f.files.InsertOne(f.ctx, bson.D{{Key: "_id", Value: f.id}, {Key: "length", Value: f.Size}, {Key: "chunkSize", Value: int32(pieceSize)},
		{Key: "uploadDate", Value: time.Now()}, {Key: "filename", Value: f.name}})
	return meaning.Of(err)
}

// abort removes what was written, also when the context has ended.
func (f *Writer) abort() error {
	longer, end := fault.Outlive(f.ctx)
	defer end()
	ctx, cancel := context.WithTimeout(longer, 10*time.Second)
	defer cancel()
	_, err := f.chunks.DeleteMany(ctx, bson.D{{Key: File, Value: f.id}})
	return meaning.Of(err)
}

// Sum is the SHA-256 of what was written.
func (f *Writer) Sum() string { return hex.EncodeToString(f.hash.Sum(nil)) }

// SumOf is the SHA-256 in hex, and the size, of the pieces that are stored of a file,
// read one after the other. A file without pieces is empty.
func SumOf(ctx context.Context, chunks *mongo.Collection, id string) (sum string, size int64, err error) {
	cursor, err := chunks.Find(ctx, bson.D{{Key: File, Value: id}}, options.Find().SetSort(bson.D{{Key: File, Value: 1}, {Key: Number, Value: 1}}).SetBatchSize(4))
	if err != nil {
		return "", 0, err
	}
	defer func() {
		longer, end := fault.Outlive(ctx)
		defer end()
		_ = cursor.Close(longer)
	}()
	h := sha256.New()
	for cursor.Next(ctx) {
		_, data, ok := cursor.Current.Lookup("data").BinaryOK()
		if !ok {
			continue // no piece of ours: the sum tells
		}
		_, _ = h.Write(data)
		size += int64(len(data))
	}
	return hex.EncodeToString(h.Sum(nil)), size, cursor.Err()
}
