package notify

import "testing"

func TestAnUnknownKindHasNoTraits(t *testing.T) {
	got := Kind("from-a-later-program").Traits()
	if got.Asks || got.Tells || got.Bulk || got.Resend || got.About != "" || got.Takes(ParamReason) {
		t.Errorf("Traits of an unknown kind = %+v, want none", got)
	}
}

func TestResendable(t *testing.T) {
	for _, kind := range Resendable() {
		if kind.Traits().About != AboutRequest {
			t.Errorf("%s may be sent again, though its link ends", kind)
		}
	}
	if len(Kinds) != len(kinds) || len(Resendable()) != len(kinds)-3 {
		t.Errorf("%d kinds, %d of them resendable; want all but invitation, reset and head of %d", len(Kinds), len(Resendable()), len(kinds))
	}
}
