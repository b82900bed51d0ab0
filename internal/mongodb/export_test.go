package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

// Raw is a collection without its store, for tests that set records up.
func (d *DB) Raw(name string) *mongo.Collection { return d.coll(name) }
