package mongodb

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
)

// Assignment implements campaign.Reader.
func (s Campaigns) Assignment(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, error) {
	return findOne[campaign.Assignment](ctx, s.coll(colAssignments), visibleIn(v, "campaign_id", bson.E{Key: "_id", Value: id}))
}

// Assignments implements campaign.Reader: one page, and whether there are more.
// The ids are found in an index alone, however deep the page and whatever the
// filter; then only the page's own documents are read.
func (s Campaigns) Assignments(ctx context.Context, v access.Viewer, f campaign.Filter) ([]campaign.Assignment, bool, error) {
	order := assignmentSort(f.Sort)
	find := options.Find().SetSort(order).SetSkip(int64((max(f.Page, 1) - 1) * f.Size)).SetLimit(int64(f.Size + 1)).SetProjection(bson.D{{Key: "_id", Value: 1}})
	if hint := listHint(f); hint != "" {
		find.SetHint(hint)
	}
	found, err := findAll[struct {
		ID string `bson:"_id"`
	}](ctx, s.coll(colAssignments), assignmentFilter(v, f), find)
	if err != nil || len(found) == 0 {
		return nil, false, err
	}
	more := len(found) > f.Size
	ids := make([]string, 0, f.Size)
	for _, one := range found[:min(len(found), f.Size)] {
		ids = append(ids, one.ID)
	}
	rows, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments), visibleIn(v, "campaign_id", in("_id", ids)),
		options.Find().SetHint("_id_").SetProjection(bson.D{{Key: "search", Value: 0}}))
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b campaign.Assignment) int { return place[a.ID] - place[b.ID] })
	return rows, more, err
}

// listHint names the index in which a page is found; without a hint the server
// may try plans that read every document. A search or a certificate has its own
// index, which it finds by itself.
func listHint(f campaign.Filter) string {
	narrowed := len(f.Delivery) > 0 || len(f.Tiers) > 0 || f.Overdue || f.Score != campaign.AnyScore
	switch byKana := f.Sort == "" || f.Sort == "kana"; {
	case len(f.Search) > 0 || f.Certified != campaign.AnyCertificates:
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
		SetProjection(bson.D{{Key: "search", Value: 0}}).SetBatchSize(500))
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
	filter := visibleIn(v, "campaign_id", bson.E{Key: "campaign_id", Value: f.Campaign})
	states := f.Responses
	if f.Overdue { // only whom we still wait for can be late
		if len(states) == 0 {
			states = campaign.Responses
		}
		states = slices.DeleteFunc(slices.Clone(states), func(r campaign.Response) bool { return !r.Waits() })
		filter = append(filter, bson.E{Key: "due_at", Value: bson.D{{Key: "$lt", Value: f.Now}}})
	}
	if f.Overdue || len(states) > 0 {
		filter = append(filter, in("response", states))
	}
	if len(f.Delivery) > 0 {
		filter = append(filter, bson.E{Key: "delivery", Value: bson.D{{Key: "$in", Value: f.Delivery}}})
	}
	if len(f.Tiers) > 0 {
		filter = append(filter, bson.E{Key: "tier", Value: bson.D{{Key: "$in", Value: f.Tiers}}})
	}
	if f.Score != campaign.AnyScore {
		filter = append(filter, bson.E{Key: "score", Value: scoreBand(f.Score)})
	}
	filter = append(filter, certified(f)...)
	if len(f.Search) > 0 {
		filter = append(filter, bson.E{Key: "search", Value: bson.D{{Key: "$all", Value: f.Search}}})
	}
	return filter
}

func scoreBand(b campaign.ScoreBand) any {
	if b == campaign.NoScore {
		return bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: -1000}}}} // absent; the index can tell
	}
	from, below := b.Bounds()
	return bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: below}}
}

func certified(f campaign.Filter) bson.D {
	one := func(condition bson.D) bson.D {
		return bson.D{{Key: "certificates", Value: bson.D{{Key: "$elemMatch", Value: condition}}}}
	}
	switch f.Certified {
	case campaign.WithCertificate:
		return bson.D{{Key: "certificates.kind", Value: bson.D{{Key: "$gt", Value: ""}}}}
	case campaign.NoCertificate:
		return bson.D{{Key: "certificates.kind", Value: nil}}
	case campaign.Unverified:
		return one(bson.D{{Key: "kind", Value: bson.D{{Key: "$gt", Value: ""}}}, {Key: "validity", Value: evidence.Unverified}})
	case campaign.Expiring:
		return one(bson.D{{Key: "kind", Value: bson.D{{Key: "$gt", Value: ""}}}, {Key: "expires_on", Value: bson.D{{Key: "$lt", Value: calendar.ExpiringBefore(f.Now)}}},
			{Key: "validity", Value: bson.D{{Key: "$ne", Value: evidence.Rejected}}}})
	}
	return nil
}

var assignmentSorts = map[string]string{"kana": "kana", "code": "code", "score": "score", "due": "due_at", "submitted": "submitted_at"}

func assignmentSort(name string) bson.D {
	direction := 1
	if strings.HasPrefix(name, "-") {
		name, direction = name[1:], -1
	}
	field := assignmentSorts[name]
	if field == "" {
		field = "kana"
	}
	return bson.D{{Key: field, Value: direction}, {Key: "_id", Value: direction}}
}

// AnsweredCounts gives how many questions each sheet has answered: all that a
// buyer ever reads of a draft.
func (s Campaigns) AnsweredCounts(ctx context.Context, v access.Viewer, ids []string) (map[string]int, error) {
	rows, err := findAll[struct {
		ID       string `bson:"_id"`
		Answered int    `bson:"answered"`
	}](ctx, s.coll(colDrafts), visibleIn(v, "campaign_id", bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}),
		options.Find().SetProjection(bson.D{{Key: "answered", Value: 1}}))
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
