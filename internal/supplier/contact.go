package supplier

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// domainName is a host name with at least one dot, as mail servers have.
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$`)

// parseEmail reads one mail address. Full-width letters, outer blanks and "mailto:"
// are forgiven; names, several addresses, line ends and characters that only some
// mail servers take are not, and the fault names them. The address is given in lower
// case. An empty text is no address and no fault.
func parseEmail(s string) (string, *fault.Field) {
	email := strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	email = strings.TrimPrefix(email, "mailto:")
	if email == "" {
		return "", nil
	}
	local, domain, _ := strings.Cut(email, "@")
	parsed, err := mail.ParseAddress(email)
	odd := strings.IndexFunc(email, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`,;:<>()[]"\\`, r) })
	switch {
	case strings.Count(email, "@") > 1:
		return "", emailFault("fault.supplier.email-several", nil)
	case odd >= 0 && strings.Contains(email, "@"):
		return "", emailFault("fault.supplier.email-character", fault.Args{"Character": character(email[odd:])})
	case strings.Contains(email, "..") || strings.HasPrefix(email, ".") || strings.HasSuffix(local, "."):
		return "", emailFault("fault.supplier.email-dot", fault.Args{"Address": email})
	case len(local) > maxLocal:
		return "", emailFault("fault.supplier.email-local", fault.Args{"Max": maxLocal, "Length": len(local)})
	case len(email) > maxEmail:
		return "", emailFault("fault.too-long", fault.Args{"Max": maxEmail})
	case err != nil || parsed.Address != email || parsed.Name != "" || !domainName.MatchString(domain):
		return "", emailFault("fault.supplier.email", nil)
	}
	return email, nil
}

func emailFault(key string, args fault.Args) *fault.Field {
	f := broken(ColumnEmail, key)
	f.Args = args
	return f
}

// character is the first character of a text, as a message can show it.
func character(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	if unicode.IsSpace(r) {
		return "␣"
	}
	return string(r)
}

// phoneText is what may stand in a phone number beside digits: an extension, a
// note that it is the main number.
var phoneText = regexp.MustCompile(`^(\+|代表|tel|\(|[0-9])([0-9 ()/.:+#x-]|内線|代表|直通|代|内|ext|tel)*$`)

// parsePhone reads a phone number: one width, hyphens alike. Numbers that a
// spreadsheet cut the leading zero off are refused, as are those without digits
// enough. An empty text is no number and no fault.
func parsePhone(s string) (string, *fault.Field) {
	phone := strings.Join(strings.Fields(norm.NFKC.String(s)), " ")
	phone = strings.Map(func(r rune) rune {
		if isHyphen(r) {
			return '-'
		}
		return r
	}, phone)
	if phone == "" {
		return "", nil
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	switch {
	case exponent.MatchString(phone):
		return "", broken(ColumnPhone, "fault.supplier.number-exponent")
	case digitsOnly(phone) && phone[0] != '0' && (len(phone) == 9 || len(phone) == 10):
		f := broken(ColumnPhone, "fault.supplier.phone-zero")
		f.Args = fault.Args{"Number": "0" + phone}
		return "", f
	case utf8.RuneCountInString(phone) > maxPhone || len(digits) < 6 || !phoneText.MatchString(strings.ToLower(phone)):
		return "", broken(ColumnPhone, "fault.supplier.phone")
	}
	return phone, nil
}

// oneNumber is a phone number within a text.
var oneNumber = regexp.MustCompile(`\+?[0-9(][0-9()+-]*( ?[0-9()-]+)*[0-9]`)

// rescuePhone gives the numbers in a text that holds more than numbers: notes, and what
// does not fit beside the first. False when the text is a number, or holds none.
func rescuePhone(given string) (string, bool) {
	if _, wrong := parsePhone(given); wrong == nil || wrong.Key != "fault.supplier.phone" {
		return given, false
	}
	text := strings.Map(func(r rune) rune {
		if isHyphen(r) {
			return '-'
		}
		return r
	}, norm.NFKC.String(given))
	kept := ""
	for _, number := range oneNumber.FindAllString(text, 5) {
		if more, wrong := parsePhone(strings.TrimPrefix(kept+" / "+number, " / ")); wrong == nil {
			kept = more
		}
	}
	return kept, kept != ""
}

// parseKana writes a reading in full-width katakana, by which lists are sorted.
func parseKana(s string) (string, *fault.Field) {
	kana := katakana(oneLine(norm.NFKC.String(s)))
	for _, r := range kana {
		if unicode.Is(unicode.Han, r) {
			return "", broken(ColumnKana, "fault.supplier.kana")
		}
	}
	return kana, nil
}

// parseCode reads the buyer's own code of a supplier: one width, no outer blanks.
// Case and leading zeros count.
func parseCode(s string) (string, *fault.Field) {
	code := oneLine(norm.NFKC.String(s))
	switch {
	case exponent.MatchString(code):
		return "", broken(ColumnCode, "fault.supplier.number-exponent")
	case len([]rune(code)) > maxCode:
		f := broken(ColumnCode, "fault.too-long")
		f.Args = fault.Args{"Max": maxCode}
		return "", f
	}
	return code, nil
}

// oneLine joins lines and blanks to single spaces and drops control characters.
func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// asGiven keeps a name as it was given, full-width letters and blanks included, on
// one line and without control characters.
func asGiven(s string) string {
	const wide = "\u3000"
	parts := strings.Split(s, wide)
	for i, part := range parts {
		parts[i] = oneLine(part)
	}
	return strings.Trim(strings.Join(parts, wide), wide)
}

// visible drops what nobody sees: control and direction characters, zero widths.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsSpace(r) && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
}
