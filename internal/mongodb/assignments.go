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
)

// Assignment implements campaign.Reader.
func (s Campaigns) Assignment(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, error) {
	return findOne[campaign.Assignment](ctx, s.coll(colAssignments), visibleIn(v, fieldCampaign, eq(fieldID, id)))
}

// Assignments implements campaign.Reader: one page, and whether there are more.
// The ids are found in an index alone, however deep the page and whatever the
// filter; then only the page's own documents are read.
func (s Campaigns) Assignments(ctx context.Context, v access.Viewer, f campaign.Filter) ([]campaign.Assignment, bool, error) {
	found, more, err := readPage[struct {
		ID string `bson:"_id"`
	}](ctx, s.coll(colAssignments), listing{filter: narrowed(v, f), query: f.Search, order: assignmentSort(f.Sort),
		fields: only(fieldID), hint: listHint(f), page: f.Page, size: f.Size})
	if err != nil || len(found) == 0 {
		return nil, false, err
	}
	ids := make([]string, 0, f.Size)
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	rows, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments), visibleIn(v, fieldCampaign, oneOf(fieldID, ids)),
		options.Find().SetHint("_id_").SetProjection(withoutKeys))
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
	n, err := s.coll(colAssignments).CountDocuments(ctx, assignmentFilter(v, f), count)
	return int(n), known(err)
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
	cursor, err := s.coll(colAssignments).Find(ctx, assignmentFilter(v, f), options.Find().SetSort(assignmentSort(f.Sort)).
		SetProjection(withoutKeys).SetBatchSize(500))
	if err != nil {
		return known(err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		var a campaign.Assignment
		if err := cursor.Decode(&a); err != nil {
			return err
		}
		if err := visit(a); err != nil {
			return err
		}
	}
	return known(cursor.Err())
}

func assignmentFilter(v access.Viewer, f campaign.Filter) bson.D {
	return append(narrowed(v, f), sought(f.Search)...)
}

// narrowed is the filter without what is searched for.
func narrowed(v access.Viewer, f campaign.Filter) bson.D {
	filter := visibleIn(v, fieldCampaign, eq(fieldCampaign, f.Campaign))
	states := f.Responses
	if f.Overdue { // only whom we still wait for can be late
		if len(states) == 0 {
			states = campaign.Responses
		}
		states = slices.DeleteFunc(slices.Clone(states), func(r campaign.Response) bool { return !r.Waits() })
		filter = append(filter, lt(fieldDueAt, f.Now))
	}
	if f.Overdue || len(states) > 0 {
		filter = append(filter, oneOf(fieldResponse, states))
	}
	if f.Given {
		filter = append(filter, gt(fieldSubmittedAt, time.Time{}))
	}
	if len(f.Delivery) > 0 {
		filter = append(filter, oneOf(fieldDelivery, f.Delivery))
	}
	if len(f.Tiers) > 0 {
		filter = append(filter, oneOf(fieldTier, f.Tiers))
	}
	if f.Score != campaign.AnyScore {
		filter = append(filter, eq(fieldScore, scoreBand(f.Score)))
	}
	return append(filter, certified(f)...)
}

func scoreBand(b campaign.ScoreBand) any {
	if b == campaign.NoScore {
		return op("$not", op("$gte", -1000)) // absent; the index can tell
	}
	from, below := b.Bounds()
	return bson.D{eq("$gte", from), eq("$lt", below)}
}

func certified(f campaign.Filter) bson.D {
	switch f.Certified {
	case campaign.WithCertificate:
		return bson.D{gt(fieldCertificatesKind, "")}
	case campaign.NoCertificate:
		return bson.D{eq(fieldCertificatesKind, nil)}
	case campaign.Unverified:
		return bson.D{some(fieldCertificates, gt(fieldCertificatesKind, ""), eq(fieldCertificatesValidity, evidence.Unverified))}
	case campaign.Expiring:
		return bson.D{some(fieldCertificates, gt(fieldCertificatesKind, ""), lt(fieldCertificatesExpiresOn, calendar.ExpiringBefore(f.Now)),
			ne(fieldCertificatesValidity, evidence.Rejected))}
	}
	return nil
}

var assignmentSorts = map[string]string{"kana": fieldKana, "code": fieldCode, "score": fieldScore, "due": fieldDueAt, "submitted": fieldSubmittedAt}

func assignmentSort(name string) bson.D {
	name, down := strings.CutPrefix(name, "-")
	field := assignmentSorts[name]
	if field == "" {
		field = fieldKana
	}
	if down {
		return sorted("-"+field, "-"+fieldID)
	}
	return sorted(field, fieldID)
}

// AnsweredCounts gives how many questions each sheet has answered: all that a
// buyer ever reads of a draft.
func (s Campaigns) AnsweredCounts(ctx context.Context, v access.Viewer, ids []string) (map[string]int, error) {
	rows, err := findAll[struct {
		ID       string `bson:"_id"`
		Answered int    `bson:"answered"`
	}](ctx, s.coll(colDrafts), visibleIn(v, fieldCampaign, oneOf(fieldID, ids)),
		options.Find().SetProjection(only(fieldAnswered)))
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Answered
	}
	return out, err
}

// ByID gives the assignment that a link names. It has no viewer, because nobody is
// known yet: the caller must check the link's HMAC before it shows anything.
func (s Campaigns) ByID(ctx context.Context, id string) (campaign.Assignment, error) {
	return findOne[campaign.Assignment](ctx, s.coll(colAssignments), byID(id))
}
