package mongodb

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Assignment implements campaign.Reader.
func (s Campaigns) Assignment(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, error) {
	return query.FindOne[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign, query.Eq(field.ID, id)))
}

// Assignments implements campaign.Reader: one page, and whether there are more.
// The ids are found in an index alone, however deep the page and whatever the
// filter; then only the page's own documents are read.
func (s Campaigns) Assignments(ctx context.Context, v access.Viewer, f campaign.Filter) ([]campaign.Assignment, bool, error) {
	found, more, err := query.ReadPage[struct {
		ID string `bson:"_id"`
	}](ctx, s.Coll(store.Assignments), query.Listing{Filter: narrowed(v, f), Search: f.Search, Order: assignmentSort(f.Sort),
		Fields: query.Only(field.ID), Hint: listHint(f), Page: f.Page, Size: f.Size})
	if err != nil || len(found) == 0 {
		return nil, false, err
	}
	ids := make([]string, 0, f.Size)
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	rows, err := query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign, query.OneOf(field.ID, ids)),
		options.Find().SetHint("_id_").SetProjection(query.WithoutKeys))
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b campaign.Assignment) int { return place[a.ID] - place[b.ID] })
	return rows, more, err
}

// Found implements campaign.Reader.
func (s Campaigns) Found(ctx context.Context, v access.Viewer, f campaign.Filter) (int, error) {
	count := options.Count().SetLimit(campaign.Countable + 1)
	if hint := listHint(f); hint != "" {
		count.SetHint(hint)
	}
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, assignmentFilter(v, f), count)
	return int(n), meaning.Of(err)
}

// listHint names the index in which a page is found; without a hint the server
// may try plans that read every document. A search or a certificate has its own
// index, which it finds by itself.
func listHint(f campaign.Filter) string {
	narrowed := f.Given || len(f.Delivery) > 0 || len(f.Tiers) > 0 || f.Overdue || f.Score != campaign.AnyScore
	switch byKana := f.Sort == "" || f.Sort == "kana"; {
	case len(f.Search.Grams) > 0 || f.Certified != campaign.AnyCertificates:
		return ""
	case byKana && !narrowed && len(f.Responses) == 0:
		return "org_id_1_campaign_id_1_kana_1__id_1"
	case byKana && !narrowed:
		return "org_id_1_campaign_id_1_response_1_kana_1__id_1"
	case f.Sort == "code" && !narrowed && len(f.Responses) == 0:
		return "org_id_1_campaign_id_1_code_1__id_1"
	}
	return listIndex
}

// EachAssignment walks everything that the filter finds, for exports.
func (s Campaigns) EachAssignment(ctx context.Context, v access.Viewer, f campaign.Filter, visit func(campaign.Assignment) error) error {
	cursor, err := s.Coll(store.Assignments).Find(ctx, assignmentFilter(v, f), options.Find().SetSort(assignmentSort(f.Sort)).
		SetProjection(query.WithoutKeys).SetBatchSize(500))
	if err != nil {
		return meaning.Of(err)
	}
	defer query.Shut(ctx, cursor)
	for cursor.Next(ctx) {
		var a campaign.Assignment
		if err := cursor.Decode(&a); err != nil {
			return err
		}
		if err := visit(a); err != nil {
			return err
		}
	}
	return meaning.Of(cursor.Err())
}

func assignmentFilter(v access.Viewer, f campaign.Filter) bson.D {
	return append(narrowed(v, f), query.Sought(f.Search)...)
}

// narrowed is the filter without what is searched for.
func narrowed(v access.Viewer, f campaign.Filter) bson.D {
	filter := query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, f.Campaign))
	states := f.Responses
	if f.Overdue { // only whom we still wait for can be late
		if len(states) == 0 {
			states = campaign.Responses
		}
		states = slices.DeleteFunc(slices.Clone(states), func(r campaign.Response) bool { return !r.Waits() })
		filter = append(filter, query.Lt(field.DueAt, f.Now))
	}
	if f.Overdue || len(states) > 0 {
		filter = append(filter, query.OneOf(field.Response, states))
	}
	if f.Given {
		filter = append(filter, query.Gt(field.SubmittedAt, time.Time{}))
	}
	if len(f.Delivery) > 0 {
		filter = append(filter, query.OneOf(field.Delivery, f.Delivery))
	}
	if len(f.Tiers) > 0 {
		filter = append(filter, query.OneOf(field.Tier, f.Tiers))
	}
	if f.Score != campaign.AnyScore {
		filter = append(filter, query.Eq(field.Score, scoreBand(f.Score)))
	}
	return append(filter, certified(f)...)
}

func scoreBand(b campaign.ScoreBand) any {
	if b == campaign.NoScore {
		return query.Op("$not", query.Op("$gte", -1000)) // absent; the index can tell
	}
	from, below := b.Bounds()
	return bson.D{query.Eq("$gte", from), query.Eq("$lt", below)}
}

func certified(f campaign.Filter) bson.D {
	switch f.Certified {
	case campaign.WithCertificate:
		return bson.D{query.Gt(field.CertificatesKind, "")}
	case campaign.NoCertificate:
		return bson.D{query.Eq(field.CertificatesKind, nil)}
	case campaign.Unverified:
		return bson.D{query.Some(field.Certificates, query.Gt(field.CertificatesKind, ""), query.Eq(field.CertificatesValidity, evidence.Unverified))}
	case campaign.Expiring:
		return bson.D{query.Some(field.Certificates, query.Gt(field.CertificatesKind, ""), query.Lt(field.CertificatesExpiresOn, calendar.ExpiringBefore(f.Now)),
			query.Ne(field.CertificatesValidity, evidence.Rejected))}
	}
	return nil
}

var assignmentSorts = map[string]string{"kana": field.Kana, "code": field.Code, "score": field.Score, "due": field.DueAt, "submitted": field.SubmittedAt}

func assignmentSort(name string) bson.D {
	name, down := strings.CutPrefix(name, "-")
	by := assignmentSorts[name]
	if by == "" {
		by = field.Kana
	}
	if down {
		return query.Sorted("-"+by, "-"+field.ID)
	}
	return query.Sorted(by, field.ID)
}

// ByID gives the assignment that a link names. It has no viewer, because nobody is
// known yet: the caller must check the link's HMAC before it shows anything.
func (s Campaigns) ByID(ctx context.Context, id string) (campaign.Assignment, error) {
	return query.FindOne[campaign.Assignment](ctx, s.Coll(store.Assignments), query.ByID(id))
}
