package typeset

import (
	"strings"
	"unicode"
)

// Kinsoku after JIS X 4051: what may not begin a line, and what may not end one.
const (
	noStart = "、。，．・：；？！゛゜ヽヾゝゞ々ー〜～‐–゠）〕］｝〉》」』】〙〗〟’”｠»" +
		"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ" +
		"｡､･ｰﾞﾟ｣ｧｨｩｪｫｬｭｮｯ!),.:;?]}%％‰℃°′″¢￠"
	noEnd = "（〔［｛〈《「『【〘〖〝‘“｟«｢([{￥¥＄$￡£№＃#"
	// inseparable characters stay together when doubled: …… and ――.
	inseparable = "…‥—―─"
	// urlBreaks are where an address too long for a line is best broken.
	urlBreaks = "/?&=#-_.,:;%+@~"
)

var startForbidden, endForbidden = runeSet(noStart), runeSet(noEnd)

func runeSet(s string) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range s {
		set[r] = true
	}
	return set
}

// Wrap breaks a text into lines no wider than limit. Joined, the lines are the
// text again, rune for rune: spaces at which a line breaks hang over its end,
// and a line end of the text stays at the end of its line. Words in Latin
// letters are kept whole unless one alone is wider than a line.
func Wrap(text string, limit int, width func(rune) int) []string {
	var lines []string
	for part := range strings.SplitAfterSeq(text, "\n") {
		if part != "" {
			lines = wrapPart(lines, []rune(part), limit, width)
		}
	}
	return lines
}

// wrapPart breaks one paragraph.
func wrapPart(lines []string, runes []rune, limit int, width func(rune) int) []string {
	for start := 0; start < len(runes); {
		end := lineEnd(runes, start, limit, width)
		lines = append(lines, string(runes[start:end]))
		start = end
	}
	return lines
}

// lineEnd is where the line that begins at start ends.
func lineEnd(runes []rune, start, limit int, width func(rune) int) int {
	used, last := 0, start
	for i := start; i < len(runes); i++ {
		r := runes[i]
		if i > start && mayBreak(runes[i-1], r) {
			last = i
		}
		if hangs(r) {
			used += width(r)
			continue
		}
		used += width(r)
		if used > limit && i > start {
			if last > start {
				return last
			}
			return emergency(runes, start, i)
		}
	}
	return len(runes)
}

// emergency breaks what has no proper place to break before full: at a
// separator of an address in the second half of the line, else as late as it
// goes, never between a letter and its mark.
func emergency(runes []rune, start, full int) int {
	for i := full; i > start+(full-start)/2; i-- {
		if strings.ContainsRune(urlBreaks, runes[i-1]) && !strings.ContainsRune(urlBreaks, runes[i]) {
			return i
		}
	}
	end := full
	for end > start+1 && unicode.Is(unicode.Mn, runes[end]) {
		end--
	}
	return end
}

// hangs tells whether a character may stand beyond the end of a line unseen.
func hangs(r rune) bool { return r == ' ' || r == '\u3000' || r == '\n' }

// mayBreak tells whether a line may end between two characters.
func mayBreak(before, after rune) bool {
	switch {
	case hangs(after):
		return false
	case hangs(before):
		return true
	case startForbidden[after], endForbidden[before], unicode.Is(unicode.Mn, after):
		return false
	case before == after && strings.ContainsRune(inseparable, after):
		return false
	}
	return ideographic(before) || ideographic(after)
}

// ideographic tells whether lines break beside a character without a space:
// kana, kanji, their punctuation, arrows and shapes.
func ideographic(r rune) bool {
	return r >= 0x2E80 || r >= 0x2190 && r < 0x2800
}
