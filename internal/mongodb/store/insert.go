package store

import (
	"context"
	"encoding/binary"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// mostBytes is how many bytes of documents one command carries: the server takes 16 MB, and
// the rest of the command needs some.
const mostBytes = 12_000_000

// InsertEncoded inserts documents that are encoded already and have an _id, in the
// transaction of ctx. The driver's InsertMany takes each of them apart and reads its _id
// while the transaction is open, which is a tenth of the time of a big one.
func (d *DB) InsertEncoded(ctx context.Context, name string, documents []bson.Raw) error {
	for len(documents) > 0 {
		var array bson.RawArray
		array, documents = fill(documents)
		reply := d.Database.RunCommand(ctx, bson.D{{Key: "insert", Value: name}, {Key: "ordered", Value: false},
			{Key: "documents", Value: bson.RawValue{Type: bson.TypeArray, Value: array}}})
		if err := refused(reply); err != nil {
			return err
		}
	}
	return nil
}

// fill makes an array of as many documents as one command carries, at least one, and
// gives the rest. An array is a document whose keys are the numbers from 0 (bsonspec.org).
func fill(documents []bson.Raw) (array bson.RawArray, rest []bson.Raw) {
	size, n := 0, 0
	for n < len(documents) && (n == 0 || size+len(documents[n]) <= mostBytes) {
		size += len(documents[n])
		n++
	}
	array = make(bson.RawArray, 4, size+10*n+5)
	for i, one := range documents[:n] {
		array = append(array, byte(bson.TypeEmbeddedDocument))
		array = strconv.AppendInt(array, int64(i), 10)
		array = append(array, 0)
		array = append(array, one...)
	}
	array = append(array, 0)
	binary.LittleEndian.PutUint32(array, uint32(len(array)))
	return array, documents[n:]
}

// refused is the error of a command that writes: documents that were refused are no error
// of the command itself.
func refused(reply *mongo.SingleResult) error {
	var said struct {
		Refused []struct {
			Index   int    `bson:"index"`
			Code    int    `bson:"code"`
			Message string `bson:"errmsg"`
		} `bson:"writeErrors"`
		Labels []string `bson:"errorLabels"`
	}
	if err := reply.Decode(&said); err != nil || len(said.Refused) == 0 {
		return err
	}
	out := mongo.WriteException{Labels: said.Labels}
	for _, r := range said.Refused {
		out.WriteErrors = append(out.WriteErrors, mongo.WriteError{Index: r.Index, Code: r.Code, Message: r.Message})
	}
	return out
}
