package response

import (
	"strconv"
	"testing"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
)

func TestAddAndRemoveACopy(t *testing.T) {
	along := func(n int) campaign.Assignment {
		a := campaign.Assignment{Email: "main@example.jp"}
		for i := range n {
			a.Copies = append(a.Copies, campaign.Copy{Email: "c" + strconv.Itoa(i) + "@example.jp"})
		}
		return a
	}
	for _, c := range []struct {
		name string
		a    campaign.Assignment
		h    Handing
		want string // the fault's key
	}{
		{"the first", along(0), Handing{"写 花子", " Hanako@example.jp ", "甲"}, ""},
		{"the last", along(supplier.MaxContacts - 1), Handing{"写 花子", "hanako@example.jp", "甲"}, ""},
		{"one too many", along(supplier.MaxContacts), Handing{"写 花子", "hanako@example.jp", "甲"}, "fault.answer.copies-many"},
		{"the person asked", along(0), Handing{"写 花子", "main@example.jp", "甲"}, "fault.answer.copy-asked"},
		{"once more", along(1), Handing{"写 花子", "C0@example.jp", "甲"}, "fault.answer.copy-there"},
		{"no address", along(0), Handing{"写 花子", "hanako", "甲"}, "fault.email"},
		{"an address in the name", along(0), Handing{"www.example.com", "hanako@example.jp", "甲"}, "fault.answer.name-address"},
		{"no name", along(0), Handing{"", "hanako@example.jp", "甲"}, "fault.required"},
		{"nobody who asks", along(0), Handing{"写 花子", "hanako@example.jp", ""}, "fault.required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			next, err := AddCopy(c.a, c.h)
			if c.want != "" {
				if fields := fault.FieldsOf(err); len(fields) != 1 || fields[0].Key != c.want || len(next.Copies) != len(c.a.Copies) {
					t.Errorf("%v, want %s", err, c.want)
				}
				return
			}
			if err != nil || len(next.Copies) != len(c.a.Copies)+1 || !next.ReadBy("hanako@example.jp") || !next.OwnCopies {
				t.Fatalf("%+v, %v", next, err)
			}
			back, there := RemoveCopy(next, "hanako@example.jp")
			if !there || len(back.Copies) != len(c.a.Copies) || !back.OwnCopies {
				t.Errorf("taken away: %+v", back)
			}
			if _, there := RemoveCopy(back, "hanako@example.jp"); there {
				t.Error("taken away twice")
			}
		})
	}
}
