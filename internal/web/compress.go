package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// compressed are the kinds of answer that are packed on their way. What is downloaded is
// packed already, or streams as it is made.
var compressed = []string{"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"}

// leastPacked: a shorter answer fits a packet or two anyway.
const leastPacked = 1024

// padding hides how long a packed page is: who can make a browser ask for a page with words
// of his own in it learns nothing of the rest from its length (BREACH).
const padding = 128

// secretPaths begin the addresses of pages that hold their own secret, the token of a link,
// or mails with such links. They are never packed. A page elsewhere is Unpacked.
var secretPaths = []string{"/r/", "/invite/", "/reset/", "/setup", "/mailbox"}

// compress packs what a handler answers for browsers that can unpack it.
func compress(next http.Handler) (http.Handler, error) {
	pack, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.MinSize(leastPacked), gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ContentTypes(compressed), gzhttp.RandomJitter(padding, 0, false))
	if err != nil {
		return nil, err
	}
	packed := pack(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, secret := range secretPaths {
			if strings.HasPrefix(r.URL.Path, secret) {
				next.ServeHTTP(w, r)
				return
			}
		}
		packed.ServeHTTP(w, r)
	}), nil
}

// Unpacked leaves an answer as it is: it holds the token of a link.
func Unpacked(c *gin.Context) { c.Header(gzhttp.HeaderNoCompression, "1") }

// acceptsGzip tells whether a browser takes what is packed: 「gzip;q=0」 does not.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, weighed := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !weighed || err == nil && weight > 0
	}
	return false
}
