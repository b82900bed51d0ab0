package mongodb

import (
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/mongodb/shape"
)

// paths gives every path that a record knows, with * for the keys of a map and ** for
// what lies below a record that holds its own kind.
func (c content) paths() []string {
	return append(slices.Clone(c.beside), shape.Paths(c.record)...)
}

// checkFields fails when a query names a field, or an index holds one, that the
// records of its collection do not have: a name that was changed in one place alone
// would find nothing, and say nothing.
func checkFields(contents map[string]content) error {
	for _, collection := range slices.Sorted(maps.Keys(contents)) {
		paths := contents[collection].paths()
		for _, field := range contents[collection].asked {
			if !shape.Has(paths, field) {
				return fmt.Errorf("queries of %s name the field %q, which its records do not have: "+
					"a tag of the record and the constant in room field say different things", collection, field)
			}
		}
		for _, model := range indexes()[collection] {
			for _, key := range model.Keys.(bson.D) {
				if !shape.Has(paths, key.Key) {
					return fmt.Errorf("an index of %s holds the field %q, which its records do not have", collection, key.Key)
				}
			}
		}
	}
	return nil
}
