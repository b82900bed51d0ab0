package chain

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/meaning"
)

// maxApart is how many rows outside the chain are named.
const maxApart = 20

// each calls visit with one document after the other, in bounded memory.
func (s Store) each(ctx context.Context, cursor *mongo.Cursor, err error, visit func(bson.Raw) error) error {
	if err != nil {
		return meaning.Of(err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		if err := visit(cursor.Current); err != nil {
			return err
		}
	}
	return meaning.Of(cursor.Err())
}

// Verify walks an organisation's chain and every row beside it. It tells what it found,
// with a *audit.Break at the first row that does not hold. It may run while others
// write and seal.
func (s Store) Verify(ctx context.Context, of string) (audit.Chain, error) {
	head, err := s.Head(ctx, of)
	out := audit.Chain{Head: head}
	if err != nil {
		return out, err
	}
	verifier := audit.NewVerifier(s.Keys, head)
	cursor, err := s.coll(entries).Find(ctx, bson.D{is(org, of), over(sealSeq, 0)}, options.Find().SetSort(up(sealSeq)))
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		var e audit.Entry
		if err := bson.Unmarshal(raw, &e); err != nil || e.Seal == nil {
			return &audit.Break{Seq: verifier.Rows() + 1, EntryID: idOf(raw), Reason: audit.Altered}
		}
		if e.Seal.Seq > head.Seq && verifier.Rows() == head.Seq {
			return s.sealedSince(ctx, e)
		}
		return verifier.Check(e)
	})
	out.Rows = verifier.Rows()
	out.Old, out.Lost = min(out.Rows, head.Before), verifier.Lost()
	if err == nil || errors.Is(err, errSince) {
		err = verifier.Done(head)
	}
	if broken := new(audit.Break); err != nil && !errors.As(err, &broken) {
		return out, err
	}
	return out, errors.Join(err, s.apart(ctx, of, &out))
}

// errSince ends the walk where it began to grow.
var errSince = errors.New("sealed since")

// sealedSince accepts an entry beyond the head that was read, when the worker has
// sealed it since: the head has then moved with it. It gives an *audit.Break when the
// head has not moved, because it was put back or removed: what lies beyond it would
// pass unseen.
func (s Store) sealedSince(ctx context.Context, e audit.Entry) error {
	now, err := s.Head(ctx, e.Org)
	switch {
	case err != nil:
		return err
	case now.Seq < e.Seal.Seq:
		return &audit.Break{Seq: e.Seal.Seq, EntryID: e.ID, Reason: audit.BeyondHead}
	}
	return errSince
}

// apart looks at the rows that have no place in the chain: each waits, or is a break.
func (s Store) apart(ctx context.Context, of string, out *audit.Chain) error {
	cursor, err := s.coll(entries).Find(ctx, bson.D{is(org, of), notOver(sealSeq, 0)})
	return s.each(ctx, cursor, err, func(raw bson.Raw) error {
		switch b := s.judge(raw); {
		case b == nil:
			out.Waiting++
		case len(out.Apart) < maxApart:
			out.Apart = append(out.Apart, *b)
		}
		return nil
	})
}

// judge tells why a row without a place may not wait, nil when it may.
func (s Store) judge(raw bson.Raw) *audit.Break {
	var e audit.Entry
	if err := bson.Unmarshal(raw, &e); err != nil {
		return &audit.Break{EntryID: idOf(raw), Reason: audit.Stray}
	}
	return s.Keys.Apart(e)
}

// Strays lists the first rows that belong to no organisation: none is ever written.
func (s Store) Strays(ctx context.Context) ([]audit.Break, error) {
	var out []audit.Break
	cursor, err := s.coll(entries).Find(ctx, bson.D{notOver(org, "")}, options.Find().SetLimit(maxApart))
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		out = append(out, audit.Break{EntryID: idOf(raw), Reason: audit.Stray})
		return nil
	})
	return out, err
}

// idOf is a document's id as one can search for it.
func idOf(raw bson.Raw) string {
	v := raw.Lookup(id)
	if text, ok := v.StringValueOK(); ok {
		return text
	}
	return v.String()
}

// HashAt implements work.AnchorStore.
func (s Store) HashAt(ctx context.Context, of string, row int64) (string, error) {
	var e audit.Entry
	err := s.coll(entries).FindOne(ctx, bson.D{is(org, of), is(sealSeq, row)}, options.FindOne().SetProjection(bson.D{is(seal, 1)})).Decode(&e)
	if errors.Is(err, mongo.ErrNoDocuments) || err == nil && e.Seal == nil {
		return "", nil
	}
	if err != nil {
		return "", meaning.Of(err)
	}
	return e.Seal.Hash, nil
}

// Anchored compares an anchor with the chain as it is now; a *audit.Damage when they
// differ.
func (s Store) Anchored(ctx context.Context, a audit.Anchor) error {
	hash, err := s.HashAt(ctx, a.Org, a.Seq)
	if err != nil {
		return err
	}
	head, err := s.Head(ctx, a.Org)
	if err != nil {
		return err
	}
	return a.Holds(head, hash)
}
