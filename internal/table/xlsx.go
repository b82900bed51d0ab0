package table

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"

	"tsunagi/internal/fault"
)

const (
	maxInflated = 128 << 20 // bytes of an XLSX file after unpacking; 60,000 rows need about 60 MB
	maxParts    = 2_000     // files inside an XLSX file
)

// detectZIP tells an XLSX file from other archives by its list of files.
func detectZIP(data []byte) kind {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return kindZIP
	}
	found := kindZIP
	for _, f := range z.File {
		switch name := strings.ToLower(f.Name); {
		case strings.HasPrefix(name, "xl/workbook") && strings.HasSuffix(name, ".xml"):
			return kindXLSX // the part may have any number behind its name
		case name == "content.xml":
			found = kindODS
		}
	}
	return found
}

func tooBigInside() error {
	return fault.New(fault.TooLarge, "fault.sheet.inflated").With("Max", maxInflated>>20)
}

// checkInflated refuses an archive that unpacks to more than the limit: first by
// the sizes that it declares, then by unpacking it into nothing, since a hostile
// archive declares what it likes. Checksums are verified on the way, so that a
// file cut off in transfer is not read by half.
func checkInflated(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
	}
	var declared uint64
	for _, f := range z.File {
		if declared += f.UncompressedSize64; f.UncompressedSize64 > maxInflated || declared > maxInflated {
			return tooBigInside()
		}
	}
	if len(z.File) > maxParts {
		return tooBigInside()
	}
	left := int64(maxInflated)
	for _, f := range z.File {
		n, err := inflate(f, left)
		if err != nil {
			return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
		}
		if left -= n; left < 0 {
			return tooBigInside()
		}
	}
	return nil
}

// inflate unpacks one file into nothing, at most one byte beyond limit.
func inflate(f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	return io.Copy(io.Discard, io.LimitReader(r, limit+1))
}
