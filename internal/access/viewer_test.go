package access

import (
	"slices"
	"strings"
	"testing"
)

func TestNobodyMayNothing(t *testing.T) {
	strangers := map[string]Viewer{
		"zero":                  {},
		"member without org":    {Kind: Member, User: "u", Roles: []Role{Owner}},
		"member without user":   {Kind: Member, Org: "o", Roles: []Role{Owner}},
		"unknown role":          {Kind: Member, Org: "o", User: "u", Roles: []Role{"admin"}},
		"link without sheet":    {Kind: Link, Org: "o"},
		"process without org":   {Kind: Process},
		"marked, without org":   {Kind: Member, User: "u", Administrator: true},
		"a marked link":         {Kind: Link, Org: "o", Administrator: true},
		"unknown kind of actor": {Kind: "robot", Org: "o", User: "u", Roles: []Role{Owner}},
	}
	for name, v := range strangers {
		for p := range table {
			if v.Can(p) {
				t.Errorf("%s may %s", name, p)
			}
		}
		if v.Can(AnswerRequest) || v.Can(ManageSystem) {
			t.Errorf("%s may answer, or see to the installation", name)
		}
	}
}

func TestWhoMayWhat(t *testing.T) {
	as := func(r Role) Viewer { return Viewer{Kind: Member, Org: "o", User: "u", Roles: []Role{r}} }
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
			t.Errorf("%s %s may %s: %v, want %v", tt.v.Kind, tt.v.Roles, tt.p, got, tt.want)
		}
	}
	auditor := Viewer{Kind: Member, Org: "o", User: "u", Roles: []Role{Auditor}, Campaigns: []string{"c1"}}
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

// TestSeveralRolesAreTheirUnion: whatever somebody is at once, it is what any of it holds.
func TestSeveralRolesAreTheirUnion(t *testing.T) {
	as := func(roles ...Role) Viewer { return Viewer{Kind: Member, Org: "o", User: "u", Roles: roles} }
	for set := range 1 << len(Roles) {
		var roles []Role
		for i, r := range Roles {
			if set>>i&1 == 1 {
				roles = append(roles, r)
			}
		}
		for p := range table {
			want := slices.ContainsFunc(roles, func(r Role) bool { return as(r).Can(p) })
			if got := as(roles...).Can(p); got != want {
				t.Errorf("%v may %s: %v, want %v", roles, p, got, want)
			}
		}
	}
}

func TestAReaderChangesNothing(t *testing.T) {
	reader := Viewer{Kind: Member, Org: "o", User: "u", Roles: []Role{Reader}}
	for p := range table {
		if reader.Can(p) && !strings.HasSuffix(string(p), ".view") && p != ManageAccount {
			t.Errorf("a reader may %s", p)
		}
	}
	if !reader.Can(ViewResponses) || reader.Can(ViewTrail) {
		t.Error("a reader sees no answers, or sees the trail")
	}
}

func TestInOrder(t *testing.T) {
	got := InOrder([]Role{Reviewer, "king", Buyer, Reviewer})
	if want := []Role{Buyer, Reviewer, "king"}; !slices.Equal(got, want) {
		t.Errorf("InOrder = %v, want %v", got, want)
	}
}

// TestWhoSeesToTheInstallation: the mark alone, and it gives nothing else.
func TestWhoSeesToTheInstallation(t *testing.T) {
	for _, r := range Roles {
		if (Viewer{Kind: Member, Org: "o", User: "u", Roles: []Role{r}}).Can(ManageSystem) {
			t.Errorf("the role %s sees to the installation", r)
		}
	}
	marked := Viewer{Kind: Member, Org: "o", User: "u", Roles: []Role{Reader}, Administrator: true}
	if !marked.Can(ManageSystem) || marked.Can(ManageUsers) || marked.Can(ManageOrg) {
		t.Error("the mark is not what sees to the installation, or gives more")
	}
	if Supplier("o", "c:s", 1, "").Can(ManageSystem) {
		t.Error("a link sees to the installation")
	}
}
