package notify

import (
	"reflect"
	"testing"
)

func TestRejectedComesBackAsItWas(t *testing.T) {
	for _, all := range [][]Rejected{
		nil,
		{{Kind: "isms", Number: "IS 505613", Reason: "範囲が本社だけです", Questions: []string{"3", "7"}}},
		{{Kind: "isms", Questions: []string{}}, {Kind: "p-mark", Number: "10000001(01)", Reason: "期限切れ", Questions: []string{"12"}}},
	} {
		m := Message{Params: map[string]string{ParamRejected: RejectedParam(all)}}
		if got := m.Rejected(); !reflect.DeepEqual(got, all) {
			t.Errorf("%+v became %+v", all, got)
		}
	}
	m := Message{Params: map[string]string{ParamRejected: RejectedParam([]Rejected{{Kind: "isms", Reason: "二行\nの\t理由"}})}}
	if got := m.Rejected(); len(got) != 1 || got[0].Reason == "" {
		t.Errorf("a reason of two lines became %+v", got)
	}
}
