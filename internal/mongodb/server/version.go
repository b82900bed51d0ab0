package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/meaning"
)

// Version is which server answers, as 8.0.4.
func Version(ctx context.Context, client *mongo.Client) (string, error) {
	var info struct {
		Version string `bson:"version"`
	}
	err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info)
	return info.Version, meaning.Of(err)
}

// supported is until when MongoDB, Inc. supports each series (mongodb.com/legal/support-policy/lifecycles,
// November 2026).
var supported = map[string]time.Time{
	"5.0": day(2024, time.October), "6.0": day(2025, time.July), "7.0": day(2027, time.August), "8.0": day(2029, time.October),
}

// day is the last of a month.
func day(year int, month time.Month) time.Time {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC)
}

// oldest is the first series of which anything is known here: what is older has ended.
const oldest = 5

// SupportEnded tells whether the support of a version has ended, and when; the zero day
// where that is too long ago to be known. A version that is newer than this program is
// taken for a supported one.
func SupportEnded(version string, now time.Time) (on time.Time, ended bool) {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	if on, known := supported[major+"."+minor]; known {
		return on, now.After(on.AddDate(0, 0, 1))
	}
	n, err := strconv.Atoi(major)
	return time.Time{}, err == nil && n < oldest
}

// Outdated is what to say of a version whose support has ended, empty while it has not.
func Outdated(version string, now time.Time) string {
	on, ended := SupportEnded(version, now)
	switch {
	case !ended:
		return ""
	case on.IsZero():
		return fmt.Sprintf("MongoDB %s gets no security fixes any more: move to one that does, such as 8.0", version)
	}
	return fmt.Sprintf("MongoDB %s gets no security fixes since %s: move to one that does, such as 8.0", version, on.Format(time.DateOnly))
}
