package query

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/mongodb/field"
)

// Who sees what stands in this file alone. A read takes a viewer and begins its
// filter with one of these functions; the viewer's zero value sees nothing.

// Visible is the filter of what a viewer sees: its own organisation's records.
// Every read goes through it. The zero viewer gets a filter that matches nothing.
func Visible(v access.Viewer, more ...bson.E) bson.D {
	if v.Org == "" || v.Kind == access.Nobody {
		return bson.D{OneOf(field.ID, bson.A{})}
	}
	return Of(v.Org, more...)
}

// Of is the filter of one organisation's records for work that holds one of them
// already, and so no viewer: a job, a chain, a mail.
func Of(org string, more ...bson.E) bson.D { return append(bson.D{Eq(field.Org, org)}, more...) }

// OfAny is Of, for several organisations.
func OfAny(orgs []string, more ...bson.E) bson.D {
	return append(bson.D{OneOf(field.Org, orgs)}, more...)
}

// VisibleIn is Visible for records of campaigns under the given field: an auditor
// invited to named campaigns sees those alone, a link session its assignment's.
func VisibleIn(v access.Viewer, field string, more ...bson.E) bson.D {
	f := Visible(v, more...)
	switch {
	case v.Kind == access.Member && v.Campaigns != nil:
		// An $and of its own, so that a filter on the same field still narrows.
		f = append(f, And(bson.D{OneOf(field, v.Campaigns)}))
	case v.Kind == access.Link:
		f = append(f, And(bson.D{Eq(field, campaign.CampaignOf(v.Assignment))}))
	}
	return f
}

// Sees tells whether a viewer may be given the file of an organisation's record.
func Sees(v access.Viewer, org string) bool {
	return v.Org != "" && v.Kind != access.Nobody && v.Org == org
}

// Published is VisibleIn for campaigns themselves: a draft is seen by who may edit it.
func Published(v access.Viewer, more ...bson.E) bson.D {
	f := VisibleIn(v, field.ID, more...)
	if v.Kind == access.Member && !v.Can(access.EditCampaigns) {
		f = append(f, Ne(field.State, campaign.Draft))
	}
	return f
}

// VisibleSheet is the filter of records of one assignment: a link session sees its
// own alone.
func VisibleSheet(v access.Viewer, assignment string, more ...bson.E) bson.D {
	if v.Kind == access.Link && v.Assignment != assignment {
		v = access.Viewer{}
	}
	return VisibleIn(v, field.Campaign, append([]bson.E{Eq(field.Assignment, assignment)}, more...)...)
}

// Own is the filter of the one record that a link session holds. Buyers' viewers
// find nothing by it: a draft is the supplier's.
func Own(v access.Viewer, more ...bson.E) bson.D {
	if v.Kind != access.Link {
		v = access.Viewer{}
	}
	return Visible(v, append([]bson.E{Eq(field.ID, v.Assignment)}, more...)...)
}

// OwnOpen is Own for a sheet that may still be written: the link was not revoked,
// the sheet is open, and its time has not run out.
func OwnOpen(v access.Viewer, now time.Time, more ...bson.E) bson.D {
	return Own(v, append([]bson.E{Eq(field.Generation, v.Generation), Eq(field.Open, true), Gt(field.ClosesAt, now)}, more...)...)
}

// OwnHeld is Own for the assignment while its link has its right, as
// campaign.Assignment.CheckLink judges it.
func OwnHeld(v access.Viewer, more ...bson.E) bson.D {
	return Own(v, append([]bson.E{Eq(field.Generation, v.Generation), Ne(field.Response, campaign.Withdrawn)}, more...)...)
}

// OwnWritable is Own for the assignment while its link may change something, as
// campaign.Assignment.CheckWrite judges it.
func OwnWritable(v access.Viewer, now time.Time, more ...bson.E) bson.D {
	return Own(v, append([]bson.E{Eq(field.Generation, v.Generation), OneOf(field.Response, campaign.Waiting), Gt(field.ClosesAt, now)}, more...)...)
}

// VisibleEvidence is the filter of one certificate or file.
func VisibleEvidence(v access.Viewer, id string) bson.D {
	f := VisibleIn(v, field.Campaign, Eq(field.ID, id), Seen(v))
	if v.Kind == access.Link {
		f = append(f, Eq(field.Assignment, v.Assignment))
	}
	return f
}

// Seen narrows to what the viewer may see: a supplier what it has not taken back, a
// buyer what a submission relies on: that stays, whatever happens to the sheet.
func Seen(v access.Viewer) bson.E {
	if v.Kind == access.Link {
		return Eq(field.RemovedAt, nil)
	}
	return Eq(field.Submitted, true)
}

// Countable is the filter of what is attached to sheets, submitted or not: it is counted,
// and shown to nobody.
func Countable(v access.Viewer, assignments []string) bson.D {
	return VisibleIn(v, field.Campaign, OneOf(field.Assignment, assignments), Eq(field.RemovedAt, nil))
}

// SeenDocuments narrows to what the viewer might have asked for itself. The trail of
// everything that an auditor of named campaigns asked for holds those alone: it is
// seen by that person, while that is still what they may see.
func SeenDocuments(v access.Viewer, now time.Time, more ...bson.E) bson.D {
	f := Visible(v, append([]bson.E{OneOf(field.Kind, document.For(v)),
		Gt(field.ExpiresAt, now)}, more...)...)
	if v.Campaigns == nil {
		return f
	}
	return append(f, Or(bson.D{OneOf(field.Campaign, v.Campaigns)},
		bson.D{Eq(field.Campaign, ""), Eq(field.ForUserID, v.User), Eq(field.ForCampaigns, v.Campaigns)}))
}
