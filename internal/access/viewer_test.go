package access

import "testing"

func TestNobodyMayNothing(t *testing.T) {
	strangers := map[string]Viewer{
		"zero":                  {},
		"member without org":    {Kind: Member, User: "u", Role: Owner},
		"member without user":   {Kind: Member, Org: "o", Role: Owner},
		"unknown role":          {Kind: Member, Org: "o", User: "u", Role: "admin"},
		"link without sheet":    {Kind: Link, Org: "o"},
		"process without org":   {Kind: Process},
		"unknown kind of actor": {Kind: "robot", Org: "o", User: "u", Role: Owner},
	}
	for name, v := range strangers {
		for p := range table {
			if v.Can(p) {
				t.Errorf("%s may %s", name, p)
			}
		}
		if v.Can(AnswerRequest) {
			t.Errorf("%s may answer", name)
		}
	}
}

func TestWhoMayWhat(t *testing.T) {
	as := func(r Role) Viewer { return Viewer{Kind: Member, Org: "o", User: "u", Role: r} }
	tests := []struct {
		v    Viewer
		p    Permission
		want bool
	}{
		{as(Owner), ManageUsers, true}, {as(Buyer), ManageUsers, false}, {as(Buyer), EditCampaigns, true}, {as(Reviewer), EditCampaigns, false},
		{as(Reviewer), Review, true}, {as(Buyer), Review, false}, {as(Auditor), Review, false}, {as(Auditor), ViewTrail, true},
		{as(Owner), AnswerRequest, false}, {Supplier("o", "c:s", 1, ""), AnswerRequest, true}, {Supplier("o", "c:s", 1, ""), ViewCampaigns, false},
		{as(Owner), "made.up", false},
	}
	for _, tt := range tests {
		if got := tt.v.Can(tt.p); got != tt.want {
			t.Errorf("%s %s may %s: %v, want %v", tt.v.Kind, tt.v.Role, tt.p, got, tt.want)
		}
	}
	auditor := Viewer{Kind: Member, Org: "o", User: "u", Role: Auditor, Campaigns: []string{"c1"}}
	if !auditor.SeesCampaign("c1") || auditor.SeesCampaign("c2") {
		t.Error("an invitation to named campaigns does not hold")
	}
}

func TestBackgroundWorkSeesItsOrganisation(t *testing.T) {
	v := System("o", "remind")
	if !v.Can(EditCampaigns) || !v.SeesCampaign("c") || v.Reason != "remind" {
		t.Errorf("System = %+v", v)
	}
	if Supplier("o", "c:s", 1, "").SeesCampaign("c") || (Viewer{}).SeesCampaign("c") {
		t.Error("a link or nobody sees campaigns as a member does")
	}
}
