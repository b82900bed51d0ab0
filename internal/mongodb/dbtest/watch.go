package dbtest

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
)

// Query is what a function of the stores asked of a collection.
type Query struct {
	By         string   // the function: Campaigns.Get
	Collection string   // of one collection
	Filter     []string // the fields that its filter names
	More       []string // those that its order, projection, groups and change name
	Scoped     bool     // its filter holds it to an organisation, or matches nothing
}

var asked struct {
	mu  sync.Mutex
	all map[string]Query
}

// Asked lists what was asked of the databases that Open gave, each kind once.
func Asked() []Query {
	asked.mu.Lock()
	defer asked.mu.Unlock()
	var out []Query
	for _, q := range asked.all {
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b Query) int { return strings.Compare(a.By+a.Collection, b.By+b.Collection) })
	return out
}

// watch notes every command, and which function it came from: the driver calls it
// where the command begins.
func watch() *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		by := caller()
		if by == "" {
			return // a test looked by itself
		}
		for _, q := range read(e.CommandName, e.Command) {
			q.By = by
			asked.mu.Lock()
			if asked.all == nil {
				asked.all = map[string]Query{}
			}
			asked.all[fmt.Sprint(q)] = q
			asked.mu.Unlock()
		}
	}}
}

var (
	store = regexp.MustCompile(`^tsunagi/internal/mongodb(?:/([a-z]+))?\.([A-Za-z.]+)`)
	// beneath are the rooms that ask what a store has them ask, or know the server alone:
	// a new room of stores is watched without a word.
	beneath = []string{"bucket", "chain", "dbtest", "dump", "gridfile", "meaning", "query", "schema", "server", "transaction"}
	helpers = []string{"byIDs", "DB.InTx", "Outbox.messages"}
	methods = strings.NewReplacer("(*", "", "(", "", ")", "")
)

// caller is the function of the stores that asks, without the helpers that it uses.
func caller() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if m := store.FindStringSubmatch(methods.Replace(f.Function)); m != nil && !slices.Contains(beneath, m[1]) {
			if name := function(m[2]); !slices.Contains(helpers, name) {
				return name
			}
		}
		if !more {
			return ""
		}
	}
}

// function is the method or function to which a frame belongs, that of a closure too,
// which the compiler may have moved: Campaigns.Save.Campaigns.replaceDraft.func1.
func function(frame string) string {
	name, _, _ := strings.Cut(frame, ".func")
	parts := strings.Split(strings.Trim(name, "."), ".")
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// read tells what a command asks for: a query for each of its parts, none when it
// finds no documents.
func read(name string, command bson.Raw) []Query {
	collection, _ := command.Lookup(name).StringValueOK()
	one := func(filter bson.RawValue, more ...string) []Query {
		return []Query{{Collection: collection, Filter: sorted(fieldsOf(filter)), More: sorted(more), Scoped: scoped(filter)}}
	}
	switch name {
	case "find":
		return one(command.Lookup("filter"), slices.Concat(keys(command.Lookup("sort")), keys(command.Lookup("projection")))...)
	case "distinct":
		key, _ := command.Lookup("key").StringValueOK()
		return one(command.Lookup("query"), key)
	case "findAndModify":
		return one(command.Lookup("query"), slices.Concat(keys(command.Lookup("sort")), changed(command.Lookup("update")))...)
	case "aggregate":
		return one(command.Lookup("pipeline", "0", "$match"), stages(values(command.Lookup("pipeline")))...)
	case "update", "delete":
		var out []Query
		for _, part := range values(command.Lookup(name + "s")) {
			if d, ok := part.DocumentOK(); ok {
				out = append(out, one(d.Lookup("q"), changed(d.Lookup("u"))...)...)
			}
		}
		return out
	}
	return nil
}

func sorted(fields []string) []string {
	slices.Sort(fields)
	return slices.Compact(fields)
}

func values(v bson.RawValue) []bson.RawValue {
	if a, ok := v.ArrayOK(); ok {
		all, _ := a.Values()
		return all
	}
	return nil
}

func elements(v bson.RawValue) []bson.RawElement {
	if d, ok := v.DocumentOK(); ok {
		all, _ := d.Elements()
		return all
	}
	return nil
}

func keys(v bson.RawValue) []string {
	var out []string
	for _, e := range elements(v) {
		out = append(out, e.Key())
	}
	return out
}

// scoped tells whether a filter holds its query to organisations that it names, in
// itself or in one of the filters that must hold with it; or is that of a viewer who
// sees nothing.
func scoped(filter bson.RawValue) bool {
	for _, e := range elements(filter) {
		switch {
		case e.Key() == "org_id":
			return e.Value().Type == bson.TypeString || len(keys(e.Value())) == 1 && keys(e.Value())[0] == "$in"
		case e.Key() == "$and" && slices.ContainsFunc(values(e.Value()), scoped):
			return true
		case e.Key() == "_id":
			if in := elements(e.Value()); len(in) == 1 && in[0].Key() == "$in" && len(values(in[0].Value())) == 0 {
				return true
			}
		}
	}
	return false
}

// fieldsOf gives the fields of a filter, those of $and, $or, $nor and $elemMatch too.
func fieldsOf(filter bson.RawValue) []string {
	var out []string
	for _, e := range elements(filter) {
		switch key := e.Key(); {
		case key == "$and" || key == "$or" || key == "$nor":
			for _, one := range values(e.Value()) {
				out = append(out, fieldsOf(one)...)
			}
		case key == "$expr":
			out = append(out, refs(e.Value())...)
		case !strings.HasPrefix(key, "$"):
			out = append(out, key)
			for _, inner := range elements(e.Value()) {
				if inner.Key() == "$elemMatch" {
					for _, f := range fieldsOf(inner.Value()) {
						out = append(out, key+"."+f)
					}
				}
			}
		}
	}
	return out
}

// refs gives the fields whose values an expression takes.
func refs(v bson.RawValue) []string {
	if s, ok := v.StringValueOK(); ok {
		if field, is := strings.CutPrefix(s, "$"); is && !strings.HasPrefix(field, "$") {
			return []string{field}
		}
		return nil
	}
	var out []string
	for _, e := range elements(v) {
		if e.Key() != "$literal" {
			out = append(out, refs(e.Value())...)
		}
	}
	for _, one := range values(v) {
		out = append(out, refs(one)...)
	}
	return out
}

// stages gives the fields of a pipeline, as far as they are those of records: what
// comes after a group or another collection has names of its own.
func stages(all []bson.RawValue) []string {
	var out []string
	for _, stage := range all {
		for _, e := range elements(stage) {
			switch e.Key() {
			case "$match":
				out = append(out, fieldsOf(e.Value())...)
			case "$sort", "$project":
				out = append(out, keys(e.Value())...)
			case "$group":
				return append(out, refs(e.Value())...)
			case "$lookup", "$facet":
				return out
			}
		}
	}
	return out
}

// changed gives the fields of an update with operators or in stages; a document that
// replaces another is its record, and names none.
func changed(v bson.RawValue) []string {
	var out []string
	for _, stage := range values(v) {
		out = append(append(out, changed(stage)...), refs(stage)...)
	}
	for _, e := range elements(v) {
		if strings.HasPrefix(e.Key(), "$") && e.Key() != "$setOnInsert" { // which has a record
			out = append(out, keys(e.Value())...)
		}
	}
	return out
}
