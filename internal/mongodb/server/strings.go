package server

import (
	"errors"
	"fmt"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// registry is the driver's, but lists of strings are read and written as what they are.
// The driver makes a reflected value of each string; a supplier has some sixty by which
// it is searched.
func registry() *bson.Registry {
	r := bson.NewRegistry()
	r.RegisterTypeDecoder(reflect.TypeFor[[]string](), bson.ValueDecoderFunc(readStrings))
	r.RegisterTypeEncoder(reflect.TypeFor[[]string](), bson.ValueEncoderFunc(writeStrings))
	return r
}

// readStrings reads a list of strings; null is the nil list, as with the driver.
func readStrings(_ bson.DecodeContext, from bson.ValueReader, into reflect.Value) error {
	switch t := from.Type(); t {
	case bson.TypeArray:
	case bson.TypeNull:
		into.SetZero()
		return from.ReadNull()
	default:
		return fmt.Errorf("read a list of strings: it is a %v", t)
	}
	list, err := from.ReadArray()
	if err != nil {
		return err
	}
	out := make([]string, 0, 8)
	for {
		element, err := list.ReadValue()
		if errors.Is(err, bson.ErrEOA) {
			into.Set(reflect.ValueOf(out))
			return nil
		}
		if err != nil {
			return err
		}
		one, err := readString(element)
		if err != nil {
			return fmt.Errorf("read a list of strings, number %d: %w", len(out), err)
		}
		out = append(out, one)
	}
}

// readString reads one of them; null, which a projection makes of what is not there, is the
// empty one, as with the driver.
func readString(from bson.ValueReader) (string, error) {
	switch t := from.Type(); t {
	case bson.TypeString:
		return from.ReadString()
	case bson.TypeNull:
		return "", from.ReadNull()
	default:
		return "", fmt.Errorf("it is a %v", t)
	}
}

// writeStrings writes a list of strings; the nil list is null, as with the driver.
func writeStrings(_ bson.EncodeContext, to bson.ValueWriter, from reflect.Value) error {
	if from.IsNil() {
		return to.WriteNull()
	}
	list, err := to.WriteArray()
	if err != nil {
		return err
	}
	for i := range from.Len() {
		element, err := list.WriteArrayElement()
		if err != nil {
			return err
		}
		if err := element.WriteString(from.Index(i).String()); err != nil {
			return err
		}
	}
	return list.WriteArrayEnd()
}
