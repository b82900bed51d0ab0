package supplier

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// exponent is a long number as a spreadsheet shows it, its digits lost: 7E+12.
var exponent = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}$`)

// CheckDigit computes the first digit of a corporate number from the 12 digits
// behind it: 9 − (Σ Pn·Qn mod 9), Pn the n-th digit from the right, Qn 1 for odd
// and 2 for even n (Ordinance of the Ministry of Finance on corporate numbers,
// 平成26年財務省令第70号). The base must be 12 ASCII digits.
func CheckDigit(base string) byte {
	sum := 0
	for n := 1; n <= len(base); n++ {
		sum += int(base[len(base)-n]-'0') * (2 - n%2)
	}
	return byte('0' + 9 - sum%9)
}

// parseCorporateNumber reads a corporate number (法人番号); blanks, hyphens and
// full-width digits are forgiven. The fault is nil when the number holds; an empty
// text is no number and no fault.
func parseCorporateNumber(s string) (string, *fault.Field) {
	number := compact(s)
	switch {
	case number == "":
		return "", nil
	case exponent.MatchString(number):
		return "", broken(ColumnCorporateNumber, "fault.supplier.number-exponent")
	case !digitsOnly(number):
		return "", broken(ColumnCorporateNumber, "fault.supplier.corporate-number-digits")
	case len(number) != 13:
		f := broken(ColumnCorporateNumber, "fault.supplier.corporate-number-length")
		f.Args = fault.Args{"Digits": len(number)}
		return "", f
	case number[0] != CheckDigit(number[1:]):
		return "", broken(ColumnCorporateNumber, "fault.supplier.corporate-number-check")
	}
	return number, nil
}

// parseInvoiceNumber reads a qualified invoice issuer's number (T and 13 digits).
// For a corporation it is T and the corporate number, so the two must agree where a
// corporate number is given; sole proprietors have numbers of their own. The fault is
// nil when the number holds; an empty text is no number and no fault.
func parseInvoiceNumber(s, corporate string) (string, *fault.Field) {
	number := strings.ToUpper(compact(s))
	digits, hasT := strings.CutPrefix(number, "T")
	switch {
	case number == "":
		return "", nil
	case exponent.MatchString(digits):
		return "", broken(ColumnInvoiceNumber, "fault.supplier.number-exponent")
	case !hasT || len(digits) != 13 || !digitsOnly(digits):
		return "", broken(ColumnInvoiceNumber, "fault.supplier.invoice-number")
	case corporate != "" && digits != corporate:
		return "", broken(ColumnInvoiceNumber, "fault.supplier.invoice-number-other")
	}
	return number, nil
}

func broken(column Column, key string) *fault.Field {
	return &fault.Field{Name: string(column), Key: key}
}

// compact removes what people put between digits.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || isHyphen(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

func isHyphen(r rune) bool { return strings.ContainsRune("-‐‑‒–—―−ーｰ－", r) }

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
