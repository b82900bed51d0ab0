// Package meaning says what the driver's errors mean to the product.
package meaning

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// Of turns the driver's errors into faults. A nil error stays nil, a fault
// stays as it is.
func Of(err error) error {
	var f *fault.Error
	switch {
	case err == nil || errors.As(err, &f):
		return err
	case errors.Is(err, mongo.ErrNoDocuments):
		return fault.New(fault.NotFound, "fault.not-found").Because(err)
	case tooLarge(err):
		return fmt.Errorf("%w: %w", jobs.ErrTooLarge, err)
	case mongo.IsDuplicateKeyError(err):
		return fault.New(fault.Conflict, "fault.conflict").Because(err)
	case mongo.IsNetworkError(err), mongo.IsTimeout(err), isSelection(err), isNotPrimary(err):
		return fault.New(fault.Unavailable, "fault.unavailable").Because(err)
	}
	return err
}

// tooLargeCodes are the server's answers to a transaction that its cache does not
// hold. Versions before 6.2 say that another one got in the way
// (TemporarilyUnavailable, WriteConflict), and we hear of it when the driver has
// tried for long; one that takes longer than the server allows is too large as well
// (TransactionExceededLifetimeLimitSeconds).
var tooLargeCodes = []int{388, 365, 112, 290}

func tooLarge(err error) bool { return hasCode(err, tooLargeCodes) }

func isSelection(err error) bool {
	return errors.Is(err, mongo.ErrClientDisconnected) || errors.As(err, new(mongo.ServerError)) && mongo.IsTimeout(err) ||
		slices.ContainsFunc([]string{"server selection error", "connection pool for", "connection() error"},
			func(part string) bool { return strings.Contains(err.Error(), part) })
}

// Codes of a server that is stepping down, starting or shutting down.
var notPrimaryCodes = []int{10107, 13435, 13436, 11600, 11602, 189, 91}

func isNotPrimary(err error) bool { return hasCode(err, notPrimaryCodes) }

func hasCode(err error, codes []int) bool {
	var se mongo.ServerError
	if !errors.As(err, &se) {
		return false
	}
	return slices.ContainsFunc(codes, se.HasErrorCode)
}
