package mongodb

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
)

// Who sees what stands in this file alone. A read takes a viewer and begins its
// filter with one of these functions; the viewer's zero value sees nothing.

// visible is the filter of what a viewer sees: its own organisation's records.
// Every read goes through it. The zero viewer gets a filter that matches nothing.
func visible(v access.Viewer, more ...bson.E) bson.D {
	if v.Org == "" || v.Kind == access.Nobody {
		return bson.D{oneOf(fieldID, bson.A{})}
	}
	return of(v.Org, more...)
}

// of is the filter of one organisation's records for work that holds one of them
// already, and so no viewer: a job, a chain, a mail.
func of(org string, more ...bson.E) bson.D { return append(bson.D{eq(fieldOrg, org)}, more...) }

// ofAny is of, for several organisations.
func ofAny(orgs []string, more ...bson.E) bson.D {
	return append(bson.D{oneOf(fieldOrg, orgs)}, more...)
}

// visibleIn is visible for records of campaigns under the given field: an auditor
// invited to named campaigns sees those alone, a link session its assignment's.
func visibleIn(v access.Viewer, field string, more ...bson.E) bson.D {
	f := visible(v, more...)
	switch {
	case v.Kind == access.Member && v.Campaigns != nil:
		// An $and of its own, so that a filter on the same field still narrows.
		f = append(f, and(bson.D{oneOf(field, v.Campaigns)}))
	case v.Kind == access.Link:
		f = append(f, and(bson.D{eq(field, campaign.CampaignOf(v.Assignment))}))
	}
	return f
}

// sees tells whether a viewer may be given the file of an organisation's record.
func sees(v access.Viewer, org string) bool {
	return v.Org != "" && v.Kind != access.Nobody && v.Org == org
}

// published is visibleIn for campaigns themselves: a draft is seen by who may edit it.
func published(v access.Viewer, more ...bson.E) bson.D {
	f := visibleIn(v, fieldID, more...)
	if v.Kind == access.Member && !v.Can(access.EditCampaigns) {
		f = append(f, ne(fieldState, campaign.Draft))
	}
	return f
}

// visibleSheet is the filter of records of one assignment: a link session sees its
// own alone.
func visibleSheet(v access.Viewer, assignment string, more ...bson.E) bson.D {
	if v.Kind == access.Link && v.Assignment != assignment {
		v = access.Viewer{}
	}
	return visibleIn(v, fieldCampaign, append([]bson.E{eq(fieldAssignment, assignment)}, more...)...)
}

// own is the filter of the one record that a link session holds. Buyers' viewers
// find nothing by it: a draft is the supplier's.
func own(v access.Viewer, more ...bson.E) bson.D {
	if v.Kind != access.Link {
		v = access.Viewer{}
	}
	return visible(v, append([]bson.E{eq(fieldID, v.Assignment)}, more...)...)
}

// ownOpen is own for a sheet that may still be written: the link was not revoked,
// the sheet is open, and its time has not run out.
func ownOpen(v access.Viewer, now time.Time, more ...bson.E) bson.D {
	return own(v, append([]bson.E{eq(fieldGeneration, v.Generation), eq(fieldOpen, true), gt(fieldClosesAt, now)}, more...)...)
}

// ownHeld is own for the assignment while its link has its right, as
// campaign.Assignment.CheckLink judges it.
func ownHeld(v access.Viewer, more ...bson.E) bson.D {
	return own(v, append([]bson.E{eq(fieldGeneration, v.Generation), ne(fieldResponse, campaign.Withdrawn)}, more...)...)
}

// ownWritable is own for the assignment while its link may change something, as
// campaign.Assignment.CheckWrite judges it.
func ownWritable(v access.Viewer, now time.Time, more ...bson.E) bson.D {
	return own(v, append([]bson.E{eq(fieldGeneration, v.Generation), oneOf(fieldResponse, campaign.Waiting), gt(fieldClosesAt, now)}, more...)...)
}

// visibleEvidence is the filter of one certificate or file.
func visibleEvidence(v access.Viewer, id string) bson.D {
	f := visibleIn(v, fieldCampaign, eq(fieldID, id), seen(v))
	if v.Kind == access.Link {
		f = append(f, eq(fieldAssignment, v.Assignment))
	}
	return f
}

// seen narrows to what the viewer may see: a supplier what it has not taken back, a
// buyer what a submission relies on: that stays, whatever happens to the sheet.
func seen(v access.Viewer) bson.E {
	if v.Kind == access.Link {
		return eq(fieldRemovedAt, nil)
	}
	return eq(fieldSubmitted, true)
}

// seenDocuments narrows to what the viewer might have asked for itself. The trail of
// everything that an auditor of named campaigns asked for holds those alone: it is
// seen by that person, while that is still what they may see.
func (s Documents) seenDocuments(v access.Viewer, more ...bson.E) bson.D {
	f := visible(v, append([]bson.E{oneOf(fieldKind, document.For(v)),
		gt(fieldExpiresAt, s.now())}, more...)...)
	if v.Campaigns == nil {
		return f
	}
	return append(f, or(bson.D{oneOf(fieldCampaign, v.Campaigns)},
		bson.D{eq(fieldCampaign, ""), eq(fieldForUserID, v.User), eq(fieldForCampaigns, v.Campaigns)}))
}
