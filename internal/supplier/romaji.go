package supplier

import "strings"

// readings gives a name in kana and in the two ways in which people write it in
// letters: as it is typed (koujou) and as it stands on signs (kojo; Hepburn, shortened,
// with m before b, m and p).
func readings(kana string) []string {
	typed := romaji(kana)
	return []string{kana, typed, onSigns.Replace(typed)}
}

var onSigns = strings.NewReplacer("ou", "o", "oo", "o", "uu", "u", "nb", "mb", "nm", "mm", "np", "mp")

// romaji writes katakana in letters, and leaves out what has no reading.
func romaji(kana string) string {
	var b []byte
	double := false
	for _, r := range strings.NewReplacer("ウィ", "wi", "ウェ", "we", "ウォ", "wo").Replace(kana) {
		if r == 'ッ' {
			double = true
			continue
		}
		if joined, ok := join(b, r); ok {
			b = joined
			continue
		}
		syllable := syllables[r]
		if double && syllable != "" && !strings.ContainsRune("aiueon", rune(syllable[0])) {
			b = append(b, strings.Replace(syllable[:1], "c", "t", 1)...)
		}
		double = false
		b = append(b, syllable...)
	}
	return string(b)
}

// join puts a small kana to the syllable before: ki and small ya are kya.
func join(b []byte, small rune) ([]byte, bool) {
	vowel, ok := smallVowels[small]
	if !ok || len(b) == 0 {
		return b, false
	}
	stem := strings.TrimRight(string(b[len(b)-1:]), "aiueo")
	b = append(b[:len(b)-1], stem...)
	ends := func(s string) bool { return strings.HasSuffix(string(b), s) }
	if len(vowel) == 2 && (ends("sh") || ends("ch") || ends("j")) {
		vowel = vowel[1:]
	}
	return append(b, vowel...), true
}

var smallVowels = map[rune]string{'ャ': "ya", 'ュ': "yu", 'ョ': "yo", 'ァ': "a", 'ィ': "i", 'ゥ': "u", 'ェ': "e", 'ォ': "o"}

// syllables is the table of Hepburn's romanisation.
var syllables = spelled(`アaイiウuエeオo カkaキkiクkuケkeコko サsaシshiスsuセseソso タtaチchiツtsuテteトto ナnaニniヌnuネneノno
	ハhaヒhiフfuヘheホho マmaミmiムmuメmeモmo ヤyaユyuヨyo ラraリriルruレreロro ワwaヰiヱeヲoンn
	ガgaギgiグguゲgeゴgo ザzaジjiズzuゼzeゾzo ダdaヂjiヅzuデdeドdo バbaビbiブbuベbeボbo パpaピpiプpuペpeポpo ヴvu`)

// spelled reads runes that are each followed by what they stand for in letters. Letters
// and digits stand for themselves.
func spelled(s string) map[rune]string {
	out := map[rune]string{}
	var kana rune
	for _, r := range s {
		switch {
		case r > 'z':
			kana = r
		case r >= 'a':
			out[kana] += string(r)
		}
	}
	for r := '0'; r <= 'z'; r++ {
		if r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' {
			out[r] = strings.ToLower(string(r))
		}
	}
	return out
}
