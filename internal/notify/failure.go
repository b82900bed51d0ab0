package notify

// Failure is what mails that failed for one cause have in common: our own reason, and
// the codes of the mail server's answer.
type Failure struct {
	Campaign string // narrows to one campaign; empty does not
	Reason   Reason
	Answer   string // "550 5.7.1"; empty when the server did not answer
}

// AnswerPattern finds the codes with which a server's answer begins. The database
// groups by the same expression.
const AnswerPattern = `^[0-9]{3}(?: #?[245]\.[0-9]{1,3}\.[0-9]{1,3})?`

// FailureGroup is a group of failed mails that may be sent again.
type FailureGroup struct {
	Failure
	N     int
	Words string // what the server said to one of them
}
