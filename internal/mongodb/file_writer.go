package mongodb

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
)

const (
	pieceSize   = 255 << 10 // of a file, as GridFS has it
	piecesAhead = 4         // held in memory and written together
)

// The fields of a piece, as GridFS has them.
const (
	pieceFile   = "files_id"
	pieceNumber = "n"
)

// fileWriter writes a GridFS file (specification of 2015: collections files and
// chunks) piece by piece. The driver's own stream holds 16 MB and copies them once
// more for each write, whatever the size of the file: too much where several files
// are written at once, and for a process that should stay small.
type fileWriter struct {
	ctx           context.Context
	files, chunks *mongo.Collection
	id, name      string
	buffer        []byte
	pieces        int32
	size          int64
	hash          hash.Hash
}

// fileIndexes are those of a bucket's pieces.
func fileIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{unique(index(pieceFile, pieceNumber))}
}

// putFile stores what write writes as it comes: whole, or not at all.
func (d *DB) putFile(ctx context.Context, bucket, id, name string, write func(io.Writer) error) (*fileWriter, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	f := d.newFile(ctx, bucket, id, name)
	err := write(f)
	if err == nil {
		err = f.close()
	}
	if err != nil {
		return f, errors.Join(err, f.abort())
	}
	return f, nil
}

// newFile begins a file. It exists once close has succeeded.
func (d *DB) newFile(ctx context.Context, bucket, id, name string) *fileWriter {
	return &fileWriter{ctx: ctx, files: d.coll(bucket + ".files"), chunks: d.coll(bucket + ".chunks"), id: id, name: name,
		buffer: make([]byte, 0, piecesAhead*pieceSize), hash: sha256.New()}
}

func (f *fileWriter) Write(p []byte) (int, error) {
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
func (f *fileWriter) flush() error {
	var pieces []any
	for rest := f.buffer; len(rest) > 0; {
		n := min(len(rest), pieceSize)
		pieces = append(pieces, bson.D{eq(fieldID, bson.NewObjectID()), eq(pieceFile, f.id), eq(pieceNumber, f.pieces),
			eq("data", bson.Binary{Data: rest[:n]})})
		f.pieces, rest = f.pieces+1, rest[n:]
	}
	if len(pieces) == 0 {
		return nil
	}
	if _, err := f.chunks.InsertMany(f.ctx, pieces); err != nil {
		return known(err)
	}
	_, _ = f.hash.Write(f.buffer)
	f.size += int64(len(f.buffer))
	f.buffer = f.buffer[:0]
	return nil
}

// close writes the rest and makes the file exist.
func (f *fileWriter) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	_, err := f.files.InsertOne(f.ctx, bson.D{eq(fieldID, f.id), eq("length", f.size), eq("chunkSize", int32(pieceSize)),
		eq("uploadDate", time.Now()), eq("filename", f.name)})
	return known(err)
}

// abort removes what was written, also when the context has ended.
func (f *fileWriter) abort() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), 10*time.Second)
	defer cancel()
	_, err := f.chunks.DeleteMany(ctx, bson.D{eq(pieceFile, f.id)})
	return known(err)
}

// sum is the SHA-256 of what was written.
func (f *fileWriter) sum() string { return hex.EncodeToString(f.hash.Sum(nil)) }
