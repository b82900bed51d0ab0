package notify

import "testing"

func TestOneLine(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{" 購買部\r\n 山田\t太郎 ", "購買部 山田 太郎"},
		{"a\x00b\u0085c\u2028d\u2029e", "a b c d e"},
		{"a\u202eb\u2066c", "a b c"},
		{"a\xffb", "a b"},
		{"十文字までは切らない", "十文字までは切らない"},
		{"十文字より長いと切られる", "十文字より長いと切…"},
	} {
		if got := OneLine(tt.in, 10); got != tt.want {
			t.Errorf("OneLine(%q, 10) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
